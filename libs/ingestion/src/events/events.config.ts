import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of events. */
export const eventsConfig = declareConfig('Events', {
  EVENT_BATCH: z.coerce.number().int().min(1).max(5_000).default(500).describe('Events a worker reads at a time.'),
  EVENT_RETENTION_DAYS: keptDays({ min: 3, default: 30 }).describe(
    'Days events are kept; so long an id that is sent again is known to be the same event; 0: for ever.',
  ),
});

/** The part of the validated configuration about events. */
export type EventsConfig = { [K in keyof typeof eventsConfig]: z.output<(typeof eventsConfig)[K]> };
