import { newClient, type DatabaseTarget } from '../database/connection';
import type { SealedSecrets } from './sealed-secrets';

/** A column of sealed values in a table with the key (tenant_id, id). */
export interface SealedColumn {
  table: string;
  column: string;
}

const batch = 500;

/**
 * Seals what these columns hold under the first key of the ring; what is so sealed already stays. Owners of tables name their columns.
 * @returns how many values it changed, by column
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
          // The column a secret first stood in is what it is bound to: a previous secret was the present one.
          const place = `${name.replace('previous_', '')}:${row.tenant_id}:${row.id}`;
          const renewed = secrets.seal(secrets.open(row.sealed, place), place);
          // Compared with what was read: a secret changed meanwhile is sealed under the new key already.
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
