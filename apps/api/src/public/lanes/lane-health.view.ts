import type { LaneFigures } from '@heliograph/messaging';
import { z } from 'zod';

/** Days that the health of a lane covers. */
export const healthDays = 7;

export const healthSchema = z
  .object({
    days: z.int().meta({ description: 'Number of days that the counts cover, in UTC, today included.' }),
    sent: z.int().meta({ description: 'Messages that the provider took.' }),
    delivered: z.int().meta({ description: 'Messages that were delivered or read.' }),
    failed: z.int(),
    people: z.int().meta({ description: 'Recipients of messages that the provider took, each counted once a day.' }),
    replied: z.int().meta({ description: 'Those of them who answered a message of that day, each counted once.' }),
  })
  .meta({ id: 'LaneHealth', example: { days: 7, sent: 3120, delivered: 3051, failed: 19, people: 2480, replied: 342 } });

export const healthView = (figures: LaneFigures): z.input<typeof healthSchema> => ({ days: healthDays, ...figures });
