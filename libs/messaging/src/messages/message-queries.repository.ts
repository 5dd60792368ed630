import { Injectable } from '@nestjs/common';
import {
  Database,
  idAfter,
  idBefore,
  isValueFault,
  keyOfResource,
  List,
  listKeys,
  maxRowsRead,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  resourceOfKey,
  type Sql,
  sqlConditions,
  type Tx,
} from '@heliograph/kernel';
import { stepsOf } from '../history/message-events.repository';
import type { MessageStep } from '../history/step-actor';
import { firstBulkClass, mayDuplicateOf, readHold } from '../installation/ledger-state.repository';
import { isInWindow, isOpen, waitingRows } from '../lanes/group-claims.repository';
import { dailyCapOf, invalidLane, leftOf, nextDayOf, sendWindowOf } from '../lanes/lane-rules.repository';
import { type PollVote, PollVotes } from '../receipts/poll-votes.repository';
import { type MessageMember, MessageMembers } from '../receipts/message-members.repository';
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
  clientRef?: string | undefined;
  /** Key of the request, or of the row of a bulk call, as long as keys are kept. */
  idempotencyKey?: string | undefined;
  /** Id of the provider or of WhatsApp. */
  providerId?: string | undefined;
  tag?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
}

/**
 * Reasons why a message waits: for a person to release a held ledger; for a person to resume its group; for its own time; for its session
 * to be connected and not held; for the end of a pause (the provider's, or ours after unanswered calls); for its body source;
 * for the provider to get its file; for a correction of its lane's invalid settings; for its send window; for a cap; for the lane's next slot; for messages of its lane that go
 * first.
 */
export const waitReasons = [
  'ledger_held',
  'group_paused',
  'send_at',
  'session',
  'provider',
  'source',
  'file',
  'lane_invalid',
  'send_window',
  'hourly_or_daily_cap',
  'pace',
  'lane',
] as const;

/** Explanation of the state of a message. */
export interface MessageWhy {
  state: MessageState;
  cause: string | null;
  detail: string | null;
  /** Reasons why it waits, the most decisive first; empty when it does not wait. */
  waitsFor: (typeof waitReasons)[number][];
  sessionStatus: string | null;
  heldReason: string | null;
  /** True when it waits under the hold of the ledger and may have been sent before, unknown to this ledger. */
  mayDuplicate: boolean;
  /** Number of messages of its lane that go first; counted up to 10,000. */
  ahead: number | null;
  earliestSlotAt: Date | null;
}

