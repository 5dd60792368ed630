import { eachWithin, endsWithin } from './within-time';

const forEver = (): never => {
  for (;;);
};

describe('work with a limit', () => {
  it('completes, throws its error, or is interrupted', () => {
    expect(endsWithin(20, () => undefined)).toBe(true);
    expect(endsWithin(20, forEver)).toBe(false);
    expect(() => endsWithin(20, () => void JSON.parse('{'))).toThrow(SyntaxError);
  });

  it('runs for each item in order, and skips only one that alone takes too long', () => {
    const done: number[] = [];
    const given: number[] = [];
    const busy = (ms: number) => {
      for (const since = performance.now(); performance.now() - since < ms;);
    };
    eachWithin(
      40,
      [0, 1, 2, 3, 4, 5, 6],
      (item) => {
        if (item === 3 || item === 6) forEver();
        busy(15);
        done.push(item);
      },
      (item) => given.push(item),
    );
    expect([done, given]).toEqual([
      [0, 1, 2, 4, 5],
      [3, 6],
    ]);
  });
});
