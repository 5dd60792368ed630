import fc from 'fast-check';
import { TurnsByKey } from './turns-by-key';

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('are at most so many at once, fewer with one key, and everybody gets one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }), async (keys) => {
        const turns = new TurnsByKey({ atOnce: 4, ofKey: 2, maxWaitMs: 60_000 });
        const now: string[] = [];
        let max = 0;
        let maxOfOne = 0;
        const done = await Promise.all(
          keys.map((key, i) =>
            turns
              .run(key, async () => {
                now.push(key);
                max = Math.max(max, now.length);
                maxOfOne = Math.max(maxOfOne, now.filter((one) => one === key).length);
                await soon();
                now.splice(now.indexOf(key), 1);
                if (i % 3 === 0) throw new Error('failed');
                return i;
              })
              .catch(() => i),
          ),
        );
        expect(done).toEqual(keys.map((_, i) => i));
        expect(max).toBeLessThanOrEqual(4);
        expect(maxOfOne).toBeLessThanOrEqual(2);
        expect(now).toEqual([]);
      }),
    );
  });

  it('are refused when none comes in time, and go on for the others', async () => {
    const turns = new TurnsByKey({ atOnce: 2, ofKey: 1, maxWaitMs: 1 });
    let end: () => void = () => undefined;
    const first = turns.run('a', () => new Promise<void>((resolve) => (end = resolve)));
    await expect(turns.run('a', soon)).rejects.toMatchObject({ code: 'unavailable', reason: 'busy' });
    await turns.run('b', soon);
    end();
    await first;
    await turns.run('a', soon);
  });
});
