import { newId, systemActor, type Database, type Tx } from '@heliograph/kernel';
import { keyActor, moveClock, openTestDatabase, processLoops, type TestDatabase, until, testPurges } from '@heliograph/kernel/testing';
import { ContactNamesOfBefore1764006030100 } from '../migrations/1764006030100-contact-names-of-before';
import { AddressPairs } from '../src/address-pairs.repository';
import { Consents, type NewConsent } from '../src/consents.repository';
import { ContactEditing } from '../src/contact-editing.repository';
import { writeMerge } from '../src/contact-rows.repository';
import { Contacts } from '../src/contacts.repository';
import { ContactEditRunner } from '../src/edits/contact-edit-runner';
import { ContactEditSteps } from '../src/edits/contact-edit-steps.repository';
import { ContactEdits } from '../src/edits/contact-edits.repository';
import { ContactLists } from '../src/lists/contact-lists.repository';
import { maxStepTries } from '../src/step-tries.repository';
import { ContactResolver } from '../src/contact-resolver.repository';
import { Suppressions } from '../src/suppressions.repository';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const [phone, otherPhone, lid] = ['+447700900101', '+447700900102', '230000000000007@lid'];

function setup() {
  const tenantId = newId();
  const pairs = new AddressPairs(db);
  const contacts = new Contacts(db);
  const editing = new ContactEditing(db);
  const people = new ContactResolver(pairs);
  const consents = new Consents(db);
  const suppressions = new Suppressions(db);
  const seen = (...persons: { phone?: string; lid?: string; name?: string }[]) =>
    db.transaction((tx) => resolve(tx, ...persons)).then(({ contactIds }) => contactIds as [string, ...string[]]);
  const resolve = (tx: Tx, ...persons: { phone?: string; lid?: string; name?: string }[]) =>
    people.resolve(
      tx,
      persons.map((p) => ({ tenantId, phone: p.phone ?? null, lid: p.lid ?? null, name: p.name ?? null })),
    );
  const consent = (contactId: string, action: NewConsent['action'], address = phone): NewConsent => ({
    tenantId,
    contactId,
    address,
    purpose: 'marketing',
    channel: 'whatsapp',
    action,
    source: 'keyword',
    textVersion: null,
    text: action,
    proof: null,
    actor: systemActor('opt_out_keyword'),
    sessionId: null,
  });
  const suppressed = async () => (await suppressions.list(tenantId, {}, { limit: 100 })).rows.map((s) => s.address);
  return { tenantId, pairs, contacts, editing, people, consents, seen, resolve, consent, suppressed };
}

/** Opens a transaction that does `work` and stays open until released. */
async function open<T>(work: (tx: Tx) => Promise<T>): Promise<{ first: T; letGo: () => Promise<void> }> {
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  let ended: Promise<void> = Promise.resolve();
  const first = await new Promise<T>((resolve, reject) => {
    ended = db.transaction(async (tx) => {
      resolve(await work(tx));
      await gate;
    });
    ended.catch(reject);
  });
  return {
    first,
    letGo: () => {
      letGo();
      return ended;
    },
  };
}

