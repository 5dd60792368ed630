import { Injectable } from '@nestjs/common';
import { type Actor, AppError, type ChangeGuard, Database, newId, notFound, type Sql, storedActor, type Tx } from '@heliograph/kernel';
import { checkAttributes } from './attribute-types.repository';
import { type Contact, type ContactChanges, contactLimits, type ContactMerge } from './contact';
import { withTwins } from './phone-twins';
import { addAddresses, holdAll, lockAddresses, readContact, readHeld, writeMerge } from './contact-rows.repository';

const counted = (attributes: string) => `(SELECT count(*) FROM jsonb_object_keys(${attributes}))`;
const overLimit = (reason: string, path: string, message: string) => new AppError('unprocessable', reason, message, { path });

/** @throws AppError too_many_addresses */
async function mayHaveAddresses(tx: Sql, tenantId: string, id: string): Promise<void> {
  const { maxAddresses } = contactLimits;
  const rows = await tx.query(`SELECT 1 FROM contact_addresses WHERE tenant_id = $1 AND contact_id = $2 LIMIT $3`, [
    tenantId,
    id,
    maxAddresses + 1,
  ]);
  if (rows.length > maxAddresses) throw overLimit('too_many_addresses', 'addresses', `A contact has at most ${maxAddresses} addresses.`);
}

/** Refuses a merge by a client that would grow a contact past a limit. @throws AppError too_many_addresses, too_many_attributes, too_many_tags */
function assertMergeFits(contact: Contact, other: Contact): void {
  const check = (reason: string, own: readonly string[], others: readonly string[], max: number, things: string): void => {
    const grown = new Set([...own, ...others]).size;
    if (grown > Math.max(max, own.length))
      throw overLimit(reason, 'other_id', `The merged contact would have ${grown} ${things}, and a contact has at most ${max}.`);
  };
  const { maxAddresses, maxAttributes, maxTags } = contactLimits;
  check('too_many_addresses', contact.addresses, other.addresses, maxAddresses, 'addresses');
  check('too_many_attributes', Object.keys(contact.attributes), Object.keys(other.attributes), maxAttributes, 'attributes');
  check('too_many_tags', contact.tags, other.tags, maxTags, 'tags');
}

/** Creates, updates, merges and splits contacts for clients. */
@Injectable()
export class ContactEditing {
  constructor(private readonly db: Database) {}

  /**
   * Creates or updates the contact with these addresses or this external id.
   * @throws AppError `addresses_differ` when the addresses belong to several contacts; `external_id_taken`; `invalid_attribute`
   */
  put(
    tenantId: string,
    addresses: string[],
    changes: ContactChanges,
    guard?: ChangeGuard<Contact>,
  ): Promise<{ contact: Contact; created: boolean }> {
    return this.db.forTenant(tenantId, async (tx) => {
      await checkAttributes(tx, tenantId, changes.attributes);
      await lockAddresses(tx, tenantId, [...withTwins(addresses), ...(changes.externalId ? [`external:${changes.externalId}`] : [])]);
      const owners = await holdAll(tx, tenantId, () =>
        tx.query<{ contact_id: string }>(
          `SELECT DISTINCT contact_id FROM contact_addresses WHERE tenant_id = $1 AND address = ANY ($2)
           UNION SELECT id FROM contacts WHERE tenant_id = $1 AND external_id = $3 AND merged_into IS NULL`,
          [tenantId, withTwins(addresses), changes.externalId ?? null],
        ),
      );
      if (owners.length > 1) {
        throw new AppError('conflict', 'addresses_differ', 'These addresses or ids belong to several contacts; merge them first.', {
          path: 'addresses',
        });
      }
      const id = owners[0]?.contact_id ?? newId();
      guard?.(owners.length > 0 ? await readContact(tx, tenantId, id) : null);
      if (owners.length === 0) await tx.query(`INSERT INTO contacts (tenant_id, id) VALUES ($1, $2)`, [tenantId, id]);
      await addAddresses(tx, tenantId, id, addresses);
      await mayHaveAddresses(tx, tenantId, id);
      await this.change(tx, tenantId, id, changes);
      return { contact: await readContact(tx, tenantId, id), created: owners.length === 0 };
    });
  }

