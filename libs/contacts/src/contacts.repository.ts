import { Injectable } from '@nestjs/common';
import { AppError, Database, newId, notFound, type Sql, type Tx } from '@heliograph/kernel';
import { AddressPairs } from './address-pairs.repository';
import { AddressBook, type ContactChange, type Person } from './address-book';
import { carryReviews } from './opt-out-reviews.repository';

/** Values a client keeps with a contact: texts, numbers, truths, or null, by name. */
export type ContactAttributes = Record<string, string | number | boolean | null>;

/** A person. */
export interface Contact {
  id: string;
  /** The core application's own id. */
  externalId: string | null;
  name: string | null;
  attributes: ContactAttributes;
  tags: string[];
  addresses: string[];
  /** Marketing: what they said last; null: nothing. */
  consent: 'opt_in' | 'opt_out' | null;
  createdAt: Date;
  updatedAt: Date;
}

/** What a client sets of a contact; members that are absent stay. */
export interface ContactChanges {
  externalId?: string | null;
  name?: string | null;
  /** Laid over what is there; null takes an attribute away. */
  attributes?: ContactAttributes;
  tags?: string[];
}

/** Two contacts that turned out to be one. */
export interface ContactMerge {
  tenantId: string;
  contactId: string;
  otherId: string;
}

/** Somebody who is known by addresses, and perhaps by the name they show. */
export interface SeenPerson extends Person {
  tenantId: string;
  name?: string | null;
}

/** One line of a contact's history of addresses. */
export interface ContactHistory {
  at: Date;
  kind: 'merged' | 'split' | 'moved';
  contactId: string;
  otherId: string | null;
  addresses: string[];
  actor: string;
}

const columns = `c.id, c.external_id AS "externalId", c.name, c.attributes, c.tags, c.created_at AS "createdAt", c.updated_at AS "updatedAt",
  ARRAY(SELECT a.address FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.id ORDER BY a.added_at, a.address) AS addresses,
  (SELECT s.action FROM consents s WHERE s.tenant_id = c.tenant_id AND s.contact_id = ANY (ARRAY(SELECT c.id UNION ALL SELECT m.id FROM contacts m WHERE m.tenant_id = c.tenant_id AND m.merged_into = c.id))
     AND s.purpose = 'marketing' ORDER BY s.at DESC, s.id DESC LIMIT 1) AS consent`;

/** Contacts and their addresses. A contact comes to be when somebody writes, or when a client makes it. */
@Injectable()
export class Contacts {
  constructor(
    private readonly db: Database,
    private readonly pairs: AddressPairs,
  ) {}

