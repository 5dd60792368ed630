import { type DrainService, HealthChecks, Loops, Metrics } from '@heliograph/kernel';

/** Creates the loops of a process without Nest. `drain` ends them. */
export function processLoops(): { loops: Loops; health: HealthChecks; metrics: Metrics; drain: () => Promise<void> } {
  const drains: (() => Promise<void>)[] = [];
  const drainService = { onDrain: (_name: string, drain: () => Promise<void>) => void drains.push(drain) } as unknown as DrainService;
  const health = new HealthChecks();
  const metrics = new Metrics();
  const loops = new Loops(drainService, health, metrics);
  return { loops, health, metrics, drain: async () => void (await Promise.all(drains.map((drain) => drain()))) };
}
