import { Pool } from 'undici';

/** Result of a load; times in ms. */
export interface LoadResult {
  count: number;
  perSecond: number;
  p50: number;
  p99: number;
  longest: number;
  /** Answers that were not 2xx. */
  failures: number;
}

/** One request. */
export interface LoadRequest {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/**
 * Posts requests over keep-alive connections. With `perSecond` in an open loop: each starts at its own time, whether or not the
 * one before was answered, and its latency counts from then. Latencies in ms.
 */
export async function load(
  url: string,
  count: number,
  request: (n: number) => LoadRequest,
  { connections = 64, perSecond }: { connections?: number; perSecond?: number } = {},
): Promise<LoadResult> {
  const pool = new Pool(url, { connections, pipelining: 1 });
  const latencies: number[] = [];
  let failures = 0;
  const post = async (n: number, from: number): Promise<void> => {
    const { path, headers, body } = request(n);
    const answer = await pool.request({ path, method: 'POST', headers, body });
    await answer.body.dump();
    if (answer.statusCode >= 300) failures++;
    latencies.push(performance.now() - from);
  };
  const startedAt = performance.now();
  if (perSecond) {
    const running: Promise<void>[] = [];
    for (let n = 0; n < count; n++) {
      const at = startedAt + (n * 1_000) / perSecond;
      const wait = at - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      running.push(post(n, at));
    }
    await Promise.all(running);
  } else {
    let next = 0;
    await Promise.all(
      Array.from({ length: connections }, async () => {
        for (let n = next++; n < count; n = next++) await post(n, performance.now());
      }),
    );
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { count, perSecond: count / seconds, p50: at(0.5), p99: at(0.99), longest: latencies.at(-1) ?? 0, failures };
}
