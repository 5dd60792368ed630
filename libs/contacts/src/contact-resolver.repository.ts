import { Injectable } from '@nestjs/common';
import { newId, type Sql, storedActor, systemActor, type Tx } from '@heliograph/kernel';
import { AddressBook, type ContactChange } from './address-book';
import { AddressPairs } from './address-pairs.repository';
import type { ContactMerge, SeenPerson } from './contact';
import { withTwins } from './phone-twins';
import { twinSql } from './phone-twins.repository';
import { holdAll, lockAddresses, spreadOptOuts, writeMerge } from './contact-rows.repository';

/** Merges and moves because the provider reported addresses together. */
const byAddresses = systemActor('address_matching');

/** Resolves addresses to contacts as they appear in messages. A contact is created when somebody writes, or by a client. */
@Injectable()
export class ContactResolver {
  constructor(private readonly pairs: AddressPairs) {}

  /**
   * Returns the contact of each person, in order; creates and merges contacts as needed. Also stores which number a privacy id has.
   * @throws when a person has neither phone nor privacy id
   */
  async resolve(tx: Tx, people: SeenPerson[]): Promise<{ contactIds: string[]; merges: ContactMerge[] }> {
    const contactIds: string[] = new Array<string>(people.length);
    const merges: ContactMerge[] = [];
    // A privacy id alone stands for the number that was seen with it before. Read in this transaction: the pool may have no second
    // connection.
    const phones = await this.pairs.phones(
      people.flatMap(({ tenantId, lid, phone }) => (lid && !phone ? [{ tenantId, lid }] : [])),
      tx,
    );
    const byTenant = Map.groupBy(people.keys(), (i) => (people[i] as SeenPerson).tenantId);
    for (const [tenantId, places] of [...byTenant].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const seen = places.map((i) => people[i] as SeenPerson);
      const earlier = seen.map(({ lid, phone }) => (lid && !phone ? (phones.get(`${tenantId}/${lid}`) ?? null) : null));
      const book = await this.open(
        tx,
        tenantId,
        [...seen.flatMap(({ phone, lid }) => [phone, lid]), ...earlier].filter((a) => a !== null),
      );
      seen.forEach((person, k) => {
        const phone = earlier[k];
        if (person.lid && phone) book.recognise(person.lid, phone);
        else book.resolve(person);
      });
      // Read at the end: a later item of the batch may have merged two contacts.
      const ids = seen.map(({ phone, lid }) => book.contact((lid ?? phone) as string) as string);
      places.forEach((place, k) => (contactIds[place] = ids[k] as string));
      merges.push(...(await this.write(tx, tenantId, book, seen, ids)));
    }
    return { contactIds, merges };
  }

  /** Records that a number and a privacy id belong to one person, where either has a contact. */
  async learn(tx: Tx, pairs: { tenantId: string; lid: string; phone: string }[]): Promise<ContactMerge[]> {
    if (pairs.length === 0) return [];
    const known = await tx.query<{ tenant_id: string; lid: string; phone: string }>(
      `SELECT p.tenant_id, p.lid, p.phone FROM (SELECT w.*, ARRAY[w.phone, ${twinSql('w.phone')}] AS phones FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w(tenant_id, lid, phone)) p
       WHERE EXISTS (SELECT 1 FROM contact_addresses a WHERE a.tenant_id = p.tenant_id AND a.address = ANY (p.lid || p.phones))
         AND (SELECT count(DISTINCT a.contact_id) <> 1 OR count(*) < 2 FROM contact_addresses a WHERE a.tenant_id = p.tenant_id AND a.address IN (p.lid, p.phone))`,
      [pairs.map((p) => p.tenantId), pairs.map((p) => p.lid), pairs.map((p) => p.phone)],
    );
    if (known.length === 0) return [];
    return (
      await this.resolve(
        tx,
        known.map(({ tenant_id: tenantId, lid, phone }) => ({ tenantId, lid, phone })),
      )
    ).merges;
  }

