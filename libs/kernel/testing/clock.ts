import type { Sql } from '../src/database/database';

/** Moves the database's deciding clock by a number of ms, for every process; 0 resets it. */
export async function moveClock(db: Sql, offsetMs: number): Promise<void> {
  await redefine(db, offsetMs === 0 ? 'statement_timestamp()' : `statement_timestamp() + interval '${offsetMs} ms'`);
}

/** Stops the database's deciding clock at this time. */
export async function stopClock(db: Sql, at: Date): Promise<void> {
  await redefine(db, `timestamptz '${at.toISOString()}'`);
}

async function redefine(db: Sql, expression: string): Promise<void> {
  await db.query(
    `CREATE OR REPLACE FUNCTION heliograph_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT ${expression} $$`,
  );
}
