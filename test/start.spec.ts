import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
