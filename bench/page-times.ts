import { request } from 'undici';
import { authorised, type Stage } from './stage';

/** Reads one page after the other, as a person turns them. Latencies in ms. */
export async function pageTimes(
  stage: Stage,
  count: number,
  pathOf: (i: number) => string,
  headers = authorised(stage),
): Promise<{ p50: number; p95: number; failures: number }> {
  const latencies: number[] = [];
  let failures = 0;
  for (let i = 0; i < count; i++) {
    const from = performance.now();
    const answer = await request(`${stage.lab.apiUrls[0]}${pathOf(i)}`, { headers });
    await answer.body.dump();
    latencies.push(performance.now() - from);
    if (answer.statusCode !== 200) failures++;
  }
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), failures };
}

/** Makes one call that may take minutes. @returns its answer, and the seconds it took @throws when it is refused */
export async function timedCall<T>(
  stage: Stage,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<{ answer: T; seconds: number }> {
  const startedAt = performance.now();
  const answer = await request(`${stage.lab.apiUrls[0]}${path}`, {
    method,
    headers: authorised(stage),
    ...(body && { body: JSON.stringify(body) }),
    headersTimeout: 300_000,
    bodyTimeout: 300_000,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  return { answer: JSON.parse(text) as T, seconds: (performance.now() - startedAt) / 1_000 };
}
