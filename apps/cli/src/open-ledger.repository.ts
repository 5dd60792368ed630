import { configOrExit, Database, dataSourceOptions, type KernelConfig, kernelConfig } from '@heliograph/kernel';
import { installationConfig, LedgerStates, type MessagingConfig } from '@heliograph/messaging';
import { DataSource } from 'typeorm';

/** Settings of the ledger commands. */
export type LedgerConfig = Pick<MessagingConfig, 'INSTALLATION_ID' | 'INSTALLATION_FILE'>;

/** Runs `work` with the state of the ledger, on its own connections. */
export async function runWithLedger(work: (ledger: LedgerStates, config: LedgerConfig) => Promise<void>): Promise<void> {
  const { DATABASE_URL, DATABASE_CA } = kernelConfig;
  const config = configOrExit<KernelConfig & LedgerConfig>([{ DATABASE_URL, DATABASE_CA, ...installationConfig }]);
  const dataSource = await new DataSource(dataSourceOptions(config, 2, 'heliograph-ledger')).initialize();
  try {
    await work(new LedgerStates(new Database(dataSource)), config);
  } finally {
    await dataSource.destroy();
  }
}
