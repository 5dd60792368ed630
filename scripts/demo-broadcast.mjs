// `npm run demo:broadcast -- --recipients 50000`: imports a file of people into the running demo, launches a campaign to them, shows it live,
// and lets the provider's ledger have the last word: every message taken once, none twice.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { demoDir } from './lib/install.mjs';

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
  demo = JSON.parse(readFileSync(join(demoDir, 'demo.json'), 'utf8'));
  await fetch(`${demo.api}/health/live`);
} catch {
  console.error('Heliograph does not run here. Start it first, in another terminal: npm start');
  process.exit(1);
}

async function call(method, path, body) {
  const answer = await fetch(demo.api + path, {
    method,
    headers: { authorization: `Bearer ${demo.apiKey}`, ...(body && !(body instanceof FormData) && { 'content-type': 'application/json' }) },
    ...(body && { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
const simulator = (path) => fetch(demo.simulator + path).then((answer) => answer.json());

// Each run writes to people of its own, so that the guard against repeats has nothing to say, and the ledger can tell it from others. Their
// numbers end with a 1: one that ends with many zeros is refused, since a spreadsheet may have put them there.
const digits = recipients > 100_000 ? 6 : 5;
const runs = 10 ** (7 - digits);
let people;
let ofThisRun;
let before;
for (let run = Date.now(), tries = 0; tries < runs; run++, tries++) {
  people = `4477${String(run % runs).padStart(7 - digits, '0')}`;
  ofThisRun = `/sim/ledger/summary?to=${people}`;
  before = await simulator(ofThisRun);
  if (before.accepted === 0) break;
}
const limits = { window_limit: Number(values['window-limit']), window_ms: Number(values['window-ms']) };
const queue = [...demo.sessions];
process.stdout.write(`Setting ${queue.length} sessions to ${limits.window_limit} messages per ${limits.window_ms} ms … `);
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (let id = queue.pop(); id; id = queue.pop()) await call('PATCH', `/v1/sessions/${id}/limits`, limits);
  }),
);
console.log('done.');

/** The people of this run, one a line. */
function file() {
  const lines = ['phone,name,place'];
  for (let i = 0; i < recipients; i++) lines.push(`+${people}${String(i).padStart(digits, '0')}1,Person ${i},${i}`);
  return lines.join('\n');
}
const n = (value) => value.toLocaleString('en');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const secondsSince = (time) => ((Date.now() - time) / 1_000).toFixed(1);

let startedAt = Date.now();
process.stdout.write(`Importing a file of ${n(recipients)} people … `);
const form = new FormData();
form.append('file', new Blob([file()], { type: 'text/csv' }), 'autumn-sale.csv');
let load = await call('POST', '/v1/imports', form);
await call('PUT', `/v1/imports/${load.id}/mapping`, {
  columns: [
    { column: 'phone', to: 'phone' },
    { column: 'name', to: 'name' },
  ],
  consent: { source: 'demo' },
});
await call('POST', `/v1/imports/${load.id}/run`);
while (!['done', 'failed', 'cancelled'].includes(load.state)) {
  await pause(500);
  load = await call('GET', `/v1/imports/${load.id}`);
}
if (load.state !== 'done') throw new Error(`The import ended as ${load.state}.`);
console.log(`done in ${secondsSince(startedAt)} s${load.refused > 0 ? `, ${n(load.refused)} rows refused` : ''}.`);

const template = await call('POST', '/v1/templates', {
  name: `Autumn sale ${people}`,
  content: { type: 'text', text: 'Hello {{ contact.first_name }}, you are number {{ place }}: 20 % off until Sunday.' },
});
const campaign = await call('POST', '/v1/campaigns', {
  name: `Autumn sale ${people}`,
  audience: { include: [{ kind: 'import', id: load.id }] },
  message: { template_id: template.id },
  numbers: { session_ids: demo.sessions.slice(0, 500), sticky: false },
  caps: { obeys: false, counts: false },
});
startedAt = Date.now();
await call('POST', `/v1/campaigns/${campaign.id}/launch`, {});
console.log(`Launched the campaign. Watch it in the panel: ${demo.api}/admin/campaigns/${campaign.id}\n`);

let last = { at: Date.now(), gone: 0 };
let rate = 0;
let quietSince = Date.now();
let lastDigest = '';
let results;
let state;
for (;;) {
  results = await call('GET', `/v1/campaigns/${campaign.id}/results`);
  ({ state } = results);
  const { counts, failed, audience } = results;
  const gone = audience - counts.waiting - counts.left_out - failed.cancelled - failed.expired;
  const now = Date.now();
  if (now - last.at >= 2_000) {
    rate = ((gone - last.gone) * 1_000) / (now - last.at);
    last = { at: now, gone };
  }
  const eta = counts.waiting === 0 ? 'done' : rate > 0 ? `${Math.ceil(counts.waiting / rate)} s` : '…';
  const line = `${state}  audience ${n(audience)}  waiting ${n(counts.waiting)}  sent ${n(counts.sent)}  delivered ${n(counts.delivered)}  read ${n(counts.read)}  failed ${n(counts.failed)}  left out ${n(counts.left_out)}  ${Math.round(rate)}/s  ETA ${eta}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`);
  else console.log(line);
  // Receipts come in after the last send; it is over when none has come for a while.
  const digest = JSON.stringify([state, counts]);
  if (digest !== lastDigest) quietSince = now;
  lastDigest = digest;
  if (!['scheduled', 'processing'].includes(state) && now - quietSince > 6_000) break;
  if (now - quietSince > 120_000) break;
  await pause(1_000);
}
const seconds = (quietSince - startedAt) / 1_000;

const { counts, audience, skips } = results;
const after = await simulator(ofThisRun);
const taken = after.accepted - before.accepted;
const doubled = after.extra - before.extra;
// What failed, waits or was left out need not have reached the provider; the ledger has the rest.
const missing = counts.sent + counts.delivered + counts.read - taken;
console.log(
  `\n\nIn ${seconds.toFixed(0)} s, by the provider’s own ledger of these people: ${n(taken)} messages taken of an audience of ${n(audience)}, ${n(doubled)} doubled.`,
);
const notSent = { failed: counts.failed, waiting: counts.waiting, 'left out': counts.left_out };
const others = Object.entries(notSent).filter(([, count]) => count > 0);
if (others.length > 0) console.log(`Not sent, or not known to be: ${others.map(([name, count]) => `${n(count)} ${name}`).join(', ')}.`);
if (Object.keys(skips).length > 0)
  console.log(
    `Left out: ${Object.entries(skips)
      .map(([reason, count]) => `${n(count)} ${reason}`)
      .join(', ')}.`,
  );
const absent = recipients - load.refused - audience;
if (absent !== 0) console.log(`Not in the audience: ${n(absent)} of the people who were imported.`);
const fine = state === 'completed' && missing <= 0 && doubled === 0 && absent === 0;
console.log(
  fine
    ? 'Verdict: nothing lost, nothing doubled.'
    : `Verdict: ${state}, ${n(Math.max(0, missing))} missing, ${n(doubled)} doubled. Look at ${demo.api}/admin/campaigns/${campaign.id}`,
);
process.exit(fine ? 0 : 1);
