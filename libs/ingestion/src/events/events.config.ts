import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of events. */
export const eventsConfig = declareConfig('Events', {
  EVENT_BATCH: z.coerce.number().int().min(1).max(5_000).default(500).describe('Events a worker reads per batch.'),
  EVENT_RETENTION_DAYS: keptDays({ min: 3, default: 30 }).describe(
    'Days events are kept, during which a repeated id is recognised as the same event; 0: forever.',
  ),
});

/** Validated configuration of events. */
export type EventsConfig = { [K in keyof typeof eventsConfig]: z.output<(typeof eventsConfig)[K]> };
