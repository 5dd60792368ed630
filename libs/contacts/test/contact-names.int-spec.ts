import { type Database, newId, type Page } from '@heliograph/kernel';
import { explaining, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import type { Contact } from '../src/contact';
import { Contacts } from '../src/contacts.repository';

const people = 24_000;
const tenantId = newId();

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
  // Every second name begins with an A, in one of two words; one in a thousand with a Z.
  await db.query(
    `INSERT INTO contacts (tenant_id, id, name)
     SELECT $1, uuidv7(), CASE WHEN n % 1000 = 0 THEN 'Zoe' WHEN n % 4 = 0 THEN 'Ana' WHEN n % 4 = 1 THEN 'Ben Adams' ELSE 'Bo' END || ' ' || n FROM generate_series(1, $2) n`,
    [tenantId, people],
  );
  await db.query(`ANALYZE contacts, contact_names`);
});
afterAll(() => test.close());

describe('a list of contacts by the beginning of a name', () => {
  it('reads few rows whether many contacts have it or few', async () => {
    const { db: watched, costs } = explaining(db);
    for (const [name, found] of [
      ['a', 50],
      ['ben', 50],
      ['zoe', 24],
      ['nobody', 0],
    ] as const) {
      costs.length = 0;
      const page = await new Contacts(watched).list(tenantId, { name }, { limit: 50 });
      expect([name, page.rows.length]).toEqual([name, found]);
      // The bound of the look at the index, and a page of rows that are looked through.
      for (const { rowsRead } of costs) expect(rowsRead).toBeLessThan(5_600);
      expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    }
  });

  it('goes through everybody who has it once, newest first, over its pages', async () => {
    const contacts = new Contacts(db);
    const found: string[] = [];
    for (let cursor: string | undefined, isMore = true; isMore;) {
      const page: Page<Contact> = await contacts.list(tenantId, { name: 'a' }, { limit: 500, cursor });
      found.push(...page.rows.map(({ id }) => id));
      isMore = page.next !== null;
      cursor = page.next ?? undefined;
    }
    const expected = await db.query<{ id: string }>(
      `SELECT id FROM contacts WHERE tenant_id = $1 AND (name LIKE 'Ana %' OR name LIKE '% Adams %') ORDER BY id DESC`,
      [tenantId],
    );
    expect(found).toEqual(expected.map(({ id }) => id));
  });
});
