import 'reflect-metadata';
import { Command } from 'commander';
import { demoCommands } from './cli/demo';
import { listenCommand } from './cli/listen';
import { operationsCommands } from './cli/operations';
import { suppressionCommands } from './cli/suppressions';
import { tenantCommands } from './cli/tenants';

const program = new Command('heliograph').description(
  'Heliograph from the command line. Every command reads its configuration from the environment (see docs/CONFIGURATION.md).',
);
operationsCommands(program);
tenantCommands(program);
suppressionCommands(program);
demoCommands(program);
listenCommand(program);

program.parseAsync().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
