import { Inject, Injectable } from '@nestjs/common';
import { openLetterOf } from '@heliograph/dead-letters';
import { APP_CONFIG, type PurgeChunk, Purges, type Tx, untilNotFull } from '@heliograph/kernel';
import { oldRows } from '@heliograph/tenants';
import { messageLetters } from '../dead-letters/message-letters.repository';
import { endedStates, stateList } from '../message-states';
import type { MessagingConfig } from '../messaging.config';

/** Days for which the row of a person under a frequency cap is kept after the last claim. No claim lasts as long. */
const keptGuardDays = 1;

/** Age in days after which the provider is no longer asked about a message of unknown outcome. */
const maxUnboundDays = 14;

const age = (column: string, days: string) => `${column} < heliograph_now() - ${days} * interval '1 day'`;

const ended = stateList(endedStates);

/** Tables whose rows belong to a message and are purged with it. */
const partsOfMessage = ['message_events', 'message_keys', 'message_members', 'poll_votes'];

/**
 * Deletes messages with their history and ids. A message stays while it is not final, while its group contains a message that is not final,
 * while a dead letter about it is open, and while its content guard holds. The counts of its group are reduced; those of a campaign are kept as
 * counts of what was purged.
 */
const messagesSql = `
WITH old AS MATERIALIZED (
  SELECT m.tenant_id, m.id, m.group_id, m.content_hash FROM unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id) JOIN messages m ON m.tenant_id = g.tenant_id AND m.id = g.id
  WHERE m.due_at IS NULL AND m.state IN ${ended} AND ${age('m.expires_at', '$3')}
    AND ${age('greatest(m.created_at, m.sent_at, m.delivered_at, m.read_at, m.played_at)', '$3')}
), open_group AS MATERIALIZED (
  SELECT c.tenant_id, c.group_id FROM (SELECT DISTINCT tenant_id, group_id FROM old WHERE group_id IS NOT NULL) o
  JOIN message_group_counts c ON c.tenant_id = o.tenant_id AND c.group_id = o.group_id
  WHERE c.state NOT IN ${ended} GROUP BY 1, 2 HAVING sum(c.count) > 0
), free AS MATERIALIZED (
  SELECT o.tenant_id, o.id FROM old o
  WHERE NOT EXISTS (SELECT 1 FROM open_group g WHERE g.tenant_id = o.tenant_id AND g.group_id = o.group_id)
    AND NOT ${openLetterOf(messageLetters, 'o.tenant_id', 'o.id::text')}
    AND NOT EXISTS (SELECT 1 FROM content_guards g WHERE g.tenant_id = o.tenant_id AND g.content_hash = o.content_hash AND g.message_id = o.id AND g.until > heliograph_now())
), message AS (
  DELETE FROM messages m USING free f WHERE m.tenant_id = f.tenant_id AND m.id = f.id AND m.state IN ${ended} RETURNING m.tenant_id, m.id, m.group_id, m.state
), ${partsOfMessage.map((table) => `${table} AS (DELETE FROM ${table} t USING message d WHERE t.tenant_id = d.tenant_id AND t.message_id = d.id RETURNING 1)`).join(', ')}, counted AS (
  INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
  SELECT tenant_id, group_id, pg_backend_pid() % 32, state, -count(*) FROM message WHERE group_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
  ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count
), outcome AS (
  DELETE FROM message_outcomes t USING message d WHERE t.tenant_id = d.tenant_id AND t.message_id = d.id RETURNING t.tenant_id, t.group_id, t.kind
), outcome_counted AS (
  INSERT INTO message_outcome_counts AS c (tenant_id, group_id, shard, kind, count)
  SELECT tenant_id, group_id, pg_backend_pid() % 32, kind, -count(*) FROM outcome GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
  ON CONFLICT (tenant_id, group_id, shard, kind) DO UPDATE SET count = c.count + excluded.count
), settled AS (
  INSERT INTO group_purged_counts AS c (tenant_id, group_id, kind, count)
  SELECT x.tenant_id, coalesce(g.parent_id, g.id), x.kind, count(*)
  FROM (SELECT tenant_id, group_id, state AS kind FROM message UNION ALL SELECT tenant_id, group_id, kind FROM outcome) x
  JOIN message_groups g ON g.tenant_id = x.tenant_id AND g.id = x.group_id AND g.kind = 'campaign'
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, group_id, kind) DO UPDATE SET count = c.count + excluded.count
)
SELECT (SELECT count(*) FROM message)::int AS messages, (SELECT count(*) FROM outcome)::int AS message_outcomes, ${partsOfMessage.map((table) => `(SELECT count(*) FROM ${table})::int AS ${table}`).join(', ')}`;

/** Locks groups, for which who puts messages into them waits: they are looked for afterwards. */
const lockGroupsSql = `
SELECT 1 FROM message_groups g JOIN unnest($1::uuid[], $2::uuid[]) AS o(tenant_id, id) ON g.tenant_id = o.tenant_id AND g.id = o.id
WHERE ${age('g.created_at', '$3')} ORDER BY g.tenant_id, g.id FOR UPDATE OF g`;

