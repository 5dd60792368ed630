import { newId, type Database, type Tx } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { AddressPairs } from '../src/address-pairs.repository';
import { Consents, type NewConsent } from '../src/consents.repository';
import { ContactEditing } from '../src/contact-editing.repository';
import { Contacts } from '../src/contacts.repository';
import { People } from '../src/people.repository';
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
  const people = new People(pairs);
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
    actor: 'contact',
    sessionId: null,
  });
  const suppressed = async () => (await suppressions.list(tenantId, {}, { limit: 100 })).rows.map((s) => s.address);
  return { tenantId, pairs, contacts, editing, people, consents, seen, resolve, consent, suppressed };
}

/** A transaction that stays open, with what it did first, until it is let go. */
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

/** Whether somebody in this database waits for a lock. */
const waiting = async () =>
  (
    await db.query(`SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT l.granted AND d.datname = current_database()
    UNION ALL SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  ).length > 0;

describe('contacts', () => {
  it('are not merged away from under somebody who works with them', async () => {
    const { tenantId, seen, resolve, editing, people } = setup();
    const [older] = await seen({ phone });
    // The other has a second number, by which the two are not seen together.
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

  it('keep a number that passed on with its new owner when the old one writes by privacy id alone', async () => {
    const { tenantId, pairs, contacts, seen } = setup();
    const tell = async (pair: { lid: string; phone: string }) => {
      await pairs.learn(db, [{ tenantId, ...pair }]);
      return (await seen(pair))[0];
    };
    const priya = await tell({ lid, phone });
    const tom = await tell({ lid: '230000000000008@lid', phone });
    expect(await seen({ lid })).toEqual([priya]);
    expect(await seen({ phone })).toEqual([tom]);
    expect((await contacts.get(tenantId, priya)).addresses).toEqual([lid]);
    expect(await contacts.history(tenantId, priya)).toMatchObject([{ kind: 'moved', contactId: tom, otherId: priya, addresses: [phone] }]);
  });

  it('are found again by a privacy id whose number was learned before either had a contact', async () => {
    const { tenantId, pairs, seen } = setup();
    await pairs.learn(db, [{ tenantId, lid, phone }]);
    const [byLid] = await seen({ lid });
    expect(await seen({ phone })).toEqual([byLid]);
  });

  it('keep what a merged contact had in the history, and the opt-out of either for all addresses', async () => {
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

  it('learned from one tenant are nothing to another', async () => {
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
  it('of one contact wait for one another: of two that say the same at once, one says something new', async () => {
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

  it('of a contact that is merged meanwhile are those of the contact it is now', async () => {
    const { tenantId, contacts, consents, consent, editing } = setup();
    const [one, two] = [(await editing.put(tenantId, [phone], {})).contact, (await editing.put(tenantId, [otherPhone], {})).contact];
    await db.transaction((tx) => editing.merge(tx, tenantId, one.id, two.id, 'test'));
    await db.transaction((tx) => consents.record(tx, [consent(two.id, 'opt_out', otherPhone)]));
    expect(await contacts.get(tenantId, one.id)).toMatchObject({ consent: 'opt_out' });
    expect(await consents.list(tenantId, one.id)).toMatchObject([{ contactId: one.id }]);
  });
});
