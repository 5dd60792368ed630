// `npm start`: Heliograph without any infrastructure. Installs and builds what is missing, then runs an embedded PostgreSQL, the
// provider simulator, the api and a worker, with a seeded demo agency. Ctrl-C stops all of it; the data stays in .data/.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeCampaigns } from './lib/demo-campaigns.mjs';
import { keepMoving } from './lib/demo-life.mjs';
import { build, continueOnPinnedNode, demoDir as data, install, requireNode, root, startedAt, step } from './lib/install.mjs';

requireNode();
if (!process.env.HELIOGRAPH_STARTED_AT) console.log('Heliograph');
await install();
await continueOnPinnedNode(process.argv[1]);
await build();

const { env } = process;
const ports = {
  api: { name: 'the api', variable: 'PORT', port: Number(env.PORT || 3000) },
  worker: { name: 'the worker’s health checks', variable: 'WORKER_HEALTH_PORT', port: Number(env.WORKER_HEALTH_PORT || 3001) },
  simulator: { name: 'the simulator', variable: 'SIM_PORT', port: Number(env.SIM_PORT || 3900) },
  postgres: { name: 'PostgreSQL', variable: 'POSTGRES_PORT', port: Number(env.POSTGRES_PORT || 54320) },
};
const url = (of) => `http://127.0.0.1:${ports[of].port}`;
const logs = join(data, 'logs');
mkdirSync(logs, { recursive: true });

/** Names the process and what to do, instead of a stack. */
function giveUp(sentence) {
  console.error(`\n${sentence}`);
  return shutDown(1);
}

