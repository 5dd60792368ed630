import { Injectable } from '@nestjs/common';
import {
  Database,
  idAfter,
  idBefore,
  keyOfResource,
  List,
  listKeys,
  maxRowsRead,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  readPageOfTenants,
  resourceOfKey,
  type Sql,
  sqlConditions,
} from '@heliograph/kernel';
import { sessionsOf } from '@heliograph/tenants';
import { stepsOf } from '../history/message-events.repository';
import type { MessageStep } from '../history/step-actor';
import { type PollVote, PollVotes } from '../receipts/poll-votes.repository';
import { type MessageMember, MessageMembers } from '../receipts/message-members.repository';
import { type MessageCall, callsOf } from './message-calls';
import { classRank, type MessageBody, type MessageClass, type MessageState } from '../message';
import { type MessageOrigin, originOf, type StoredOrigin } from '../message-origin';
import { acceptedColumns, type AcceptedColumns, type RankedRow, withClass } from './message-columns.repository';

/** A message in a list. */
export interface MessageSummary extends AcceptedColumns {
  state: MessageState;
  cause: string | null;
  attempt: number;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
  playedAt: Date | null;
}

/** A message with its history and its body. */
export interface MessageDetail extends MessageSummary {
  /** Null until the body is made of the source, right before the call. */
  body: MessageBody | null;
  detail: string | null;
  replyTo: string | null;
  redriveOf: string | null;
  providerMessageId: string | null;
  /** The idempotency key of the message or of its row in a bulk call, while it is kept. */
  idempotencyKey: string | null;
  origin: MessageOrigin;
  keys: { keyId: string; evidence: string }[];
  /** State of a group message for each member that a receipt named. */
  members: MessageMember[];
  /** The latest vote of each person in a poll. */
  votes: PollVote[];
  timeline: MessageStep[];
  /** Calls of the provider, the first one first. */
  calls: MessageCall[];
}

/** Filters of a list of messages. */
export interface MessageFilter {
  ids?: string[] | undefined;
  /** States of which a message has one. */
  states?: MessageState[] | undefined;
  class?: MessageClass | undefined;
  sessionId?: string | undefined;
  /** Sessions of which a message has one. */
  sessionIds?: string[] | undefined;
  groupId?: string | undefined;
  recipients?: string[] | undefined;
  /** Contacts for one of which a campaign made the message. */
  contactIds?: string[] | undefined;
  clientRef?: string | undefined;
  /** Key of the request, or of the row of a bulk call, as long as keys are kept. */
  idempotencyKey?: string | undefined;
  /** Id of the provider or of WhatsApp. */
  providerId?: string | undefined;
  tag?: string | undefined;
  /** Part of the text of the message, in any case and with or without accents. */
  text?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
}

const messageList = new List('messages', listKeys.id);
const messagesOfAll = new List('messages_of_all', listKeys.id);
const columns = `${acceptedColumns}, m.state, m.cause, m.attempt, m.sent_at AS "sentAt", m.delivered_at AS "deliveredAt", m.read_at AS "readAt", m.played_at AS "playedAt"`;

type Row = RankedRow<MessageSummary>;

/** Conditions that together match every message: sent, ended without being sent, or waiting. Each has an index on the recipient. */
const indexedParts = ['sent_at IS NOT NULL', 'sent_at IS NULL AND due_at IS NULL', 'sent_at IS NULL AND due_at IS NOT NULL'];

/** Number of messages to recipients beyond which a page looks for them in the order of the list: sorting all of them costs more. */
const commonMessages = maxRowsRead;

/** Returns whether there are so many messages to these recipients. */
async function areCommon(tx: Sql, tenantId: string, recipients: string[]): Promise<boolean> {
  if (recipients.length === 0) return false;
  const parts = indexedParts.map((part) => `SELECT 1 FROM messages WHERE tenant_id = $1 AND recipient = ANY ($2::text[]) AND ${part}`);
  const rows = await tx.query(`SELECT 1 FROM (${parts.join(' UNION ALL ')}) m OFFSET ${commonMessages} LIMIT 1`, [tenantId, recipients]);
  return rows.length > 0;
}

