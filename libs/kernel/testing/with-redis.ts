/** Hint shown with skipped suites. */
const hint = 'needs Redis: apt-get install redis-server';

/** URL of the Redis of this test run; set only where the machine has one. */
export const testRedisUrl = (): string => process.env.TEST_REDIS_URL as string;

/** Runs a suite where Redis is available, and reports it as skipped elsewhere. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (process.env.TEST_REDIS_URL) describe(name, suite);
  else describe.skip(`${name} (${hint})`, suite);
}
