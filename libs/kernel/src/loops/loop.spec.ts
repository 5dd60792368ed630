import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { HealthChecks } from '../health/health-checks';
import { Metrics } from '../metrics/metrics';
import type { DrainService } from '../shutdown/drain.service';
import { Loop, type LoopOptions } from './loop';
import { degradedAfterMs, Loops } from './loops';

const hourMs = 3_600_000;
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const takes = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

let loops: Loop[];
let lines: string[];
beforeEach(() => {
  jest.useFakeTimers();
  loops = [];
  lines = [];
  const keep = (line: { event: string }) => void lines.push(line.event);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(keep as never);
  jest.spyOn(Logger.prototype, 'log').mockImplementation(keep as never);
});
afterEach(async () => {
  loops.forEach((loop) => void loop.stop());
  await pass(hourMs);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

function begun(options: Partial<LoopOptions> & Pick<LoopOptions, 'work'>): Loop {
  const loop = new Loop({ name: 'duty', everyMs: 100, ...options }).start();
  loops.push(loop);
  return loop;
}

/** Starts a loop that records the start times of its turns, in ms from now. `ends` defines how each turn ends. */
function noted(ends: (turn: number) => unknown, options: Partial<LoopOptions> = {}): { loop: Loop; at: number[] } {
  const at: number[] = [];
  const startedAt = performance.now();
  const work = () => {
    at.push(performance.now() - startedAt);
    return Promise.resolve().then(() => ends(at.length));
  };
  return { loop: begun({ work, ...options }), at };
}

const fail = () => {
  throw new Error('away');
};

describe('Loop', () => {
  it('starts the next turn at once while there is more work, and rests when there is none', async () => {
    const { at } = noted((turn) => turn < 3);
    await pass(250);
    expect(at.map((ms) => Math.floor(ms / 10) * 10)).toEqual([0, 0, 0, 100, 200]);
  });

  it('starts its first turn after the configured delay', async () => {
    const { at } = noted(() => false, { firstMs: 1_000 });
    await pass(1_150);
    expect(at).toEqual([1_000, 1_100]);
  });

  it('runs one turn at a time, and rests after it', async () => {
    const { at } = noted(() => takes(500));
    await pass(1_250);
    expect(at).toEqual([0, 600, 1_200]);
  });

  it('logs one line when an outage starts and one when it ends', async () => {
    noted((turn) => (turn > 1 && turn < 40 ? fail() : false));
    await pass(2 * 60_000);
    expect(lines).toEqual(['loop.failed', 'loop.recovered']);
  });

  it('tries again within minutes after a failure, however rarely it works', async () => {
    const { at } = noted((turn) => (turn === 1 ? fail() : false), { everyMs: 24 * hourMs });
    await pass(25 * hourMs);
    expect(at).toEqual([0, 300_000, 300_000 + 24 * hourMs]);
  });

  it('rests longer while it fails, at most a second, and as before once it works', async () => {
    const { at } = noted((turn) => (turn < 8 ? fail() : false));
    await pass(5_500);
    expect(at.slice(0, 10)).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500, 4_500, 4_600, 4_700]);
  });

  it('rests no shorter than its interval while it fails', async () => {
    const { at } = noted(fail, { everyMs: 5_000 });
    await pass(15_100);
    expect(at).toEqual([0, 5_000, 10_000, 15_000]);
  });

  it('reports how long it has been failing, from the first failure to the next turn that succeeds', async () => {
    const { loop } = noted((turn) => (turn < 10 ? fail() : false));
    await pass(3_000);
    expect(loop.failingMs).toBe(3_000);
    await pass(5_000);
    expect(loop.failingMs).toBe(0);
  });

  it('ends the current turn when it is stopped, and starts no other', async () => {
    const { loop, at } = noted(() => takes(500).then(() => true));
    await pass(100);
    let isStopped = false;
    void loop.stop().then(() => (isStopped = true));
    await pass(300);
    expect(isStopped).toBe(false);
    await pass(200);
    expect([isStopped, at]).toEqual([true, [0]]);
    loop.wake();
    await pass(hourMs);
    expect(at).toEqual([0]);
  });

  it('stops at once during a rest', async () => {
    const { loop } = noted(() => false, { everyMs: hourMs });
    await pass(10);
    let isStopped = false;
    void loop.stop().then(() => (isStopped = true));
    await pass(0);
    expect(isStopped).toBe(true);
  });

  it('signals the current turn to end, and does not count its end as a failure', async () => {
    const loop = begun({
      work: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await pass(50);
    await loop.stop();
    expect(lines).toEqual([]);
  });

  it('runs no more turns for a wake while it fails', async () => {
    const { loop, at } = noted(fail, { everyMs: 1_000 });
    for (let i = 0; i < 100; i++) {
      loop.wake();
      await pass(10);
    }
    expect(at).toEqual([0, 1_000]);
  });

  it('misses no wake, and runs no turn without one, at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 30 }),
        async (gapsMs, looksMs, writesMs) => {
          const waiting: number[] = [];
          const taken: number[] = [];
          let turns = 0;
          const loop = begun({
            everyMs: hourMs,
            work: async () => {
              turns++;
              if (looksMs > 0) await takes(looksMs);
              const seen = waiting.splice(0);
              // This turn misses whatever arrives from here on.
              if (writesMs > 0) await takes(writesMs);
              taken.push(...seen);
            },
          });
          let announced = 0;
          for (const gap of gapsMs) {
            await pass(gap);
            waiting.push(announced++);
            loop.wake();
          }
          await pass(3 * (looksMs + writesMs) + 10);
          expect(taken).toEqual(Array.from({ length: announced }, (_, i) => i));
          expect(turns).toBeLessThanOrEqual(announced + 1);
          void loop.stop();
          await pass(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('Loops', () => {
  function process() {
    const drains: (() => Promise<void>)[] = [];
    const health = new HealthChecks();
    const metrics = new Metrics();
    const all = new Loops({ onDrain: (_: string, drain: () => Promise<void>) => void drains.push(drain) } as DrainService, health, metrics);
    const valueOf = async (name: string, loop: string) =>
      (await metrics.registry.getSingleMetric(`heliograph_${name}`)?.get())?.values.find(({ labels }) => labels.loop === loop)?.value;
    return { all, valueOf, state: () => health.facts.get('loops')?.(), checks: health.checks, drain: () => drains.map((drain) => drain()) };
  }

  it('report a loop that fails every turn as degraded, and the process stays ready', async () => {
    const { all, state, valueOf, checks, drain } = process();
    let isAway = true;
    all.start({ name: 'sound', everyMs: 100, work: () => Promise.resolve(false) });
    for (let i = 0; i < 2; i++)
      all.start({ name: 'ailing', everyMs: 1_000, work: () => (isAway && i === 1 ? Promise.reject(new Error()) : Promise.resolve()) });
    await pass(degradedAfterMs - 500);
    expect(state()).toEqual({ state: 'working' });
    await pass(1_500);
    expect(state()).toEqual({ state: 'degraded', failing_s: { ailing: 31 } });
    expect([await valueOf('loop_failing_seconds', 'ailing'), await valueOf('loop_failing_seconds', 'sound')]).toEqual([31, 0]);
    expect(await valueOf('loop_failed_turns_total', 'ailing')).toBe(32);
    expect(await valueOf('loop_turns_total', 'ailing')).toBe(64);
    expect(checks.size).toBe(0);
    isAway = false;
    await pass(1_000);
    expect([state(), await valueOf('loop_failing_seconds', 'ailing')]).toEqual([{ state: 'working' }, 0]);
    await Promise.all(drain());
  });

  it('report one thing that fails beside others that work, until it works or disappears', async () => {
    const { all, state } = process();
    const turns = all.watch('turns');
    for (const gone of ['works again', 'is gone']) {
      for (let i = 0; i < 40; i++) {
        turns.failed('one', new Error('broken'));
        turns.succeeded('two');
        await pass(1_000);
      }
      expect(state()).toEqual({ state: 'degraded', failing_s: { turns: 40 } });
      if (gone === 'works again') turns.succeeded('one');
      else await pass(61_000);
      expect(state()).toEqual({ state: 'working' });
    }
    expect(lines).toEqual(['loop.failed', 'loop.recovered', 'loop.failed']);
  });

  it('call the end hook of a loop after its last turn', async () => {
    const { all, drain } = process();
    const seen: string[] = [];
    all.start({
      name: 'mine',
      everyMs: 10,
      work: () => takes(50).then(() => seen.push('turn')),
      atEnd: () => takes(10).then(() => seen.push('end')),
    });
    await pass(5);
    void Promise.all(drain()).then(() => seen.push('drained'));
    await pass(100);
    expect(seen).toEqual(['turn', 'end', 'drained']);
  });

  it('drain their loops, but not those that their owner stops', async () => {
    const { all, drain } = process();
    const turns = { mine: 0, owned: 0 };
    all.start({ name: 'mine', everyMs: 10, work: () => Promise.resolve(void turns.mine++) });
    const owned = all.startOwned({ name: 'owned', everyMs: 10, work: () => Promise.resolve(void turns.owned++) });
    await pass(5);
    await Promise.all(drain());
    await pass(100);
    expect([turns.mine, turns.owned]).toEqual([1, 11]);
    await owned.stop();
  });
});
