import { Injectable } from '@nestjs/common';
import { contactsNamed } from '@heliograph/contacts';
import { Database, List, listKeys, type Page, type PageRequest, readPage, readParts, type Sql, sqlConditions } from '@heliograph/kernel';
import { type GroupMessage, groupMessagesOf, groupStateCountsOf, type MessageState } from '@heliograph/messaging';
import { readCampaign } from '../campaigns.repository';
import { type JudgedPerson, VerdictPeople } from '../launch/verdict-people.repository';
import type { SkipReason } from '../launch/verdict.repository';
import { type CampaignCell, campaignCells, cellOf, statesOf, unreadStates } from './outcome-cells';

/** A person of the audience with what became of the message. */
export interface CampaignPerson {
  contactId: string | null;
  name: string | null;
  externalId: string | null;
  /** Phone number that the message goes to, or would go to; null: the launch left the person out. */
  phone: string | null;
  cell: CampaignCell;
  /** State of the message; `skipped`: the launch left the person out. */
  state: MessageState | 'skipped';
  reason: string | null;
  detail: string | null;
  messageId: string | null;
  sessionId: string | null;
  /** Time of the launch of this person. */
  at: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
}

/** Outcomes by which people are listed: those of the counts, and those who did not read their message. */
export const listedCells = [...campaignCells, 'not_read'] as const;
export type ListedCell = (typeof listedCells)[number];

/** Filter of the people of a campaign. */
export interface CampaignPeopleFilter {
  cell?: ListedCell | undefined;
  reasons?: string[] | undefined;
  /** People whom the launch left out for this reason; before the start, those whom it would leave out now. `sendable`: before the start, those who would get a message. */
  verdict?: SkipReason | 'sendable' | undefined;
}

/** Part of a list of people: people without a message, or messages of some states. A list goes through its parts in their order. */
type Part = { skipped: true } | { skipped: false; states?: readonly MessageState[] };
const skipped: Part = { skipped: true };

/** @param states messages by state; an outcome of few messages is not looked for among many when there is none */
function partsOf(cell: ListedCell | undefined, states: Record<MessageState, number> | null): Part[] {
  if (cell === undefined) return [{ skipped: false }, skipped];
  if (cell === 'left_out') return [skipped, { skipped: false, states: statesOf.left_out }];
  if (cell === 'not_read') return [{ skipped: false, states: unreadStates }];
  if (cell !== 'failed') return [{ skipped: false, states: statesOf[cell] }];
  // Those that failed are read by an index of their own.
  const unsent = (['cancelled', 'expired'] as const).filter((state) => states === null || states[state] > 0);
  return [{ skipped: false, states: ['failed'] }, ...(unsent.length > 0 ? [{ skipped: false, states: unsent } as const] : [])];
}

const people = new List('campaign_people', listKeys.bigint, listKeys.text);
const skipList = new List('campaign_skips', listKeys.id);

/** Reads who is in an audience and what became of them. */
@Injectable()
export class CampaignPeople {
  constructor(
    private readonly db: Database,
    private readonly judged: VerdictPeople,
  ) {}

  /**
   * Returns a page of people. A page may be short, or empty, and still have a next one.
   * @throws AppError `not_found`; with a verdict before the start `unknown_source`, `invalid_selection`
   */
  async list(tenantId: string, id: string, filter: CampaignPeopleFilter, page: PageRequest): Promise<Page<CampaignPerson>> {
    const { verdict } = filter;
    const campaign = await this.db.forTenant(tenantId, (tx) => readCampaign(tx, tenantId, id));
    if (verdict === undefined) return this.db.forTenant(tenantId, (tx) => readPeople(tx, tenantId, id, filter, page));
    // One that ended before its start left nobody out, and writes to nobody.
    if (campaign.run?.startedAt || campaign.endedAt)
      return this.db.forTenant(tenantId, async (tx) => {
        const { rows, next } = await skippedPeople(tx, tenantId, id, [verdict], page);
        return { rows: await withNames(tx, tenantId, rows), next };
      });
    const { rows, next } = await this.judged.list(tenantId, campaign, verdict, page);
    return { rows: rows.map(personBefore), next };
  }
}

