import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from '../chaos/driver';
import { postBroadcast, type Stage, textTo } from './stage';

/** Somebody who posts urgent messages. */
export interface Sender {
  driver: Driver;
  sessionId: string;
}

/** First digits of those to whom a series of urgent messages goes. */
export const probeDigits = (series: string): string => `4477300${series}`;

/** Posts urgent messages one after the other. @returns ms from each POST to its arrival at the provider, sorted */
export async function probe({ lab }: Stage, sender: Sender, series: string, count: number, everyMs: number): Promise<number[]> {
  const recipient = (n: number) => `${probeDigits(series)}${1_000 + n}`;
  const postedAt: number[] = [];
  for (let n = 0; n < count; n++) {
    postedAt.push(Date.now());
    await sender.driver.insist('POST', '/v1/messages', { ...textTo(`+${recipient(n)}`, n, sender.sessionId), class: 'transactional' });
    await sleep(everyMs);
  }
  for (const endsAt = Date.now() + 60_000; ; await sleep(500)) {
    const took = new Map((await lab.sim.ledger()).map((line) => [line.recipient, line.wallMs]));
    const isLate = Date.now() > endsAt;
    const times = postedAt.map((posted, n) => (took.get(recipient(n)) ?? (isLate ? Infinity : NaN)) - posted);
    if (!times.some(Number.isNaN)) return times.sort((a, b) => a - b);
  }
}

/** Interval of the session of `pacedSender`. */
export const pacedIntervalMs = 1_000;

/** Gives a session of the tenant a pace, and messages that wait for it, for some minutes. @returns somebody who posts urgent ones through it */
export async function pacedSender(stage: Stage): Promise<Sender> {
  const { driver, lab } = stage;
  const sessionId = lab.seed.sessions[0] as string;
  await driver.insist('PATCH', `/v1/sessions/${sessionId}/limits`, { window_ms: pacedIntervalMs, window_limit: 1 });
  await postBroadcast(stage, 300, [sessionId]);
  return { driver, sessionId };
}

/** The value at a share of sorted ones. */
export const at = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity;
