import { Pool } from 'undici';

/*
 * The bound of every sender: keep-alive calls with an undici pool and nothing else. A process of its own, as a worker is.
 * `node call.js <simulator> <connections> <calls> <API keys>`, prints calls per second.
 */
const [url, connections, calls, keys] = process.argv.slice(2) as [string, string, string, string];

async function main(): Promise<void> {
  const pool = new Pool(url, { connections: Number(connections), pipelining: 1 });
  const apiKeys = keys.split(',');
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      for (let n = next++; n < Number(calls); n = next++) {
        const { body } = await pool.request({
          path: '/api/send-message',
          method: 'POST',
          headers: { authorization: `Bearer ${apiKeys[n % apiKeys.length]}`, 'content-type': 'application/json' },
          body: JSON.stringify({ to: `+44770${String(1_000_000 + n)}`, text: `Hello, your order ${n} is ready to be collected.` }),
        });
        await body.json();
      }
    }),
  );
  process.stdout.write(String(Number(calls) / ((performance.now() - startedAt) / 1_000)));
  process.exit(0);
}

void main();