/** Maximum of `ahead`. */
const maxAhead = 10_000;

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
  SELECT k.message_id FROM sessions s JOIN message_keys k ON k.session_id = s.id AND k.key_id = ${id} WHERE s.tenant_id = ${tenantId}
  UNION
  SELECT k.message_id FROM sessions s JOIN message_keys k ON k.session_id = s.id AND k.provider_message_id = ${id} WHERE s.tenant_id = ${tenantId}
  UNION
  SELECT u.message_id FROM sessions s JOIN unbound_messages u ON u.session_id = s.id AND u.provider_message_id = ${id} WHERE s.tenant_id = ${tenantId}`;

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
      ...given(filter.tag, (p) => `${p} = ANY (m.tags)`),
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

  /** Returns a page of messages of several tenants, newest first. */
  async listOf(tenantIds: string[], page: PageRequest): Promise<Page<MessageSummary>> {
    const [before] = messagesOfAll.after(page) ?? [];
    // Only tenants whose newest message is on the page can have others on it. Each of them gives its newest ones from its own index.
    const newestOf = (tenant: string, limit: string) =>
      `SELECT * FROM messages x WHERE x.tenant_id = ${tenant} AND ($3::uuid IS NULL OR x.id < $3) ORDER BY x.id DESC LIMIT ${limit}`;
    const rows = await this.db.query<Row>(
      `WITH newest AS MATERIALIZED (
         SELECT t.tenant FROM unnest($1::uuid[]) AS t(tenant) CROSS JOIN LATERAL (${newestOf('t.tenant', '1')}) m ORDER BY m.id DESC LIMIT $2
       )
       SELECT ${columns} FROM newest n CROSS JOIN LATERAL (${newestOf('n.tenant', '$2')}) m ORDER BY m.id DESC LIMIT $2`,
      [tenantIds, page.limit + 1, before ?? null],
    );
    return messagesOfAll.pageOf(rows.map(withClass), page.limit, ({ id }) => [id]);
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
      return { ...withClass(row), origin: originOf(row.origin), keys, members, votes, timeline };
    });
  }

  /** @throws AppError not_found */
  async why(tenantId: string, id: string): Promise<MessageWhy> {
    try {
      return await this.whyBy(tenantId, id, true);
    } catch (error) {
      // The lane's row holds a value that the database cannot compute with. The answer says so, with all that needs no computation.
      if (!isValueFault(error)) throw error;
      return this.whyBy(tenantId, id, false);
    }
  }

  private async whyBy(tenantId: string, id: string, isReadable: boolean): Promise<MessageWhy> {
    const rules = isReadable
      ? `CROSS JOIN LATERAL (${sendWindowOf('l', 'heliograph_now()')}) w
         CROSS JOIN LATERAL (${leftOf('l', 'heliograph_now()', dailyCapOf('l', 'heliograph_now()'))}) own
         CROSS JOIN LATERAL (${leftOf('p', 'heliograph_now()')}) shared`
      : '';
    const ruled = isReadable
      ? `CASE WHEN w.outside AND NOT m.class = ANY (w.exempt) THEN w.opens_at END AS opens_at,
         greatest(CASE WHEN least(own.left_hour, shared.left_hour) <= 0 THEN date_trunc('hour', heliograph_now()) + interval '1 hour' END,
           CASE WHEN own.left_day <= 0 THEN ${nextDayOf('l', 'heliograph_now()')} END,
           CASE WHEN shared.left_day <= 0 THEN ${nextDayOf('p', 'heliograph_now()')} END) AS capped_until`
      : `NULL::timestamptz AS opens_at, NULL::timestamptz AS capped_until`;
    const hold = await readHold(this.db);
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{
        state: MessageState;
        cause: string | null;
        detail: string | null;
        due_at: Date | null;
        is_early: boolean;
        status: string | null;
        held_reason: string | null;
        closed_until: Date | null;
        closed_reason: string | null;
        next_slot_at: Date | null;
        opens_at: Date | null;
        is_window_over: boolean;
        capped_until: Date | null;
        paced: boolean | null;
        slot_ahead: boolean | null;
        is_group_paused: boolean;
        is_ledger_held: boolean | null;
        may_duplicate: boolean | null;
      }>(
        `SELECT m.state, m.cause, m.detail, m.due_at, m.due_at > heliograph_now() AS is_early, s.status, s.held_reason,
           CASE WHEN l.closed_until > heliograph_now() THEN l.closed_until END AS closed_until, l.closed_reason, greatest(nullif(l.next_slot_at, '-infinity'), heliograph_now()) AS next_slot_at,
           ${ruled},
           NOT (${isOpen('mg')}) AS is_group_paused, NOT ${isInWindow('m', 'heliograph_now()')} AS is_window_over, l.window_limit > 0 AS paced, l.next_slot_at > heliograph_now() AS slot_ahead,
           g.hold_reason IS NOT NULL AND (m.class >= ${firstBulkClass} OR m.created_at <= g.written_until) AS is_ledger_held,
           g.hold_reason IS NOT NULL AND ${mayDuplicateOf('m', 'g')} AS may_duplicate
         FROM messages m CROSS JOIN (SELECT $3::text AS hold_reason, $4::timestamptz AS written_until, $5::timestamptz AS held_at) g LEFT JOIN sessions s ON s.id = m.session_id LEFT JOIN lanes l ON l.session_id = m.session_id
         LEFT JOIN message_groups mg ON mg.tenant_id = m.tenant_id AND mg.id = m.group_id
         LEFT JOIN cap_pools p ON p.tenant_id = l.tenant_id AND p.name = l.cap_pool
         ${rules}
         WHERE m.tenant_id = $1 AND m.id = $2`,
        [tenantId, id, hold.reason, hold.writtenUntil, hold.heldAt],
      );
      if (!row) throw notFound('message');
      const waiting = row.due_at !== null && (row.state === 'queued' || row.state === 'scheduled');
      const ahead = waiting ? await this.ahead(tx, tenantId, id) : null;
      const waitsFor: MessageWhy['waitsFor'] = [];
      if (waiting) {
        if (row.is_ledger_held) waitsFor.push('ledger_held');
        if (row.is_group_paused) waitsFor.push('group_paused');
        if (row.is_early) waitsFor.push('send_at');
        if (row.status !== 'connected' || row.held_reason) waitsFor.push('session');
        const isInvalid = !isReadable || (row.closed_until !== null && row.closed_reason === invalidLane);
        if (isInvalid) waitsFor.push('lane_invalid');
        else if (row.closed_until) waitsFor.push('provider');
        if (row.cause === 'source_unavailable') waitsFor.push('source');
        if (row.cause === 'file_unavailable') waitsFor.push('file');
        if (row.opens_at || row.is_window_over) waitsFor.push('send_window');
        if (row.capped_until) waitsFor.push('hourly_or_daily_cap');
        if (row.slot_ahead) waitsFor.push('pace');
        if ((ahead ?? 0) > 0) waitsFor.push('lane');
      }
      return {
        state: row.state,
        cause: row.cause,
        detail: row.detail,
        waitsFor,
        sessionStatus: row.status,
        heldReason: row.held_reason,
        mayDuplicate: row.may_duplicate ?? false,
        ahead,
        earliestSlotAt: waiting
          ? ([row.next_slot_at, row.closed_until, row.opens_at, row.capped_until, row.due_at]
              .filter((d): d is Date => d !== null)
              .sort((a, b) => b.getTime() - a.getTime())[0] ?? null)
          : null,
      };
    });
  }

  private async ahead(tx: Tx, tenantId: string, id: string): Promise<number> {
    const [row] = await tx.query<{ ahead: number }>(
      `SELECT count(*)::int AS ahead FROM messages m
       CROSS JOIN LATERAL (
         SELECT 1 FROM (
           SELECT k.class, NULL::uuid AS group_id FROM generate_series(0, m.class::int) k(class)
           UNION ALL
           SELECT lg.class, lg.group_id FROM lane_groups lg LEFT JOIN message_groups g ON g.tenant_id = lg.tenant_id AND g.id = lg.group_id
           WHERE lg.session_id = m.session_id AND lg.class <= m.class AND ${isOpen('g')}
         ) v CROSS JOIN LATERAL (${waitingRows({
           columns: 'x.state',
           lane: 'm',
           class: 'v.class',
           group: 'v.group_id',
           where: `x.due_at <= CASE WHEN v.class < m.class THEN 'infinity' ELSE m.due_at END AND (x.class < m.class OR (x.due_at, x.id) < (m.due_at, m.id))`,
           limit: `${maxAhead}`,
         })}) o WHERE o.state = 'queued' LIMIT ${maxAhead}
       ) a WHERE m.tenant_id = $1 AND m.id = $2`,
      [tenantId, id],
    );
    return row?.ahead ?? 0;
  }
}
