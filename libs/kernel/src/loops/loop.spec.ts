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

/** A loop that notes when its turns begin, in ms since now. `ends` says how each ends. */
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
  it('turns at once while there is more, and rests when there is not', async () => {
    const { at } = noted((turn) => turn < 3);
    await pass(250);
    expect(at.map((ms) => Math.floor(ms / 10) * 10)).toEqual([0, 0, 0, 100, 200]);
  });

  it('begins its first turn when it is told to', async () => {
    const { at } = noted(() => false, { firstMs: 1_000 });
    await pass(1_150);
    expect(at).toEqual([1_000, 1_100]);
  });

  it('keeps one turn at a time, and rests after it', async () => {
    const { at } = noted(() => takes(500));
    await pass(1_250);
    expect(at).toEqual([0, 600, 1_200]);
  });

  it('writes one line when an outage begins and one when it is over', async () => {
    noted((turn) => (turn > 1 && turn < 40 ? fail() : false));
    await pass(2 * 60_000);
    expect(lines).toEqual(['loop.failed', 'loop.recovered']);
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

  it('says how long it has been failing, from the first failure to the next turn that does not fail', async () => {
    const { loop } = noted((turn) => (turn < 10 ? fail() : false));
    await pass(3_000);
    expect(loop.failingMs).toBe(3_000);
    await pass(5_000);
    expect(loop.failingMs).toBe(0);
  });

  it('ends the turn in hand when it is stopped, and begins no other', async () => {
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

  it('stops in the middle of a rest at once', async () => {
    const { loop } = noted(() => false, { everyMs: hourMs });
    await pass(10);
    let isStopped = false;
    void loop.stop().then(() => (isStopped = true));
    await pass(0);
    expect(isStopped).toBe(true);
  });

  it('tells a turn in hand that it is to end, and calls its end no failure', async () => {
    const loop = begun({
      work: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await pass(50);
    await loop.stop();
    expect(lines).toEqual([]);
  });

  it('does not turn more often for a wake while it fails', async () => {
    const { loop, at } = noted(fail, { everyMs: 1_000 });
    for (let i = 0; i < 100; i++) {
      loop.wake();
      await pass(10);
    }
    expect(at).toEqual([0, 1_000]);
  });

  it('loses no wake and spends no turn without one, whenever it comes', async () => {
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
              // What comes from here on is missed by this turn.
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

  it('shows a loop that fails every turn as degraded, never as a process that is not ready', async () => {
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

  it('shows one thing that fails beside others that work, until it works or is gone', async () => {
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

  it('ends what a loop began when its last turn has ended', async () => {
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

  it('drains its loops, but not those whose owner stops them', async () => {
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
