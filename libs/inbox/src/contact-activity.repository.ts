import { Injectable } from '@nestjs/common';
import { type Contact, withTwins } from '@heliograph/contacts';
import { Database } from '@heliograph/kernel';
import { sentToSql } from '@heliograph/messaging';

/** Times of the last messages between us and a contact; null: never. */
export interface ContactActivityTimes {
  /** Time of the last message that was sent to one of the contact's addresses. */
  lastSentAt: Date | null;
  /** Time of the last message that the contact wrote. */
  lastReplyAt: Date | null;
}

const never: ContactActivityTimes = { lastSentAt: null, lastReplyAt: null };

/** Last messages of contacts over all sessions. */
@Injectable()
export class ContactActivity {
  constructor(private readonly db: Database) {}

  /** Returns the times of these contacts, in order; each is read from the end of an index. */
  async of(tenantId: string, contacts: Pick<Contact, 'id' | 'addresses'>[]): Promise<ContactActivityTimes[]> {
    if (contacts.length === 0) return [];
    const places = contacts.flatMap(({ id, addresses }) => withTwins(addresses).map((address) => ({ id, address })));
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ContactActivityTimes & { id: string }>(
        `SELECT i.id, (SELECT max(c.last_inbound_at) FROM conversations c WHERE c.tenant_id = $1 AND c.contact_id = i.id) AS "lastReplyAt",
           (SELECT max(l.sent_at) FROM unnest($3::uuid[], $4::text[]) AS p(id, address) CROSS JOIN LATERAL (
              SELECT m.sent_at FROM (${sentToSql('$1', 'p.address')}) m ORDER BY m.sent_at DESC LIMIT 1) l
            WHERE p.id = i.id) AS "lastSentAt"
         FROM unnest($2::uuid[]) AS i(id)`,
        [tenantId, contacts.map(({ id }) => id), places.map(({ id }) => id), places.map(({ address }) => address)],
      ),
    );
    const byId = new Map(rows.map(({ id, lastSentAt, lastReplyAt }) => [id, { lastSentAt, lastReplyAt }]));
    return contacts.map(({ id }) => byId.get(id) ?? never);
  }
}
