import { setImmediate } from 'node:timers/promises';

/** Time that rows are worked on before other requests run. */
const sliceMs = 10;

/** Maps rows one by one and lets other requests run in between: a large body must not hold up a process. */
export async function mapInSlices<T, R>(rows: readonly T[], map: (row: T, index: number) => R): Promise<R[]> {
  const mapped: R[] = [];
  let end = performance.now() + sliceMs;
  for (const [i, row] of rows.entries()) {
    mapped.push(map(row, i));
    if (performance.now() < end) continue;
    await setImmediate();
    end = performance.now() + sliceMs;
  }
  return mapped;
}
