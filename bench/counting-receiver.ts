import { createServer } from 'node:http';

/*
 * A core application that is as fast as can be: counts POSTs and the events in them, and notes when each message somebody wrote
 * first arrived. `GET /` tells, `DELETE /` forgets. `node counting-receiver.js <port>`
 */
const [port] = process.argv.slice(2);

/** Callbacks since the last reset. Times by the wall clock, in ms. */
export interface Arrived {
  posts: number;
  events: number;
  firstMs: number;
  lastMs: number;
  /** By WhatsApp's id. */
  inbound: Record<string, number>;
}
const nothing = (): Arrived => ({ posts: 0, events: 0, firstMs: 0, lastMs: 0, inbound: {} });
let arrived = nothing();
const now = () => performance.timeOrigin + performance.now();

function take(body: string): void {
  const at = now();
  arrived.posts++;
  arrived.firstMs ||= at;
  arrived.lastMs = at;
  const head = body.slice(0, 100);
  arrived.events += head.includes('"type":"batch"') ? (JSON.parse(body) as { events: unknown[] }).events.length : 1;
  if (!head.includes('"type":"message.received"')) return;
  arrived.inbound[(JSON.parse(body) as { data: { whatsapp_id: string } }).data.whatsapp_id] ??= at;
}

createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    if (request.method === 'POST') take(Buffer.concat(parts).toString('utf8'));
    if (request.method === 'DELETE') arrived = nothing();
    response.end(request.method === 'GET' ? JSON.stringify(arrived) : 'ok');
  });
}).listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
