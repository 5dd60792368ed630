// `npm test`: installs what is missing, builds, runs every test on the pinned Node: those of the panel's sources (Vitest), then the
// rest (Jest). Arguments go to Jest, and leave Vitest out.
// `npm run test:stock`: the main path of them once more, on a PostgreSQL of the machine with its own settings.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runToEnd } from './lib/child.cjs';
import { build, continueOnPinnedNode, install, requireNode, root } from './lib/install.mjs';

/** Programs that some tests need on the machine, and how to install each. */
const extras = [
  { name: 'Redis', command: 'redis-server', enable: 'apt-get install -y redis-server   (or: brew install redis)' },
  { name: 'RabbitMQ', command: 'rabbitmq-server', enable: 'apt-get install -y rabbitmq-server   (or: brew install rabbitmq)' },
  { name: 'Chromium', command: 'chromium', enable: 'apt-get install -y chromium   (or: CHROMIUM=/path/of/a/chromium npm test)' },
];
/** Looked for, not called: RabbitMQ's command has no --version and would start a server. */
const has = (command) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/lib/rabbitmq/bin'].some((dir) => existsSync(join(dir, command)));

/** Tests of the main path: migrations, sending, hooks, events, callbacks, connections. */
const mainPath = [
  'test/migrations.spec.ts',
  'test/sending.e2e-spec.ts',
  'test/inbound.e2e-spec.ts',
  'test/events.e2e-spec.ts',
  'test/callbacks.e2e-spec.ts',
  'libs/kernel/test/terminated-connections.int-spec.ts',
  'libs/messaging/test/message-triggers.int-spec.ts',
];
const isStock = process.argv[2] === '--stock';
const args = process.argv.slice(isStock ? 3 : 2);

/** Folder of a PostgreSQL of this machine: POSTGRES_BIN, or Debian's newest one that has a server. */
function stockPostgres() {
  if (process.env.POSTGRES_BIN) return process.env.POSTGRES_BIN;
  const debian = '/usr/lib/postgresql';
  if (!existsSync(debian)) return null;
  const versions = readdirSync(debian).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(debian, version, 'bin')).find((bin) => existsSync(join(bin, 'postgres'))) ?? null;
}

requireNode();
await install();
await continueOnPinnedNode(process.argv[1]);
// Chaos tests run the built processes.
await build();

const report = join(root, '.data', isStock ? 'test-stock-report.json' : 'test-report.json');
mkdirSync(join(root, '.data'), { recursive: true });
rmSync(report, { force: true });
if (isStock) {
  const bin = stockPostgres();
  if (!bin) {
    console.error(`Skipped on a stock PostgreSQL:\n${mainPath.map((name) => `  ${name}`).join('\n')}
No PostgreSQL server on this machine. To enable them: apt-get install -y postgresql-15   (or: POSTGRES_BIN=/folder/of/initdb npm run test:stock)`);
    process.exit(0);
  }
  process.env.POSTGRES_BIN = bin;
  console.error(`On the PostgreSQL of ${bin}, with its own settings:`);
  // One file at a time: the two apis and the worker of one file can fill the 100 connections of such a server.
  args.unshift('--runInBand', '--runTestsByPath', ...mainPath);
}
let panelStatus = 0;
if (!isStock && args.length === 0) {
  const panelReport = join(root, '.data', 'test-panel-report.json');
  rmSync(panelReport, { force: true });
  const vitest = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--config', join(root, 'apps', 'admin', 'vitest.config.mts')];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${panelReport}`];
  ({ status: panelStatus } = await runToEnd(process.execPath, [...vitest, ...reporters], { cwd: root, stdio: ['inherit', 2, 'inherit'] }));
  if (!existsSync(panelReport)) panelStatus ||= 1;
}
const jest = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${report}`, ...args];
// Jest prints its report as JSON on standard output as well; what people read goes to standard error.
const { status } = await runToEnd(process.execPath, jest, { cwd: root, stdio: ['inherit', 'ignore', 'inherit'] });

// Without a report nothing could be set up; Jest has said why.
if (!existsSync(report)) process.exit(status || panelStatus || 1);
const { testResults = [] } = JSON.parse(readFileSync(report, 'utf8'));
const skipped = testResults.flatMap((file) =>
  file.assertionResults.filter((test) => test.status === 'pending').map((test) => test.fullName),
);
if (skipped.length > 0) {
  console.error(`\n${skipped.length} skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
  for (const { name, command, enable } of extras) {
    if (!has(command)) console.error(`No ${name} on this machine. To enable its tests: ${enable}`);
  }
}
process.exit(status || panelStatus);
