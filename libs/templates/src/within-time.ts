import { createContext, Script } from 'node:vm';

const box: { work: (() => void) | null } = { work: null };
createContext(box);
const call = new Script('work()');

/**
 * Runs synchronous work and interrupts it at any point once it has used its limit of processor time, in ms: waiting for a busy
 * machine does not count. The work must be repeatable from the start.
 * @returns true when it completed
 */
export function endsWithin(ms: number, work: () => void): boolean {
  // The time limit of a script counts wall-clock time.
  for (let wallMs = ms; ; wallMs *= 2) {
    const startedAt = cpuMs();
    if (runFor(wallMs, work)) return true;
    if (cpuMs() - startedAt >= ms) return false;
  }
}

/** Runs `work` for each item, in order. An item that alone exceeds the limit of processor time, in ms, is interrupted and passed to `tooLong`. */
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
    // Several items exceeded the limit together: the interrupted one runs again, as the first.
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
