import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@heliograph/kernel/testing';

const root = join(__dirname, '..');

/** Every file that a person or a unit file starts, and what it answers to `--help` or to no configuration. */
const entryPoints: [string, RegExp][] = [
  ['apps/api/src/main.js', /DATABASE_URL: is required/],
  ['apps/worker/src/main.js', /DATABASE_URL: is required/],
  ['apps/cli/src/main.js', /Usage: heliograph/],
  ['bench/run.js', /npm run bench/],
  ['chaos/run.js', /npm run chaos/],
];

describe('an entry point started by a Node that is too old', () => {
  const dir = mkdtempSync(join(tmpdir(), 'heliograph-node-'));
  const asNode20 = join(dir, 'as-node-20.cjs');
  writeFileSync(
    asNode20,
    `if (!process.env.HELIOGRAPH_CONTINUED) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } });`,
  );
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function start(file: string, args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, ['-r', asNode20, file, ...args], { env: { PATH: process.env.PATH, ...env } });
    const seen = { text: '' };
    child.stdout.on('data', (chunk) => (seen.text += String(chunk)));
    child.stderr.on('data', (chunk) => (seen.text += String(chunk)));
    return { child, seen, ended: once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]> };
  }

  it.each(entryPoints)('continues on the pinned one: %s', async (file, answer) => {
    const { seen, ended } = start(join(root, 'dist', file), ['--help']);
    await ended;
    expect(seen.text).toMatch(/^This is Node 20\.19\.0; Heliograph continues on its own, /);
    expect(seen.text).toMatch(answer);
  });

  it.each([...entryPoints.map(([file]) => file), 'apps/simulator/src/main.js'])(
    'says which Node it needs and exits where there is no pinned one: %s',
    async (file) => {
      const copy = join(dir, 'dist', file);
      mkdirSync(join(copy, '..'), { recursive: true });
      cpSync(join(root, 'dist', file), copy);
      cpSync(join(root, 'dist', 'pinned-node.js'), join(dir, 'dist', 'pinned-node.js'));
      const { seen, ended } = start(copy, []);
      expect((await ended)[0]).toBe(1);
      expect(seen.text).toMatch(/^Heliograph needs Node 24 or newer; this is 20\.19\.0/);
    },
  );

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on and ends as the product ends', async (signal) => {
    const { child, seen, ended } = start(join(root, 'dist/apps/simulator/src/main.js'), [], { SIM_PORT: '0' });
    await until(() => seen.text.includes('listens on'));
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
  });

  it('leaves nothing running when it is killed', async () => {
    const { child, seen, ended } = start(join(root, 'dist/apps/simulator/src/main.js'), [], { SIM_PORT: '0' });
    await until(() => seen.text.includes('listens on'));
    const url = /http:\/\/[\d.:]+/.exec(seen.text)?.[0] as string;
    child.kill('SIGKILL');
    await ended;
    await until(() =>
      fetch(`${url}/sim/health`).then(
        () => false,
        () => true,
      ),
    );
  });
});
