import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { until } from '@heliograph/kernel/testing';

const lib = (name: string) => resolve('scripts', 'lib', name);
interface Wanted {
  name: string;
  variable: string;
  port: number;
  isHttp: boolean;
  isOurs?: boolean;
  isChosen?: boolean;
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, which runs before anything is built
const { checkPorts } = require(lib('ports.cjs')) as {
  checkPorts: (wanted: Wanted[]) => Promise<{ faults: string[]; instead: string } | null>;
};

describe('the ports of `npm start`', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));
  async function busyPort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }
  const wanted = (variable: string, port: number, over: Partial<Wanted> = {}): Wanted => ({
    name: `the ${variable}`,
    variable,
    port,
    isHttp: true,
    ...over,
  });
  /** The same wishes with what the advice says in place. */
  const follow = (wishes: Wanted[], instead: string) => {
    const said = new Map(instead.split(' ').map((pair) => pair.split('=') as [string, string]));
    return wishes.map((wish) => ({ ...wish, port: Number(said.get(wish.variable) ?? wish.port), isChosen: said.has(wish.variable) }));
  };

  it('that cannot be had are all named at once, and the advice leads to a start', async () => {
    const busy = await busyPort();
    const wishes = [
      wanted('PORT', busy, { isChosen: true }),
      wanted('WORKER_HEALTH_PORT', busy + 1),
      wanted('SIM_PORT', 6000),
      wanted('OTHER_PORT', 4190),
      wanted('POSTGRES_PORT', Number('abc'), { isHttp: false }),
      wanted('LAST_PORT', busy + 1),
    ];
    const found = await checkPorts(wishes);
    expect(found?.faults).toEqual([
      `Port ${busy}, wanted for the PORT, is in use.`,
      'Port 6000, wanted for the SIM_PORT, is blocked by browsers and by fetch.',
      'Port 4190, wanted for the OTHER_PORT, is blocked by browsers and by fetch.',
      'Port NaN, wanted for the POSTGRES_PORT, is no port: choose one from 1 to 65535.',
      `Port ${busy + 1}, wanted for the LAST_PORT, is wanted for the WORKER_HEALTH_PORT too.`,
    ]);
    expect(await checkPorts(follow(wishes, found?.instead ?? ''))).toBeNull();
  });

  it('keep what was chosen and is free, and what is already ours', async () => {
    const busy = await busyPort();
    const free = 39_871;
    const wishes = [wanted('PORT', free, { isChosen: true }), wanted('POSTGRES_PORT', busy, { isHttp: false, isOurs: true })];
    expect(await checkPorts(wishes)).toBeNull();
    const found = await checkPorts([...wishes, wanted('SIM_PORT', busy)]);
    expect(found?.instead).toMatch(new RegExp(`^PORT=${free} SIM_PORT=\\d+$`));
  });
});

describe('a command below `npm start`', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends with its caller: %s', async (signal) => {
    const dir = mkdtempSync(join(tmpdir(), 'heliograph-child-'));
    const pidFile = join(dir, 'pid');
    // Its id is written once it waits for the signal.
    const child = `setInterval(() => {}, 1000); process.on('${signal}', () => process.exit(7));
      require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));`;
    const caller = spawn(process.execPath, [
      '-e',
      `require(${JSON.stringify(lib('child.cjs'))}).runToEnd(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'ignore' })`,
    ]);
    // The file exists for a moment before its content does, and process 0 is the own group.
    const pid = await until(() => existsSync(pidFile) && (Number(readFileSync(pidFile, 'utf8')) || null));
    caller.kill(signal);
    const [code] = (await once(caller, 'exit')) as [number | null];
    expect(code).toBe(7);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    rmSync(dir, { recursive: true });
  });
});

describe('the packages of `npm start`', () => {
  let root: string;
  const children: ReturnType<typeof spawn>[] = [];
  const sources = { one: { version: '1.0.0', integrity: 'sha512-one' }, other: { version: '2.0.0', integrity: 'sha512-other' } };
  const { platform, arch } = process;
  const locked = {
    '': { name: 'heliograph' },
    'node_modules/one': sources.one,
    'node_modules/here': { ...sources.other, optional: true, os: [platform], cpu: [arch] },
    'node_modules/elsewhere': { ...sources.other, optional: true, os: ['plan9'], cpu: [arch] },
    'node_modules/musl': { ...sources.other, optional: true, os: [platform], cpu: [arch], libc: ['musl'] },
  };
  const present = { 'node_modules/one': sources.one, 'node_modules/here': sources.other };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'heliograph-install-'));
    for (const folder of ['node_modules', 'bin', 'dist/apps/api/src', 'scripts/lib']) mkdirSync(join(root, folder), { recursive: true });
    for (const name of ['child.cjs', 'install.mjs', 'installed.cjs']) cpSync(lib(name), join(root, 'scripts', 'lib', name));
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }));
    // In place of npm: leaves a trace of its call.
    writeFileSync(join(root, 'bin', 'npm'), '#!/bin/sh\necho "$1" >> npm-calls\n');
    chmodSync(join(root, 'bin', 'npm'), 0o755);
    writeFileSync(join(root, 'dist/apps/api/src/main.js'), "console.log('up'); setInterval(() => {}, 1000);");
  });
  afterEach(() => {
    children.splice(0).forEach((child) => child.kill('SIGKILL'));
    rmSync(root, { recursive: true });
  });

  const installed = (packages: object) => writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  async function install(): Promise<{ code: number; said: string; calls: string }> {
    const child = spawn(process.execPath, ['-e', "import('./scripts/lib/install.mjs').then(({ install }) => install())"], {
      cwd: root,
      env: { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}` },
    });
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const [code] = (await once(child, 'close')) as [number];
    const calls = join(root, 'npm-calls');
    return { code, said, calls: existsSync(calls) ? readFileSync(calls, 'utf8') : '' };
  }
  async function running(file: string): Promise<number> {
    const child = spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child.pid as number;
  }

  it('are left alone when `npm ci` has installed those of this lock file', async () => {
    installed(present);
    expect(await install()).toEqual({ code: 0, said: '', calls: '' });
  });

  it.each([
    ['there are none', null],
    ['one is missing', { 'node_modules/here': sources.other }],
    ['an optional one of this platform is missing', { 'node_modules/one': sources.one }],
    ['one has another version', { ...present, 'node_modules/one': { ...sources.one, version: '1.0.1' } }],
    ['one has other content', { ...present, 'node_modules/one': { ...sources.one, integrity: 'sha512-else' } }],
    ['one is there that the lock file does not name', { ...present, 'node_modules/two': sources.one }],
  ])('are installed when %s', async (_, packages) => {
    if (packages) installed(packages);
    expect(await install()).toEqual({ code: 0, said: '', calls: 'ci\n' });
  });

  it('are not taken away from processes that run on them', async () => {
    const pids = [await running('dist/apps/api/src/main.js'), await running(join(root, 'dist/apps/api/src/main.js'))];
    const { code, said, calls } = await install();
    expect([code, calls]).toEqual([1, '']);
    const listed = [...said.matchAll(/^ {2}(\d+) /gm)].map(([, pid]) => Number(pid));
    expect(listed.sort()).toEqual([...pids].sort());
    expect(said).toMatch(/Stop them, then start again: kill \d+ \d+\n$/);
    installed(present);
    expect(await install()).toEqual({ code: 0, said: '', calls: '' });
  });
});