  /** @throws AppError `not_found`; `external_id_taken`; `invalid_attribute` */
  update(tenantId: string, id: string, changes: ContactChanges, guard?: ChangeGuard<Contact>): Promise<Contact> {
    return this.db.forTenant(tenantId, async (tx) => {
      await checkAttributes(tx, tenantId, changes.attributes);
      if (changes.externalId) await lockAddresses(tx, tenantId, [`external:${changes.externalId}`]);
      const contact = await readHeld(tx, tenantId, id);
      guard?.(contact);
      await this.change(tx, tenantId, contact.id, changes);
      return readContact(tx, tenantId, contact.id);
    });
  }

  /**
   * Applies changes to a contact in the caller's transaction, without a check of attribute types.
   * @throws AppError `external_id_taken`; `too_many_attributes`, `too_many_tags`; `attribute_too_long`
   */
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
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (typeof value === 'string' && value.length > contactLimits.maxAttributeText)
        throw overLimit(
          'attribute_too_long',
          `attributes/${name}`,
          `An attribute has at most ${contactLimits.maxAttributeText} characters.`,
        );
    }
    const [changed] = await tx.query(
      `UPDATE contacts SET external_id = CASE WHEN $3 THEN $4 ELSE external_id END, name = CASE WHEN $5 THEN $6 ELSE name END,
         attributes = jsonb_strip_nulls(attributes || $7::jsonb), tags = coalesce($8::text[], tags), updated_at = heliograph_now() WHERE tenant_id = $1 AND id = $2
         AND ${counted('jsonb_strip_nulls(attributes || $7::jsonb)')} <= greatest($9, ${counted('attributes')}) AND coalesce(cardinality($8::text[]), 0) <= greatest($10, cardinality(tags))
       RETURNING id`,
      [
        tenantId,
        id,
        externalId !== undefined,
        externalId ?? null,
        name !== undefined,
        name ?? null,
        JSON.stringify(attributes ?? {}),
        tags ?? null,
        contactLimits.maxAttributes,
        contactLimits.maxTags,
      ],
    );
    if (changed) return;
    if ((tags?.length ?? 0) > contactLimits.maxTags)
      throw overLimit('too_many_tags', 'tags', `A contact has at most ${contactLimits.maxTags} tags.`);
    throw overLimit('too_many_attributes', 'attributes', `A contact has at most ${contactLimits.maxAttributes} attributes.`);
  }

  /**
   * Merges the other contact with all its data into this one.
   * @throws AppError not_found, same_contact; too_many_addresses, too_many_attributes, too_many_tags
   */
  async merge(tx: Tx, tenantId: string, actor: Actor, id: string, otherId: string): Promise<ContactMerge> {
    const find = async (which: string) => {
      const found = await readContact(tx, tenantId, which);
      return { ...found, contact_id: found.id };
    };
    const [contact, other] = await holdAll(tx, tenantId, async () => [await find(id), await find(otherId)]);
    if (!contact || !other) throw notFound('contact');
    if (contact.id === other.id) throw new AppError('conflict', 'same_contact', 'Both ids name the same contact.');
    assertMergeFits(contact, other);
    await addAddresses(tx, tenantId, contact.id, other.addresses);
    await writeMerge(tx, tenantId, actor, contact.id, other.id, other.addresses);
    return { tenantId, contactId: contact.id, otherId: other.id };
  }

  /** Splits addresses of another person off into a new contact. @throws AppError not_found, not_its_addresses */
  split(tenantId: string, actor: Actor, id: string, addresses: string[]): Promise<Contact> {
    return this.db.forTenant(tenantId, async (tx) => {
      const contact = await readHeld(tx, tenantId, id);
      const leaving = new Set(addresses);
      if (!addresses.every((a) => contact.addresses.includes(a)) || leaving.size === contact.addresses.length) {
        throw new AppError('unprocessable', 'not_its_addresses', 'Name some of the contact’s addresses, but not all.', {
          path: 'addresses',
        });
      }
      const otherId = newId();
      await tx.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $3)`, [tenantId, otherId, contact.name]);
      await addAddresses(tx, tenantId, otherId, [...leaving]);
      await tx.query(
        `INSERT INTO contact_changes (tenant_id, kind, contact_id, other_id, addresses, actor, actor_ref) VALUES ($1, 'split', $2, $3, $4, $5, $6)`,
        [tenantId, contact.id, otherId, [...leaving], ...storedActor(actor)],
      );
      return readContact(tx, tenantId, otherId);
    });
  }
}
