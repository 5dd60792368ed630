import { Injectable } from '@nestjs/common';
import type { Tx } from '@heliograph/kernel';
import type { ContactAttributes, ContactMerge } from './contact';
import { ContactResolver } from './contact-resolver.repository';

/** A person as the core application names them. Addresses are canonical. */
export interface Subject {
  tenantId: string;
  phone: string | null;
  lid: string | null;
  externalId: string | null;
  contactId: string | null;
}

/** Contact of a subject with its current values. */
export interface SubjectContact {
  contactId: string;
  /** Address for messages to the contact: the one the subject names, else its number, else its privacy id; null: none. */
  address: string | null;
  phone: string | null;
  name: string | null;
  externalId: string | null;
  attributes: ContactAttributes;
  tags: string[];
}

interface ContactRow extends Omit<SubjectContact, 'address' | 'phone'> {
  addresses: string[];
}

/** Finds or creates the contacts that the core application refers to. */
@Injectable()
export class Subjects {
  constructor(private readonly people: ContactResolver) {}

  /**
   * Returns the contact of each subject, in order; null when the subject is unknown and has no address. The core application's id
   * identifies the person: a number beside it is only the address for messages, unless the number has no contact yet.
   */
  async find(tx: Tx, subjects: Subject[]): Promise<{ found: (SubjectContact | null)[]; merges: ContactMerge[] }> {
    const merges: ContactMerge[] = [];
    let ids = await this.named(tx, subjects);
    for (let isHeld = false; !isHeld;) {
      const unnamed = subjects.flatMap((s, i) => (ids[i] === null && (s.phone ?? s.lid) ? [i] : []));
      const resolved = await this.people.resolve(
        tx,
        unnamed.map((i) => subjects[i] as Subject),
      );
      unnamed.forEach((place, k) => (ids[place] = resolved.contactIds[k] as string));
      merges.push(...resolved.merges);
      const held = await this.hold(tx, subjects, ids);
      // A contact that was deleted meanwhile, with its import, is found by its addresses again, or made anew.
      isHeld = held.every((id, i) => id !== null || ids[i] === null);
      ids = held;
    }
    await this.learn(tx, subjects, ids);
    const rows = await this.read(tx, subjects, ids);
    const found = subjects.map((subject, i) => {
      const row = rows.get(`${subject.tenantId}/${ids[i]}`);
      if (!row) return null;
      const { addresses, ...contact } = row;
      const phone = subject.phone ?? addresses.find((a) => a.startsWith('+')) ?? null;
      const lid = subject.lid ?? addresses.find((a) => a.endsWith('@lid')) ?? null;
      return { ...contact, phone, address: subject.phone ?? subject.lid ?? phone ?? lid ?? addresses[0] ?? null };
    });
    return { found, merges };
  }

  /** Finds contacts by our id or by the core application's id. */
  private async named(tx: Tx, subjects: Subject[]): Promise<(string | null)[]> {
    const rows = await tx.query<{ place: number; id: string }>(
      `SELECT w.place::int, coalesce(own.merged_into, own.id, theirs.id) AS id
       FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS w(tenant_id, contact_id, external_id, place)
       LEFT JOIN contacts own ON own.tenant_id = w.tenant_id AND own.id = w.contact_id
       LEFT JOIN contacts theirs ON theirs.tenant_id = w.tenant_id AND theirs.external_id = w.external_id AND theirs.merged_into IS NULL
       WHERE coalesce(own.id, theirs.id) IS NOT NULL`,
      [subjects.map((s) => s.tenantId), subjects.map((s) => s.contactId), subjects.map((s) => s.externalId)],
    );
    const ids = new Array<string | null>(subjects.length).fill(null);
    for (const { place, id } of rows) ids[place - 1] = id;
    return ids;
  }

  /**
   * Locks the contacts until the transaction ends: a concurrent opt-out waits, and then also covers the addresses added here.
   * @returns the current contact for each id; null: it was deleted meanwhile
   */
  private async hold(tx: Tx, subjects: Subject[], ids: (string | null)[]): Promise<(string | null)[]> {
    const rows = await tx.query<{ tenant_id: string; id: string; merged_into: string | null }>(
      `SELECT tenant_id, id, merged_into FROM contacts WHERE (tenant_id, id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY tenant_id, id FOR NO KEY UPDATE`,
      [subjects.map((s) => s.tenantId), ids],
    );
    const became = new Map(rows.flatMap((row) => (row.merged_into ? [[`${row.tenant_id}/${row.id}`, row.merged_into]] : [])));
    if (became.size === 0) {
      const there = new Set(rows.map((row) => `${row.tenant_id}/${row.id}`));
      return ids.map((id, i) => (id !== null && there.has(`${(subjects[i] as Subject).tenantId}/${id}`) ? id : null));
    }
    return this.hold(
      tx,
      subjects,
      ids.map((id, i) => became.get(`${(subjects[i] as Subject).tenantId}/${id}`) ?? id),
    );
  }

  /** Adds ids of the core application to contacts without one, and unassigned addresses. */
  private async learn(tx: Tx, subjects: Subject[], ids: (string | null)[]): Promise<void> {
    const known = subjects.flatMap((subject, i) => (ids[i] === null ? [] : [{ ...subject, id: ids[i] as string }]));
    await tx.query(
      `UPDATE contacts c SET external_id = w.external_id, updated_at = heliograph_now()
       FROM (SELECT DISTINCT ON (tenant_id, external_id) * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS w(tenant_id, id, external_id) ORDER BY tenant_id, external_id, id) w
       WHERE c.tenant_id = w.tenant_id AND c.id = w.id AND c.external_id IS NULL AND w.external_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM contacts o WHERE o.tenant_id = w.tenant_id AND o.external_id = w.external_id AND o.merged_into IS NULL)`,
      [known.map((s) => s.tenantId), known.map((s) => s.id), known.map((s) => s.externalId)],
    );
    const addresses = known.flatMap(({ tenantId, id, phone, lid }) =>
      [phone, lid].flatMap((address) => (address ? [{ tenantId, id, address }] : [])),
    );
    await this.people.addFree(tx, addresses);
  }

  private async read(tx: Tx, subjects: Subject[], ids: (string | null)[]): Promise<Map<string, ContactRow>> {
    const rows = await tx.query<ContactRow & { tenantId: string }>(
      `SELECT c.tenant_id AS "tenantId", c.id AS "contactId", c.name, c.external_id AS "externalId", c.attributes, c.tags,
         ARRAY(SELECT a.address FROM contact_addresses a WHERE a.tenant_id = c.tenant_id AND a.contact_id = c.id ORDER BY a.added_at DESC, a.address) AS addresses
       FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS w(tenant_id, id)) w JOIN contacts c ON c.tenant_id = w.tenant_id AND c.id = w.id`,
      [subjects.map((s) => s.tenantId), ids],
    );
    return new Map(rows.map(({ tenantId, ...row }) => [`${tenantId}/${row.contactId}`, row]));
  }
}
