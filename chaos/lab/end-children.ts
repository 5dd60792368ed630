import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ends what this process started and did not stop: after a failure or a Ctrl-C, wherever that struck. */
export async function endChildren(): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 8_000],
    ['SIGKILL', 2_000],
  ] as const) {
    const signalled = new Set<number>();
    for (const endsAt = Date.now() + patienceMs; children().length > 0 && Date.now() < endsAt; await sleep(50))
      // Also what is started meanwhile, as chaos starts again what it killed.
      for (const pid of children().filter((one) => !signalled.has(one))) {
        signalled.add(pid);
        end(pid, signal);
      }
  }
}

/** Sends a signal, unless the process has just ended. */
function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Living children; where there is no /proc, none are found. */
function children(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        const [state, parent] = statOf(pid);
        return parent === String(process.pid) && state !== 'Z';
      })
      .map(Number);
  } catch {
    return [];
  }
}

function statOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
  } catch {
    return []; // gone meanwhile
  }
}
