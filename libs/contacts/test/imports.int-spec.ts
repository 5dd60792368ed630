import { type Database, newId } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { AttributeTypes } from '../src/attribute-types.repository';
import { type ConsentAction, Consents, type NewConsent } from '../src/consents.repository';
import { ContactEditing } from '../src/contact-editing.repository';
import { Contacts } from '../src/contacts.repository';
import { ContactLists } from '../src/lists/contact-lists.repository';
import { guardedCell } from '../src/imports/cell-values';
import { ContactImportSteps } from '../src/imports/contact-import-steps.repository';
import { ContactImports } from '../src/imports/contact-imports.repository';
import { ImportUploads } from '../src/imports/import-upload.repository';
import { declareContactUse } from '../src/imports/contact-uses.repository';
import { importSettings } from '../src/imports/import-body';
import { ImportChunks } from '../src/imports/import-chunks.repository';
import { importLimits } from '../src/imports/import-limits';
import { purgeFiles, purgePeople, purgeRefusals } from '../src/imports/import-purge.repository';
import { recipientImportBody } from '../src/imports/import-recipients';
import { refusedHead, refusedLines } from '../src/imports/refused-file';
import { maxStepTries } from '../src/step-tries.repository';
import { registerPeopleUses } from '../src/lists/people-uses';
import { audienceSql, readAudience } from '../src/selection/audiences.repository';
import { sqlParameters } from '../src/sql-parameters';
import { hashedAddress, Suppressions } from '../src/suppressions.repository';
import { book } from '../testing/workbooks';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const actor = keyActor('Core application');

async function* bytesOf(text: string | Buffer): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text as string);
  for (let from = 0; from < bytes.length; from += 60_000) yield bytes.subarray(from, from + 60_000);
}

function setup() {
  const tenantId = newId();
  const types = new AttributeTypes(db);
  const imports = new ContactImports(db, types);
  const uploads = new ImportUploads(db, types);
  const steps = new ContactImportSteps(db, types);
  const contacts = new Contacts(db);
  const editing = new ContactEditing(db);
  const consents = new Consents(db);
  const lists = new ContactLists(db);
  const suppressions = new Suppressions(db);
  const upload = (text: string | Buffer, name = 'people.csv') => uploads.upload(tenantId, actor, { name, country: 'GB' }, bytesOf(text));
  const settle = async (id: string) => {
    while (await steps.step({ tenantId, id }));
    return imports.get(tenantId, id);
  };
  const mapped = async (text: string | Buffer, settings: object = {}) => {
    const { id } = await upload(text);
    const { suggested } = await imports.preview(tenantId, id, 'GB', {});
    await imports.map(tenantId, id, 'GB', importSettings.parse({ columns: suggested, consent: null, ...settings }));
    return id;
  };
  const check = async (id: string) => {
    await imports.check(tenantId, id);
    return settle(id);
  };
  const run = async (id: string) => {
    await imports.run(tenantId, actor, id);
    return settle(id);
  };
  const undo = async (id: string) => {
    await imports.undo(tenantId, actor, id);
    return settle(id);
  };
  const all = async () => (await contacts.list(tenantId, {}, { limit: 500 })).rows;
  const byAddress = async (address: string) => (await contacts.list(tenantId, { address }, { limit: 2 })).rows[0];
  const refused = async (id: string) => (await imports.refused(tenantId, id, undefined, { limit: 500 })).rows;
  const rows = (id: string) =>
    db.query<{ line: number; vars: unknown; contact_id: string }>(
      `SELECT line, vars, contact_id FROM contact_import_rows WHERE tenant_id = $1 AND import_id = $2 ORDER BY line`,
      [tenantId, id],
    );
  const say = async (action: ConsentAction, contactId: string, address: string, given: Partial<NewConsent> = {}) => {
    const said: NewConsent = {
      tenantId,
      contactId,
      address,
      purpose: 'marketing',
      channel: 'whatsapp',
      action,
      source: 'keyword',
      textVersion: null,
      text: action === 'opt_out' ? 'STOP' : 'START',
      proof: null,
      actor,
      sessionId: null,
      ...given,
    };
    await db.transaction((tx) => consents.record(tx, [said]));
  };
  const optOut = (contactId: string, address: string) => say('opt_out', contactId, address);
  return {
    tenantId,
    types,
    imports,
    steps,
    contacts,
    editing,
    consents,
    suppressions,
    lists,
    upload,
    settle,
    mapped,
    check,
    run,
    undo,
    all,
    byAddress,
    refused,
    rows,
    say,
    optOut,
  };
}

/** The database as a process sees it that dies before its transaction ends. */
const dying = (of: Database): Database =>
  new Proxy(of, {
    get: (target, name) =>
      name === 'forTenant'
        ? (tenantId: string, work: (tx: object) => Promise<unknown>) =>
            target.forTenant(tenantId, async (tx) => {
              await work(tx);
              throw new Error('killed');
            })
        : (Reflect.get(target, name) as unknown),
  });

const csv = (...lines: string[]) => lines.join('\n');
const phones = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `+4477009${String(10_000 + from + i).slice(-5)}`);

