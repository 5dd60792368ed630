import { addressesOf } from '@heliograph/contacts';
import { Injectable } from '@nestjs/common';
import { List, listKeys, type Page, type PageRequest, readPage, type Sql, sqlConditions, timeKey, type Tx } from '@heliograph/kernel';
import type { OriginKind } from '../message-origin';

/** Kinds of outcomes that people cause. */
export const outcomeKinds = ['reply', 'opt_out'] as const;
export type OutcomeKind = (typeof outcomeKinds)[number];

/** Something that a person said, perhaps about a message of a campaign. */
export interface Utterance {
  tenantId: string;
  kind: OutcomeKind;
  /** Any address of the person. */
  address: string;
  at: Date;
  /** Our message that it quotes. */
  quotedId: string | null;
}

/** A person's answer to a message of a group. */
export interface GroupAnswer {
  kind: OutcomeKind;
  at: Date;
  messageId: string;
  contactId: string | null;
  recipient: string;
  sessionId: string | null;
}

const answers = new List('group_answers', listKeys.time, listKeys.id, listKeys.text);

/** Returns what people answered to the messages of a group, last first. */
export function groupAnswerPage(
  tx: Sql,
  tenantId: string,
  groupId: string,
  kind: OutcomeKind | undefined,
  page: PageRequest,
): Promise<Page<GroupAnswer>> {
  const [at, id, last] = answers.after(page) ?? [];
  const { values, given } = sqlConditions(tenantId, groupId, ...(at ? [at, id, last] : []));
  return readPage<GroupAnswer>(tx, answers, page, {
    columns: `o.kind, o.at, o.message_id AS "messageId", (m.origin->>'contactId')::uuid AS "contactId", m.recipient, m.session_id AS "sessionId"`,
    from: 'message_outcomes o',
    joins: 'JOIN messages m ON m.tenant_id = o.tenant_id AND m.id = o.message_id',
    range: ['o.tenant_id = $1', 'o.group_id = $2', ...(at ? ['(o.at, o.message_id, o.kind) < ($3::timestamptz, $4::uuid, $5::text)'] : [])],
    checked: given(kind, (p) => `o.kind = ${p}`),
    order: 'o.at DESC, o.message_id DESC, o.kind DESC',
    key: [timeKey('o.at'), 'o.message_id', 'o.kind'],
    values,
  });
}

/** Hours within which it counts for the last message. */
const windowHours = 72;
/** Seconds by which the outcome of a call may be stored later than the answer of a person who replies at once. */
const slackS = 60;

/** Origin of the messages that have outcomes. */
const campaign: OriginKind = 'campaign';

const recordSql = `
WITH said AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[]) AS s(tenant_id, kind, address, at, quoted_id)
), meant AS MATERIALIZED (
  SELECT s.tenant_id, s.kind, s.at, coalesce(q.id, l.id) AS message_id, coalesce(q.group_id, l.group_id) AS group_id FROM said s
  LEFT JOIN messages q ON q.tenant_id = s.tenant_id AND q.id = s.quoted_id AND q.origin->>'kind' = '${campaign}' AND q.group_id IS NOT NULL
  LEFT JOIN LATERAL (
    SELECT m.id, m.group_id FROM (${addressesOf('s.tenant_id', 's.address')}) place JOIN messages m ON m.tenant_id = s.tenant_id AND m.recipient = place.address
    WHERE m.sent_at > s.at - interval '${windowHours} hours' AND m.sent_at <= s.at + interval '${slackS} s' AND m.origin->>'kind' = '${campaign}' AND m.group_id IS NOT NULL
    ORDER BY m.sent_at DESC, m.id DESC LIMIT 1
  ) l ON q.id IS NULL
), stored AS (
  INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at)
  SELECT tenant_id, message_id, kind, group_id, min(at) FROM meant WHERE message_id IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, message_id, kind) DO NOTHING
  RETURNING tenant_id, group_id, kind
), counted AS (
  INSERT INTO message_outcome_counts AS c (tenant_id, group_id, shard, kind, count)
  SELECT tenant_id, group_id, pg_backend_pid() % 32, kind, count(*) FROM stored GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
  ON CONFLICT (tenant_id, group_id, shard, kind) DO UPDATE SET count = c.count + excluded.count
)
SELECT (SELECT count(*) FROM stored)::int AS count,
  (SELECT count(pg_notify('heliograph_changes', 'message_groups:' || g.tenant_id || '/' || g.group_id)) FROM (SELECT DISTINCT tenant_id, group_id FROM stored) g) AS notified`;

/** Answers of people to messages of campaigns. */
@Injectable()
export class MessageOutcomes {
  /** Returns the tenants that have campaigns: what people say to others has no outcomes. */
  async tenants(sql: Sql): Promise<string[]> {
    const rows = await sql.prepared<{ tenant_id: string }>(
      'tenants_with_campaigns',
      `SELECT DISTINCT tenant_id FROM message_groups WHERE kind = '${campaign}'`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /**
   * Records what people said: for the message of a campaign that they quote, or else for the last one that they got within 72 hours. Each
   * kind counts once per message, and the counters of the groups are raised in the same statement.
   * @returns the number of new outcomes
   */
  async record(tx: Tx, said: Utterance[]): Promise<number> {
    if (said.length === 0) return 0;
    const [row] = await tx.prepared<{ count: number }>('record_outcomes', recordSql, [
      said.map((s) => s.tenantId),
      said.map((s) => s.kind),
      said.map((s) => s.address),
      said.map((s) => s.at),
      said.map((s) => s.quotedId),
    ]);
    return row?.count ?? 0;
  }
}
