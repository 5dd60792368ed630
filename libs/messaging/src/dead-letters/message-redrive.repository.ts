import { Injectable } from '@nestjs/common';
import { suppressionOf } from '@heliograph/contacts';
import type { LetterOutlook, LetterStep, Successor, TakenLetter } from '@heliograph/dead-letters';
import { type Actor, newId, type Sql, type Tx } from '@heliograph/kernel';
import { isExemptSql, isSessionOpen, sessionOf } from '@heliograph/tenants';
import { pausedSinceSql } from '../groups/message-windows.repository';
import { laneGroupOf } from '../lanes/group-claims.repository';
import { contentHash } from '../intake/content-hash';
import { isOfCampaignSql, lostPersonSql, windowAnewSql } from '../groups/group-facts.repository';
import { nameActor, stepsOf } from '../history/message-events.repository';
import { lockLanesOf } from '../lanes/lane-waking.repository';
import type { MessageBody } from '../message';
import { mayMove } from '../message-states';

/** Members of a failed message that a person corrects before it is redriven. */
export interface MessageChange {
  /** Canonical address. */
  recipient?: string | undefined;
  body?: MessageBody | undefined;
}

/** Reason of a refusal: the message of the letter was deleted. */
const goneReason = 'message_deleted';

/** A message that was returned to its lane. */
interface Requeued {
  id: string;
  sessionId: string;
}

/** Reason of a refusal: the campaign of the message ended at its time, or was cancelled. */
const overReason = 'campaign_over';
/** SQL: true for a message of a campaign of which nothing more is sent. The expiry of its messages is its end, and pauses move it, also the one that it is in. */
const isCampaignOver = (m: string): string => `(${isOfCampaignSql(m)} AND (
  ${m}.expires_at + coalesce(${pausedSinceSql(`${m}.tenant_id`, `${m}.group_id`, `coalesce(${m}.pauses_counted_at, ${m}.created_at)`, true)}, interval '0') <= heliograph_now()
  OR EXISTS (SELECT 1 FROM message_groups cg WHERE cg.tenant_id = ${m}.tenant_id AND cg.id = ${m}.group_id AND cg.state = 'cancelled')))`;
/** SQL of the due time of the message at a place among $2, from 1 on: those of one redrive leave in the order that it has. */
const dueAt = (place: string): string => `heliograph_now() - (cardinality($2::uuid[]) - ${place}) * interval '1 microsecond'`;
/** Assignments of a message `m` among $2 that a person sends again, as SQL. $3 names the person. A message of a campaign still ends with the campaign. */
const requeued = `state = 'queued', cause = 'redriven', detail = $3, due_at = ${dueAt('array_position($2::uuid[], m.id)')}, tries = 0,
  expires_at = CASE WHEN ${isOfCampaignSql('m')} THEN m.expires_at ELSE greatest(m.expires_at, heliograph_now() + interval '1 day') END,
  window_ends_at = ${windowAnewSql('m')}`;
/** SQL: locks the messages $2 of tenant $1 that satisfy the condition, in the order of their ids. */
const lockedWhere = (condition: string): string =>
  `SELECT x.id FROM messages x WHERE x.tenant_id = $1 AND x.id = ANY ($2::uuid[]) AND ${condition} ORDER BY x.id FOR NO KEY UPDATE`;

/** Writes decisions about letters to their messages. */
@Injectable()
export class MessageRedrive {
  /** Fails a message of unknown outcome, because a person decided that it counts as not sent. */
  async discard(tx: Tx, tenantId: string, messageId: string, actor: Actor): Promise<void> {
    await tx.query(
      `UPDATE messages SET state = 'failed', cause = 'discarded', detail = NULL, uncertain_since = NULL WHERE tenant_id = $1 AND id = $2 AND ${mayMove('state', 'failed', 'person')}`,
      [tenantId, messageId],
    );
    await nameActor(tx, tenantId, actor, [messageId]);
  }

