import { mapInSlices } from './slices';

describe('mapInSlices', () => {
  it('keeps the order, and lets other work run between rows that take long', async () => {
    let others = 0;
    const other = setInterval(() => others++, 0);
    const busy = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end;);
    };
    const mapped = await mapInSlices([1, 2, 3, 4], (row, i) => {
      busy(15);
      return [row, i, others];
    });
    clearInterval(other);
    expect(mapped.map(([row, i]) => [row, i])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
    ]);
    expect(mapped.at(-1)?.[2]).toBeGreaterThan(0);
  });
});
