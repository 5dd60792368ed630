import { createContext, Script } from 'node:vm';

const box: { work: (() => void) | null } = { work: null };
createContext(box);
const call = new Script('work()');

/**
 * Does work that never waits, and ends it in the middle, wherever it is, once it has used so many ms of processor time: a machine
 * that is busy with something else is not its fault. The work must be such that it may be begun again.
 * @returns whether it came to its end
 */
export function endsWithin(ms: number, work: () => void): boolean {
  // The limit of a script counts the wall clock.
  for (let wallMs = ms; ; wallMs *= 2) {
    const startedAt = cpuMs();
    if (runFor(wallMs, work)) return true;
    if (cpuMs() - startedAt >= ms) return false;
  }
}

/** Does `work` for each item, in order; what takes longer than so many ms of processor time by itself is ended and goes to `tooLong`. */
export function eachWithin<T>(
  ms: number,
  items: readonly T[],
  work: (item: T, place: number) => void,
  tooLong: (item: T, place: number) => void,
): void {
  let next = 0;
  while (next < items.length) {
    const first = next;
    const isDone = endsWithin(ms, () => {
      for (; next < items.length; next++) work(items[next] as T, next);
    });
    // What many took together is nobody's fault: the one that was ended begins again, as the first.
    if (isDone || next > first) continue;
    tooLong(items[next] as T, next);
    next++;
  }
}

function runFor(wallMs: number, work: () => void): boolean {
  box.work = work;
  try {
    call.runInContext(box, { timeout: wallMs });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  } finally {
    box.work = null;
  }
}

/** Processor time of this thread, in ms. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
