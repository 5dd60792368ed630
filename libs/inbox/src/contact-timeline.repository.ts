import { Injectable } from '@nestjs/common';
import {
  addressSpans,
  changeRowOf,
  changeTimesSql,
  type Consent,
  consentActor,
  consentRowOf,
  consentTimesSql,
  type ContactHistory,
  Contacts,
  mergedIntoSql,
  withTwins,
} from '@heliograph/contacts';
import { type Actor, actorColumn, Database, List, listKeys, type Page, type PageRequest, type Sql, timeKey } from '@heliograph/kernel';
import {
  endedUnsentSql,
  keysOfMessageSql,
  type MessageBody,
  messageOfKeySql,
  messageRowOf,
  type MessageState,
  sentToSql,
  textOf,
} from '@heliograph/messaging';
import { entryActor, reactionsTo } from './entries.repository';

interface Line {
  id: string;
  at: Date;
}

/** A message written by the contact, or typed on our phone. */
export interface WrittenLine extends Line {
  type: 'entry';
  direction: 'in' | 'out';
  sessionId: string;
  conversationId: string;
  kind: string;
  text: string | null;
  editedAt: Date | null;
  deletedAt: Date | null;
  answersId: string | null;
  reactions: Reaction[];
}

/** A message of ours that was sent, or that ended without being sent. */
export interface MessageLine extends Line {
  type: 'message';
  messageId: string;
  sessionId: string;
  address: string;
  /** Null when the message ended before its body was created. */
  kind: string | null;
  text: string | null;
  state: MessageState;
  cause: string | null;
  /** Author of an answer from the inbox. */
  actor: Actor | null;
  reactions: Reaction[];
}

/** A consent, its withdrawal, or that one is void. */
export interface ConsentLine extends Line {
  type: 'consent';
  /** Null: the contact had none. */
  address: string | null;
  action: Consent['action'];
  purpose: string;
  source: string;
  actor: Actor;
}

/** Addresses that were added or removed. */
export interface ChangeLine extends Line, Pick<ContactHistory, 'kind' | 'contactId' | 'otherId' | 'addresses' | 'actor'> {
  type: 'change';
}

export type ContactLine = WrittenLine | MessageLine | ConsentLine | ChangeLine;
type Reaction = { author: string | null; emoji: string };

const lineList = new List('contact_timeline', listKeys.time, listKeys.id);
const newest = ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
/** Returns SQL for lines older than the cursor. It is never null, so that the index is used in every plan. */
const before = (at: string, id: string) => `(${at}, ${id}) < ($2::timestamptz, $3::uuid)`;
/**
 * Answers from the inbox are lines of their conversation. They are matched by the message's id, not by their key: under row level security
 * the index is not used with the result of a cast.
 */
const isAnswer = `EXISTS (SELECT 1 FROM entries r WHERE r.tenant_id = $1 AND r.id = m.id)`;
/** Returns SQL for a UUID of a change's number, in the order of the numbers. */
const changeLineId = (id: string) =>
  `('00000000-0000-8000-8' || left(lpad(to_hex(${id}), 15, '0'), 3) || '-' || right(lpad(to_hex(${id}), 15, '0'), 12))::uuid`;

/**
 * Reads each kind of line newest first from its own index, at most a page of each conversation, address and merged contact. A message
 * belongs to the contact that had the address when it was sent.
 */
const lines = `
  SELECT CASE WHEN e.message_id IS NULL THEN 'entry' ELSE 'message' END AS type, e.id, e.received_at AS at, e.id AS entry_id,
    e.message_id, NULL::bigint AS change_id
  FROM unnest($5::uuid[]) c CROSS JOIN LATERAL (
    SELECT x.id, x.received_at, x.message_id FROM entries x WHERE x.tenant_id = $1 AND x.conversation_id = c
      AND ${before('x.received_at', 'x.id')}
      AND NOT (x.direction = 'out' AND x.message_id IS NULL AND EXISTS (${messageOfKeySql('x.session_id', 'x.key_id')}))
    ORDER BY x.received_at DESC, x.id DESC LIMIT $4) e
  UNION ALL
  SELECT 'message', m.id, m.at, NULL, m.id, NULL FROM unnest($6::text[], $7::timestamptz[], $8::timestamptz[]) AS s(address, since, until)
    CROSS JOIN LATERAL (
    (SELECT m.id, m.sent_at AS at FROM (${sentToSql('$1', 's.address')}) m WHERE ${before('m.sent_at', 'm.id')}
       AND m.sent_at >= coalesce(s.since, '-infinity') AND m.sent_at < coalesce(s.until, 'infinity') AND NOT ${isAnswer}
     ORDER BY m.sent_at DESC, m.id DESC LIMIT $4)
    UNION ALL
    (SELECT m.id, m.created_at FROM (${endedUnsentSql('$1', 's.address')}) m WHERE ${before('m.created_at', 'm.id')}
       AND m.created_at >= coalesce(s.since, '-infinity') AND m.created_at < coalesce(s.until, 'infinity') AND NOT ${isAnswer}
     ORDER BY m.created_at DESC, m.id DESC LIMIT $4)) m
  UNION ALL
  SELECT 'consent', s.id, s.at, NULL, NULL, NULL FROM unnest($9::uuid[]) i CROSS JOIN LATERAL (
    SELECT s.id, s.at FROM (${consentTimesSql('$1', 'i')}) s WHERE ${before('s.at', 's.id')} ORDER BY s.at DESC, s.id DESC LIMIT $4) s
  UNION ALL
  SELECT 'change', ${changeLineId('h.id')}, h.at, NULL, NULL, h.id FROM (${changeTimesSql('$1', '$9')}) h
  WHERE ${before('h.at', changeLineId('h.id'))}`;

