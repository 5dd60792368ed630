import { z } from 'zod';

/** Configuration of tenants and their sessions. */
export const tenantsConfig = {
  SESSION_CHECKS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe('Most session status checks a worker with the housekeeping role begins per second.'),
};

/** This lib's part of the validated configuration. */
export type TenantsConfig = { [K in keyof typeof tenantsConfig]: z.output<(typeof tenantsConfig)[K]> };
