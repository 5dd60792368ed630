import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks repeatedly until the answer is neither false, null nor undefined, and returns it.
 * @throws when the deadline passes first; the message contains the last answer
 */
export async function until<T>(ask: () => T | Promise<T>, deadlineMs = 10_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain for: ${ask.toString()} (last: ${String(answer)})`);
    await sleep(5);
  }
}