/** Returns a page of the people of a campaign. */
export async function readPeople(
  tx: Sql,
  tenantId: string,
  id: string,
  { cell, reasons }: CampaignPeopleFilter,
  page: PageRequest,
): Promise<Page<CampaignPerson>> {
  const parts = partsOf(cell, cell === 'failed' ? await groupStateCountsOf(tx, tenantId, id) : null);
  const { rows, next } = await readParts<CampaignPerson>(
    people,
    page,
    parts.map(
      (part) => (wanted) =>
        part.skipped ? skippedPeople(tx, tenantId, id, reasons, wanted) : messagedPeople(tx, tenantId, id, part.states, reasons, wanted),
    ),
  );
  return { rows: await withNames(tx, tenantId, rows), next };
}

async function messagedPeople(
  tx: Sql,
  tenantId: string,
  id: string,
  states: readonly MessageState[] | undefined,
  causes: string[] | undefined,
  page: PageRequest,
): Promise<Page<CampaignPerson>> {
  const { rows, next } = await groupMessagesOf(tx, tenantId, id, { states, causes }, page);
  return { rows: rows.map(personOf), next };
}

function personOf(message: GroupMessage): CampaignPerson {
  return {
    contactId: message.contactId,
    name: null,
    externalId: null,
    phone: message.recipient,
    cell: cellOf(message.state),
    state: message.state,
    reason: message.cause,
    detail: message.detail,
    messageId: message.id,
    sessionId: message.sessionId,
    at: message.createdAt,
    sentAt: message.sentAt,
    deliveredAt: message.deliveredAt,
    readAt: message.readAt,
  };
}

const personBefore = ({ address, missing, ...person }: JudgedPerson): CampaignPerson => ({
  ...person,
  phone: address,
  // Whoever would get a message waits for the launch.
  ...(person.reason === null ? ({ cell: 'waiting', state: 'scheduled' } as const) : ({ cell: 'left_out', state: 'skipped' } as const)),
  detail: missing?.join(', ') ?? null,
  messageId: null,
  sessionId: null,
  sentAt: null,
  deliveredAt: null,
  readAt: null,
});

function skippedPeople(
  tx: Sql,
  tenantId: string,
  id: string,
  reasons: string[] | undefined,
  page: PageRequest,
): Promise<Page<CampaignPerson>> {
  const [after] = skipList.after(page) ?? [];
  const { values, given } = sqlConditions(tenantId, id);
  return readPage<CampaignPerson>(tx, skipList, page, {
    columns: `s.contact_id AS "contactId", NULL AS name, NULL AS "externalId", NULL AS phone, 'left_out' AS cell, 'skipped' AS state, s.reason, s.detail,
      NULL AS "messageId", NULL AS "sessionId", s.at, NULL AS "sentAt", NULL AS "deliveredAt", NULL AS "readAt"`,
    from: 'campaign_skips s',
    range: ['s.tenant_id = $1', 's.campaign_id = $2', ...given(after, (p) => `s.contact_id > ${p}::uuid`)],
    checked: given(reasons, (p) => `s.reason = ANY (${p}::text[])`),
    order: 's.contact_id',
    key: ['s.contact_id'],
    values,
  });
}

async function withNames(tx: Sql, tenantId: string, rows: CampaignPerson[]): Promise<CampaignPerson[]> {
  const ids = [...new Set(rows.flatMap(({ contactId }) => contactId ?? []))];
  const contacts = await contactsNamed(tx, tenantId, ids);
  return rows.map((row) => {
    const contact = row.contactId === null ? undefined : contacts.get(row.contactId);
    return contact ? { ...row, contactId: contact.id, name: contact.name, externalId: contact.externalId } : row;
  });
}
