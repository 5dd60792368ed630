// A receiver of Heliograph's callbacks: verifies, answers at once, works after, and does everything once.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const { HELIOGRAPH_SECRET: secret, PORT: port = '4000', HOST: host = '127.0.0.1' } = process.env;
if (!secret) throw new Error('Set HELIOGRAPH_SECRET to the secret of the endpoint, whsec_….');
const webhook = new Webhook(secret);
const maxBytes = 4 * 1_024 * 1_024;

// An event may come more than once. Keep ids where your data is, in the same transaction; here they are kept in memory.
const done = new Set();

/** Your work. `event.type` says what happened, `event.data` to what. */
async function handle(event) {
  console.log(JSON.stringify(event));
}

const server = createServer(async (request, response) => {
  const answer = (status, text) => response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
  if (request.method !== 'POST') return answer(405, 'POST only');
  let body;
  try {
    // The bytes as they came: what was parsed and written again has another signature.
    const parts = [];
    let size = 0;
    for await (const part of request) {
      size += part.length;
      if (size > maxBytes) return answer(413, 'too large');
      parts.push(part);
    }
    body = Buffer.concat(parts).toString('utf8');
    webhook.verify(body, request.headers);
  } catch {
    return answer(401, 'not verified');
  }
  answer(200, 'ok');
  const post = JSON.parse(body);
  for (const event of post.type === 'batch' ? post.events : [post]) {
    if (done.has(event.id)) continue;
    done.add(event.id);
    await handle(event).catch((error) => console.error(event.id, error));
  }
});
server.listen(Number(port), host, () => console.error(`Waiting for callbacks on http://${host}:${server.address().port}`));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
