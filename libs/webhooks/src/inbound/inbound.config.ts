import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of hooks from the provider. */
export const inboundConfig = declareConfig('Hooks from the provider', {
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
});

/** The part of the validated configuration about hooks. */
export type InboundConfig = { [K in keyof typeof inboundConfig]: z.output<(typeof inboundConfig)[K]> };
