import { Database, dataSourceOptions, type DatabaseTarget } from '@heliograph/kernel';
import { LedgerStates } from '@heliograph/messaging';
import { DataSource } from 'typeorm';

/** Runs `work` with the ledger's state, on connections of its own. */
export async function withLedger(target: DatabaseTarget, work: (ledger: LedgerStates) => Promise<void>): Promise<void> {
  const dataSource = await new DataSource(dataSourceOptions(target, 2, 'heliograph-ledger')).initialize();
  try {
    await work(new LedgerStates(new Database(dataSource)));
  } finally {
    await dataSource.destroy();
  }
}
