import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of tenants and their sessions. */
export const tenantsConfig = declareConfig('Tenants and sessions', {
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:3000')
    .describe('Base URL under which the provider reaches hooks and files, and people the panel.'),
  SESSION_CHECKS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe('Most session status checks a worker with the housekeeping role begins per second.'),
  SESSION_HISTORY_RETENTION_DAYS: keptDays({ min: 31, default: 365 }).describe(
    'Days the history of sessions (changes of status, holds) is kept; 0: for ever, else at least 31.',
  ),
  ROUTE_RETENTION_DAYS: keptDays({ min: 31, default: 365 }).describe(
    'Days the sticky rule remembers a recipient’s session after it was last used; 0: for ever, else at least 31.',
  ),
});

/** This lib's part of the validated configuration. */
export type TenantsConfig = { [K in keyof typeof tenantsConfig]: z.output<(typeof tenantsConfig)[K]> };