/** SQL: messages to any of these recipients, each read from an index; without recipients, all messages. */
function messagesTo(recipients: string[], place: (recipient: string) => string): string {
  if (recipients.length === 0) return 'messages m';
  const parts = recipients
    .map(place)
    .flatMap((to) => indexedParts.map((part) => `SELECT * FROM messages WHERE recipient = ${to} AND ${part}`));
  return `(${parts.join(' UNION ALL ')}) m`;
}

/** SQL: ids of the message, or of the messages of the bulk call, that were made under an idempotency key. */
const messagesOfKey = (tenantId: string, key: string): string => `
  SELECT r.resource_id FROM (${resourceOfKey(tenantId, key)}) r WHERE r.resource_id IS NOT NULL
  UNION ALL
  SELECT g.id FROM (${resourceOfKey(tenantId, key)}) r JOIN messages g ON g.tenant_id = ${tenantId} AND g.group_id = r.resource_id`;

/** SQL: ids of messages that an id of the provider or of WhatsApp names. Ids are unique per session only. */
const messagesOfProviderId = (tenantId: string, id: string): string => `
  SELECT k.message_id FROM (${sessionsOf(tenantId)}) s JOIN message_keys k ON k.session_id = s.id AND k.key_id = ${id}
  UNION
  SELECT k.message_id FROM (${sessionsOf(tenantId)}) s JOIN message_keys k ON k.session_id = s.id AND k.provider_message_id = ${id}
  UNION
  SELECT u.message_id FROM (${sessionsOf(tenantId)}) s JOIN unbound_messages u ON u.session_id = s.id AND u.provider_message_id = ${id}`;

/** Reads messages, always of one tenant. */
@Injectable()
export class MessageQueries {
  private readonly members = new MessageMembers();
  private readonly votes: PollVotes;

  constructor(private readonly db: Database) {
    this.votes = new PollVotes(db);
  }

  /**
   * Returns a page of messages, newest first. A recipient, group or client reference has an index. Other filters are applied to a bounded
   * number of rows per page, so that a page may be empty and still have a next one.
   */
  list(tenantId: string, filter: MessageFilter, page: PageRequest): Promise<Page<MessageSummary>> {
    const [before] = messageList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const { createdFrom, createdTo } = filter;
    const range = [
      'm.tenant_id = $1',
      ...given(before, (p) => `m.id < ${p}::uuid`),
      ...given(createdFrom && idBefore(createdFrom), (p) => `m.id >= ${p}::uuid`),
      ...given(createdTo && idAfter(createdTo), (p) => `m.id < ${p}::uuid`),
      // Few ids, each read by its key.
      ...given(filter.ids, (p) => `m.id = ANY (${p}::uuid[])`),
      ...given(filter.idempotencyKey, (p) => `m.id = ANY (ARRAY(${messagesOfKey('$1', p)}))`),
      ...given(filter.providerId, (p) => `m.id = ANY (ARRAY(${messagesOfProviderId('$1', p)}))`),
    ];
    // The most selective filter comes first: it uses the index, and the others are checked.
    const [served, ...others] = [
      ...given(filter.clientRef, (p) => `m.client_ref = ${p}`),
      ...given(filter.groupId, (p) => `m.group_id = ${p}`),
    ];
    const checked = [
      ...others,
      ...given(filter.states, (p) => `m.state = ANY (${p})`),
      ...given(filter.class && classRank(filter.class), (p) => `m.class = ${p}`),
      ...given(filter.sessionId, (p) => `m.session_id = ${p}`),
      ...given(filter.sessionIds, (p) => `m.session_id = ANY (${p}::uuid[])`),
      ...given(filter.contactIds, (p) => `m.origin->>'contactId' = ANY (${p}::text[])`),
      ...given(filter.tag, (p) => `${p} = ANY (m.tags)`),
      ...given(filter.text, (p) => `strpos(folded_text(message_text(m.body)), folded_text(${p})) > 0`),
      ...given(createdFrom, (p) => `m.created_at >= ${p}`),
      ...given(createdTo, (p) => `m.created_at < ${p}`),
    ];
    const { recipients = [] } = filter;
    return this.db.forTenant(tenantId, async (tx) => {
      const isCommon = await areCommon(tx, tenantId, recipients);
      const { rows, next } = await readPage<Row>(tx, messageList, page, {
        columns,
        from: messagesTo(isCommon ? [] : recipients, (p) => `$${values.push(p)}`),
        range: [...range, ...(served ? [served] : [])],
        checked: [...checked, ...given(isCommon ? recipients : undefined, (p) => `m.recipient = ANY (${p}::text[])`)],
        order: 'm.id DESC',
        key: ['m.id'],
        values,
      });
      return { rows: rows.map(withClass), next };
    });
  }