  /**
   * Foresees which messages would be suppressed again, and which would wait for their session. One that was deleted, whose campaign is over, whose group is cancelled,
   * whose person the undo of an import took back, or whose person lacks the consent that the group needs is refused whatever is corrected.
   */
  async foresee(sql: Sql, tenantId: string, letters: TakenLetter[]): Promise<LetterOutlook[]> {
    return sql.query<LetterOutlook>(
      `SELECT w.letter_id AS "letterId", coalesce(never.cause, held.cause) AS refused, never.cause IS NOT NULL AS "isFinal",
         CASE WHEN NOT (${isSessionOpen('s')}) THEN m.session_id END AS "waitsFor"
       FROM unnest($2::uuid[], $3::uuid[]) AS w(letter_id, message_id)
       LEFT JOIN messages m ON m.tenant_id = $1 AND m.id = w.message_id
       LEFT JOIN ${sessionOf('s', 'm')}
       LEFT JOIN message_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
       CROSS JOIN LATERAL (SELECT CASE WHEN m.id IS NULL THEN '${goneReason}' WHEN ${isCampaignOver('m')} THEN '${overReason}' WHEN g.state = 'cancelled' THEN 'group_cancelled'
         ELSE ${lostPersonSql('m')} END AS cause) never
       LEFT JOIN LATERAL (${suppressionOf('m.tenant_id', 'm.recipient', isExemptSql('m.tenant_id', 'm.class'), 'heliograph_now()')}) held ON never.cause IS NULL`,
      [tenantId, letters.map((letter) => letter.id), letters.map((letter) => letter.subjectId)],
    );
  }

  /** Reads every change of state of the message, oldest first. */
  trail(tx: Tx, tenantId: string, messageId: string): Promise<LetterStep[]> {
    return stepsOf(tx, tenantId, messageId);
  }

  /** Locks the lanes of the messages, in the order of their ids: claims and settlements hold lanes when they change messages. */
  async lockLanes(tx: Tx, tenantId: string, ids: string[]): Promise<void> {
    await tx.query(lockLanesOf('SELECT session_id FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[])'), [tenantId, ids]);
  }

  /**
   * Returns messages of unknown outcome to their lanes. Messages that evidence has settled in the meantime stay as they are. Those of campaigns get
   * their windows anew.
   */
  async requeue(tx: Tx, tenantId: string, ids: string[], actor: Actor): Promise<string[]> {
    if (ids.length === 0) return [];
    const again = await tx.query<Requeued>(
      `UPDATE messages m SET ${requeued}, uncertain_since = NULL FROM (${lockedWhere(mayMove('x.state', 'queued', 'person', ['uncertain']))}) x
       WHERE m.tenant_id = $1 AND m.id = x.id RETURNING m.id, m.session_id AS "sessionId"`,
      [tenantId, ids, `by ${actor.name}`],
    );
    return this.named(tx, tenantId, actor, again);
  }

  /**
   * Returns failed messages of campaigns to their lanes: a person of an audience has one message, and its outcome is theirs. Ids that the provider gave
   * to the attempts before no longer lead to the message. Messages of other origins stay as they are.
   */
  async requeueOfCampaigns(tx: Tx, tenantId: string, letters: TakenLetter[], actor: Actor, edit: MessageChange): Promise<string[]> {
    if (letters.length === 0) return [];
    const hash = await this.hashOf(tx, tenantId, letters, edit);
    const again = await tx.query<Requeued>(
      `WITH again AS (
         UPDATE messages m SET ${requeued}, sent_at = NULL, provider_message_id = NULL, recipient = coalesce($4, m.recipient),
           kind = coalesce($5::jsonb->'content'->>'kind', m.kind), body = coalesce($5::jsonb, m.body), content_hash = coalesce($6, m.content_hash),
           source = CASE WHEN $5::jsonb IS NULL THEN m.source END
         FROM (${lockedWhere(`${isOfCampaignSql('x')} AND ${mayMove('x.state', 'queued', 'person', ['failed'])}`)}) x
         WHERE m.tenant_id = $1 AND m.id = x.id
         RETURNING m.id, m.session_id
       ), keys AS (
         DELETE FROM message_keys k USING again a WHERE k.tenant_id = $1 AND k.message_id = a.id
       ), unbound AS (
         DELETE FROM unbound_messages u USING again a WHERE u.session_id = a.session_id AND u.message_id = a.id
       ) SELECT id, session_id AS "sessionId" FROM again`,
      [
        tenantId,
        letters.map((letter) => letter.subjectId),
        `by ${actor.name}`,
        edit.recipient ?? null,
        edit.body ? JSON.stringify(edit.body) : null,
        hash,
      ],
    );
    return this.named(tx, tenantId, actor, again);
  }

