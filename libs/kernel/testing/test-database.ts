import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const template = 'template_heliograph';

/** A database of the caller's own, cloned from the migrated template (about 0.1 s). */
export async function createTestDatabase(from = template): Promise<{ url: string; drop: () => Promise<void> }> {
  const templateUrl = process.env.TEST_POSTGRES_URL;
  if (!templateUrl) throw new Error('TEST_POSTGRES_URL is not set: run the tests through `npm test`.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(templateUrl, `CREATE DATABASE ${name} TEMPLATE ${from}`);
  return {
    url: templateUrl.replace(template, name),
    drop: () => asAdmin(templateUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** A database with nothing in it. */
export const createEmptyDatabase = (): ReturnType<typeof createTestDatabase> => createTestDatabase('template0');

async function asAdmin(templateUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: templateUrl.replace(template, 'postgres') });
  await client.connect();
  try {
    // One clone at a time: a template must have no other session.
    await client.query(`SELECT pg_advisory_lock(726354)`);
    await client.query(sql);
  } finally {
    await client.end();
  }
}
