import { Command } from 'commander';
import { demoCommands } from './demo';
import { faultText } from './faults';
import { ledgerCommands } from './ledger';
import { listenCommand } from './listen';
import { operationsCommands } from './operations';
import { staffCommands } from './staff';
import { suppressionCommands } from './suppressions';
import { tenantCommands } from './tenants';

const program = new Command('heliograph').description(
  'Heliograph from the command line. Every command reads its configuration from the environment (see docs/CONFIGURATION.md).',
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
