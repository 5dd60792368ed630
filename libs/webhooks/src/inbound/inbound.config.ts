import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of hooks from the provider. */
export const inboundConfig = declareConfig('Hooks from the provider', {
  HOOK_ADDRESSES: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])).min(1))
    .optional()
    .describe('Addresses or CIDRs that hooks may come from, comma-separated, besides their token and secret; unset: any address.'),
  HOOK_BATCH: z.coerce.number().int().min(1).max(5_000).default(500).describe('Hooks a worker reads per batch.'),
  HOOK_READERS: z.coerce.number().int().min(1).max(16).default(2).describe('Concurrent batches of hooks per worker process.'),
  HOOK_RETENTION_DAYS: keptDays({ min: 8, default: 14 }).describe(
    'Days raw hooks are kept; at least 8, so that a repeated delivery is still recognised; 0: forever.',
  ),
});

/** Validated configuration of hooks. */
export type InboundConfig = { [K in keyof typeof inboundConfig]: z.output<(typeof inboundConfig)[K]> };