  /**
   * The contact of each person, in order: found, made, or made one of two. Also learns which number stands behind a privacy id.
   * @throws when a person has neither phone nor privacy id
   */
  async resolve(tx: Tx, people: SeenPerson[]): Promise<{ contactIds: string[]; merges: ContactMerge[] }> {
    const contactIds: string[] = new Array<string>(people.length);
    const merges: ContactMerge[] = [];
    // A privacy id alone stands for the number that was seen with it before. In this transaction: a second connection may be one too many.
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
      // Asked for at the end: what came later in the batch may have made one of two.
      const ids = seen.map(({ phone, lid }) => book.contact((lid ?? phone) as string) as string);
      places.forEach((place, k) => (contactIds[place] = ids[k] as string));
      merges.push(...(await this.write(tx, tenantId, book, seen, ids)));
    }
    return { contactIds, merges };
  }

  /** Takes in that a number and a privacy id are one person's, where either has a contact. */
  async learn(tx: Tx, pairs: { tenantId: string; lid: string; phone: string }[]): Promise<ContactMerge[]> {
    if (pairs.length === 0) return [];
    const known = await tx.prepared<{ tenant_id: string; lid: string; phone: string }>(
      'pairs_of_contacts',
      `SELECT p.* FROM unnest($1::uuid[], $2::text[], $3::text[]) AS p(tenant_id, lid, phone)
       WHERE EXISTS (SELECT 1 FROM contact_addresses a WHERE a.tenant_id = p.tenant_id AND a.address IN (p.lid, p.phone))
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

  /** Newest first; the cursor is the last contact's id. */
  list(
    tenantId: string,
    filter: { address?: string | undefined; externalId?: string | undefined; tag?: string | undefined },
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: Contact[]; next: string | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Contact>(
        `SELECT ${columns} FROM contacts c WHERE c.tenant_id = $1 AND c.merged_into IS NULL
           AND ($2::text IS NULL OR c.id = (SELECT a.contact_id FROM contact_addresses a WHERE a.tenant_id = $1 AND a.address = $2))
           AND ($3::text IS NULL OR c.external_id = $3) AND ($4::text IS NULL OR c.tags @> ARRAY[$4]) AND ($5::uuid IS NULL OR c.id < $5) ORDER BY c.id DESC LIMIT $6`,
        [tenantId, filter.address ?? null, filter.externalId ?? null, filter.tag ?? null, page.cursor ?? null, page.limit + 1],
      );
      const shown = rows.slice(0, page.limit);
      return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
    });
  }

  /** Of a contact that was merged, the one it became. @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Contact> {
    return this.db.forTenant(tenantId, (tx) => this.read(tx, tenantId, id));
  }

  /** Merges, splits and numbers that passed on, newest first, also of contacts that became this one. @throws AppError not_found */
  history(tenantId: string, id: string): Promise<ContactHistory[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const contact = await this.read(tx, tenantId, id);
      return tx.query<ContactHistory>(
        `WITH self AS (SELECT ARRAY(SELECT $2::uuid UNION ALL SELECT id FROM contacts WHERE tenant_id = $1 AND merged_into = $2) AS ids)
         SELECT x.at, x.kind, x.contact_id AS "contactId", x.other_id AS "otherId", x.addresses, x.actor FROM contact_changes x, self
         WHERE x.tenant_id = $1 AND (x.contact_id = ANY (self.ids) OR x.other_id = ANY (self.ids)) ORDER BY x.id DESC LIMIT 500`,
        [tenantId, contact.id],
      );
    });
  }

  /**
   * The contact of these addresses or this external id, made if there is none, with the changes laid over it.
   * @throws AppError `addresses_differ` when the addresses belong to several contacts; `external_id_taken`
   */
  put(tenantId: string, addresses: string[], changes: ContactChanges): Promise<{ contact: Contact; created: boolean }> {
    return this.db.forTenant(tenantId, async (tx) => {
      await this.lock(tx, tenantId, [...addresses, ...(changes.externalId ? [`external:${changes.externalId}`] : [])]);
      const owners = await this.holdAll(tx, tenantId, () =>
        tx.query<{ contact_id: string }>(
          `SELECT DISTINCT contact_id FROM contact_addresses WHERE tenant_id = $1 AND address = ANY ($2)
           UNION SELECT id FROM contacts WHERE tenant_id = $1 AND external_id = $3 AND merged_into IS NULL`,
          [tenantId, addresses, changes.externalId ?? null],
        ),
      );
      if (owners.length > 1) {
        throw new AppError('conflict', 'addresses_differ', 'These addresses or ids belong to several contacts; merge them first.', {
          path: 'addresses',
        });
      }
      const id = owners[0]?.contact_id ?? newId();
      if (owners.length === 0) await tx.query(`INSERT INTO contacts (tenant_id, id) VALUES ($1, $2)`, [tenantId, id]);
      await this.addAddresses(tx, tenantId, id, addresses);
      await this.change(tx, tenantId, id, changes);
      return { contact: await this.read(tx, tenantId, id), created: owners.length === 0 };
    });
  }

  /** @throws AppError `not_found`; `external_id_taken` */
  update(tenantId: string, id: string, changes: ContactChanges): Promise<Contact> {
    return this.db.forTenant(tenantId, async (tx) => {
      if (changes.externalId) await this.lock(tx, tenantId, [`external:${changes.externalId}`]);
      const contact = await this.readHeld(tx, tenantId, id);
      await this.change(tx, tenantId, contact.id, changes);
      return this.read(tx, tenantId, contact.id);
    });
  }

  /** Lays changes over a contact, in the caller's transaction. @throws AppError external_id_taken */
  async change(tx: Sql, tenantId: string, id: string, changes: ContactChanges): Promise<void> {
    const { externalId, name, attributes, tags } = changes;
    if (externalId) {
      const [taken] = await tx.query(
        `SELECT 1 FROM contacts WHERE tenant_id = $1 AND external_id = $2 AND id <> $3 AND merged_into IS NULL`,
        [tenantId, externalId, id],
      );
      if (taken) {
        throw new AppError('conflict', 'external_id_taken', 'Another contact has this external id.', { path: 'external_id' });
      }
    }
    await tx.query(
      `UPDATE contacts SET external_id = CASE WHEN $3 THEN $4 ELSE external_id END, name = CASE WHEN $5 THEN $6 ELSE name END,
         attributes = jsonb_strip_nulls(attributes || $7::jsonb), tags = coalesce($8::text[], tags), updated_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
      [
        tenantId,
        id,
        externalId !== undefined,
        externalId ?? null,
        name !== undefined,
        name ?? null,
        JSON.stringify(attributes ?? {}),
        tags ?? null,
      ],
    );
  }

  /** Gives contacts addresses that are nobody's yet, in the caller's transaction. */
  async addFree(tx: Sql, given: { tenantId: string; id: string; address: string }[]): Promise<void> {
    const fresh = await tx.prepared<{ tenant_id: string; contact_id: string }>(
      'add_free_addresses',
      `INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT DISTINCT ON (tenant_id, address) tenant_id, address, id
       FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS w(tenant_id, address, id) ORDER BY tenant_id, address, id ON CONFLICT DO NOTHING RETURNING tenant_id, contact_id`,
      [given.map((g) => g.tenantId), given.map((g) => g.address), given.map((g) => g.id)],
    );
    for (const [tenantId, rows] of Map.groupBy(fresh, (row) => row.tenant_id)) {
      await this.spreadOptOuts(
        tx,
        tenantId,
        rows.map((row) => row.contact_id),
      );
    }
  }

  /** Two contacts are one person: everything of the other is this one's. @throws AppError not_found, same_contact */
  async merge(tx: Tx, tenantId: string, id: string, otherId: string, actor: string): Promise<ContactMerge> {
    const find = async (which: string) => {
      const found = await this.read(tx, tenantId, which);
      return { ...found, contact_id: found.id };
    };
    const [contact, other] = await this.holdAll(tx, tenantId, async () => [await find(id), await find(otherId)]);
    if (!contact || !other) throw notFound('contact');
    if (contact.id === other.id) throw new AppError('conflict', 'same_contact', 'They are one contact already.');
    await this.addAddresses(tx, tenantId, contact.id, other.addresses);
    await this.writeMerge(tx, tenantId, contact.id, other.id, other.addresses, actor);
    return { tenantId, contactId: contact.id, otherId: other.id };
  }

  /** Addresses that are another person's become a contact of their own. @throws AppError not_found, not_its_addresses */
  split(tenantId: string, id: string, addresses: string[], actor: string): Promise<Contact> {
    return this.db.forTenant(tenantId, async (tx) => {
      const contact = await this.readHeld(tx, tenantId, id);
      const leaving = new Set(addresses);
      if (!addresses.every((a) => contact.addresses.includes(a)) || leaving.size === contact.addresses.length) {
        throw new AppError('unprocessable', 'not_its_addresses', 'Name some of the contact’s addresses, but not all.', {
          path: 'addresses',
        });
      }
      const otherId = newId();
      await tx.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $3)`, [tenantId, otherId, contact.name]);
      await this.addAddresses(tx, tenantId, otherId, [...leaving]);
      await tx.query(
        `INSERT INTO contact_changes (tenant_id, kind, contact_id, other_id, addresses, actor) VALUES ($1, 'split', $2, $3, $4, $5)`,
        [tenantId, contact.id, otherId, [...leaving], actor],
      );
      return this.read(tx, tenantId, otherId);
    });
  }

  /** The contact, or the one it became. @throws AppError not_found */
  async read(tx: Sql, tenantId: string, id: string): Promise<Contact> {
    const [row] = await tx.query<Contact>(
      `WITH RECURSIVE became AS (
         SELECT id, merged_into FROM contacts WHERE tenant_id = $1 AND id = $2
         UNION ALL SELECT c.id, c.merged_into FROM became b JOIN contacts c ON c.tenant_id = $1 AND c.id = b.merged_into
       )
       SELECT ${columns} FROM contacts c JOIN became b ON b.id = c.id WHERE c.tenant_id = $1 AND b.merged_into IS NULL`,
      [tenantId, id],
    );
    if (!row) throw notFound('contact');
    return row;
  }

  /** One writer at a time for each address: two messages of a new person make one contact. */
  private async lock(tx: Sql, tenantId: string, addresses: string[]): Promise<void> {
    await tx.query(
      `SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended($1 || '/' || a, 1) AS h FROM unnest($2::text[]) AS a ORDER BY 1) x`,
      [tenantId, addresses],
    );
  }

  /**
   * Holds the contacts that `find` finds until the transaction ends, so that nobody else merges, splits or changes them: what
   * belongs to a contact is decided under its row's lock. Asks again once it has them, since they may have changed meanwhile.
   */
  private async holdAll<T extends { contact_id: string }>(tx: Sql, tenantId: string, find: () => Promise<T[]>): Promise<T[]> {
    const held = new Set<string>();
    for (;;) {
      const found = await find();
      const free = [...new Set(found.map((row) => row.contact_id))].filter((id) => !held.has(id));
      if (free.length === 0) return found;
      await tx.prepared(
        'hold_contacts',
        `SELECT id FROM contacts WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
        [tenantId, free],
      );
      free.forEach((id) => held.add(id));
    }
  }

  /** The contact, or the one it became, held. @throws AppError not_found */
  private async readHeld(tx: Sql, tenantId: string, id: string): Promise<Contact> {
    const [contact] = await this.holdAll(tx, tenantId, async () => {
      const found = await this.read(tx, tenantId, id);
      return [{ ...found, contact_id: found.id }];
    });
    return contact as Contact;
  }

  /** What is known of these addresses' people, held. */
  private async open(tx: Tx, tenantId: string, given: string[]): Promise<AddressBook> {
    const addresses = [...new Set(given)];
    await this.lock(tx, tenantId, addresses);
    const known = await this.holdAll(tx, tenantId, () =>
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
        await this.writeMerge(tx, tenantId, change.contact, change.other, addresses, 'system');
        merges.push({ tenantId, contactId: change.contact, otherId: change.other });
      } else await this.writeMove(tx, tenantId, change);
    }
    const touched = [...new Set(changed.map((c) => c.contact))].filter((id) => !gone.has(id) && !book.created.includes(id));
    await this.spreadOptOuts(tx, tenantId, touched);
    return merges;
  }

  private async writeMove(tx: Tx, tenantId: string, { contact, other, address }: Extract<ContactChange, { kind: 'moved' }>): Promise<void> {
    await tx.query(
      `INSERT INTO contact_changes (tenant_id, kind, contact_id, other_id, addresses, actor) VALUES ($1, 'moved', $2, $3, ARRAY[$4], 'system')`,
      [tenantId, contact, other, address],
    );
  }

  /** Nothing the other had is lost: its row stays, what the contact lacks is taken over, the rest is kept in the history. */
  private async writeMerge(tx: Tx, tenantId: string, id: string, otherId: string, addresses: string[], actor: string): Promise<void> {
    await tx.query(
      `WITH other AS (UPDATE contacts SET merged_into = $2, updated_at = heliograph_now() WHERE tenant_id = $1 AND id = $3 RETURNING *), noted AS (
         INSERT INTO contact_changes (tenant_id, kind, contact_id, other_id, addresses, actor, before)
         SELECT $1, 'merged', $2, $3, $4, $5, jsonb_build_object('external_id', external_id, 'name', name, 'attributes', attributes, 'tags', tags, 'created_at', created_at) FROM other
       )
       UPDATE contacts c SET external_id = coalesce(c.external_id, o.external_id), name = coalesce(c.name, o.name), attributes = o.attributes || c.attributes,
         tags = ARRAY(SELECT DISTINCT t FROM unnest(c.tags || o.tags) t ORDER BY t), updated_at = heliograph_now()
       FROM other o WHERE c.tenant_id = $1 AND c.id = $2`,
      [tenantId, id, otherId, addresses, actor],
    );
    // One step from any contact that was merged to the one it is now.
    await tx.query(`UPDATE contacts SET merged_into = $2 WHERE tenant_id = $1 AND merged_into = $3`, [tenantId, id, otherId]);
    await this.spreadOptOuts(tx, tenantId, [id]);
    await carryReviews(tx, { tenantId, contactId: id, otherId }, actor);
  }

  private async addAddresses(tx: Tx, tenantId: string, id: string, addresses: string[]): Promise<void> {
    if (addresses.length === 0) return;
    await tx.query(
      `INSERT INTO contact_addresses AS a (tenant_id, address, contact_id) SELECT $1, x, $2 FROM unnest($3::text[]) x
       ON CONFLICT (tenant_id, address) DO UPDATE SET contact_id = excluded.contact_id WHERE a.contact_id <> excluded.contact_id`,
      [tenantId, id, addresses],
    );
    await this.spreadOptOuts(tx, tenantId, [id]);
  }

  /** Who opted out did so under every address. */
  private async spreadOptOuts(tx: Sql, tenantId: string, contactIds: string[]): Promise<void> {
    if (contactIds.length === 0) return;
    await tx.query(
      `INSERT INTO suppressions (tenant_id, address, reason, note, actor)
       SELECT DISTINCT ON (b.address) $1::uuid, b.address, 'opt_out', s.note, s.actor FROM contact_addresses a
       JOIN suppressions s ON s.tenant_id = $1 AND s.address = a.address AND s.reason = 'opt_out'
       JOIN contact_addresses b ON b.tenant_id = $1 AND b.contact_id = a.contact_id
       WHERE a.tenant_id = $1 AND a.contact_id = ANY ($2::uuid[]) ORDER BY b.address ON CONFLICT DO NOTHING`,
      [tenantId, contactIds],
    );
  }
}
