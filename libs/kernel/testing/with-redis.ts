/** What enables tests that need Redis. */
const hint = 'needs Redis: apt-get install redis-server';

/** The Redis of this test run; set only where the machine has one. */
export const testRedisUrl = (): string => process.env.TEST_REDIS_URL as string;

/** A suite that runs where Redis is, and is reported as skipped by name elsewhere. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (process.env.TEST_REDIS_URL) describe(name, suite);
  else describe.skip(`${name} (${hint})`, suite);
}
