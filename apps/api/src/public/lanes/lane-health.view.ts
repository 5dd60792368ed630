import { maxWriters } from '@heliograph/inbox';
import { type LaneFigures, maxWaiting } from '@heliograph/messaging';
import type { LinkLosses } from '@heliograph/tenants';
import { maxLookedAt } from '@heliograph/webhooks';
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

const time = z.iso.datetime().nullable();

/** Health of one session, with what is not read for a list. */
export const sessionHealthSchema = healthSchema
  .extend({
    opted_out: z.int().meta({
      description: `People who opted out by what they wrote to the session, each counted once; of the ${maxWriters} people who wrote last.`,
    }),
    losses: z.int().meta({ description: 'Times the link was lost. However many statuses follow on the end of a link, it counts once.' }),
    lost_at: time.meta({ description: 'Time at which the last link was lost, also before these days; null: none was.' }),
    first_expires_at: time.meta({
      description: `First expiry of the messages that wait in the lane, of up to ${maxWaiting} that come first; null: none waits.`,
    }),
    last_hook_at: time.meta({
      description: `Time at which the last hook of the session that was read came in; null: it is not among the last ${maxLookedAt} hooks of the tenant.`,
    }),
  })
  .meta({
    id: 'SessionHealth',
    example: {
      days: 7,
      sent: 3120,
      delivered: 3051,
      failed: 19,
      people: 2480,
      replied: 342,
      opted_out: 10,
      losses: 3,
      lost_at: '2026-11-23T13:47:06.000Z',
      first_expires_at: '2026-11-24T13:48:00.000Z',
      last_hook_at: '2026-11-23T13:47:06.000Z',
    },
  });

/** Signs of a session that stand beside its figures. */
export interface SessionSigns extends LinkLosses {
  optedOut: number;
  firstExpiresAt: Date | null;
  lastHookAt: Date | null;
}

export const sessionHealthView = (figures: LaneFigures, signs: SessionSigns): z.input<typeof sessionHealthSchema> => ({
  ...healthView(figures),
  opted_out: signs.optedOut,
  losses: signs.losses,
  lost_at: signs.lostAt?.toISOString() ?? null,
  first_expires_at: signs.firstExpiresAt?.toISOString() ?? null,
  last_hook_at: signs.lastHookAt?.toISOString() ?? null,
});
