import type { Command } from 'commander';
import type { DatabaseTarget, KernelConfig, SealedSecrets } from '@heliograph/kernel';
import { print } from './context';

/** Commands for operators. */
export function operationsCommands(program: Command): void {
  program
    .command('migrate')
    .description('Migrate the database to the latest schema. Safe to run on several machines at once.')
    .action(async () => {
      const { dataSourceOptions, migrateQueueSchema } = await import('@heliograph/kernel');
      const { migrate } = await import('./migrate.repository.js');
      const config = await databaseConfig();
      const applied = await migrate(dataSourceOptions(config, 2, 'heliograph-migrate'));
      await migrateQueueSchema(config);
      print({ applied });
    });

  program
    .command('database:check')
    .description(
      'Check whether the PostgreSQL server of DATABASE_URL meets the requirements. Prints each fault on a line, and exits with 1 when one is an error. Changes nothing.',
    )
    .action(async () => {
      const { checkServer } = await import('@heliograph/kernel');
      const config = await databaseConfig(['DATABASE_POOL', 'DATABASE_READ_POOL']);
      const { summary, lacks } = await checkServer(config);
      const lines = [...(summary === null ? [] : [summary]), ...lacks.map(({ severity, sentence }) => `${severity}: ${sentence}`)];
      process.stdout.write(`${[...lines, ...(lacks.length === 0 ? ['All requirements are met.'] : [])].join('\n')}\n`);
      if (lacks.some(({ severity }) => severity === 'error')) process.exitCode = 1;
    });

  program
    .command('config:check')
    .description('Check the configuration and list every fault. Use database:check for the server of DATABASE_URL.')
    .action(async () => {
      const { configOrExit } = await import('./every-lib.js');
      configOrExit();
      print({ ok: true });
    });

  program
    .command('check')
    .description(
      'Check the invariants between messages, lanes, workers and campaigns. Prints each violation on a line, and exits with 1 if there is any. Reads whole tables.',
    )
    .action(async () => {
      const { checkInvariants } = await import('./check-invariants.repository.js');
      const breaches = await checkInvariants(await databaseConfig());
      if (breaches.length === 0) return print({ ok: true });
      breaches.forEach(print);
      process.exitCode = 1;
    });

  program
    .command('secrets:reseal')
    .description(
      'Seal every stored secret under the first key of KEYRING. Run it once every process has the key as its first; after that the old key may be removed. Can be stopped and run again.',
    )
    .action(async () => {
      const { SealedSecrets } = await import('@heliograph/kernel');
      const config = await databaseConfig(['KEYRING']);
      const { resealChainEnds, resealTwoFactors } = await import('@heliograph/staff');
      const secrets = new SealedSecrets(config);
      print({
        ...(await reseal(config, secrets)),
        ...(await resealTwoFactors(config, config.KEYRING)),
        ...(await resealChainEnds(config, secrets)),
      });
    });
}

/** Returns the part of the configuration for the database, and further keys. */
async function databaseConfig(keys: (keyof KernelConfig)[] = []): Promise<Readonly<KernelConfig>> {
  const { configOrExit, kernelConfig } = await import('@heliograph/kernel');
  return configOrExit<KernelConfig>([
    Object.fromEntries((['DATABASE_URL', 'DATABASE_CA', ...keys] as const).map((key) => [key, kernelConfig[key]])),
  ]);
}

/** Seals every stored secret under the first key of the ring. @returns the number of changed values by column */
export async function reseal(target: DatabaseTarget, secrets: SealedSecrets): Promise<Record<string, number>> {
  const { resealColumns } = await import('@heliograph/kernel');
  const { sealedColumns } = await import('@heliograph/tenants');
  const { sealedCallbackColumns } = await import('@heliograph/webhooks');
  return resealColumns(target, secrets, [...sealedColumns, ...sealedCallbackColumns]);
}
