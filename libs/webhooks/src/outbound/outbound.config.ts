import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of callbacks. */
export const outboundConfig = declareConfig('Callbacks', {
  CALLBACK_SCHEDULE_S: z
    .string()
    .default('5,300,1800,7200,18000,36000,50400,72000,86400')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().positive().max(604_800)).min(1).max(30))
    .describe(
      'Seconds between the attempts of a callback, each a tenth longer or shorter at random; the attempts are one more than the waits.',
    ),
  CALLBACK_DISABLE_AFTER_HOURS: z.coerce
    .number()
    .positive()
    .default(120)
    .describe('Hours of failing on every call after which an endpoint is disabled; its pending callbacks wait.'),
  CALLBACK_RETENTION_DAYS: keptDays({ min: 1, default: 30 }).describe(
    'Days events and their delivery log are kept for replays; 0: forever.',
  ),
  CALLBACK_ENDPOINTS_PER_TENANT: z.coerce.number().int().min(1).max(1_000).default(10).describe('Maximum endpoints per tenant.'),
});

/** Validated configuration of callbacks. */
export type OutboundConfig = { [K in keyof typeof outboundConfig]: z.output<(typeof outboundConfig)[K]> };
