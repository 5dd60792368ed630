// `npm run demo:broadcast -- --recipients 50000`: posts a broadcast to the running demo, shows it live, and lets the provider's
// ledger have the last word: every message taken once, none twice.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/install.mjs';

const usage = `npm run demo:broadcast -- [--recipients 50000] [--window-limit 256] [--window-ms 60000]

  --recipients    how many people to write to (1 to 1000000)
  --window-limit  messages per window and session; 256 per 60 s is what WasenderApi's paid plans allow
  --window-ms     length of the window in ms`;

const { values } = parseArgs({
  options: {
    recipients: { type: 'string', default: '50000' },
    'window-limit': { type: 'string', default: '256' },
    'window-ms': { type: 'string', default: '60000' },
    help: { type: 'boolean', default: false },
  },
});
const recipients = Number(values.recipients);
if (values.help || !Number.isInteger(recipients) || recipients < 1 || recipients > 1_000_000) {
  console.log(usage);
  process.exit(values.help ? 0 : 1);
}

let demo;
try {
  demo = JSON.parse(readFileSync(join(root, '.data', 'start', 'demo.json'), 'utf8'));
  await fetch(`${demo.api}/health/live`);
} catch {
  console.error('Heliograph does not run here. Start it first, in another terminal: npm start');
  process.exit(1);
}

async function call(method, path, body, headers = {}) {
  const answer = await fetch(demo.api + path, {
    method,
    headers: { authorization: `Bearer ${demo.apiKey}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: typeof body === 'object' && !(body instanceof ReadableStream) ? JSON.stringify(body) : body, duplex: 'half' }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
const simulator = (path) => fetch(demo.simulator + path).then((answer) => answer.json());

// Each run writes to people of its own, so that the guard against repeats has nothing to say, and the ledger can tell it from others.
const people = `4477${String(Date.now() % 1_000).padStart(3, '0')}`;
const ofThisRun = `/sim/ledger/summary?to=${people}`;
const before = await simulator(ofThisRun);
const limits = { window_limit: Number(values['window-limit']), window_ms: Number(values['window-ms']) };
const queue = [...demo.sessions];
process.stdout.write(`Setting ${queue.length} sessions to ${limits.window_limit} messages per ${limits.window_ms} ms … `);
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (let id = queue.pop(); id; id = queue.pop()) await call('PATCH', `/v1/sessions/${id}/limits`, limits);
  }),
);
console.log('done.');

/** One message a line. */
function rows() {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      let lines = '';
      for (const end = Math.min(next + 1_000, recipients); next < end; next++) {
        const session = demo.sessions[next % demo.sessions.length];
        const to = `+${people}${String(next % 100_000).padStart(5, '0')}`;
        lines += `${JSON.stringify({ to, type: 'text', text: `Autumn sale, number ${next}: 20 % off until Sunday.`, session_id: session })}\n`;
      }
      controller.enqueue(encoder.encode(lines));
      if (next >= recipients) controller.close();
    },
  });
}

const startedAt = Date.now();
process.stdout.write(`Posting ${recipients.toLocaleString('en')} messages … `);
const posted = await call('POST', '/v1/messages/bulk', rows(), { 'content-type': 'application/x-ndjson' });
const summary = JSON.parse((await posted.text()).trim().split('\n').at(-1)).summary;
if (!summary) throw new Error('The stream was not stored to its end.');
const { group_id: groupId, accepted, refused } = summary;
console.log(`${accepted.toLocaleString('en')} accepted, ${refused} refused in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);

const waitingStates = ['scheduled', 'queued', 'claimed', 'calling'];
const settledStates = ['sent', 'delivered', 'read', 'played', 'failed', 'expired', 'cancelled', 'suppressed'];
const sum = (counts, states) => states.reduce((total, state) => total + (counts[state] ?? 0), 0);
const n = (value) => value.toLocaleString('en');

let last = { at: Date.now(), gone: 0 };
let rate = 0;
let quietSince = Date.now();
let lastDigest = '';
let counts = {};
for (;;) {
  ({ counts } = await (await call('GET', `/v1/groups/${groupId}`)).json());
  const waiting = sum(counts, waitingStates);
  const gone = accepted - waiting;
  const now = Date.now();
  if (now - last.at >= 2_000) {
    rate = ((gone - last.gone) * 1_000) / (now - last.at);
    last = { at: now, gone };
  }
  const eta = waiting === 0 ? 'done' : rate > 0 ? `${Math.ceil(waiting / rate)} s` : '…';
  const line = `queued ${n(waiting)}  sent ${n(sum(counts, ['sent', 'delivered', 'read', 'played']))}  delivered ${n(sum(counts, ['delivered', 'read', 'played']))}  read ${n(sum(counts, ['read', 'played']))}  failed ${n(sum(counts, ['failed', 'expired', 'suppressed']))}  uncertain ${n(counts.uncertain ?? 0)}  ${Math.round(rate)}/s  ETA ${eta}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`);
  else console.log(line);
  // Receipts come in after the last send; it is over when none has come for a while.
  const digest = JSON.stringify(counts);
  if (digest !== lastDigest) quietSince = now;
  lastDigest = digest;
  if (sum(counts, settledStates) === accepted && now - quietSince > 6_000) break;
  if (now - quietSince > 120_000) break;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
const seconds = (quietSince - startedAt) / 1_000;

const after = await simulator(ofThisRun);
const taken = after.accepted - before.accepted;
const doubled = after.extra - before.extra;
// What failed, was held back or is still under way need not have reached the provider; the ledger has the rest.
const notSent = Object.entries(counts).filter(([state, count]) => count > 0 && !['sent', 'delivered', 'read', 'played'].includes(state));
const missing = accepted - taken - notSent.reduce((total, [, count]) => total + count, 0);
console.log(
  `\n\nIn ${seconds.toFixed(0)} s, by the provider’s own ledger of these people: ${n(taken)} messages taken of ${n(accepted)} accepted, ${n(doubled)} doubled.`,
);
if (notSent.length > 0) console.log(`Not sent, or not known to be: ${notSent.map(([state, count]) => `${n(count)} ${state}`).join(', ')}.`);
const fine = missing <= 0 && doubled === 0;
console.log(
  fine
    ? 'Verdict: nothing lost, nothing doubled.'
    : `Verdict: ${n(Math.max(0, missing))} missing, ${n(doubled)} doubled. Look at GET /v1/groups/${groupId} and GET /v1/dead-letters.`,
);
process.exit(fine ? 0 : 1);
