// Plain JavaScript that Node 20.19 reads: this is what installs the rest.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runToEnd } from './child.cjs';
import { isInstalled, runningHere } from './installed.cjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Place of the demo of `npm start`: its database, keys, files, logs and what it printed. */
export const demoDir = resolve(process.env.DEMO_DIR || join(root, '.data', 'start'));
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

/** Time at which this start began, in ms; the process that continues it on another Node keeps it. */
export const startedAt = Number(process.env.HELIOGRAPH_STARTED_AT || Date.now());

/**
 * One step with its name and its seconds; a long one shows that it goes on.
 * @param {() => string} progress how far it is, for a terminal
 */
export async function step(name, work, progress = () => '') {
  const isTerminal = process.stdout.isTTY;
  const begunAt = Date.now();
  const seconds = () => (Date.now() - begunAt) / 1000;
  process.stdout.write(`  ${name} … `);
  const line = () => {
    const far = [`${Math.round(seconds())} s`, progress()].filter(Boolean).join(', ');
    process.stdout.write(isTerminal ? `\r\x1b[2K  ${name} … ${far}` : `${far} … `);
  };
  const timer = setInterval(line, isTerminal ? 1_000 : 10_000);
  try {
    const result = await work();
    process.stdout.write(`${isTerminal ? `\r\x1b[2K  ${name} … ` : ''}${seconds().toFixed(1)} s\n`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Runs a command; its output is shown only when it fails. */
export async function run(command, args) {
  const { status, output } = await runToEnd(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`\n${command} ${args.join(' ')} failed:\n${output}`);
  process.exit(1);
}

/** Installs the locked packages unless they are there. Never takes them away from processes that run on them. */
export async function install() {
  if (isInstalled(root)) return;
  const running = runningHere(root);
  if (running.length > 0) {
    console.error(`The installed packages are not those of package-lock.json, and these processes run on them:
${running.map(({ pid, command }) => `  ${pid}  ${command}`).join('\n')}
Stop them, then start again: kill ${running.map(({ pid }) => pid).join(' ')}`);
    process.exit(1);
  }
  const text = readFileSync(join(root, 'package-lock.json'));
  // Optional packages are those of one platform or another.
  const packages = Object.entries(JSON.parse(text).packages).flatMap(([path, { optional }]) => (path && !optional ? [path] : []));
  const count = () => packages.filter((path) => existsSync(join(root, path, 'package.json'))).length;
  await step(
    `Installing ${packages.length} packages (some minutes the first time)`,
    () => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
    () => `${count()} packages`,
  );
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

/** Time of the last whole build, by `build` or by `npm run build`, in ms; 0: there is none. */
function builtAt() {
  const at = (...path) => statSync(join(root, 'dist', ...path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Math.max(at('.built'), Math.min(at('apps', 'api', 'src', 'main.js'), at('admin', 'index.html')));
}

/** Builds unless the output is newer than every source. */
export async function build() {
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
  if (builtAt() > sources) return;
  await step('Building', async () => {
    await run('npm', ['run', 'build', '--silent']);
    writeFileSync(join(root, 'dist', '.built'), '');
  });
}

/** The pinned Node 24 that npm installed. */
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Continues this script under the pinned Node. Returns only there. */
export async function continueOnPinnedNode(script) {
  if (Number(process.versions.node.split('.')[0]) >= 24) return;
  const env = { ...process.env, HELIOGRAPH_STARTED_AT: String(startedAt) };
  const { status } = await runToEnd(pinnedNode, [script, ...process.argv.slice(2)], { stdio: 'inherit', env });
  process.exit(status);
}
