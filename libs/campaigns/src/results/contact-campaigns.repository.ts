import { Injectable } from '@nestjs/common';
import { Contacts, selfSql, withTwins } from '@heliograph/contacts';
import { Database, List, listKeys, type Page, type PageRequest, readPage, readParts, type Sql } from '@heliograph/kernel';
import { MessageQueries, type MessageState, type MessageSummary } from '@heliograph/messaging';
import { type CampaignCell, cellOf } from './outcome-cells';

/** A campaign with what became of it for one contact. */
export interface ContactCampaign {
  campaignId: string;
  /** Null when the campaign was deleted. */
  name: string | null;
  cell: CampaignCell;
  /** State of the message; `skipped`: the launch left the contact out. */
  state: MessageState | 'skipped';
  reason: string | null;
  messageId: string | null;
  /** Time of the launch of this contact. */
  at: Date;
  sentAt: Date | null;
}

type Found = Omit<ContactCampaign, 'name'>;

const campaignsOfContact = new List('contact_campaigns', listKeys.bigint, listKeys.text);
const skips = new List('contact_skips', listKeys.id, listKeys.id);

/** Reads the campaigns of a contact. */
@Injectable()
export class ContactCampaigns {
  constructor(
    private readonly db: Database,
    private readonly contacts: Contacts,
    private readonly messages: MessageQueries,
  ) {}

  /**
   * Returns campaigns with a message to one of the contact's present addresses, newest first, then those that left the contact out. A page may
   * be short, or empty, and still have a next one. @throws AppError not_found
   */
  async list(tenantId: string, id: string, page: PageRequest): Promise<Page<ContactCampaign>> {
    const { id: contactId, addresses } = await this.contacts.get(tenantId, id);
    const { rows, next } = await readParts<Found>(campaignsOfContact, page, [
      (part) => this.messaged(tenantId, contactId, addresses, part),
      (part) => this.db.forTenant(tenantId, (tx) => skipped(tx, tenantId, contactId, part)),
    ]);
    const names = await this.namesOf(tenantId, [...new Set(rows.map(({ campaignId }) => campaignId))]);
    return { rows: rows.map((row) => ({ ...row, name: names.get(row.campaignId) ?? null })), next };
  }

  private async messaged(tenantId: string, contactId: string, addresses: string[], page: PageRequest): Promise<Page<Found>> {
    if (addresses.length === 0) return { rows: [], next: null };
    const contactIds = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ id: string }>(selfSql('$1::uuid', '$2::uuid'), [tenantId, contactId]),
    );
    const recipients = withTwins(addresses);
    const { rows, next } = await this.messages.list(tenantId, { recipients, contactIds: contactIds.map((row) => row.id) }, page);
    return { rows: rows.flatMap((message) => foundOf(message)), next };
  }

  private async namesOf(tenantId: string, ids: string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ id: string; name: string }>(`SELECT id, name FROM campaigns WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [
        tenantId,
        ids,
      ]),
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

/** Messages of a campaign are a group of its id. */
function foundOf({ id, groupId, state, cause, createdAt, sentAt }: MessageSummary): Found[] {
  if (groupId === null) return [];
  return [{ campaignId: groupId, cell: cellOf(state), state, reason: cause, messageId: id, at: createdAt, sentAt }];
}

function skipped(tx: Sql, tenantId: string, contactId: string, page: PageRequest): Promise<Page<Found>> {
  const before = skips.after(page) ?? [];
  return readPage<Found>(tx, skips, page, {
    columns: `s.campaign_id AS "campaignId", 'left_out' AS cell, 'skipped' AS state, s.reason, NULL AS "messageId", s.at, NULL AS "sentAt"`,
    from: 'campaign_skips s',
    range: [
      's.tenant_id = $1',
      `s.contact_id = ANY (ARRAY(${selfSql('$1::uuid', '$2::uuid')}))`,
      ...(before.length > 0 ? ['(s.campaign_id, s.contact_id) < ($3::uuid, $4::uuid)'] : []),
    ],
    order: 's.campaign_id DESC, s.contact_id DESC',
    key: ['s.campaign_id', 's.contact_id'],
    values: [tenantId, contactId, ...before],
  });
}