/** Deletes groups without messages. That of a campaign has none also before the start. */
const groupsSql = `
WITH emptied AS (
  DELETE FROM message_groups g USING unnest($1::uuid[], $2::uuid[]) AS o(tenant_id, id)
  WHERE g.tenant_id = o.tenant_id AND g.id = o.id AND ${age('g.created_at', '$3')}
    AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.tenant_id = g.tenant_id AND m.group_id = g.id)
    AND (g.kind <> 'campaign' OR g.state = 'cancelled' OR EXISTS (SELECT 1 FROM group_purged_counts p WHERE p.tenant_id = g.tenant_id AND p.group_id = g.id))
  RETURNING g.tenant_id, g.id
), lane_group AS (
  DELETE FROM lane_groups l USING emptied e WHERE l.tenant_id = e.tenant_id AND l.group_id = e.id
), group_end AS (
  DELETE FROM group_ends x USING emptied e WHERE x.tenant_id = e.tenant_id AND x.group_id = e.id
), outcome_count AS (
  DELETE FROM message_outcome_counts c USING emptied e WHERE c.tenant_id = e.tenant_id AND c.group_id = e.id
), count AS (
  DELETE FROM message_group_counts c USING emptied e WHERE c.tenant_id = e.tenant_id AND c.group_id = e.id RETURNING 1
)
SELECT (SELECT count(*) FROM emptied)::int AS message_groups, (SELECT count(*) FROM count)::int AS message_group_counts`;

/** Purges messages and the rows that belong to them. */
@Injectable()
export class MessageRetention {
  constructor(
    purges: Purges,
    @Inject(APP_CONFIG) private readonly config: Pick<MessagingConfig, 'MESSAGE_RETENTION_DAYS'>,
  ) {
    const keptDays = config.MESSAGE_RETENTION_DAYS;
    purges.register({
      table: 'messages',
      keptDays,
      purgeSome: (tx, limit, from) => this.purgeOld(tx, 'messages', messagesSql, limit, from),
    });
    purges.register({
      table: 'message_groups',
      keptDays,
      purgeSome: (tx, limit, from) => this.purgeOld(tx, 'message_groups', groupsSql, limit, from),
    });
    purges.register({ table: 'content_guards', purgeSome: (tx, limit) => this.purgeGuards(tx, limit) });
    purges.register({ table: 'recipient_guards', purgeSome: (tx, limit) => this.purgePersons(tx, limit) });
    purges.register({ table: 'lane_pauses', keptDays, purgeSome: (tx, limit) => this.purgePauses(tx, limit) });
    purges.register({ table: 'unbound_messages', purgeSome: (tx, limit) => this.purgeUnbound(tx, limit) });
  }

  private async purgeOld(tx: Tx, table: string, sql: string, limit: number, from: string | null): Promise<PurgeChunk> {
    const days = this.config.MESSAGE_RETENTION_DAYS;
    const { rows, next } = await oldRows(tx, table, days, limit, from);
    if (rows.length === 0) return { deleted: {}, next };
    const values = [rows.map((r) => r.tenantId), rows.map((r) => r.id), days];
    if (table === 'message_groups') await tx.query(lockGroupsSql, values);
    const [deleted] = await tx.query<Record<string, number>>(sql, values);
    return { deleted: deleted ?? {}, next };
  }

  private async purgeGuards(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM content_guards g USING (SELECT tenant_id, content_hash FROM content_guards WHERE until <= heliograph_now() LIMIT $1 FOR UPDATE SKIP LOCKED) x
       WHERE g.tenant_id = x.tenant_id AND g.content_hash = x.content_hash RETURNING 1`,
      [limit],
    );
    return untilNotFull('content_guards', rows.length, limit);
  }

  private async purgePersons(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM recipient_guards g USING (
         SELECT tenant_id, recipient FROM recipient_guards WHERE ${age('claimed_at', '$1')} LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE g.tenant_id = x.tenant_id AND g.recipient = x.recipient RETURNING 1`,
      [keptGuardDays, limit],
    );
    return untilNotFull('recipient_guards', rows.length, limit);
  }

  private async purgePauses(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM lane_pauses WHERE ctid = ANY (ARRAY(SELECT ctid FROM lane_pauses WHERE ${age('until_at', '$1')} LIMIT $2)) RETURNING 1`,
      [this.config.MESSAGE_RETENTION_DAYS, limit],
    );
    return untilNotFull('lane_pauses', rows.length, limit);
  }

  /** Stops the search for evidence about messages for which none was found in this time. */
  private async purgeUnbound(tx: Tx, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(
      `DELETE FROM unbound_messages u USING (
         SELECT session_id, echo_hash, message_id FROM unbound_messages WHERE ${age('called_at', '$1')} LIMIT $2 FOR UPDATE SKIP LOCKED) x
       WHERE u.session_id = x.session_id AND u.echo_hash = x.echo_hash AND u.message_id = x.message_id RETURNING 1`,
      [maxUnboundDays, limit],
    );
    return untilNotFull('unbound_messages', rows.length, limit);
  }
}