  /**
   * Returns a page of messages of several tenants, newest first. A filter by state is applied to a bounded number of rows per page, so that a
   * page may be empty and still have a next one.
   */
  async listOf(
    tenantIds: string[],
    { states, createdFrom, createdTo }: Pick<MessageFilter, 'states' | 'createdFrom' | 'createdTo'>,
    page: PageRequest,
  ): Promise<Page<MessageSummary>> {
    const [before] = messagesOfAll.after(page) ?? [];
    const { values, given } = sqlConditions(tenantIds);
    const range = [
      ...given(before, (p) => `x.id < ${p}::uuid`),
      ...given(createdFrom && idBefore(createdFrom), (p) => `x.id >= ${p}::uuid`),
      ...given(createdTo && idAfter(createdTo), (p) => `x.id < ${p}::uuid`),
    ];
    const checked = [
      ...given(states, (p) => `x.state = ANY (${p})`),
      ...given(createdFrom, (p) => `x.created_at >= ${p}`),
      ...given(createdTo, (p) => `x.created_at < ${p}`),
    ];
    const { rows, next } = await readPageOfTenants<Row>(this.db, messagesOfAll, page, {
      columns,
      from: 'messages m',
      tenantIds,
      range,
      checked,
      order: ['id'],
      key: ['m.id'],
      values: values.slice(1),
    });
    return { rows: rows.map(withClass), next };
  }

  /** Returns the session of a message; null: there is no such message. */
  async sessionOf(tenantId: string, id: string): Promise<string | null> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ sessionId: string }>(`SELECT session_id AS "sessionId" FROM messages WHERE tenant_id = $1 AND id = $2`, [tenantId, id]),
    );
    return row?.sessionId ?? null;
  }

  /** @param keyHours hours that idempotency keys are kept @throws AppError not_found */
  get(tenantId: string, id: string, keyHours: number): Promise<MessageDetail> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<
        Row &
          Pick<MessageDetail, 'body' | 'detail' | 'replyTo' | 'redriveOf' | 'providerMessageId' | 'idempotencyKey'> & {
            origin: StoredOrigin;
          }
      >(
        `SELECT ${columns}, m.body, m.detail, m.reply_to AS "replyTo", m.redrive_of AS "redriveOf", m.provider_message_id AS "providerMessageId", m.origin,
           (${keyOfResource('$1', 'm.id', 'm.created_at', '$3')}) AS "idempotencyKey"
         FROM messages m WHERE m.tenant_id = $1 AND m.id = $2`,
        [tenantId, id, keyHours],
      );
      if (!row) throw notFound('message');
      const keys = await tx.query<{ keyId: string; evidence: string }>(
        `SELECT key_id AS "keyId", evidence FROM message_keys WHERE tenant_id = $1 AND message_id = $2 ORDER BY bound_at`,
        [tenantId, id],
      );
      const timeline = await stepsOf(tx, tenantId, id);
      const members = row.recipient.endsWith('@g.us') ? await this.members.of(tx, tenantId, id) : [];
      const votes = row.kind === 'poll' ? await this.votes.of(tx, tenantId, id) : [];
      return { ...withClass(row), origin: originOf(row.origin), keys, members, votes, timeline, calls: callsOf(row.recipient, timeline) };
    });
  }
}
