import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from '@heliograph/kernel/testing';
import { command, freePort } from '../chaos/lab/lab';

const script = (name: string) => resolve('scripts', name);
const needed = ['dist/apps/api/src/main.js', 'dist/apps/worker/src/main.js', 'dist/apps/cli/src/main.js', 'dist/admin/index.html'];
const isBuilt = needed.every((file) => existsSync(file));
const suite = (name: string, tests: () => void) =>
  isBuilt ? describe(name, tests) : describe.skip(`${name} (needs a build: npm run build)`, tests);

/** Numbers of the simulator: enough for the three clients of the demo. */
const numbers = 12;
/** A start on a busy machine takes some of it. */
const patienceMs = 180_000;

interface Demo {
  api: string;
  simulator: string;
  apiKey: string;
  sessions: string[];
}

/** A script of this folder with what it prints. */
function run(name: string, args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [script(name), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said.text += part.toString()));
  return { child, said, ended: once(child, 'close') as Promise<[number | null]> };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

suite('`npm start`', () => {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-start-'));
  // The database runs under an account of its own, which must get in.
  chmodSync(dir, 0o755);
  const ports: Record<string, string> = {};
  let env: NodeJS.ProcessEnv;
  let started: ReturnType<typeof run>;
  let demo: Demo;
  let signInLink: string;
  const startedAt = new Date();

  beforeAll(async () => {
    for (const name of ['PORT', 'WORKER_HEALTH_PORT', 'SIM_PORT', 'POSTGRES_PORT']) ports[name] = String(await freePort());
    env = { PATH: process.env.PATH, HOME: process.env.HOME, ...ports, DEMO_DIR: dir, SIM_SESSIONS: String(numbers) };
    started = run('start.mjs', [], env);
    await until(() => hasEnded(started.child) || started.said.text.includes('Ctrl-C stops everything.'), patienceMs - 10_000);
    if (hasEnded(started.child)) throw new Error(`npm start ended:\n${started.said.text}`);
    demo = JSON.parse(readFileSync(join(dir, 'demo.json'), 'utf8')) as Demo;
    signInLink = /Panel\s+(\S+)/.exec(started.said.text)?.[1] ?? '';
  }, patienceMs);
  afterAll(async () => {
    if (started && !hasEnded(started.child)) {
      started.child.kill('SIGTERM');
      await started.ended;
    }
    rmSync(dir, { recursive: true, force: true });
  }, patienceMs);

  async function get(path: string): Promise<Record<string, unknown>> {
    const answer = await fetch(demo.api + path, { headers: { authorization: `Bearer ${demo.apiKey}` } });
    expect([path, answer.status]).toEqual([path, 200]);
    return (await answer.json()) as Record<string, unknown>;
  }
  const rows = async (path: string) => (await get(path)).data as Record<string, string>[];
  const campaigns = async () => new Map((await rows('/v1/campaigns')).map(({ name, state }) => [name, state]));

  it('prints a link that opens the panel and signs the owner in, once', async () => {
    const { origin, pathname, hash } = new URL(signInLink);
    expect(origin).toBe(demo.api);
    const page = await fetch(signInLink);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect(pathname).toMatch(/^\/admin\//);
    const enter = () =>
      fetch(`${origin}/admin/v1/sign-in/link`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify({ token: hash.slice(1) }),
      });
    const answer = await enter();
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'signed_in' }]);
    const cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const me = (await (await fetch(`${origin}/admin/v1/me`, { headers: { cookie } })).json()) as { me: object };
    expect(me.me).toMatchObject({ name: 'Demo owner', grants: [{ role: 'owner', tenant_id: null }] });
    expect((await enter()).status).toBe(410);
    const clients = (await (await fetch(`${origin}/admin/v1/tenants`, { headers: { cookie } })).json()) as { data: { name: string }[] };
    expect(clients.data.map(({ name }) => name).sort()).toEqual(['Brightwater Dental', 'Demo agency', 'Northgate Lettings']);
  });

  it('has a demo that moves: messages that are newer than the start', async () => {
    const newest = await until(async () => (await rows('/v1/messages?limit=1'))[0], 30_000);
    expect(new Date(newest.created_at ?? 0).getTime()).toBeGreaterThan(startedAt.getTime());
  });

  it('has a campaign that runs or is over, one that runs for long, and one that is to come', async () => {
    const states = await campaigns();
    expect([...states.keys()].sort()).toEqual(['Autumn sale', 'Early access', 'New in your city']);
    expect(states.get('New in your city')).toBe('scheduled');
    await until(async () => (await campaigns()).get('Autumn sale') === 'processing');
  });

  it(
    'is where `npm run demo:broadcast` sends a real campaign, and counts it by the ledger of the provider',
    async () => {
      const { said, ended } = run('demo-broadcast.mjs', ['--recipients', '50'], env);
      const [code] = await ended;
      expect(said.text).toContain('50 messages taken of an audience of 50, 0 doubled.');
      expect(said.text).toContain('Verdict: nothing lost, nothing doubled.');
      expect(code).toBe(0);
      // It has raised the pace of all numbers, so that the short campaign of the demo ends.
      await until(async () => (await campaigns()).get('Early access') === 'completed', 60_000);
      const { counts } = (await get(
        `/v1/campaigns/${(await rows('/v1/campaigns')).find(({ name }) => name === 'Early access')?.id}/results`,
      )) as {
        counts: Record<string, number>;
      };
      expect(counts).toMatchObject({ waiting: 0, left_out: 5 });
      expect((await campaigns()).get('Autumn sale')).toBe('processing');
    },
    patienceMs,
  );

  it('is an installation of which the command line invites people, makes sign-in links and checks the audit log', async () => {
    const settings = {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${ports.POSTGRES_PORT}/heliograph`,
      KEYRING: readFileSync(join(dir, 'keyring'), 'utf8'),
      PUBLIC_URL: demo.api,
    };
    const ask = async (...args: string[]) => JSON.parse(await command(settings, args)) as Record<string, unknown>;
    const person = ['--email', 'theo@agency.example'];
    expect(await ask('staff:invite', ...person, '--name', 'Theo', '--role', 'agent')).toMatchObject({
      url: expect.stringMatching(new RegExp(`^${demo.api}/admin/set-password#.+`)) as unknown,
      mailed: false,
    });
    expect(await ask('staff:sign-in-link', ...person)).toEqual({
      url: expect.stringMatching(new RegExp(`^${demo.api}/admin/sign-in-link#.+`)) as unknown,
    });
    expect(await ask('audit:verify')).toMatchObject({ ok: true, broken: null });
  });

  it(
    'ends with SIGTERM, and everything that it started with it',
    async () => {
      const pids = JSON.parse(readFileSync(join(dir, 'processes.json'), 'utf8')) as number[];
      expect(pids).toHaveLength(4);
      started.child.kill('SIGTERM');
      expect((await started.ended)[0]).toBe(0);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      for (const [name, port] of Object.entries(ports)) {
        const socket = connect(Number(port), '127.0.0.1');
        const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
        expect([name, error.code]).toEqual([name, 'ECONNREFUSED']);
      }
      expect(existsSync(join(dir, 'processes.json'))).toBe(false);
    },
    patienceMs,
  );
});