  /** Adds unassigned addresses to contacts, in the caller's transaction. */
  async addFree(tx: Sql, given: { tenantId: string; id: string; address: string }[]): Promise<void> {
    const fresh = await tx.prepared<{ tenant_id: string; contact_id: string }>(
      'add_free_addresses',
      `INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT DISTINCT ON (tenant_id, address) tenant_id, address, id
       FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS w(tenant_id, address, id)
       WHERE NOT EXISTS (SELECT 1 FROM contact_addresses t WHERE t.tenant_id = w.tenant_id AND t.address = ${twinSql('w.address')} AND t.contact_id <> w.id) ORDER BY tenant_id, address, id ON CONFLICT DO NOTHING RETURNING tenant_id, contact_id`,
      [given.map((g) => g.tenantId), given.map((g) => g.address), given.map((g) => g.id)],
    );
    for (const [tenantId, rows] of Map.groupBy(fresh, (row) => row.tenant_id)) {
      await spreadOptOuts(
        tx,
        tenantId,
        rows.map((row) => row.contact_id),
      );
    }
  }

  /** Locks and loads the contacts of these addresses. */
  private async open(tx: Tx, tenantId: string, given: string[]): Promise<AddressBook> {
    const addresses = withTwins(given);
    await lockAddresses(tx, tenantId, addresses);
    const known = await holdAll(tx, tenantId, () =>
      tx.prepared<{ address: string; contact_id: string }>(
        'known_addresses',
        `SELECT b.address, b.contact_id FROM contact_addresses b WHERE b.tenant_id = $1
           AND b.contact_id IN (SELECT a.contact_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = ANY ($2))`,
        [tenantId, addresses],
      ),
    );
    return new AddressBook(
      known.map((row) => [row.address, row.contact_id]),
      newId,
    );
  }

  private async write(tx: Tx, tenantId: string, book: AddressBook, people: SeenPerson[], ids: string[]): Promise<ContactMerge[]> {
    const names = new Map(people.flatMap(({ name }, i) => (name ? [[ids[i] as string, name]] : [])));
    const gone = new Set(book.changes.flatMap((change) => (change.kind === 'merged' ? [change.other] : [])));
    if (book.created.length > 0) {
      await tx.prepared('make_contacts', `INSERT INTO contacts (tenant_id, id, name) SELECT $1, * FROM unnest($2::uuid[], $3::text[])`, [
        tenantId,
        book.created,
        book.created.map((id) => names.get(id) ?? null),
      ]);
    }
    const { changed } = book;
    if (changed.length > 0) {
      await tx.prepared(
        'put_addresses',
        `INSERT INTO contact_addresses AS a (tenant_id, address, contact_id) SELECT $1, * FROM unnest($2::text[], $3::uuid[])
         ON CONFLICT (tenant_id, address) DO UPDATE SET contact_id = excluded.contact_id WHERE a.contact_id <> excluded.contact_id`,
        [tenantId, changed.map((c) => c.address), changed.map((c) => c.contact)],
      );
    }
    const merges: ContactMerge[] = [];
    for (const change of book.changes) {
      if (change.kind === 'merged') {
        const addresses = changed.filter((c) => c.contact === change.contact).map((c) => c.address);
        await writeMerge(tx, tenantId, byAddresses, change.contact, change.other, addresses);
        merges.push({ tenantId, contactId: change.contact, otherId: change.other });
      } else await this.writeMove(tx, tenantId, change);
    }
    const touched = [...new Set(changed.map((c) => c.contact))].filter((id) => !gone.has(id) && !book.created.includes(id));
    await spreadOptOuts(tx, tenantId, touched);
    return merges;
  }

  private async writeMove(tx: Tx, tenantId: string, { contact, other, address }: Extract<ContactChange, { kind: 'moved' }>): Promise<void> {
    await tx.query(
      `INSERT INTO contact_changes (tenant_id, kind, contact_id, other_id, addresses, actor, actor_ref) VALUES ($1, 'moved', $2, $3, ARRAY[$4], $5, $6)`,
      [tenantId, contact, other, address, ...storedActor(byAddresses)],
    );
  }
}
