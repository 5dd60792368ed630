import '@heliograph/inbox';
import { newId } from '@heliograph/kernel';
import {
  type ExecutedStatement,
  keyActor,
  openTestDatabase,
  type ReportingDatabase,
  reportingPlans,
  type TestDatabase,
} from '@heliograph/kernel/testing';

import { AttributeTypes } from '../libs/contacts/src/attribute-types.repository';
import { ContactImportSteps } from '../libs/contacts/src/imports/contact-import-steps.repository';
import { ContactImports } from '../libs/contacts/src/imports/contact-imports.repository';
import { importSettings } from '../libs/contacts/src/imports/import-body';
import { rowsPerPart } from '../libs/contacts/src/imports/import-files.repository';
import { ImportUploads } from '../libs/contacts/src/imports/import-upload.repository';

const people = 4_000;
const actor = keyActor('Core application');

let test: TestDatabase;
let plans: ReportingDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
  const tables = await test.db.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^(contact|consents|conversations)'`,
  );
  for (const { name } of tables) await test.db.query(`ALTER TABLE ${name} SET (autovacuum_enabled = off)`);
  plans = await reportingPlans(test.url);
});
afterAll(async () => {
  await plans?.close();
  await test.close();
});

async function* bytesOf(lines: string[]): AsyncGenerator<Buffer> {
  yield Buffer.from(lines.join('\n'));
}

/** Imports people of a tenant, up to the end of a run, and returns the statements. After the last step the tables would have statistics. */
async function imported(tenantId: string, word: string) {
  const types = new AttributeTypes(plans.db);
  const imports = new ContactImports(plans.db, types);
  const steps = new ContactImportSteps(plans.db, types);
  const rows = Array.from({ length: people }, (_, i) => `+4477${String(i + 1).padStart(8, '0')},${word} ${i},yes`);
  const file = bytesOf(['phone,name,consent', ...rows]);
  const { id } = await new ImportUploads(plans.db, types).upload(tenantId, actor, { name: 'people.csv', country: 'GB' }, file);
  const { suggested } = await imports.preview(tenantId, id, 'GB', {});
  await imports.map(tenantId, id, 'GB', importSettings.parse({ columns: suggested, consent: { source: 'form' } }));
  const step = () => steps.step({ tenantId, id });
  const statements = await plans.executed(async () => {
    await imports.check(tenantId, id);
    while (await step());
    await imports.run(tenantId, actor, id);
    while ((await imports.get(tenantId, id)).rowsDone < people) await step();
    await imports.cancel(tenantId, id);
  });
  const undo = () =>
    plans.executed(async () => {
      await imports.undo(tenantId, actor, id);
      while (await step());
    });
  return { statements, undo, get: () => imports.get(tenantId, id) };
}

/** Statements that read the people more than a few times, or more than a few blocks for each of the rows of a part. */
const costly = (statements: ExecutedStatement[]) =>
  statements
    .filter(({ rowsRead, pairsRefused, buffers }) => rowsRead + pairsRefused > 8 * people || buffers > 20 * rowsPerPart)
    .map(({ sql, ...cost }) => ({ ...cost, sql: sql.slice(0, 200) }));

it('steps of an import and its undo look people up once, also with statistics from before the tenant was there', async () => {
  await imported(newId(), 'Person');
  await test.db.query('VACUUM ANALYZE');
  const tenantId = newId();
  const first = await imported(tenantId, 'Person');
  const second = await imported(tenantId, 'Renamed');
  expect(costly([...first.statements, ...second.statements])).toEqual([]);
  expect(await second.get()).toMatchObject({ counts: { changed: people } });

  // A tenth of the people changed since the import.
  await test.db.query(`UPDATE contacts SET name = 'Own', updated_at = now() + interval '1 s' WHERE tenant_id = $1 AND name LIKE '%3'`, [
    tenantId,
  ]);
  expect(costly([...(await second.undo()), ...(await first.undo())])).toEqual([]);
  expect(await second.get()).toMatchObject({ state: 'undone', undo: { restored: people - people / 10, kept: people / 10 } });
  expect(await first.get()).toMatchObject({ state: 'undone', undo: { removed: 0, kept: people } });

  const single = await imported(newId(), 'Person');
  expect(costly(await single.undo())).toEqual([]);
  expect(await single.get()).toMatchObject({ state: 'undone', undo: { removed: people, kept: 0 } });
}, 120_000);
