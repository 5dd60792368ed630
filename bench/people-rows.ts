import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';

const atOnce = 100_000;

/**
 * Stores people with a phone number each, and a list of them, straight into the tables.
 * @param before number of people stored before: no two have one phone number @returns the id of the list
 */
export async function storePeople(db: Pool, tenantId: string, count: number, before = 0): Promise<string> {
  const listId = randomUUID();
  const client = await db.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    await client.query(
      `INSERT INTO contact_lists (tenant_id, id, name, member_count, created_by) VALUES ($1, $2, 'Everybody', $3, 'bench')`,
      [tenantId, listId, count],
    );
    for (let from = before + 1; from <= before + count; from += atOnce)
      await client.query(
        `WITH person AS MATERIALIZED (SELECT uuidv7() AS id, n FROM generate_series($3::int, $4::int) n),
         contact AS (INSERT INTO contacts (tenant_id, id, name) SELECT $1, id, 'Person ' || n FROM person ORDER BY id),
         address AS (INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, '+4479' || (10000000 + n), id FROM person)
         INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $2, id FROM person`,
        [tenantId, listId, from, Math.min(before + count, from + atOnce - 1)],
      );
    await client.query(`SET session_replication_role = origin`);
    await client.query(`VACUUM ANALYZE contacts, contact_addresses, contact_list_members`);
  } finally {
    client.release();
  }
  return listId;
}