describe('an import', () => {
  it('is checked without a change of contacts, then makes and updates them', async () => {
    const { mapped, check, run, all, byAddress, editing, tenantId, rows } = setup();
    await editing.put(tenantId, ['+447700900101'], { name: 'Priya', attributes: { plan: 'free' }, tags: ['vip'] });
    const id = await mapped(
      csv('Mobile;Name;Tags;City', '07700 900101;Priya Nair;customer;Leeds', '+44 7700 900102;Ben;;', '', ';;;', '07700900103;;"a,b";York'),
      { consent: { source: 'signup-form' } },
    );
    const checked = await check(id);
    expect(checked).toMatchObject({
      state: 'checked',
      rowsTotal: 3,
      rowsDone: 3,
      counts: { created: 2, changed: 1, unchanged: 0, refused: 0, optedOut: 0, consents: 3 },
    });
    expect(await all()).toHaveLength(1);

    const done = await run(id);
    expect(done).toMatchObject({ state: 'done', rowsDone: 3, counts: checked.counts });
    expect(await byAddress('+447700900101')).toMatchObject({
      name: 'Priya Nair',
      attributes: { plan: 'free' },
      tags: ['vip', 'customer'],
      consent: 'opt_in',
    });
    expect(await byAddress('+447700900103')).toMatchObject({ name: null, tags: ['a', 'b'] });
    expect(await rows(id)).toMatchObject([
      { line: 2, vars: { mobile: '07700 900101', name: 'Priya Nair', city: 'Leeds' } },
      { line: 3, vars: { mobile: '+44 7700 900102', name: 'Ben' } },
      { line: 6, vars: { city: 'York' } },
    ]);
  });

  it('refuses what a spreadsheet ruined, two numbers in a cell and repeats, each with line, column, value and reason', async () => {
    const { mapped, check, refused, all } = setup();
    const id = await mapped(
      csv(
        'mobile,name',
        '4.47701E+12,A',
        '447700000000,B',
        '07700 900412 / 900413,C',
        '07700 90,D',
        '+44 7700 9OO118,E',
        'n/a,F',
        '07700 900318,G',
        '+44 (0)7700 900318,H',
        ',I',
      ),
    );
    const { counts, reasons } = await check(id);
    expect(counts).toMatchObject({ created: 1, refused: 8 });
    expect((await refused(id)).map(({ line, column, value, reason, detail }) => [line, column, value, reason, detail])).toEqual([
      [2, 'mobile', '4.47701E+12', 'lost_digits', null],
      [3, 'mobile', '447700000000', 'lost_digits', null],
      [4, 'mobile', '07700 900412 / 900413', 'two_numbers', null],
      [5, 'mobile', '07700 90', 'number_too_short', { country: 'GB' }],
      [6, 'mobile', '+44 7700 9OO118', 'letters_in_number', null],
      [7, 'mobile', 'n/a', 'not_a_phone', null],
      [9, 'mobile', '+44 (0)7700 900318', 'duplicate', { line: 8 }],
      [10, 'mobile', '', 'no_address', null],
    ]);
    expect(Object.values(reasons).reduce((sum, count) => sum + count, 0)).toBe(counts.refused);
    expect(await all()).toEqual([]);
  });

  it('keeps every opt-out: of a contact, of an address on the list, and of one that is listed hashed', async () => {
    const { mapped, run, editing, tenantId, optOut, byAddress, suppressions } = setup();
    const { contact } = await editing.put(tenantId, ['+447700900101'], {});
    await optOut(contact.id, '+447700900101');
    await suppressions.add(tenantId, [hashedAddress('+447700900102')], { reason: 'opt_out', note: null, actor, expiresAt: null });
    const id = await mapped(csv('phone,consent date', '+447700900101,2026-01-01', '+447700900102,2026-01-01', '+447700900103,2026-01-01'), {
      consent: { source: 'fair' },
    });
    expect(await run(id)).toMatchObject({ counts: { created: 2, optedOut: 2, consents: 1 } });
    expect(await byAddress('+447700900101')).toMatchObject({ consent: 'opt_out', optedOut: true });
    expect(await byAddress('+447700900102')).toMatchObject({ consent: null });
    expect(await byAddress('+447700900103')).toMatchObject({ consent: 'opt_in', optedOut: false });
    expect((await suppressions.list(tenantId, {}, { limit: 10 })).rows).toHaveLength(2);
  });

  it('does not outrank an opt-out that was written before it and came later', async () => {
    const { mapped, run, tenantId, byAddress, consents, say } = setup();
    await run(await mapped(csv('phone', '+447700900101', '+447700900102'), { consent: { source: 'fair' } }));
    const [stopped, other] = await Promise.all(['+447700900101', '+447700900102'].map((address) => byAddress(address)));
    const saidAt = new Date(Date.now() - 3_600_000);
    await say('opt_out', stopped?.id as string, '+447700900101', { saidAt });
    expect(await byAddress('+447700900101')).toMatchObject({ consent: 'opt_out', optedOut: true });
    expect((await consents.list(tenantId, stopped?.id as string)).map(({ action }) => action)).toEqual(['opt_out', 'opt_in']);

    // What the core application recorded later is no import's consent.
    await say('opt_in', other?.id as string, '+447700900102', { source: 'checkout', text: null });
    await say('opt_out', other?.id as string, '+447700900102', { saidAt });
    expect(await byAddress('+447700900102')).toMatchObject({ consent: 'opt_in', optedOut: false });
  });

  it('is undone as far as nothing changed since: what others wrote stays, and so does an opt-out', async () => {
    const { mapped, run, undo, editing, tenantId, byAddress, all, rows, optOut, contacts } = setup();
    await editing.put(tenantId, ['+447700900101'], { name: 'Priya', tags: ['vip'], attributes: { city: 'Bath' } });
    await editing.put(tenantId, ['+447700900102'], { name: 'Ben' });
    const id = await mapped(
      csv(
        'phone,name,tags,city',
        '+447700900101,Priya Nair,new,Leeds',
        '+447700900102,Benjamin,,',
        '+447700900103,Cy,,',
        '+447700900104,Di,,',
        '+447700900105,El,,',
      ),
      {
        consent: { source: 'fair' },
        columns: [
          { column: 'phone', to: 'phone' },
          { column: 'name', to: 'name' },
          { column: 'tags', to: 'tags' },
          { column: 'city', to: 'attribute', attribute: 'city' },
        ],
      },
    );
    await run(id);
    const benjamin = await byAddress('+447700900102');
    await editing.update(tenantId, benjamin?.id as string, { name: 'Benny' });
    const di = await byAddress('+447700900104');
    await editing.update(tenantId, di?.id as string, { name: 'Diana' });
    const el = await byAddress('+447700900105');
    await optOut(el?.id as string, '+447700900105');

    const undone = await undo(id);
    expect(undone).toMatchObject({ state: 'undone', undo: { removed: 1, restored: 1, kept: 3 } });
    expect(await byAddress('+447700900101')).toMatchObject({ name: 'Priya', tags: ['vip'], attributes: { city: 'Bath' }, consent: null });
    expect(await byAddress('+447700900102')).toMatchObject({ name: 'Benny', consent: null });
    expect(await byAddress('+447700900103')).toBeUndefined();
    expect(await byAddress('+447700900104')).toMatchObject({ name: 'Diana', consent: null });
    expect(await byAddress('+447700900105')).toMatchObject({ consent: 'opt_out', optedOut: true });
    expect(await all()).toHaveLength(4);
    expect(await rows(id)).toEqual([]);
    expect((await contacts.list(tenantId, { tag: 'new' }, { limit: 5 })).rows).toEqual([]);
  });

  it('is undone with a record that voids each consent that it recorded, and no consent is deleted', async () => {
    const { tenantId, mapped, run, undo, steps, imports, settle, editing, byAddress, consents, say, contacts } = setup();
    const phone = (n: number) => `+44770090010${n}`;
    for (const n of [1, 2, 3]) await editing.put(tenantId, [phone(n)], { name: `Known ${n}` });
    const idOf = async (n: number) => (await byAddress(phone(n)))?.id as string;
    const id = await mapped(csv('phone', ...[1, 2, 3, 4, 5].map(phone)), { consent: { source: 'fair' } });
    expect(await run(id)).toMatchObject({ counts: { consents: 5 } });
    // Said again since: by the person, and by an application in the very words of the import.
    await say('opt_in', await idOf(2), phone(2));
    await say('opt_in', await idOf(3), phone(3), { source: 'fair', text: null });
    await editing.update(tenantId, await idOf(5), { name: 'Used' });
    const gone = await idOf(4);
    // A first try of the undo fails after its first part.
    await imports.undo(tenantId, actor, id);
    await steps.step({ tenantId, id });
    await steps.fail({ tenantId, id }, { code: 'internal', message: 'The import failed on its own data.', line: undefined });
    await imports.undo(tenantId, actor, id);
    await settle(id);

    expect(await consents.list(tenantId, await idOf(1))).toMatchObject([
      { action: 'void', source: 'import_undo', purpose: 'marketing', address: phone(1), proof: { import_id: id, line: 2 }, actor },
      { action: 'opt_in', source: 'fair', voids: null, proof: { import_id: id, line: 2 } },
    ]);
    const records = await db.query<{ contact: string; id: string; voids: string | null }>(
      `SELECT contact_id AS contact, id, voids FROM consents WHERE tenant_id = $1 AND proof ->> 'import_id' = $2`,
      [tenantId, id],
    );
    const recorded = records.filter(({ voids }) => voids === null);
    expect(recorded).toHaveLength(5);
    expect(recorded.map((one) => one.id).toSorted()).toEqual(records.flatMap(({ voids }) => voids ?? []).toSorted());
    expect(records.filter(({ contact }) => contact === gone)).toHaveLength(2);
    for (const [n, consent] of [
      [1, null],
      [2, 'opt_in'],
      [3, 'opt_in'],
      [5, null],
    ] as const)
      expect(await byAddress(phone(n))).toMatchObject({ consent });
    const found = async (consent: 'opt_in' | 'opt_out' | 'none') =>
      (await contacts.list(tenantId, { consent }, { limit: 9 })).rows.flatMap(({ addresses }) => addresses).toSorted();
    expect([await found('opt_in'), await found('none'), await found('opt_out')]).toEqual([[phone(2), phone(3)], [phone(1), phone(5)], []]);
    const again = await mapped(csv('phone', phone(1), phone(2)), { consent: { source: 'shop' } });
    expect(await run(again)).toMatchObject({ counts: { consents: 1, changed: 1, unchanged: 1 } });
    expect(await undo(again)).toMatchObject({ undo: { kept: 0 } });
    expect(await byAddress(phone(1))).toMatchObject({ consent: null });
  });

  it('keeps an earlier consent of a merged contact when the later one is voided', async () => {
    const { tenantId, mapped, run, undo, editing, byAddress, say } = setup();
    const { contact: early } = await editing.put(tenantId, ['+447700900101'], {});
    await say('opt_in', early.id, '+447700900101');
    const { contact: late } = await editing.put(tenantId, ['+447700900102'], {});
    const id = await mapped(csv('phone', '+447700900102'), { consent: { source: 'fair' } });
    await run(id);
    await db.forTenant(tenantId, (tx) => editing.merge(tx, tenantId, actor, late.id, early.id));
    await undo(id);
    expect(await byAddress('+447700900101')).toMatchObject({ id: late.id, consent: 'opt_in' });
  });

  it('records the consent of a person whom another import that can be undone gave one, and it outlives that import', async () => {
    const { tenantId, mapped, run, undo, byAddress, consents } = setup();
    const text = csv('phone', '+447700900101');
    const [fair, shop, again] = [
      await mapped(text, { consent: { source: 'fair' } }),
      await mapped(text, { consent: { source: 'shop' } }),
      await mapped(text, { consent: { source: 'fair' } }),
    ];
    await run(fair);
    expect(await run(shop)).toMatchObject({ counts: { unchanged: 1, changed: 0, consents: 1 } });
    expect(await undo(fair)).toMatchObject({ undo: { removed: 0, kept: 1 } });
    expect(await byAddress('+447700900101')).toMatchObject({ consent: 'opt_in' });
    await db.query(`UPDATE contact_imports SET finished_at = finished_at - interval '25 hours' WHERE tenant_id = $1 AND id = $2`, [
      tenantId,
      shop,
    ]);
    expect(await run(again)).toMatchObject({ counts: { unchanged: 1, consents: 0 } });
    expect((await consents.list(tenantId, (await byAddress('+447700900101'))?.id as string)).map(({ source }) => source)).toEqual([
      'import_undo',
      'shop',
      'fair',
    ]);
  });

  it('refuses a later row that leads to a contact of an earlier one by another phone or its id', async () => {
    const { tenantId, mapped, check, run, undo, editing, refused, contacts } = setup();
    const { contact: two } = await editing.put(tenantId, ['+447700900101', '+447700900102'], { name: 'Two phones' });
    await editing.put(tenantId, ['+447700900103'], { externalId: 'u3' });
    const many = phones(2_100).map((phone) => `,${phone},`);
    const id = await mapped(csv('id,phone,name', ',+447700900101,A', ',+447700900102,B', 'u3,,C', ...many, ',+447700900103,D'), {
      consent: { source: 'fair' },
    });
    const counts = { created: 2_100, changed: 2, refused: 2 };
    expect(await check(id)).toMatchObject({ counts, reasons: { duplicate: 2 } });
    expect(await run(id)).toMatchObject({ state: 'done', counts, reasons: { duplicate: 2 } });
    expect((await refused(id)).map(({ line, reason, detail }) => [line, reason, detail])).toEqual([
      [3, 'duplicate', { line: 2 }],
      [2_105, 'duplicate', { line: 4 }],
    ]);
    expect(await contacts.get(tenantId, two.id)).toMatchObject({ name: 'A' });
    expect(await undo(id)).toMatchObject({ undo: { removed: 2_100, restored: 2, kept: 0 } });
    expect(await contacts.get(tenantId, two.id)).toMatchObject({ name: 'Two phones' });
  });

  it('adds its people to a list, and takes off it those whom it had added', async () => {
    const { mapped, run, undo, imports, lists, editing, tenantId } = setup();
    const { id: listId } = await lists.create(tenantId, actor, { name: 'Recall', description: null });
    const { contact: known } = await editing.put(tenantId, ['+447700900101'], {});
    const { contact: listed } = await editing.put(tenantId, ['+447700900102'], {});
    await lists.add(tenantId, listId, { ids: [listed.id] });
    const columns = [{ column: 'phone', to: 'phone' }];
    const id = await mapped(csv('phone', '+447700900101', '+447700900102', '+447700900103'), { columns, list_id: listId });
    expect(await run(id)).toMatchObject({ counts: { created: 1, unchanged: 2 } });
    expect(await lists.get(tenantId, listId)).toMatchObject({ members: 3 });
    expect(await undo(id)).toMatchObject({ undo: { removed: 1, restored: 1, kept: 0 } });
    expect(await lists.get(tenantId, listId)).toMatchObject({ members: 1 });
    expect(known.id).not.toBe(listed.id);
    const unknown = importSettings.parse({ columns, consent: null, list_id: newId() });
    const other = await mapped(csv('phone', '+447700900101'));
    await expect(imports.map(tenantId, other, 'GB', unknown)).rejects.toMatchObject({ reason: 'unknown_list' });
  });

  it('is undone without the contacts that something refers to', async () => {
    const { mapped, run, undo, byAddress, tenantId } = setup();
    const id = await mapped(csv('phone', '+447700900101', '+447700900102'));
    await run(id);
    const used = (await byAddress('+447700900101'))?.id;
    declareContactUse('test', {
      contacts: (tenant, contacts) => `SELECT '${used}'::uuid WHERE ${tenant} = '${tenantId}' AND '${used}' = ANY (${contacts})`,
      addresses: () => 'SELECT NULL::uuid, NULL::text WHERE false',
    });
    expect(await undo(id)).toMatchObject({ undo: { removed: 1, kept: 1 } });
    expect(await byAddress('+447700900101')).toBeDefined();
  });

  it('is undone without an address of a known contact that something refers to', async () => {
    const { mapped, run, undo, byAddress, tenantId } = setup();
    await run(await mapped(csv('phone,external id', '+447700900101,a', '+447700900102,b')));
    const id = await mapped(csv('phone,external id', '+447700900111,a', '+447700900112,b'));
    await run(id);
    declareContactUse('test', {
      contacts: () => 'SELECT NULL::uuid WHERE false',
      addresses: (tenant, contacts) => `SELECT x.id, '+447700900111' FROM unnest(${contacts}) AS x(id) WHERE ${tenant} = '${tenantId}'`,
    });
    expect(await undo(id)).toMatchObject({ undo: { restored: 1, kept: 1 } });
    expect(await byAddress('+447700900111')).toMatchObject({ externalId: 'a' });
    expect(await byAddress('+447700900112')).toBeUndefined();
  });

  it('is undone without the people of another import', async () => {
    const { mapped, run, undo, byAddress, rows } = setup();
    const id = await mapped(csv('phone', '+447700900101', '+447700900102'));
    await run(id);
    const other = await mapped(csv('phone,order', '+447700900101,A-1'));
    expect(await run(other)).toMatchObject({ counts: { unchanged: 1 } });
    expect(await undo(id)).toMatchObject({ undo: { removed: 1, kept: 1 } });
    expect(await byAddress('+447700900101')).toBeDefined();
    expect(await rows(other)).toHaveLength(1);
    expect(await rows(id)).toEqual([]);
  });

  it('shows an undo that fails on its own data, and is undone by another try', async () => {
    const { tenantId, steps, imports, mapped, run, undo, settle, all } = setup();
    const id = await mapped('phone,name\n+447700900101,Ann\n');
    await run(id);
    await db.query(`ALTER TABLE contact_imports ADD CONSTRAINT refused CHECK (removed = 0) NOT VALID`);
    await expect(undo(id)).rejects.toThrow('refused');
    await steps.fail({ tenantId, id }, { code: 'internal', message: 'The import failed on its own data.', line: undefined });
    await db.query(`ALTER TABLE contact_imports DROP CONSTRAINT refused`);
    expect(await imports.get(tenantId, id)).toMatchObject({ state: 'failed', error: { code: 'internal' }, undo: { finishedAt: null } });
    expect(await steps.open()).not.toContainEqual({ tenantId, id });
    await imports.undo(tenantId, actor, id);
    expect(await settle(id)).toMatchObject({ state: 'undone', undo: { removed: 1 } });
    expect(await all()).toEqual([]);
  });

  it('is given up after a number of tries, each after a longer wait, and begins from the first one with a new check', async () => {
    const { tenantId, imports, steps, mapped, run } = setup();
    const id = await mapped('phone\n+447700900101\n');
    await imports.check(tenantId, id);
    const isOpen = async () => (await steps.open()).some((one) => one.id === id);
    for (let tries = 1; tries <= maxStepTries; tries++) {
      expect([tries, (await imports.get(tenantId, id)).state]).toEqual([tries, 'checking']);
      await steps.failed({ tenantId, id }, new Error('canceling statement due to statement timeout'));
      expect(await isOpen()).toBe(false);
    }
    expect(await imports.get(tenantId, id)).toMatchObject({
      state: 'failed',
      error: { code: 'internal', detail: 'The import failed 10 times in a row; the log of the worker has the cause.' },
    });
    const { settings } = await imports.get(tenantId, id);
    await imports.map(tenantId, id, 'GB', importSettings.parse(settings));
    expect((await run(id)).state).toBe('done');
  });

  it('goes on where it was when a part fails in the middle, and writes each person once', async () => {
    const { mapped, check, imports, steps, settle, tenantId, all } = setup();
    const id = await mapped(csv('phone,name', ...phones(4_500).map((phone, i) => `${phone},Person ${i}`)));
    await check(id);
    await imports.run(tenantId, actor, id);
    expect(await steps.step({ tenantId, id })).toBe(true);
    // The process dies within the second part.
    await expect(new ContactImportSteps(dying(db), new AttributeTypes(db)).step({ tenantId, id })).rejects.toThrow('killed');
    expect(await imports.get(tenantId, id)).toMatchObject({ state: 'running', rowsDone: 2_000 });
    const done = await settle(id);
    expect(done).toMatchObject({ state: 'done', rowsDone: 4_500, counts: { created: 4_500, refused: 0 } });
    const [found] = await db.query<{ people: number; addresses: number }>(
      `SELECT (SELECT count(*)::int FROM contacts WHERE tenant_id = $1) AS people, (SELECT count(*)::int FROM contact_addresses WHERE tenant_id = $1) AS addresses`,
      [tenantId],
    );
    expect(found).toEqual({ people: 4_500, addresses: 4_500 });
    expect((await all()).length).toBe(500);
  });

  it('finds repeats over all parts, and under either spelling of a number', async () => {
    const { mapped, check, run, refused } = setup();
    const many = phones(2_500);
    const id = await mapped(csv('phone', '+5511987654321', ...many, '+551187654321', many[3] as string));
    expect(await check(id)).toMatchObject({ counts: { created: 2_501, refused: 2 } });
    expect(await run(id)).toMatchObject({ counts: { created: 2_501, refused: 2 } });
    expect((await refused(id)).map(({ reason, detail }) => [reason, detail])).toEqual([
      ['duplicate', { line: 2 }],
      ['duplicate', { line: 6 }],
    ]);
  });

  it('cancels in the middle and can be undone', async () => {
    const { mapped, check, imports, steps, settle, tenantId, undo, all } = setup();
    const id = await mapped(csv('phone', ...phones(2_500)));
    await check(id);
    await imports.run(tenantId, actor, id);
    await steps.step({ tenantId, id });
    expect(await imports.cancel(tenantId, id)).toMatchObject({ state: 'cancelled', rowsDone: 2_000 });
    expect(await steps.step({ tenantId, id })).toBe(false);
    await settle(id);
    await undo(id);
    expect(await all()).toEqual([]);
  });

  it('loads the refused rows again after they are fixed', async () => {
    const { mapped, run, refused, imports, tenantId, byAddress } = setup();
    const id = await mapped(csv('phone,name', '4.47701E+11,"=Ann, B"', '+447700900102,Ben'));
    await run(id);
    const { columns } = await imports.get(tenantId, id);
    const file = refusedHead(columns) + refusedLines(columns, await refused(id));
    expect(file).toBe(`\ufeffphone,name,heliograph_line,heliograph_reason\r\n4.47701E+11,"'=Ann, B",2,lost_digits: phone\r\n`);
    const again = await mapped(file.replace('4.47701E+11', '+447700900101'));
    expect(await run(again)).toMatchObject({ counts: { created: 1, refused: 0 } });
    expect(await byAddress('+447700900101')).toMatchObject({ name: '=Ann, B' });
  });

  it('of a workbook that is stored in several parts is checked, run, and has its refused rows with their lines', async () => {
    const { upload, imports, check, run, byAddress, refused, rows, tenantId } = setup();
    const people = 6_000;
    const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const phone = (i: number) => 447_700_900_001 + i * 10;
    // Every second line of the sheet is blank. The last person stands on a line far behind.
    const lineOf = (i: number) => (i === people ? 90_000 : i * 2);
    const cells = (i: number) =>
      i === 10
        ? `${text('none')}${text('Nobody')}`
        : `<c><v>${i === 11 ? phone(1) : phone(i)}</v></c>${text(`Person ${i} ${'x'.repeat(150)}`)}`;
    const sheet = [
      '<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>2</v></c></row>',
      ...Array.from({ length: people }, (_, i) => `<row r="${lineOf(i + 1)}">${cells(i + 1)}<c s="1"><v>46115</v></c></row>`),
    ];
    const bytes = book(
      sheet.join(''),
      [
        { name: 'xl/sharedStrings.xml', text: '<sst><si><t>phone</t></si><si><t>name</t></si><si><t>since</t></si></sst>' },
        { name: 'xl/styles.xml', text: '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>' },
      ],
      true,
    );
    const { id, format } = await upload(bytes, 'people.xlsx');
    const [stored] = await db.query<{ parts: number }>(
      `SELECT count(*)::int AS parts FROM contact_import_parts WHERE import_id = $1 AND kind = 'file'`,
      [id],
    );
    expect(format).toBe('xlsx');
    expect(stored?.parts).toBeGreaterThan(1);
    const { suggested } = await imports.preview(tenantId, id, 'GB', {});
    await imports.map(tenantId, id, 'GB', importSettings.parse({ columns: suggested, consent: null }));
    const counts = { created: people - 2, changed: 0, refused: 2 };
    expect(await check(id)).toMatchObject({ state: 'checked', rowsTotal: people, counts });
    expect(await run(id)).toMatchObject({ state: 'done', rowsDone: people, counts });
    expect(await byAddress(`+${phone(people)}`)).toMatchObject({ name: `Person ${people} ${'x'.repeat(150)}` });
    const written = await rows(id);
    expect(written).toHaveLength(people - 2);
    expect(written.at(-1)).toMatchObject({ line: 90_000, vars: { since: '2026-04-03' } });
    const left = await refused(id);
    expect(left.map(({ line, reason }) => [line, reason])).toEqual([
      [20, 'not_a_phone'],
      [22, 'duplicate'],
    ]);
    const { columns } = await imports.get(tenantId, id);
    const file = refusedHead(columns) + refusedLines(columns, left);
    expect(file.split('\r\n').slice(0, 2)).toEqual([
      '\ufeffphone,name,since,heliograph_line,heliograph_reason',
      'none,Nobody,2026-04-03,20,not_a_phone: phone',
    ]);
  }, 60_000);

  it('keeps the cells that a refused row has too many, and refuses the row until it is fixed', async () => {
    const { mapped, run, refused, imports, tenantId, byAddress } = setup();
    const id = await mapped(csv('phone,name,city', '+447700900101,Hollis, Amara,Leeds,x', '+447700900102,Ben,York', '4E+11,Cy,Bath'));
    await run(id);
    const { columns } = await imports.get(tenantId, id);
    const fileOf = async () => {
      const surplus = await imports.surplusOf(tenantId, id);
      return refusedHead(columns, surplus) + refusedLines(columns, await refused(id), surplus);
    };
    const file = await fileOf();
    expect(file.split('\r\n')).toEqual([
      '\ufeffphone,name,city,heliograph_line,heliograph_reason,heliograph_surplus 1,heliograph_surplus 2',
      "'+447700900101,Hollis, Amara,2,too_many_cells,Leeds,x",
      '4E+11,Cy,Bath,4,lost_digits: phone,,',
      '',
    ]);
    const again = await mapped(file);
    expect(await run(again)).toMatchObject({ counts: { created: 0, refused: 2 } });
    expect((await refused(again))[0]).toMatchObject({ column: 'heliograph_surplus 1', value: 'Leeds', reason: 'too_many_cells' });
    const fixed = await mapped(file.replace('Hollis, Amara,2,too_many_cells,Leeds,x', '"Hollis, Amara",Leeds,2,,,'));
    expect(await run(fixed)).toMatchObject({ counts: { created: 1, refused: 1 } });
    expect(await byAddress('+447700900101')).toMatchObject({ name: 'Hollis, Amara' });
  });

  it('refuses the second of two rows of a person that the check both refused for a value which the run accepts', async () => {
    const { mapped, check, run, refused, types, tenantId, byAddress } = setup();
    await types.put(tenantId, { name: 'age', type: 'number', label: null });
    const columns = [
      { column: 'phone', to: 'phone' },
      { column: 'age', to: 'attribute', attribute: 'age' },
    ];
    const id = await mapped(csv('phone,age', '+447700900101,old', '+447700900101,young', '+447700900102,7'), { columns });
    expect(await check(id)).toMatchObject({ counts: { created: 1, refused: 2 } });
    await types.put(tenantId, { name: 'age', type: 'text', label: null });
    expect(await run(id)).toMatchObject({ state: 'done', counts: { created: 2, refused: 1 } });
    expect(await refused(id)).toMatchObject([{ line: 3, reason: 'duplicate', detail: { line: 2 } }]);
    expect(await byAddress('+447700900101')).toMatchObject({ attributes: { age: 'old' } });
  });

  it('fails when rows of it were deleted meanwhile, and what it wrote can be undone', async () => {
    const { mapped, check, run, undo, tenantId, all } = setup();
    const id = await mapped(csv('phone', ...phones(2_500)));
    await check(id);
    await db.query(`DELETE FROM contact_import_parts WHERE tenant_id = $1 AND import_id = $2 AND kind = 'rows' AND place = 1`, [
      tenantId,
      id,
    ]);
    expect(await run(id)).toMatchObject({ state: 'failed', rowsDone: 2_000, rowsTotal: 2_500, error: { code: 'import_forgotten' } });
    expect(await undo(id)).toMatchObject({ state: 'undone', undo: { removed: 2_000 } });
    expect(await all()).toEqual([]);
  });

  it('refuses cells with the error of a formula, and lets none be a variable', async () => {
    const { mapped, run, refused, rows } = setup();
    const columns = [
      { column: 'phone', to: 'phone' },
      { column: 'city', to: 'attribute', attribute: 'city' },
    ];
    const id = await mapped(csv('phone,city,plan', '+447700900101,#N/A,pro', '+447700900102,York,#¡REF!', '+447700900103,#1 Road,#VALUE'), {
      columns,
    });
    expect(await run(id)).toMatchObject({ counts: { created: 2, refused: 1 } });
    expect(await refused(id)).toMatchObject([{ line: 2, column: 'city', value: '#N/A', reason: 'formula_error' }]);
    expect((await rows(id)).map(({ vars }) => vars)).toEqual([
      { phone: '+447700900102', city: 'York' },
      { phone: '+447700900103', city: '#1 Road', plan: '#VALUE' },
    ]);
  });

  it('keeps blank cells from changing anything unless they are to clear', async () => {
    const { mapped, run, editing, tenantId, byAddress } = setup();
    await editing.put(tenantId, ['+447700900101'], { name: 'Priya', attributes: { city: 'Bath' } });
    const columns = [
      { column: 'phone', to: 'phone' },
      { column: 'name', to: 'name' },
      { column: 'city', to: 'attribute', attribute: 'city' },
    ];
    const text = csv('phone,name,city', '+447700900101,,');
    expect(await run(await mapped(text, { columns }))).toMatchObject({ counts: { unchanged: 1 } });
    expect(await run(await mapped(text, { columns, blank: 'clear' }))).toMatchObject({ counts: { changed: 1 } });
    expect(await byAddress('+447700900101')).toMatchObject({ name: null, attributes: {} });
  });

  it('leaves a contact unchanged that comes back as it was written to a file', async () => {
    const { mapped, run, editing, tenantId, byAddress } = setup();
    const stored = { name: '=Priya', externalId: '-7', tags: ['vip', 'b'], attributes: { visits: 5, member: true, city: 'Bath' } };
    await editing.put(tenantId, ['+447700900101'], stored);
    const cells = ['+447700900101', stored.name, stored.externalId, '"vip,b"', '5', 'true', 'Bath'].map((cell) => guardedCell(cell));
    const head = 'phone,name,external_id,tags,attributes.visits,attributes.member,attributes.city';
    expect(await run(await mapped(csv(head, cells.join(','))))).toMatchObject({ counts: { unchanged: 1 } });
    expect(await byAddress('+447700900101')).toMatchObject(stored);
  });

  it('changes known people as the settings say', async () => {
    const { mapped, run, editing, tenantId, byAddress } = setup();
    await editing.put(tenantId, ['+447700900101'], { name: 'Priya', externalId: 'u1' });
    const text = csv('external_id,phone,name,email', 'u1,+447700900109,Other,p@x.org');
    const columns = [
      { column: 'external_id', to: 'external_id' },
      { column: 'phone', to: 'phone' },
      { column: 'name', to: 'name' },
      { column: 'email', to: 'attribute', attribute: 'email' },
    ];
    expect(await run(await mapped(text, { columns, known: 'keep' }))).toMatchObject({ counts: { unchanged: 1 } });
    expect(await run(await mapped(text, { columns, known: 'fill' }))).toMatchObject({ counts: { changed: 1 } });
    expect(await byAddress('+447700900109')).toMatchObject({ name: 'Priya', externalId: 'u1', attributes: { email: 'p@x.org' } });
    expect(await run(await mapped(text, { columns }))).toMatchObject({ counts: { changed: 1 } });
    expect(await byAddress('+447700900101')).toMatchObject({ name: 'Other' });
  });

  it('refuses a row that names two contacts, or a contact of another external id', async () => {
    const { mapped, check, editing, tenantId, refused } = setup();
    await editing.put(tenantId, ['+447700900101'], { externalId: 'u1' });
    await editing.put(tenantId, ['+447700900102'], { externalId: 'u2' });
    const id = await mapped(csv('id,phone', 'u1,+447700900102', 'u9,+447700900101'));
    await check(id);
    expect((await refused(id)).map(({ reason }) => reason)).toEqual(['two_contacts', 'other_external_id']);
  });

  it('reads values by the declared type of an attribute', async () => {
    const { mapped, run, types, tenantId, byAddress, refused } = setup();
    await types.put(tenantId, { name: 'age', type: 'number', label: null });
    await types.put(tenantId, { name: 'member', type: 'boolean', label: null });
    await types.put(tenantId, { name: 'since', type: 'date', label: null });
    const id = await mapped(
      csv('phone,age,member,since', '+447700900101,41,sim,3/4/2026', '+447700900102,old,yes,', '+447700900103,,,31/02/2026'),
    );
    await run(id);
    expect(await byAddress('+447700900101')).toMatchObject({ attributes: { age: 41, member: true, since: '2026-04-03' } });
    expect((await refused(id)).map(({ line, column, reason }) => [line, column, reason])).toEqual([
      [3, 'age', 'not_a_number'],
      [4, 'since', 'no_such_day'],
    ]);
  });

  it('fails as a whole when a quote is never closed, with the line, and writes nothing', async () => {
    const { mapped, run, all } = setup();
    const id = await mapped(
      csv(
        'phone,name',
        ...phones(200).map((phone) => `${phone},a`),
        '+447700900999,"open',
        ...phones(50, 500).map((phone) => `${phone},b`),
      ),
    );
    expect(await run(id)).toMatchObject({ state: 'failed', error: { code: 'quote_not_closed' }, runAt: null });
    expect(await all()).toEqual([]);
  });

  it.each([
    ['an empty file', '', 'empty_file'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), 'not_a_table'],
    ['an old Excel file', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]), 'not_a_table'],
    ['a ZIP that is no workbook', Buffer.from('PK\x03\x04 nothing'), 'invalid_file'],
  ])('refuses %s and keeps nothing of it', async (_name, bytes, reason) => {
    const { upload, tenantId } = setup();
    await expect(upload(bytes)).rejects.toMatchObject({ reason });
    expect(await db.query(`SELECT 1 FROM contact_imports WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    expect(await db.query(`SELECT 1 FROM contact_import_parts WHERE tenant_id = $1`, [tenantId])).toEqual([]);
  });

  it('reads windows-1252 and another charset when it is asked for', async () => {
    const { upload, imports, tenantId } = setup();
    const { id, reading } = await upload(Buffer.from('telefone;nome\r\n+447700900101;Jo\xe3o\r\n', 'latin1'));
    expect(reading).toEqual({ charset: 'windows-1252', separator: ';', header: true });
    expect((await imports.preview(tenantId, id, 'GB', {})).rows[0]?.cells[1]).toBe('João');
    expect((await imports.preview(tenantId, id, 'GB', { charset: 'windows-1251' })).rows[0]?.cells[1]).toBe('Joгo');
  });

  it('refuses files beyond those that a tenant may store, until old ones are deleted', async () => {
    const { upload, tenantId } = setup();
    const { id } = await upload('phone\n+447700900101\n');
    await db.query(`UPDATE contact_imports SET bytes = $2 WHERE id = $1`, [id, importLimits.maxTenantBytes - 10]);
    await expect(upload('phone\n+447700900102\n')).rejects.toMatchObject({ reason: 'imports_full' });
    expect(await db.query(`SELECT 1 FROM contact_imports WHERE tenant_id = $1`, [tenantId])).toHaveLength(1);
    await db.query(`UPDATE contact_imports SET forgotten = true WHERE id = $1`, [id]);
    await upload('phone\n+447700900102\n');
  });

  it('reads a file again in a turn of its tenant, and in no transaction', async () => {
    const { upload, imports, tenantId } = setup();
    const { id } = await upload('phone\n+447700900101\n');
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const held = [db.inTurn(tenantId, () => ended), db.inTurn(tenantId, () => ended)];
    const settings = importSettings.parse({ columns: [{ column: 'phone', to: 'phone' }], consent: null });
    const done: string[] = [];
    const waiting = [
      imports.preview(tenantId, id, 'GB', {}).then(() => done.push('preview')),
      imports.map(tenantId, id, 'GB', settings).then(() => done.push('mapping')),
    ];
    // Longer than each of them takes.
    for (let i = 0; i < 300; i++) await db.query('SELECT 1');
    expect(done).toEqual([]);
    const inTransaction = await db.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    expect(inTransaction).toEqual([]);
    end();
    await Promise.all([...held, ...waiting]);
    expect(done).toHaveLength(2);
  });
});

describe('an import as an audience', () => {
  const people = async (tenantId: string, include: string, exclude: string[] = []) => {
    const source = (id: string) => ({ kind: 'import' as const, id });
    const given = { include: [source(include)], exclude: exclude.map(source), max_people: null, random_order: false };
    const audience = await readAudience(db, tenantId, given);
    const { values, add } = sqlParameters(tenantId);
    const rows = await db.query<{ contact_id: string }>(audienceSql(audience, newId(), { tenant: '$1::uuid', add }), values);
    return rows.map(({ contact_id: id }) => id);
  };

  it('keeps who is merged, among those to write to and those to leave out', async () => {
    const { tenantId, mapped, run, byAddress, editing, rows } = setup();
    const [file, others] = [await mapped('phone\n+447700900101\n'), await mapped('phone\n+447700900102\n')];
    await run(file);
    await run(others);
    const [one, two] = [await byAddress('+447700900101'), await byAddress('+447700900102')].map((contact) => contact?.id as string);
    expect(await people(tenantId, file, [others])).toEqual([one]);
    await db.forTenant(tenantId, (tx) => editing.merge(tx, tenantId, actor, one as string, two as string));
    expect((await rows(others)).map(({ contact_id: id }) => id)).toEqual([one]);
    expect(await people(tenantId, others)).toEqual([one]);
    expect(await people(tenantId, file, [others])).toEqual([]);
  });

  it('is refused while it runs, without rows, of another tenant and when there is none', async () => {
    const { tenantId, mapped, run } = setup();
    const [open, bare, whole] = [
      await mapped('phone\n+447700900101\n'),
      await mapped('phone\n+447700900102\n', { keep_rows: false }),
      await mapped('phone\n+447700900103\n'),
    ];
    await run(bare);
    await run(whole);
    for (const id of [open, bare, newId()])
      await expect(people(tenantId, whole, [id])).rejects.toMatchObject({
        reason: 'unknown_source',
        details: { errors: [{ path: 'audience/exclude/0', code: 'unknown_source' }] },
      });
    await expect(people(newId(), whole)).rejects.toMatchObject({ reason: 'unknown_source' });
  });
});

describe('an import by API', () => {
  const body = recipientImportBody.parse({ name: 'Recall', consent: null });
  const some = (count: number, from = 0) => phones(count, from).map((phone) => ({ phone, variables: { n: phone.slice(-2) } }));

  it('keeps nothing of a chunk whose process dies, and each person once after it is sent again', async () => {
    const { tenantId, settle, all, rows } = setup();
    const chunks = new ImportChunks(db);
    const { id } = await chunks.open(tenantId, actor, 'GB', body);
    await chunks.put(tenantId, id, 1, some(2_500));
    await expect(new ImportChunks(dying(db)).put(tenantId, id, 2, some(300, 2_500))).rejects.toThrow('killed');
    await expect(chunks.finish(tenantId, actor, id, { chunks: 2, run: true })).rejects.toMatchObject({ reason: 'chunks_missing' });
    expect(await chunks.put(tenantId, id, 2, some(300, 2_500))).toMatchObject({ rowsTotal: 2_800, repeated: false });
    await chunks.finish(tenantId, actor, id, { chunks: 2, run: true });
    expect(await settle(id)).toMatchObject({ state: 'done', rowsTotal: 2_800, counts: { created: 2_800, refused: 0 } });
    expect((await all()).length).toBe(500);
    expect((await rows(id)).at(-1)).toMatchObject({ line: 10_300, vars: { phone: expect.any(String) as string, n: '99' } });
  });

  it('counts the first row of a person over chunks that many processes send at once', async () => {
    const { tenantId, settle } = setup();
    const chunks = new ImportChunks(db);
    const { id } = await chunks.open(tenantId, actor, 'GB', body);
    await Promise.all([1, 2, 3, 4, 1, 2].map((chunk) => chunks.put(tenantId, id, chunk, some(100, (chunk % 2) * 50))));
    await chunks.finish(tenantId, actor, id, { chunks: 4, run: true });
    expect(await settle(id)).toMatchObject({ rowsTotal: 400, counts: { created: 150, refused: 250 }, reasons: { duplicate: 250 } });
  });

  it('is dropped when no chunk comes for a day, and takes none after it', async () => {
    const { tenantId } = setup();
    const chunks = new ImportChunks(db);
    const { id } = await chunks.open(tenantId, actor, 'GB', body);
    await chunks.put(tenantId, id, 1, some(10));
    await db.query(`UPDATE contact_imports SET changed_at = heliograph_now() - interval '25 hours' WHERE tenant_id = $1`, [tenantId]);
    await expect(chunks.put(tenantId, id, 2, some(10))).rejects.toMatchObject({ reason: 'import_forgotten' });
    await expect(chunks.finish(tenantId, actor, id, { run: true })).rejects.toMatchObject({ reason: 'import_forgotten' });
    while ((await db.transaction((tx) => purgeFiles(tx, 1_000))).next !== null);
    expect(await db.query(`SELECT 1 FROM contact_import_parts WHERE tenant_id = $1`, [tenantId])).toEqual([]);
    expect(await db.query(`SELECT 1 FROM contact_import_chunks WHERE tenant_id = $1`, [tenantId])).toEqual([]);
  });
});

describe('an upload whose process was killed', () => {
  it('is gone a day later, with what had arrived', async () => {
    const { tenantId, imports } = setup();
    const id = newId();
    await db.query(`INSERT INTO contact_imports (tenant_id, id, file_name, actor) VALUES ($1, $2, 'half.csv', 'Ann')`, [tenantId, id]);
    await db.query(`INSERT INTO contact_import_parts (tenant_id, import_id, kind, place, bytes) VALUES ($1, $2, 'file', 0, 'abc')`, [
      tenantId,
      id,
    ]);
    const purge = async () => {
      while ((await db.transaction((tx) => purgeFiles(tx, 1_000))).next !== null);
    };
    await purge();
    expect((await imports.get(tenantId, id)).state).toBe('uploading');
    await db.query(`UPDATE contact_imports SET changed_at = heliograph_now() - interval '25 hours' WHERE id = $1`, [id]);
    await purge();
    expect(await db.query(`SELECT 1 FROM contact_import_parts WHERE import_id = $1`, [id])).toEqual([]);
    await expect(imports.get(tenantId, id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('what an import keeps about people', () => {
  const days = 90;
  const age = (tenantId: string, id: string, by: number) =>
    db.query(`UPDATE contact_imports SET changed_at = heliograph_now() - $3 * interval '1 day' WHERE tenant_id = $1 AND id = $2`, [
      tenantId,
      id,
      by,
    ]);
  const purge = async () => {
    while ((await db.transaction((tx) => purgeRefusals(tx, days, 2))).next !== null);
    for (let from: string | null = null, isMore = true; isMore;) {
      const { next } = await db.transaction((tx) => purgePeople(tx, days, 2, from));
      isMore = next !== null;
      from = next;
    }
  };
  const source = (id: string) => ({ include: [{ kind: 'import' as const, id }], exclude: [], max_people: null, random_order: false });

  it('ends after some days, with the refused rows and the samples; counts stay', async () => {
    const { tenantId, mapped, run, imports, refused, rows } = setup();
    const [old, fresh] = [await mapped(csv('phone', ...phones(5), '5.5E+12', 'x', '+4412')), await mapped(csv('phone', ...phones(3), 'x'))];
    await run(old);
    await run(fresh);
    await age(tenantId, old, 91);
    await age(tenantId, fresh, 89);
    await purge();
    expect(await rows(old)).toEqual([]);
    expect(await refused(old)).toEqual([]);
    expect(await imports.get(tenantId, old)).toMatchObject({
      counts: { created: 5, refused: 3 },
      samples: [],
      isAudience: false,
      hasRefusals: false,
    });
    await expect(readAudience(db, tenantId, source(old))).rejects.toMatchObject({ reason: 'unknown_source' });
    expect(await rows(fresh)).toHaveLength(3);
    expect(await refused(fresh)).toHaveLength(1);
    expect(await imports.get(tenantId, fresh)).toMatchObject({ isAudience: true, hasRefusals: true });
  });

  it('stays as an audience while a campaign that is not over uses it', async () => {
    const { tenantId, mapped, run, rows, imports } = setup();
    const id = await mapped(csv('phone', ...phones(5)));
    await run(id);
    await age(tenantId, id, 400);
    let isHolding = true;
    registerPeopleUses((_tx, of, used) =>
      Promise.resolve(of === tenantId && used.id === id ? [{ kind: 'campaign', id, name: 'Recall', state: 'draft', isHolding }] : []),
    );
    await purge();
    expect(await rows(id)).toHaveLength(5);
    expect(await imports.get(tenantId, id)).toMatchObject({ isAudience: true, hasRefusals: false });
    isHolding = false;
    await purge();
    expect(await rows(id)).toEqual([]);
  });

  it('is no source of an audience from the first deleted row on', async () => {
    const { tenantId, mapped, run, rows } = setup();
    const id = await mapped(csv('phone', ...phones(5)));
    await run(id);
    await age(tenantId, id, 91);
    await db.transaction((tx) => purgePeople(tx, days, 2, null));
    expect(await rows(id)).toHaveLength(3);
    await expect(readAudience(db, tenantId, source(id))).rejects.toMatchObject({ reason: 'unknown_source' });
    await purge();
    expect(await rows(id)).toEqual([]);
  });

  it('ends for a person with the contact', async () => {
    const { tenantId, mapped, run, rows, byAddress } = setup();
    const id = await mapped(csv('phone,code', '+447700900101,A', '+447700900102,B'));
    await run(id);
    await db.query(`DELETE FROM contacts WHERE tenant_id = $1 AND id = $2`, [tenantId, (await byAddress('+447700900101'))?.id]);
    expect((await rows(id)).map(({ vars }) => vars)).toEqual([{ phone: '+447700900102', code: 'B' }]);
  });
});
