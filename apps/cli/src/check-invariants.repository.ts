import { campaignBreaches } from '@heliograph/campaigns';
import { Database, dataSourceOptions, type DatabaseTarget } from '@heliograph/kernel';
import { type Breach, Invariants } from '@heliograph/messaging';
import { DataSource } from 'typeorm';

/** Checks every invariant on its own connection. Returns the violations. */
export async function checkInvariants(target: DatabaseTarget): Promise<Breach[]> {
  const dataSource = await new DataSource(dataSourceOptions(target, 1, 'heliograph-check')).initialize();
  try {
    const db = new Database(dataSource);
    return [...(await new Invariants(db).check()), ...(await campaignBreaches(db))];
  } finally {
    await dataSource.destroy();
  }
}