/** Timeline of a contact over all sessions, conversations and addresses. */
@Injectable()
export class ContactTimeline {
  constructor(
    private readonly db: Database,
    private readonly contacts: Contacts,
  ) {}

  /**
   * Returns lines, newest first, including those of contacts merged into this one. Messages that are not sent yet are not included.
   * @throws AppError not_found
   */
  read(tenantId: string, id: string, page: PageRequest): Promise<Page<ContactLine>> {
    const [at, last] = lineList.after(page) ?? newest;
    return this.db.forTenant(tenantId, async (tx) => {
      const contact = await this.contacts.read(tx, tenantId, id);
      const ids = [contact.id, ...(await column(tx, `SELECT m.id AS of FROM (${mergedIntoSql('$1', '$2')}) m`, [tenantId, contact.id]))];
      const conversations = await column(tx, `SELECT id AS of FROM conversations WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])`, [
        tenantId,
        ids,
      ]);
      const spans = (await addressSpans(tx, tenantId, ids)).flatMap((span) =>
        withTwins([span.address]).map((address) => ({ ...span, address })),
      );
      const rows = await tx.prepared<LineRow>(
        'contact_timeline',
        `WITH line AS MATERIALIZED (SELECT * FROM (${lines}) all_lines ORDER BY at DESC, id DESC LIMIT $4)
         SELECT l.type, l.id, l.at, ${timeKey('l.at')} AS "cursorAt", l.message_id AS "messageId",
           coalesce(e.session_id, m.session_id) AS "sessionId", e.conversation_id AS "conversationId",
           e.direction, coalesce(e.kind, m.kind) AS "entryKind", e.text, e.edited_at AS "editedAt", e.deleted_at AS "deletedAt",
           e.answers_id AS "answersId", m.state, m.cause, m.body,
           s.action, s.purpose, s.source, coalesce(m.recipient, nullif(s.address, '')) AS address, h.kind, h.contact_id AS "contactId",
           h.other_id AS "otherId", h.addresses, coalesce(${entryActor}, ${consentActor('s')}, ${actorColumn('h.actor')}) AS actor,
           ${reactionsTo('coalesce(e.session_id, m.session_id)', `SELECT e.key_id UNION ${keysOfMessageSql('$1', 'l.message_id')}`)} AS reactions
         FROM line l LEFT JOIN entries e ON e.tenant_id = $1 AND e.id = l.entry_id LEFT JOIN ${messageRowOf('m', '$1', 'l.message_id')}
         LEFT JOIN ${consentRowOf('s', '$1', 'l.id')} AND l.type = 'consent' LEFT JOIN ${changeRowOf('h', '$1', 'l.change_id')}
         ORDER BY l.at DESC, l.id DESC`,
        [
          tenantId,
          at,
          last,
          page.limit + 1,
          conversations,
          spans.map((s) => s.address),
          spans.map((s) => s.since),
          spans.map((s) => s.until),
          ids,
        ],
      );
      const { rows: shown, next } = lineList.pageOf(rows, page.limit, (row) => [row.cursorAt, row.id]);
      return { rows: shown.map(toLine), next };
    });
  }
}

async function column(tx: Sql, sql: string, params: unknown[]): Promise<string[]> {
  return (await tx.query<{ of: string }>(sql, params)).map((row) => row.of);
}

/** A row with the columns of all types, of which only those of its own type are set. */
type LineRow = Omit<WrittenLine, 'type' | 'kind'> &
  Omit<MessageLine, 'type' | 'kind'> &
  Omit<ConsentLine, 'type'> &
  Omit<ChangeLine, 'type'> & { type: ContactLine['type']; entryKind: string; body: MessageBody | null; cursorAt: string };

function toLine(row: LineRow): ContactLine {
  const { id, at, type, sessionId, entryKind, address, reactions } = row;
  const text = row.text ?? (row.body ? textOf(row.body.content) : null);
  switch (type) {
    case 'entry': {
      const { direction, conversationId, editedAt, deletedAt, answersId } = row;
      return { id, at, type, direction, sessionId, conversationId, kind: entryKind, text, editedAt, deletedAt, answersId, reactions };
    }
    case 'message': {
      const { messageId, state, cause, actor } = row;
      return { id, at, type, messageId, sessionId, address, kind: entryKind, text, state, cause, actor, reactions };
    }
    case 'consent': {
      const { action, purpose, source, actor } = row;
      return { id, at, type, address, action, purpose, source, actor };
    }
    case 'change': {
      const { kind, contactId, otherId, addresses, actor } = row;
      return { id, at, type, kind, contactId, otherId, addresses, actor };
    }
  }
}
