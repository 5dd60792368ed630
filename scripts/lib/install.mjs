// Plain JavaScript that Node 20.19 reads: this is what installs the rest.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const oldest = [20, 19];

/** Ends with a sentence instead of a syntax error when Node is too old to install anything. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  console.error(
    `Heliograph needs Node ${oldest.join('.')} or newer to install itself (it then runs on its own Node 24); this is ${process.versions.node}.`,
  );
  process.exit(1);
}

/** One step with its name and its seconds. */
export async function step(name, work) {
  process.stdout.write(`  ${name} … `);
  const startedAt = Date.now();
  const result = await work();
  process.stdout.write(`${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Runs a command; its output is shown only when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
    ...options,
  });
  if (done.status === 0) return done.stdout;
  console.error(`\n${command} ${args.join(' ')} failed:\n${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`);
  process.exit(1);
}

/** Installs the locked packages unless that was done for this very lock file. */
export async function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.heliograph-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  await step('Installing packages', () => {
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(stamp, lock);
  });
}

/** Newest change below these paths, in ms. */
function newest(paths) {
  let latest = 0;
  const visit = (path) => {
    const info = statSync(path, { throwIfNoEntry: false });
    if (!info) return;
    if (info.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    else latest = Math.max(latest, info.mtimeMs);
  };
  paths.forEach((path) => visit(join(root, path)));
  return latest;
}

/** Builds unless the output is newer than every source. */
export async function build() {
  const stamp = join(root, 'dist', '.built');
  const sources = newest([
    'apps',
    'libs',
    'bench',
    'chaos',
    'ormconfig.ts',
    'pinned-node.ts',
    'package-lock.json',
    'nest-cli.json',
    '.swcrc',
    'tsconfig.json',
  ]);
  if (existsSync(stamp) && statSync(stamp).mtimeMs > sources) return;
  await step('Building', () => {
    run('npm', ['run', 'build', '--silent']);
    writeFileSync(stamp, '');
  });
}

/** The pinned Node 24 that npm installed. */
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Continues this script under the pinned Node. Returns only there. */
export function continueOnPinnedNode(script) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return;
  const done = spawnSync(pinnedNode, [script, ...process.argv.slice(2)], { stdio: 'inherit', env: process.env });
  process.exit(done.status ?? 1);
}
