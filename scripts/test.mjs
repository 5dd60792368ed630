// `npm test`: installs what is missing, builds, runs every test on the pinned Node. Arguments go to Jest.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { build, continueOnPinnedNode, install, requireNode, root } from './lib/install.mjs';

/** What some tests need of the machine, and how to get it. */
const extras = [
  { name: 'Redis', command: 'redis-server', enable: 'apt-get install -y redis-server   (or: brew install redis)' },
  { name: 'RabbitMQ', command: 'rabbitmq-server', enable: 'apt-get install -y rabbitmq-server   (or: brew install rabbitmq)' },
];
/** Looked for, not called: RabbitMQ's command has no --version and would start a server. */
const has = (command) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/lib/rabbitmq/bin'].some((dir) => existsSync(join(dir, command)));

requireNode();
await install();
continueOnPinnedNode(process.argv[1]);
// Chaos tests run the built processes.
await build();

const report = join(root, '.data', 'test-report.json');
mkdirSync(join(root, '.data'), { recursive: true });
const jest = [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${report}`, ...process.argv.slice(2)];
// Jest prints its report as JSON on standard output as well; what people read goes to standard error.
const { status } = spawnSync(process.execPath, jest, { cwd: root, stdio: ['inherit', 'ignore', 'inherit'] });

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
process.exit(status ?? 1);