/** One secret key per installation, kept beside the data it seals. */
function keyring() {
  const file = join(data, 'keyring');
  if (!existsSync(file)) writeFileSync(file, `start:${randomBytes(32).toString('base64')}`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

const children = new Map();
/** Process ids of what runs, this supervisor first, for another `npm start`. */
const pidsFile = join(data, 'processes.json');
let postgres = null;
let stopping = null;
let stopMoving = null;

/** Ends the processes of ours, the database last. */
function shutDown(code) {
  stopping ??= (async () => {
    stopMoving?.();
    process.stdout.write('\nStopping … ');
    // The api and the worker finish what they have begun before the simulator and the database go.
    for (const names of [['api', 'worker'], ['simulator']]) await Promise.all(names.map(end));
    await postgres?.stop();
    if (children.size > 0) rmSync(pidsFile, { force: true });
    console.log(`stopped. The data stays in ${env.DEMO_DIR ? data : '.data/start'}.`);
    process.exit(code);
  })();
  return stopping;
}

async function end(name) {
  const child = children.get(name);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await exited;
  clearTimeout(patience);
}

/** Finds what another `npm start` of this folder has running; after a kill -9 that may be its processes alone. */
function othersOfOurs() {
  if (!existsSync(pidsFile)) return null;
  const isOurs = (pid) => spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.includes(root);
  const [supervisor, ...processes] = JSON.parse(readFileSync(pidsFile, 'utf8'));
  if (isOurs(supervisor)) return `Another \`npm start\` of this folder runs already (process ${supervisor}).`;
  const left = processes.filter(isOurs);
  return left.length > 0 ? `An earlier \`npm start\` was killed and left its processes running; end them: kill ${left.join(' ')}` : null;
}

/** Logs begin anew with each `npm start`; the last ones are kept beside. */
function turnLog(name) {
  const file = join(logs, `${name}.log`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
}

function launch(name, script, extra, nodeFlags = []) {
  if (!children.has(name)) turnLog(name);
  const log = openSync(join(logs, `${name}.log`), 'a');
  // In a group of its own: a Ctrl-C must reach this supervisor alone, which then ends the others in order.
  const child = spawn(process.execPath, [...nodeFlags, join(root, 'dist', 'apps', script)], {
    cwd: root,
    env: { ...env, ...extra },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  children.set(name, child);
  writeFileSync(pidsFile, JSON.stringify([process.pid, ...[...children.values()].map(({ pid }) => pid)]));
  child.once('exit', (code, signal) => {
    if (stopping || !up) return;
    console.error(`\nThe ${name} ended (${signal ?? code}) and is started again. Its log: ${join(logs, `${name}.log`)}`);
    setTimeout(() => stopping ?? launch(name, script, extra, nodeFlags), 1_000);
  });
  return child;
}

let up = false;

/** A few messages a minute, so that every screen of the panel shows something. DEMO_TRAFFIC=off leaves it out. */
function startMoving({ clients }) {
  return keepMoving({ api: url('api'), simulator: url('simulator'), clients }, (error) =>
    console.error(`\nThe demo stops sending messages by itself: ${error.message}`),
  );
}

async function ready(name, healthUrl) {
  const child = children.get(name);
  for (const endsAt = Date.now() + 60_000; Date.now() < endsAt;) {
    if (stopping) return;
    if (child.exitCode !== null || child.signalCode !== null) break;
    const answer = await fetch(healthUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const file = join(logs, `${name}.log`);
  await giveUp(`The ${name} did not come up. The end of ${file}:\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}`);
}

/** One command of the product's command line, with its last line of output. */
function command(args, extra) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'dist', 'apps', 'cli', 'src', 'main.js'), ...args], {
      cwd: root,
      env: { ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (out += chunk));
    child.once('exit', (code) => (code === 0 ? resolve(out.trim().split('\n').at(-1)) : reject(new Error(out))));
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void shutDown(0));
// A shell between npm and this process may end without passing the signal on, and npm may be killed.
const parent = process.ppid;
if (env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && void shutDown(0), 500).unref();

try {
  const needed = env.DATABASE_URL ? ['api', 'worker', 'simulator'] : ['api', 'worker', 'simulator', 'postgres'];
  const require = createRequire(import.meta.url);
  const { startPostgres, isRunning } = require('./lib/postgres.cjs');
  const dataDir = join(data, 'postgres');
  const { checkPorts } = require('./lib/ports.cjs');
  const blocked = await checkPorts(
    needed.map((of) => ({
      ...ports[of],
      isHttp: of !== 'postgres',
      // A database that outlived its supervisor is used again.
      isOurs: of === 'postgres' && isRunning(dataDir),
      isChosen: Boolean(env[ports[of].variable]),
    })),
  );
  if (blocked) {
    const orStop = blocked.faults.some((fault) => fault.includes('in use')) ? ', or stop what listens there' : '';
    const advice = othersOfOurs() ?? `Start with: ${blocked.instead} npm start${orStop}`;
    await giveUp(`${blocked.faults.join('\n')}\n${advice}`);
  }
  if (!env.DATABASE_URL) postgres = await step('Starting PostgreSQL', () => startPostgres({ dataDir, port: ports.postgres.port }));

  const shared = {
    NODE_ENV: 'production',
    PAGES_OPEN: env.PAGES_OPEN || 'true',
    DATABASE_URL: postgres?.url ?? env.DATABASE_URL,
    KEYRING: env.KEYRING || keyring(),
    INSTALLATION_FILE: env.INSTALLATION_FILE || join(data, 'installation'),
    MEDIA_DIR: env.MEDIA_DIR || join(data, 'media'),
    // Nothing real is sent: a demo that rested over night goes on by itself.
    LEDGER_MAX_AGE_S: env.LEDGER_MAX_AGE_S || '0',
    HOST: env.HOST || '127.0.0.1',
    PORT: String(ports.api.port),
    WORKER_HEALTH_PORT: String(ports.worker.port),
    PUBLIC_URL: url('api'),
    WASENDER_BASE_URL: `${url('simulator')}/api`,
    SIMULATOR_URL: url('simulator'),
    // A core application on this machine may be told what happens.
    EGRESS_ALLOWED: env.EGRESS_ALLOWED || '127.0.0.1,localhost',
    SIM_PAT: 'sim-personal-access-token',
    LOG_LEVEL: env.LOG_LEVEL || 'info',
  };
  const simulator = {
    SIM_PORT: String(ports.simulator.port),
    SIM_PAT: shared.SIM_PAT,
    SIM_SESSIONS: env.SIM_SESSIONS || '206',
    SIM_LIMITS: env.SIM_LIMITS || 'paid',
    // Sessions made by hand outlive it.
    SIM_STATE: join(data, 'simulator.json'),
  };

  await step('Migrating the schema', () => command(['migrate'], shared));
  launch('simulator', 'simulator/src/main.js', simulator);
  await step('Starting the simulator', () => ready('simulator', `${url('simulator')}/sim/health`));
  const demo = JSON.parse(await step('Seeding the demo agency', () => command(['demo:seed', '--clients'], shared)));
  launch('api', 'api/src/main.js', shared, ['--max-semi-space-size=8']);
  launch('worker', 'worker/src/main.js', shared, ['--max-semi-space-size=16']);
  await step('Starting the api', () => ready('api', `${url('api')}/health/ready`));
  await step('Starting a worker', () => ready('worker', `${url('worker')}/health/ready`));
  up = true;
  if (env.DEMO_TRAFFIC !== 'off')
    await step('Making the campaigns of the demo', () =>
      makeCampaigns({ api: url('api'), apiKey: demo.apiKey, numbers: demo.sessions.slice(0, 3) }),
    );
  if (env.DEMO_TRAFFIC !== 'off') stopMoving = startMoving(demo);
  writeFileSync(join(data, 'demo.json'), JSON.stringify({ api: url('api'), simulator: url('simulator'), ...demo }), { mode: 0o600 });

  console.log(`
Heliograph is up after ${Math.round((Date.now() - startedAt) / 1000)} s.

  Panel         ${demo.signInLink}   (signs you in, once; npm start prints a new one)
  API           ${url('api')}/v1
  API reference ${url('api')}/docs
  Health        ${url('api')}/health/ready   ${url('worker')}/health/ready
  Metrics       ${url('api')}/metrics   ${url('worker')}/metrics
  Simulator     ${url('api')}/admin/simulator   (stands in for WasenderApi; its own API is at ${url('simulator')}/sim)
  Logs          ${logs}

  Demo API key  ${demo.apiKey}

Send a message:

  curl -s ${url('api')}/v1/messages \\
    -H 'authorization: Bearer ${demo.apiKey}' \\
    -H 'content-type: application/json' -H 'idempotency-key: first' \\
    -d '{"to": "+44 7700 900123", "type": "text", "text": "Hello from Heliograph"}'

Say that something happened; the demo's rule answers it with a message:

  curl -s ${url('api')}/v1/events \\
    -H 'authorization: Bearer ${demo.apiKey}' -H 'content-type: application/json' \\
    -d '{"name": "user_onboarded", "id": "onboarding-1", "subject": {"phone": "+44 7700 900123"}, "payload": {"first_name": "Priya"}}'

A broadcast with live figures, in another terminal:

  npm run demo:broadcast -- --recipients 50000

Ctrl-C stops everything.`);
} catch (error) {
  await giveUp(error.message);
}
