import { newClient, type DatabaseTarget } from '../database/connection';
import type { SealedSecrets } from './sealed-secrets';

/** A column of sealed values, in a table with the key (tenant_id, id). */
export interface SealedColumn {
  table: string;
  column: string;
}

const batch = 500;

/**
 * Seals the values of these columns with the first key of the ring; skips values that are so sealed already. Owners of tables list
 * their columns.
 * @returns number of changed values by column
 */
export async function resealColumns(
  target: DatabaseTarget,
  secrets: SealedSecrets,
  columns: readonly SealedColumn[],
): Promise<Record<string, number>> {
  const client = newClient(target, { applicationName: 'heliograph-reseal' });
  await client.connect();
  const done: Record<string, number> = {};
  try {
    for (const { table, column } of columns) {
      const name = `${table}.${column}`;
      done[name] = 0;
      let after = '00000000-0000-0000-0000-000000000000';
      for (;;) {
        const { rows } = await client.query<{ tenant_id: string; id: string; sealed: string }>(
          `SELECT tenant_id, id, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL AND id > $1 ORDER BY id LIMIT ${batch}`,
          [after],
        );
        for (const row of rows) {
          after = row.id;
          if (secrets.isCurrent(row.sealed)) continue;
          // A value is bound to the column in which it was first stored: a previous secret was once the current one.
          const place = `${name.replace('previous_', '')}:${row.tenant_id}:${row.id}`;
          const renewed = secrets.seal(secrets.open(row.sealed, place), place);
          // Compared with the value that was read: a secret changed meanwhile is sealed with the new key already.
          const { rowCount } = await client.query(
            `UPDATE ${table} SET ${column} = $1 WHERE tenant_id = $2 AND id = $3 AND ${column} = $4`,
            [renewed, row.tenant_id, row.id, row.sealed],
          );
          done[name] += rowCount ?? 0;
        }
        if (rows.length < batch) break;
      }
    }
  } finally {
    await client.end();
  }
  return done;
}
