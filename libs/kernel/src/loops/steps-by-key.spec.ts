import { StepsByKey } from './steps-by-key';

const own = (key: string) => key;

describe('steps by key', () => {
  it('that take long make their key wait, and no other one', async () => {
    let end: (more: boolean) => void = () => undefined;
    const begun: string[] = [];
    const steps = new StepsByKey(4);
    const step = (key: string): Promise<boolean> => {
      begun.push(key);
      return key === 'slow' ? new Promise((resolve) => (end = resolve)) : Promise.resolve(begun.length < 5);
    };
    expect(await steps.turn(['slow', 'a', 'a', 'b'], own, step)).toBe(true);
    expect(begun).toEqual(['slow', 'a', 'b']);
    expect(await steps.turn(['slow', 'a', 'b'], own, step)).toBe(true);
    expect(await steps.turn(['slow', 'b'], own, step)).toBe(false);
    expect(begun).toEqual(['slow', 'a', 'b', 'a', 'b', 'b']);
    const ended = steps.end();
    end(false);
    await ended;
    expect(await steps.turn(['slow'], own, () => Promise.resolve(true))).toBe(true);
  });

  it('go first for the key that waited longest, whichever comes first and however long the others took', async () => {
    const steps = new StepsByKey(2);
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const step = (key: string): Promise<boolean> => {
      begun.push(key);
      return new Promise((resolve) => ends.set(key, () => resolve(true)));
    };
    const end = async (key: string) => {
      ends.get(key)?.();
      await Promise.resolve();
    };
    const all = ['a', 'b', 'c', 'd'];
    await steps.turn(all, own, step);
    await end('b');
    await steps.turn(all, own, step);
    await end('a');
    await steps.turn(all, own, step);
    await end('c');
    await steps.turn(all, own, step);
    await end('d');
    await steps.turn(['c', 'd', 'a', 'b'], own, step);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'b', 'a']);
    for (const key of all) await end(key);
    await steps.end();
  });

  it('are at most so many at once, and a failure is that of its turn', async () => {
    const steps = new StepsByKey(2);
    const ends: (() => void)[] = [];
    const slow = () => new Promise<boolean>((resolve) => ends.push(() => resolve(false)));
    await steps.turn(['a', 'b', 'c'], own, slow);
    expect(ends).toHaveLength(2);
    ends.forEach((end) => end());
    await steps.end();
    await expect(steps.turn(['a'], own, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await steps.turn(['a'], own, () => Promise.resolve(true))).toBe(true);
  });
});
