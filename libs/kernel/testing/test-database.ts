import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

const template = 'template_heliograph';

/** Creates a database of the caller's own, cloned from the migrated template (about 0.1 s). */
export async function createTestDatabase(from = template): Promise<{ url: string; drop: () => Promise<void> }> {
  const templateUrl = process.env.TEST_POSTGRES_URL;
  if (!templateUrl) throw new Error('TEST_POSTGRES_URL is not set: run the tests through `npm test`.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = templateUrl.replace(template, name);
  await asAdmin(templateUrl, `CREATE DATABASE ${name} TEMPLATE ${from}`);
  return {
    url,
    drop: async () => {
      await beforeDrop(url);
      await asAdmin(templateUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Creates an empty database. */
export const createEmptyDatabase = (): ReturnType<typeof createTestDatabase> => createTestDatabase('template0');

/** Lets the run read the database before it is dropped: TEST_BEFORE_DROP is the path of a module that exports a function of its URL. */
async function beforeDrop(url: string): Promise<void> {
  const path = process.env.TEST_BEFORE_DROP;
  if (!path) return;
  const { default: read } = (await import(path)) as { default: (url: string) => Promise<void> };
  await read(url);
}

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
