import { createHmac } from 'node:crypto';
import { Pool } from 'undici';

/*
 * The bound of everyone who calls back: signed POSTs with an undici pool, and nothing else. A process of its own, as a worker is.
 * `node post.js <receiver> <connections> <calls> <events a body> <event>`, prints calls per second.
 */
const [url, connections, calls, events, event] = process.argv.slice(2) as [string, string, string, string, string];
const key = Buffer.from('a key of thirty-two bytes, or so');

async function main(): Promise<void> {
  const pool = new Pool(url, { connections: Number(connections), pipelining: 1 });
  const all = Array.from({ length: Number(events) }, () => event).join(',');
  const body = Number(events) === 1 ? event : `{"id":"batch","type":"batch","version":1,"events":[${all}]}`;
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      for (let n = next++; n < Number(calls); n = next++) {
        const timestamp = Math.floor(Date.now() / 1_000);
        const signature = createHmac('sha256', key).update(`${n}.${timestamp}.${body}`).digest('base64');
        const answer = await pool.request({
          path: '/',
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': String(n),
            'webhook-timestamp': String(timestamp),
            'webhook-signature': `v1,${signature}`,
          },
          body,
        });
        await answer.body.text();
      }
    }),
  );
  process.stdout.write(String(Number(calls) / ((performance.now() - startedAt) / 1_000)));
  process.exit(0);
}

void main();
