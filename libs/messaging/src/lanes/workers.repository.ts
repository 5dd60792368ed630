import type { Sql } from '@heliograph/kernel';

/** Stores a worker with a lease of `leaseMs`. */
export async function insertWorker(sql: Sql, worker: { id: string; name: string }, leaseMs: number): Promise<void> {
  await sql.query(
    `INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, $2, heliograph_now(), heliograph_now() + $3 * interval '1 ms')`,
    [worker.id, worker.name, leaseMs],
  );
}

/** Renews the lease of a worker for `leaseMs`. Returns false when it had run out. */
export async function renewWorker(sql: Sql, id: string, leaseMs: number): Promise<boolean> {
  const renewed = await sql.query(
    `UPDATE workers SET alive_until = heliograph_now() + $2 * interval '1 ms' WHERE id = $1 AND alive_until > heliograph_now() RETURNING id`,
    [id, leaseMs],
  );
  return renewed.length > 0;
}

/** Removes a worker that has nothing in flight any more: nothing of it is left to take over. */
export async function endWorker(sql: Sql, id: string): Promise<void> {
  await sql.query(`DELETE FROM workers WHERE id = $1`, [id]);
}