  private async named(tx: Tx, tenantId: string, actor: Actor, again: Requeued[]): Promise<string[]> {
    await nameActor(
      tx,
      tenantId,
      actor,
      again.map(({ id }) => id),
    );
    return again.map(({ sessionId }) => sessionId);
  }

  /**
   * Copies failed messages to new ones, but those of campaigns. A body that exists is sent again as it was; without one, the new message's body is made of the same
   * source.
   */
  async copy(tx: Tx, tenantId: string, letters: TakenLetter[], edit: MessageChange): Promise<(Successor & { sessionId: string })[]> {
    if (letters.length === 0) return [];
    const hash = await this.hashOf(tx, tenantId, letters, edit);
    return tx.query<Successor & { sessionId: string }>(
      `WITH wanted AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) WITH ORDINALITY AS w(letter_id, old_id, new_id, place)), copied AS (
         INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, created_at, due_at, expires_at, class, content_window_s, state, recipient, kind, body, content_hash, client_ref, tags, reply_to, redrive_of, origin, source)
         SELECT m.tenant_id, w.new_id, m.session_id, m.group_id, ${laneGroupOf('m')}, heliograph_now(), ${dueAt('w.place')}, heliograph_now() + (m.expires_at - m.created_at), m.class, m.content_window_s, 'queued',
           coalesce($5, m.recipient), coalesce($6::jsonb->'content'->>'kind', m.kind), coalesce($6::jsonb, m.body), coalesce($7, m.content_hash), m.client_ref, m.tags, m.reply_to, m.id, m.origin,
           CASE WHEN $6::jsonb IS NULL THEN m.source END
         FROM wanted w JOIN messages m ON m.tenant_id = $1 AND m.id = w.old_id AND NOT ${isOfCampaignSql('m')} RETURNING id, session_id
       )
       SELECT w.letter_id AS "letterId", w.new_id AS "subjectId", c.session_id AS "sessionId" FROM wanted w JOIN copied c ON c.id = w.new_id`,
      [
        tenantId,
        letters.map((letter) => letter.id),
        letters.map((letter) => letter.subjectId),
        letters.map(() => newId()),
        edit.recipient ?? null,
        edit.body ? JSON.stringify(edit.body) : null,
        hash,
      ],
    );
  }

  /** Returns the hash that guards an edited message; null when the old one still holds, or when the message is not guarded. */
  private async hashOf(tx: Tx, tenantId: string, [letter]: TakenLetter[], edit: MessageChange): Promise<Buffer | null> {
    if (!(edit.recipient ?? edit.body) || !letter) return null;
    const [old] = await tx.query<{ recipient: string; body: MessageBody | null; guarded: boolean }>(
      `SELECT recipient, body, content_window_s IS NOT NULL AS guarded FROM messages WHERE tenant_id = $1 AND id = $2`,
      [tenantId, letter.subjectId],
    );
    const body = edit.body ?? old?.body;
    return old?.guarded && body ? contentHash(edit.recipient ?? old.recipient, body.content) : null;
  }
}
