import { Command } from 'commander';
import { demoCommands } from './demo-commands';
import { faultText } from './fault-text';
import { ledgerCommands } from './ledger-commands';
import { listenCommand } from './listen';
import { operationsCommands } from './operations-commands';
import { staffCommands } from './staff-commands';
import { suppressionCommands } from './suppression-commands';
import { tenantCommands } from './tenant-commands';

const program = new Command('heliograph').description(
  'Command line of Heliograph. Every command reads its configuration from the environment (see docs/CONFIGURATION.md).',
);
operationsCommands(program);
ledgerCommands(program);
tenantCommands(program);
staffCommands(program);
suppressionCommands(program);
demoCommands(program);
listenCommand(program);

let isUnread = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (isUnread) return;
  isUnread = true;
  // Nobody reads any more, as after `| head`. A command that has something to undo, such as `listen`, ends as on SIGTERM.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
});

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${faultText(error)}\n`);
  process.exit(1);
});
