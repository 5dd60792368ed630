import { setTimeout as sleep } from 'node:timers/promises';

const restMs = 5;
const maxRestMs = 50;
/** Rest after a question, as a multiple of the time that its answer took: questions of a database take a fifth of the time at most. */
const restPerAnswer = 4;

/**
 * Asks repeatedly until the answer is neither false, null nor undefined, and returns it.
 * @throws when the deadline passes first; the message contains the last answer
 */
export async function until<T>(ask: () => T | Promise<T>, deadlineMs = 10_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const askedAt = performance.now();
    const answer = await ask();
    const tookMs = performance.now() - askedAt;
    if (answer !== false && answer !== null && answer !== undefined) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain for: ${ask.toString()} (last: ${String(answer)})`);
    await sleep(Math.min(maxRestMs, Math.max(restMs, restPerAnswer * tookMs)));
  }
}
