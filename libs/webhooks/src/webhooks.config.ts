import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of hooks in and callbacks out. */
export const webhooksConfig = declareConfig('Hooks from the provider', {
  HOOK_ADDRESSES: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])).min(1))
    .optional()
    .describe('Addresses or CIDRs hooks may come from, comma-separated, besides their token and secret; unset: from everywhere.'),
  HOOK_BATCH: z.coerce.number().int().min(1).max(5_000).default(500).describe('Hooks a worker reads at a time.'),
  HOOK_READERS: z.coerce.number().int().min(1).max(16).default(2).describe('Batches of hooks a worker process reads at the same time.'),
  HOOK_RETENTION_DAYS: keptDays({ min: 8, default: 14 }).describe(
    'Days raw hooks are kept; at least 8, so that a replayed delivery is still known; 0: for ever.',
  ),
  EVENT_BATCH: z.coerce.number().int().min(1).max(5_000).default(500).describe('Events a worker reads at a time.'),
  EVENT_RETENTION_DAYS: keptDays({ min: 3, default: 30 }).describe(
    'Days events are kept; so long an id that is sent again is known to be the same event; 0: for ever.',
  ),
  CALLBACK_SCHEDULE_S: z
    .string()
    .default('5,300,1800,7200,18000,36000,50400,72000,86400')
    .transform((text) => text.split(',').map(Number))
    .pipe(z.array(z.number().positive().max(604_800)).min(1).max(30))
    .describe('Seconds between the attempts of a callback, each a tenth longer or shorter at random; one attempt more than waits.'),
  CALLBACK_DISABLE_AFTER_HOURS: z.coerce
    .number()
    .positive()
    .default(120)
    .describe('An endpoint that has failed on every call for so many hours is disabled; what it was not told waits.'),
  CALLBACK_RETENTION_DAYS: keptDays({ min: 1, default: 30 }).describe(
    'Days events and their delivery log are kept, to be told again; 0: for ever.',
  ),
  CALLBACK_ENDPOINTS_PER_TENANT: z.coerce.number().int().min(1).max(1_000).default(10).describe('Endpoints a tenant may have.'),
});

/** This lib's part of the validated configuration. */
export type WebhooksConfig = { [K in keyof typeof webhooksConfig]: z.output<(typeof webhooksConfig)[K]> };