/** True when a session of this database waits for a lock. */
const waiting = async () =>
  (
    await db.query(`SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT l.granted AND d.datname = current_database()
    UNION ALL SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  ).length > 0;

describe('contacts', () => {
  it('are not merged while another transaction works with them', async () => {
    const { tenantId, seen, resolve, editing, people } = setup();
    const [older] = await seen({ phone });
    // The other contact has a second number, so that the two addresses do not appear together.
    const { contact: other } = await editing.put(tenantId, [lid, otherPhone], {});
    const busy = await open((tx) => resolve(tx, { phone: otherPhone }));
    expect(busy.first.contactIds).toEqual([other.id]);
    let done = false;
    const learned = db
      .transaction((tx) => people.learn(tx, [{ tenantId, lid, phone }]))
      .then((merges) => {
        done = true;
        return merges;
      });
    await until(async () => done || (await waiting()));
    expect(done).toBe(false);
    await busy.letGo();
    expect(await learned).toEqual([{ tenantId, contactId: older, otherId: other.id }]);
    expect(await seen({ phone: otherPhone }, { lid }, { phone })).toEqual([older, older, older]);
  });

  it('are locked for an opt-out as what a merge made of them meanwhile', async () => {
    const { tenantId, seen, consents, consent } = setup();
    const [into, from] = await seen({ phone }, { phone: otherPhone });
    const merge = await open((tx) =>
      tx.query(`UPDATE contacts SET merged_into = CASE WHEN id = $2 THEN $3::uuid END WHERE tenant_id = $1 AND id IN ($2, $3)`, [
        tenantId,
        from,
        into,
      ]),
    );
    const optOut = open((tx) => consents.record(tx, [consent(from as string, 'opt_out')]));
    await until(waiting);
    await merge.letGo();
    const recorded = await optOut;
    const locked = () => db.transaction((tx) => tx.query(`SELECT 1 FROM contacts WHERE id = $1 FOR NO KEY UPDATE NOWAIT`, [into]));
    await expect(locked()).rejects.toMatchObject({ code: '55P03' });
    await recorded.letGo();
    expect(await db.query(`SELECT contact_id FROM consents WHERE tenant_id = $1`, [tenantId])).toEqual([{ contact_id: into }]);
  });

  it('keep a number with its new owner when the previous one writes by privacy id alone', async () => {
    const { tenantId, pairs, contacts, seen } = setup();
    const see = async (pair: { lid: string; phone: string }) => {
      await pairs.learn(db, [{ tenantId, ...pair }]);
      return (await seen(pair))[0];
    };
    const priya = await see({ lid, phone });
    const tom = await see({ lid: '230000000000008@lid', phone });
    expect(await seen({ lid })).toEqual([priya]);
    expect(await seen({ phone })).toEqual([tom]);
    expect((await contacts.get(tenantId, priya)).addresses).toEqual([lid]);
    expect(await contacts.history(tenantId, priya)).toMatchObject([{ kind: 'moved', contactId: tom, otherId: priya, addresses: [phone] }]);
  });

  it('are found by a privacy id whose number was stored before either had a contact', async () => {
    const { tenantId, pairs, seen } = setup();
    await pairs.learn(db, [{ tenantId, lid, phone }]);
    const [byLid] = await seen({ lid });
    expect(await seen({ phone })).toEqual([byLid]);
  });

  it('keep the values of a merged contact in the history, and the opt-out of either for all addresses', async () => {
    const { tenantId, contacts, consents, seen, consent, suppressed, editing } = setup();
    const { contact: older } = await editing.put(tenantId, [phone], { externalId: 'one', name: 'Priya', attributes: { plan: 'pro' } });
    const { contact: other } = await editing.put(tenantId, [lid], {
      externalId: 'two',
      name: 'P.',
      attributes: { plan: 'free', city: 'Leeds' },
    });
    await db.transaction((tx) => consents.record(tx, [consent(other.id, 'opt_out', lid)]));
    expect(await suppressed()).toEqual([lid]);
    await seen({ phone, lid });
    expect(await contacts.get(tenantId, other.id)).toMatchObject({
      id: older.id,
      externalId: 'one',
      name: 'Priya',
      attributes: { plan: 'pro', city: 'Leeds' },
      consent: 'opt_out',
    });
    expect((await suppressed()).sort()).toEqual([phone, lid].sort());
    const [kept] = await db.query<{ before: object }>(`SELECT before FROM contact_changes WHERE tenant_id = $1`, [tenantId]);
    expect(kept?.before).toMatchObject({ external_id: 'two', name: 'P.', attributes: { plan: 'free', city: 'Leeds' } });
    await db.transaction((tx) => consents.record(tx, [consent(older.id, 'opt_in')]));
    expect(await suppressed()).toEqual([]);
  });

  it('of one tenant are invisible to another', async () => {
    const [mine, theirs] = [setup(), setup()];
    await mine.pairs.learn(db, [{ tenantId: mine.tenantId, lid, phone }]);
    const [a] = await mine.seen({ lid });
    const [b] = await theirs.seen({ lid });
    const [c] = await theirs.seen({ phone });
    expect(new Set([a, b, c]).size).toBe(3);
    await expect(theirs.contacts.get(theirs.tenantId, a)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('consents', () => {
  it('of one contact are serialised: of two equal concurrent ones, one counts as new', async () => {
    const { tenantId, consents, consent, editing } = setup();
    const { contact } = await editing.put(tenantId, [phone, lid], {});
    const first = await open((tx) => consents.record(tx, [consent(contact.id, 'opt_out')]));
    expect(first.first).toEqual([true]);
    let second: boolean[] | null = null;
    const running = db.transaction((tx) => consents.record(tx, [consent(contact.id, 'opt_out', lid)])).then((isNew) => (second = isNew));
    await until(async () => second !== null || (await waiting()));
    expect(second).toBeNull();
    await first.letGo();
    expect(await running).toEqual([false]);
    expect(await consents.list(tenantId, contact.id)).toHaveLength(1);
  });

  it('of a contact that is merged meanwhile belong to the merged contact', async () => {
    const { tenantId, contacts, consents, consent, editing } = setup();
    const [one, two] = [(await editing.put(tenantId, [phone], {})).contact, (await editing.put(tenantId, [otherPhone], {})).contact];
    await db.transaction((tx) => editing.merge(tx, tenantId, keyActor('test'), one.id, two.id));
    await db.transaction((tx) => consents.record(tx, [consent(two.id, 'opt_out', otherPhone)]));
    expect(await contacts.get(tenantId, one.id)).toMatchObject({ consent: 'opt_out' });
    expect(await consents.list(tenantId, one.id)).toMatchObject([{ contactId: one.id }]);
  });
});

describe('an edit of many contacts', () => {
  it('applies and undoes itself once per contact, despite crashes and concurrent processes, and purges old values', async () => {
    const { tenantId, contacts } = setup();
    await db.query(
      `INSERT INTO contacts (tenant_id, id, tags, attributes) SELECT $1, gen_random_uuid(), ARRAY['t', 'n' || n], jsonb_build_object('n', n, 'score', 1) FROM generate_series(1, 25) n`,
      [tenantId],
    );
    const state = async () =>
      (await contacts.list(tenantId, {}, { limit: 100 })).rows.map(({ id, tags, attributes }) => ({ id, tags, attributes }));
    const before = await state();
    const edits = new ContactEdits(db);
    const { id } = await edits.start(
      tenantId,
      keyActor('test'),
      { filter: { tag: 't' } },
      { addTags: ['u'], removeTags: ['t'], set: { score: 2 }, unset: ['n'] },
    );
    // Created later: not part of the edit.
    await db.query(`INSERT INTO contacts (tenant_id, id, tags) VALUES ($1, $2, ARRAY['t'])`, [tenantId, newId()]);
    let calls = 0;
    const dying = Object.create(db) as Database;
    dying.forTenant = (tenant, work) =>
      db.forTenant(tenant, async (tx) => {
        const done = await work(tx);
        if (calls++ % 2 === 0) throw new Error('killed');
        return done;
      });
    const through = async () => {
      const steps = [new ContactEditSteps(dying, new Consents(dying)), new ContactEditSteps(db, new Consents(db))];
      while ((await edits.get(tenantId, id)).state.endsWith('ing'))
        await Promise.allSettled(steps.map((one) => one.step({ tenantId, id }, 3)));
    };
    await expect(edits.undo(tenantId, keyActor('test'), id)).rejects.toMatchObject({ reason: 'edit_running' });
    await through();
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'done', matched: 25, changed: 25, skipped: 0 });
    const after = (await state()).filter((c) => !c.tags.includes('t'));
    expect(after).toHaveLength(25);
    for (const c of after) expect(c).toMatchObject({ tags: [expect.stringMatching(/^n/), 'u'], attributes: { score: 2 } });
    await edits.undo(tenantId, keyActor('test'), id);
    await through();
    expect((await edits.get(tenantId, id)).undo).toMatchObject({ restored: 25, kept: 0 });
    expect((await state()).filter((c) => before.some((b) => b.id === c.id))).toEqual(before);
    const tags = await db.query(`SELECT count(*)::int AS n FROM contact_tags WHERE tenant_id = $1`, [tenantId]);
    expect(tags).toEqual([{ n: 51 }]);

    const again = await edits.start(
      tenantId,
      keyActor('test'),
      { filter: { tag: 't' } },
      { addTags: ['v'], removeTags: [], set: {}, unset: [] },
    );
    const steps = new ContactEditSteps(db, new Consents(db));
    const another = await edits.start(
      tenantId,
      keyActor('test'),
      { ids: [newId()] },
      { addTags: ['v'], removeTags: [], set: {}, unset: [] },
    );
    const open = async () => (await steps.open()).filter((one) => one.tenantId === tenantId).map((one) => one.id);
    expect(await open()).toEqual([again.id]);
    await steps.step({ tenantId, id: again.id });
    expect(await open()).toEqual([another.id]);
    await steps.step({ tenantId, id: another.id });
    const { purges } = testPurges(db);
    purges.register({ table: 'contact_edit_changes', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
    expect(await steps.purgeSome(db, 10)).toEqual({ deleted: {}, next: null });
    await moveClock(db, 31 * 86_400_000);
    try {
      await expect(edits.undo(tenantId, keyActor('test'), again.id)).rejects.toMatchObject({ reason: 'undo_expired' });
      expect(await purges.purgeDue(10)).toHaveProperty('contact_edit_changes');
      expect(await db.query(`SELECT 1 FROM contact_edit_changes WHERE tenant_id = $1`, [tenantId])).toEqual([]);
      expect(await edits.get(tenantId, again.id)).toMatchObject({ changed: 26, actor: keyActor('test') });
    } finally {
      await moveClock(db, 0);
    }
  });
});

describe('an edit that opts many contacts out', () => {
  it('does so once for each, whatever dies; moves them on lists; and its undo leaves every opt-out', async () => {
    const { tenantId, contacts, consents, consent, suppressed, editing } = setup();
    const people: string[] = [];
    for (let i = 0; i < 9; i++)
      people.push((await editing.put(tenantId, [`+44770090020${i}`, ...(i === 0 ? [lid] : [])], { externalId: `p${i}` })).contact.id);
    const [nameless] = await db.query<{ id: string }>(
      `INSERT INTO contacts (tenant_id, id, external_id, tags) VALUES ($1, $2, 'p9', ARRAY(SELECT 't' || n FROM generate_series(1, 50) n)) RETURNING id`,
      [tenantId, newId()],
    );
    people.push(nameless?.id as string);
    // One opted out before, and one agreed.
    await db.transaction((tx) => consents.record(tx, [consent(people[1] as string, 'opt_out', '+447700900201')]));
    await db.transaction((tx) => consents.record(tx, [{ ...consent(people[2] as string, 'opt_in', '+447700900202'), source: 'form' }]));
    const lists = new ContactLists(db);
    const made = (name: string) => lists.create(tenantId, keyActor('test'), { name, description: null });
    const [on, off] = [await made('On'), await made('Off')];
    await lists.add(tenantId, on.id, { ids: people.slice(0, 2) });
    await lists.add(tenantId, off.id, { ids: people.slice(1, 4) });
    const edits = new ContactEdits(db);
    const { id } = await edits.start(
      tenantId,
      keyActor('test'),
      { ids: people },
      {
        addTags: ['gone'],
        removeTags: [],
        set: {},
        unset: [],
        addToLists: [on.id],
        removeFromLists: [off.id],
        optOut: { source: 'letter' },
      },
    );
    // A worker of the version before would leave out the opt-outs: it takes these rules, and fails.
    expect((await edits.get(tenantId, id)).selection).toEqual({ ids: people });
    expect(await db.query(`SELECT selection FROM contact_edits WHERE tenant_id = $1 AND id = $2`, [tenantId, id])).toMatchObject([
      { selection: { wrapped: { ids: people }, tree: { rules: [{ field: 'newer' }] } } },
    ]);
    let calls = 0;
    const dying = Object.create(db) as Database;
    dying.forTenant = (tenant, work) =>
      db.forTenant(tenant, async (tx) => {
        const done = await work(tx);
        if (calls++ % 2 === 0) throw new Error('killed');
        return done;
      });
    const through = async () => {
      const steps = [new ContactEditSteps(dying, new Consents(db)), new ContactEditSteps(db, new Consents(db))];
      while ((await edits.get(tenantId, id)).state.endsWith('ing'))
        await Promise.allSettled(steps.map((one) => one.step({ tenantId, id }, 2)));
    };
    await through();
    // The one who would have too many tags is left out, but for the opt-out.
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'done', matched: 10, changed: 9, skipped: 1, optedOut: 9 });
    const members = async () => [(await lists.get(tenantId, on.id)).members, (await lists.get(tenantId, off.id)).members];
    expect(await members()).toEqual([9, 0]);
    const everyAddress = [...Array.from({ length: 9 }, (_, i) => `+44770090020${i}`), lid].sort();
    expect((await suppressed()).sort()).toEqual(everyAddress);
    for (const person of people) {
      const said = (await consents.list(tenantId, person)).filter(({ source }) => source === 'letter');
      expect(said).toMatchObject([{ action: 'opt_out', actor: keyActor('test'), proof: { contact_edit_id: id } }]);
    }

    await lists.delete(tenantId, off.id);
    await edits.undo(tenantId, keyActor('test'), id);
    await through();
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'undone', undo: { restored: 9, kept: 0 }, optedOut: 9 });
    expect((await lists.get(tenantId, on.id)).members).toBe(2);
    expect((await suppressed()).sort()).toEqual(everyAddress);
    for (const person of people)
      expect(await contacts.get(tenantId, person)).toMatchObject({
        consent: 'opt_out',
        tags: person === nameless?.id ? (expect.anything() as unknown) : [],
      });
  });

  it('opts out a contact without an address, and every address that it gets later, until the person agrees', async () => {
    const { tenantId, contacts, editing, consents, people, consent, suppressed } = setup();
    const bare = async (externalId: string) => {
      const [row] = await db.query<{ id: string }>(`INSERT INTO contacts (tenant_id, id, external_id) VALUES ($1, $2, $3) RETURNING id`, [
        tenantId,
        newId(),
        externalId,
      ]);
      return row?.id as string;
    };
    const [given, merged, seen, agreed] = [await bare('given'), await bare('merged'), await bare('seen'), await bare('agreed')];
    const edits = new ContactEdits(db);
    const ids = [given, merged, seen, agreed];
    const changes = { addTags: [], removeTags: [], set: {}, unset: [], optOut: { source: 'letter' } };
    const { id } = await edits.start(tenantId, keyActor('test'), { ids }, changes);
    const steps = new ContactEditSteps(db, new Consents(db));
    while (await steps.step({ tenantId, id }));
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'done', optedOut: 4 });
    expect(await suppressed()).toEqual([]);

    await db.transaction((tx) => consents.record(tx, [{ ...consent(agreed, 'opt_in', ''), source: 'form' }]));
    await editing.put(tenantId, ['+447700900404'], { externalId: 'agreed' });
    expect(await suppressed()).toEqual([]);
    await editing.put(tenantId, ['+447700900401'], { externalId: 'given' });
    const { contact } = await editing.put(tenantId, ['+447700900402'], {});
    await db.transaction((tx) => editing.merge(tx, tenantId, keyActor('test'), contact.id, merged));
    await db.transaction((tx) => people.addFree(tx, [{ tenantId, id: seen, address: '+447700900403' }]));
    expect((await suppressed()).sort()).toEqual(['+447700900401', '+447700900402', '+447700900403']);
    expect(await contacts.get(tenantId, given)).toMatchObject({ consent: 'opt_out', optedOut: true });
  });

  it('leaves out who loses the tag while it waits for the contact', async () => {
    const { tenantId, contacts, editing } = setup();
    const { contact } = await editing.put(tenantId, [phone], { tags: ['t'] });
    const edits = new ContactEdits(db);
    const changes = { addTags: ['u'], removeTags: [], set: {}, unset: [] };
    const { id } = await edits.start(tenantId, keyActor('test'), { filter: { tag: 't' } }, changes);
    const other = await open((tx) => tx.query(`UPDATE contacts SET tags = '{}' WHERE tenant_id = $1`, [tenantId]));
    const step = new ContactEditSteps(db, new Consents(db)).step({ tenantId, id });
    await until(waiting);
    await other.letGo();
    await step;
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'done', matched: 0 });
    expect((await contacts.get(tenantId, contact.id)).tags).toEqual([]);
  });

  it('ends as failed when one of its lists is deleted meanwhile', async () => {
    const { tenantId, editing } = setup();
    const { contact } = await editing.put(tenantId, [phone], {});
    const lists = new ContactLists(db);
    const list = await lists.create(tenantId, keyActor('test'), { name: 'L', description: null });
    const edits = new ContactEdits(db);
    const changes = { addTags: [], removeTags: [], set: {}, unset: [], addToLists: [list.id] };
    const { id } = await edits.start(tenantId, keyActor('test'), { ids: [contact.id] }, changes);
    await lists.delete(tenantId, list.id);
    const steps = new ContactEditSteps(db, new Consents(db));
    const error = await steps.step({ tenantId, id }).catch((e: unknown) => e);
    expect(error).toMatchObject({ reason: 'unknown_source' });
    await steps.failed({ tenantId, id }, error);
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'failed', error: 'No such list.' });
    await expect(edits.start(tenantId, keyActor('test'), { ids: [contact.id] }, changes)).rejects.toMatchObject({
      reason: 'unknown_source',
    });
  });
});

describe('an edit that is stopped', () => {
  it('leaves the rest as it was, says how far it came, and is undone as far as it came', async () => {
    const { tenantId, contacts } = setup();
    await db.query(`INSERT INTO contacts (tenant_id, id, tags) SELECT $1, gen_random_uuid(), '{t}' FROM generate_series(1, 5)`, [tenantId]);
    const edits = new ContactEdits(db);
    const changes = { addTags: ['u'], removeTags: [], set: {}, unset: [] };
    const { id, total } = await edits.start(tenantId, keyActor('test'), { listed: { tag: 't' } }, changes);
    expect(total).toBe(5);
    const steps = new ContactEditSteps(db, new Consents(db));
    const tagged = async () => (await contacts.list(tenantId, { tag: 'u' }, { limit: 100 })).rows.length;
    expect(await steps.step({ tenantId, id }, 2)).toBe(true);
    expect(await edits.cancel(tenantId, id)).toMatchObject({
      state: 'cancelled',
      total: 5,
      matched: 2,
      changed: 2,
      finishedAt: expect.any(Date) as Date,
    });
    expect(await steps.step({ tenantId, id }, 2)).toBe(false);
    expect((await steps.open()).filter((one) => one.tenantId === tenantId)).toEqual([]);
    expect(await tagged()).toBe(2);
    await expect(edits.cancel(tenantId, id)).rejects.toMatchObject({ reason: 'edit_ended' });
    await edits.undo(tenantId, keyActor('test'), id);
    await expect(edits.cancel(tenantId, id)).rejects.toMatchObject({ reason: 'edit_ended' });
    while (await steps.step({ tenantId, id }, 2));
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'undone', undo: { restored: 2, kept: 0 } });
    expect(await tagged()).toBe(0);
    await expect(edits.cancel(tenantId, newId())).rejects.toMatchObject({ reason: 'not_found' });
  });
});

describe('an edit that keeps failing', () => {
  const changes = { addTags: ['u'], removeTags: [], set: {}, unset: [] };
  async function started(selection: 'list' | 'ids' = 'ids') {
    const { tenantId, contacts } = setup();
    const people = Array.from({ length: 5 }, () => newId()).sort();
    await db.query(`INSERT INTO contacts (tenant_id, id) SELECT $1, id FROM unnest($2::uuid[]) id`, [tenantId, people]);
    const lists = new ContactLists(db);
    const list = await lists.create(tenantId, keyActor('test'), { name: 'L', description: null });
    await lists.add(tenantId, list.id, { ids: people });
    const edits = new ContactEdits(db);
    const { id } = await edits.start(tenantId, keyActor('test'), selection === 'ids' ? { ids: people } : { list: list.id }, changes);
    const steps = new ContactEditSteps(db, new Consents(db));
    const tagged = async () => (await contacts.list(tenantId, { tag: 'u' }, { limit: 100 })).rows.length;
    const isOpen = async () => (await steps.open()).some((one) => one.tenantId === tenantId);
    return { tenantId, id, edits, steps, list, lists, tagged, isOpen, ref: { tenantId, id } };
  }
  /** Runs what is due in a process whose database refuses chunks with this error. */
  function runWith(error: Error, ofTenant: string) {
    const broken = Object.create(db) as Database;
    broken.forTenant = (tenant, work) => db.forTenant(tenant, (tx) => work(tx).then(() => Promise.reject(error)));
    const steps = new ContactEditSteps(db, new Consents(db));
    const failing = new ContactEditSteps(broken, new Consents(broken));
    const { loops, drain } = processLoops();
    let looks = 0;
    const runner = new ContactEditRunner(
      {
        open: async () => {
          looks++;
          return (await steps.open()).filter(({ tenantId }) => tenantId === ofTenant);
        },
        step: (edit: { tenantId: string; id: string }) => failing.step(edit),
        failed: (edit: { tenantId: string; id: string }, cause: unknown) => steps.failed(edit, cause),
      } as unknown as ContactEditSteps,
      loops,
      testPurges(db).purges,
    );
    runner.onApplicationBootstrap();
    return { drain, hasLooked: () => looks > 1 };
  }

  it('ends when a repeat would fail again, says why, and lets the next one of its tenant run', async () => {
    const { tenantId, id, ref, edits, steps, list, lists, tagged } = await started('list');
    const next = await edits.start(tenantId, keyActor('test'), { ids: [newId()] }, changes);
    await steps.step(ref, 2);
    await lists.delete(tenantId, list.id);
    const error = await steps.step(ref, 2).catch((cause: unknown) => cause);
    await steps.failed(ref, error);
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'failed', error: 'No such list.', changed: 2 });
    expect((await steps.open()).filter((one) => one.tenantId === tenantId)).toEqual([{ tenantId, id: next.id }]);
    expect((await edits.undo(tenantId, keyActor('test'), id)).error).toBeNull();
    while (await steps.step(ref, 1));
    expect(await edits.get(tenantId, id)).toMatchObject({ state: 'undone', undo: { restored: 2, kept: 0 } });
    expect(await tagged()).toBe(0);
  });

  it('for a cause that may pass is tried a number of times, each after a longer wait', async () => {
    const { tenantId, id, ref, edits, steps, isOpen } = await started();
    const cause = new Error('canceling statement due to statement timeout');
    for (let tries = 1; tries < maxStepTries; tries++) {
      await steps.failed(ref, cause);
      expect([tries, await isOpen(), (await edits.get(tenantId, id)).state]).toEqual([tries, false, 'running']);
    }
    await steps.failed(ref, cause);
    expect(await edits.get(tenantId, id)).toMatchObject({
      state: 'failed',
      error: 'The edit failed 10 times in a row; the log of the worker has the cause.',
    });
  });

  it('is tried from the first time again once a chunk succeeded', async () => {
    const { ref, steps, isOpen } = await started();
    for (let tries = 1; tries < maxStepTries; tries++) await steps.failed(ref, new Error('timeout'));
    await steps.step(ref, 1);
    expect(await isOpen()).toBe(true);
    await steps.failed(ref, new Error('timeout'));
    expect(await db.query(`SELECT state, tries FROM contact_edits WHERE id = $1`, [ref.id])).toEqual([{ state: 'running', tries: 1 }]);
  });

  it('is noted by the process that runs it, and not when the database is away', async () => {
    const { tenantId, id, edits } = await started();
    const states = async () =>
      (await db.query<{ state: string; tries: number }>(`SELECT state, tries FROM contact_edits WHERE id = $1`, [id]))[0];
    const away = runWith(Object.assign(new Error('Connection terminated'), { code: '57P01' }), tenantId);
    await until(() => away.hasLooked());
    await away.drain();
    expect(await states()).toEqual({ state: 'running', tries: 0 });
    const broken = runWith(new TypeError('of undefined'), tenantId);
    await until(async () => (await edits.get(tenantId, id)).state === 'failed');
    await broken.drain();
    expect((await edits.get(tenantId, id)).error).toBe('The edit failed on its own data.');
  });
});

describe('an opt-out that was written long ago', () => {
  it('applies unless a later opt-in is known, and keeps its own time', async () => {
    const { seen, consents, consent, suppressed, tenantId } = setup();
    const [id] = await seen({ phone });
    const saidAt = new Date(Date.now() - 86_400_000);
    const record = (...given: NewConsent[]) => db.transaction((tx) => consents.record(tx, given));
    expect(await record({ ...consent(id, 'opt_out'), saidAt })).toEqual([true]);
    expect(await suppressed()).toEqual([phone]);
    expect((await consents.list(tenantId, id))[0]?.at).toEqual(saidAt);
    expect(await record(consent(id, 'opt_in'))).toEqual([true]);
    expect(await record({ ...consent(id, 'opt_out'), saidAt: new Date(Date.now() - 3_600_000) })).toEqual([false]);
    expect(await suppressed()).toEqual([]);
  });
});

describe('a number that WhatsApp shows in another spelling', () => {
  const spellings: [string, string][] = [
    ['+5491123456701', '+541123456701'],
    ['+5215512345601', '+525512345601'],
    ['+5511987654301', '+551187654301'],
    ['+2290195123401', '+22995123401'],
    ['+2250708123401', '+22508123401'],
  ];

  it.each([...spellings, ...spellings.map(([a, b]) => [b, a] as [string, string])])(
    'is one contact as %s and as %s, with one opt-out and opt-in for both',
    async (shown, written) => {
      const { tenantId, seen, editing, contacts, consents, consent, suppressed } = setup();
      await new Suppressions(db).add(tenantId, [written], { reason: 'opt_out', note: null, actor: keyActor('test'), expiresAt: null });
      const { contact } = await editing.put(tenantId, [written], {});
      const [id] = await seen({ phone: shown, lid });
      expect(id).toBe(contact.id);
      expect((await contacts.list(tenantId, { address: shown }, { limit: 10 })).rows.map((c) => c.id)).toEqual([id]);
      expect(await suppressed()).toEqual([shown, written, lid].sort());
      await db.transaction((tx) => consents.record(tx, [consent(id, 'opt_in', shown)]));
      expect(await suppressed()).toEqual([]);
    },
  );

  it('is suppressed in one spelling, and found and lifted in the other', async () => {
    const { tenantId } = setup();
    const suppressions = new Suppressions(db);
    const [shown, written] = spellings[0] as [string, string];
    await suppressions.add(tenantId, [written], { reason: 'manual', note: null, actor: keyActor('test'), expiresAt: null });
    expect((await suppressions.list(tenantId, { addresses: [shown] }, { limit: 10 })).rows).toHaveLength(1);
    await suppressions.lift(tenantId, shown, undefined);
    expect((await suppressions.list(tenantId, {}, { limit: 10 })).rows).toEqual([]);
  });
});

describe('the limits of a contact', () => {
  const named = (prefix: string, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, i]));

  it('apply to the sum of several changes', async () => {
    const { tenantId, editing } = setup();
    const { contact } = await editing.put(tenantId, [phone], { attributes: named('a', 100) });
    const refused = (changes: object) => expect(editing.update(tenantId, contact.id, changes)).rejects;
    await refused({ attributes: { b: 1 } }).toMatchObject({ reason: 'too_many_attributes' });
    await refused({ attributes: { a0: 'x'.repeat(1_025) } }).toMatchObject({ reason: 'attribute_too_long' });
    await refused({ tags: Array.from({ length: 51 }, (_, i) => `${i}`) }).toMatchObject({ reason: 'too_many_tags' });
    const changed = await editing.update(tenantId, contact.id, { attributes: { a0: null, b: 1 } });
    expect(Object.keys(changed.attributes)).toHaveLength(100);
  });

  it('apply to a merge by a client, and let a contact above a limit lose entries and gain none', async () => {
    const { tenantId, editing } = setup();
    const [one, other] = [
      await editing.put(tenantId, [phone], { attributes: named('a', 100) }),
      await editing.put(tenantId, [otherPhone], { attributes: named('b', 100) }),
    ];
    const byClient = db.transaction((tx) => editing.merge(tx, tenantId, keyActor('test'), one.contact.id, other.contact.id));
    await expect(byClient).rejects.toMatchObject({ reason: 'too_many_attributes' });
    expect((await db.query(`SELECT 1 FROM contacts WHERE tenant_id = $1 AND merged_into IS NULL`, [tenantId])).length).toBe(2);
    // As when a message shows that both are one person.
    await db.transaction((tx) => writeMerge(tx, tenantId, keyActor('test'), one.contact.id, other.contact.id, [otherPhone]));
    const update = (attributes: object) => editing.update(tenantId, one.contact.id, { attributes: attributes as never });
    expect(Object.keys((await update({ a0: null })).attributes)).toHaveLength(199);
    await expect(update({ c: 1 })).rejects.toMatchObject({ reason: 'too_many_attributes' });
  });

  it('apply to its addresses', async () => {
    const { tenantId, editing } = setup();
    const addresses = Array.from({ length: 51 }, (_, i) => `+4477009${String(10_000 + i)}`);
    await editing.put(tenantId, addresses.slice(0, 50), {});
    await expect(editing.put(tenantId, addresses.slice(49), {})).rejects.toMatchObject({ reason: 'too_many_addresses' });
  });
});

describe('names of contacts', () => {
  it('that were stored before they could be searched for are entered in chunks, and again without harm', async () => {
    const { tenantId, contacts } = setup();
    await db.transaction(async (tx) => {
      await tx.query('SET LOCAL session_replication_role = replica');
      await tx.query(
        `INSERT INTO contacts (tenant_id, id, name, merged_into)
         SELECT $1, gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'Zoë Nr' || n END, CASE WHEN n = 2 THEN gen_random_uuid() END FROM generate_series(1, 5100) n`,
        [tenantId],
      );
    });
    const found = async (name: string) => (await contacts.list(tenantId, { name }, { limit: 500 })).rows.length;
    expect(await found('zoe')).toBe(0);
    const runner = { query: (sql: string, values: unknown[]) => db.query(sql, values) } as never;
    for (let i = 0; i < 2; i++) await new ContactNamesOfBefore1764006030100().up(runner);
    expect([await found('zoe'), await found('nr5100')]).toEqual([500, 1]);
    // Two words of each name, and none of the contact that was merged.
    const [words] = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM contact_names WHERE tenant_id = $1`, [tenantId]);
    expect(words).toEqual({ n: 2 * 2_549 });
  });
});
