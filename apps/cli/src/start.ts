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

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`${faultText(error)}\n`);
  process.exit(1);
});
