import { Injectable } from '@nestjs/common';
import { inCountry, keepContactsSql, suppressionOf } from '@heliograph/contacts';
import type { LetterOutlook, LetterRepair, LetterStep, Successor, TakenLetter } from '@heliograph/dead-letters';
import { type Actor, newId, type Sql, type Tx } from '@heliograph/kernel';
import { isExemptSql, isSessionKept, isSessionOpen, sessionOf } from '@heliograph/tenants';
import { pausedSinceSql } from '../groups/message-windows.repository';
import { laneGroupOf } from '../lanes/group-claims.repository';
import { contentHash } from '../intake/content-hash';
import { isOfCampaignSql, lostPersonSql, windowAnewSql } from '../groups/group-facts.repository';
import { nameActor, stepsOf } from '../history/message-events.repository';
import { lockLanesOf } from '../lanes/lane-waking.repository';
import type { MessageBody } from '../message';
import { mayMove } from '../message-states';

/** Corrections of a person to failed messages, made before they are redriven. */
export interface MessageChange {
  /** Canonical address of the one message. */
  recipient?: string | undefined;
  body?: MessageBody | undefined;
  repair?: LetterRepair | undefined;
}

/** Reason of a refusal: the message of the letter was deleted. */
const goneReason = 'message_deleted';
/** Reason of a refusal: the numbers of a campaign are those of its plan. */
const ofCampaign = 'of_campaign';
/** Reason of a refusal: read as a national number of the country, the recipient is none, or stays what it is. */
const noOtherNumber = 'no_other_number';
/** Reason of a refusal: the session that was to send instead was deleted. */
const sessionGone = 'session_deleted';

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
   * whose person the undo of an import took back, or whose person lacks the consent that the group needs is refused whatever is corrected. One that the repair does not
   * fit is refused as well.
   */
  async foresee(sql: Sql, tenantId: string, letters: TakenLetter[], repair: LetterRepair = {}): Promise<LetterOutlook[]> {
    const recipients = await this.recipientsOf(sql, tenantId, letters, { repair });
    return sql.query<LetterOutlook>(
      `SELECT w.letter_id AS "letterId", coalesce(never.cause, unfit.cause, held.cause) AS refused, never.cause IS NOT NULL AS "isFinal",
         CASE WHEN NOT (${isSessionOpen('s')}) THEN s.id END AS "waitsFor"
       FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS w(letter_id, message_id, recipient)
       LEFT JOIN messages m ON m.tenant_id = $1 AND m.id = w.message_id
       CROSS JOIN LATERAL (SELECT m.tenant_id, coalesce($5::uuid, m.session_id) AS session_id, CASE WHEN $6 THEN w.recipient ELSE m.recipient END AS recipient) r
       LEFT JOIN ${sessionOf('s', 'r')}
       LEFT JOIN message_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
       CROSS JOIN LATERAL (SELECT CASE WHEN m.id IS NULL THEN '${goneReason}' WHEN ${isCampaignOver('m')} THEN '${overReason}' WHEN g.state = 'cancelled' THEN 'group_cancelled'
         ELSE ${lostPersonSql('m')} END AS cause) never
       CROSS JOIN LATERAL (SELECT CASE WHEN $5::uuid IS NOT NULL AND ${isOfCampaignSql('m')} THEN '${ofCampaign}'
         WHEN $5::uuid IS NOT NULL AND (s.id IS NULL OR NOT (${isSessionKept('s')})) THEN '${sessionGone}'
         WHEN r.recipient IS NULL THEN '${noOtherNumber}' END AS cause) unfit
       LEFT JOIN LATERAL (${suppressionOf('m.tenant_id', 'r.recipient', isExemptSql('m.tenant_id', 'm.class'), 'heliograph_now()')}) held ON never.cause IS NULL AND unfit.cause IS NULL`,
      [
        tenantId,
        letters.map((letter) => letter.id),
        letters.map((letter) => letter.subjectId),
        recipients,
        repair.sessionId ?? null,
        !!repair.country,
      ],
    );
  }

  /**
   * Locks the contacts of the messages until the transaction ends, before their lanes, as the undo of an import does: one that comes later finds what is
   * sent again. @returns the reasons, by letter, for which no person is left to send to
   */
  async holdPeople(tx: Tx, tenantId: string, letters: TakenLetter[]): Promise<Map<string, string>> {
    const values = [tenantId, letters.map((letter) => letter.subjectId)];
    // In a statement of its own: the next one sees what the undo before it committed.
    await tx.query(
      keepContactsSql(
        '$1',
        `SELECT (m.origin ->> 'contactId')::uuid AS id FROM messages m WHERE m.tenant_id = $1 AND m.id = ANY ($2::uuid[])`,
      ),
      values,
    );
    const lost = await tx.query<{ letterId: string; cause: string }>(
      `SELECT w.letter_id AS "letterId", p.cause FROM unnest($2::uuid[], $3::uuid[]) AS w(message_id, letter_id) JOIN messages m ON m.tenant_id = $1 AND m.id = w.message_id
       CROSS JOIN LATERAL (SELECT ${lostPersonSql('m')} AS cause) p WHERE p.cause IS NOT NULL`,
      [...values, letters.map((letter) => letter.id)],
    );
    return new Map(lost.map(({ letterId, cause }) => [letterId, cause]));
  }

  /** Reads every change of state of the message, oldest first. */
  trail(tx: Tx, tenantId: string, messageId: string): Promise<LetterStep[]> {
    return stepsOf(tx, tenantId, messageId);
  }

  /**
   * Locks the lanes of the messages, in the order of their ids: claims and settlements hold lanes when they change messages.
   * @param takingId session that sends them instead; its lane is made when it has none
   */
  async lockLanes(tx: Tx, tenantId: string, ids: string[], takingId: string | null): Promise<void> {
    if (takingId)
      await tx.query(`INSERT INTO lanes (session_id, tenant_id) VALUES ($2, $1) ON CONFLICT (session_id) DO NOTHING`, [tenantId, takingId]);
    await tx.query(
      lockLanesOf(
        'SELECT session_id FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) UNION ALL SELECT $3::uuid WHERE $3 IS NOT NULL',
      ),
      [tenantId, ids, takingId],
    );
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
    const recipients = await this.recipientsOf(tx, tenantId, letters, edit);
    const hashes = await this.hashesOf(tx, tenantId, letters, recipients, edit);
    const again = await tx.query<Requeued>(
      `WITH again AS (
         UPDATE messages m SET ${requeued}, sent_at = NULL, provider_message_id = NULL, recipient = coalesce(w.recipient, m.recipient),
           kind = coalesce($5::jsonb->'content'->>'kind', m.kind), body = coalesce($5::jsonb, m.body), content_hash = coalesce(w.hash, m.content_hash),
           source = CASE WHEN $5::jsonb IS NULL THEN m.source END
         FROM (${lockedWhere(`${isOfCampaignSql('x')} AND ${mayMove('x.state', 'queued', 'person', ['failed'])}`)}) x
           JOIN unnest($2::uuid[], $4::text[], $6::bytea[]) AS w(id, recipient, hash) ON w.id = x.id
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
        recipients,
        edit.body ? JSON.stringify(edit.body) : null,
        hashes,
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
    const recipients = await this.recipientsOf(tx, tenantId, letters, edit);
    const hashes = await this.hashesOf(tx, tenantId, letters, recipients, edit);
    return tx.query<Successor & { sessionId: string }>(
      `WITH wanted AS (
         SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $7::bytea[]) WITH ORDINALITY AS w(letter_id, old_id, new_id, recipient, hash, place)
       ), copied AS (
         INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, created_at, due_at, expires_at, class, content_window_s, state, recipient, kind, body, content_hash, client_ref, tags, reply_to, redrive_of, origin, source)
         SELECT m.tenant_id, w.new_id, coalesce($8, m.session_id), m.group_id, ${laneGroupOf('m')}, heliograph_now(), ${dueAt('w.place')}, heliograph_now() + (m.expires_at - m.created_at), m.class, m.content_window_s, 'queued',
           coalesce(w.recipient, m.recipient), coalesce($6::jsonb->'content'->>'kind', m.kind), coalesce($6::jsonb, m.body), coalesce(w.hash, m.content_hash), m.client_ref, m.tags,
           -- Another session did not get the message that is quoted.
           CASE WHEN coalesce($8::uuid, m.session_id) = m.session_id THEN m.reply_to END, m.id, m.origin,
           CASE WHEN $6::jsonb IS NULL THEN m.source END
         FROM wanted w JOIN messages m ON m.tenant_id = $1 AND m.id = w.old_id AND NOT ${isOfCampaignSql('m')} RETURNING id, session_id
       )
       SELECT w.letter_id AS "letterId", w.new_id AS "subjectId", c.session_id AS "sessionId" FROM wanted w JOIN copied c ON c.id = w.new_id`,
      [
        tenantId,
        letters.map((letter) => letter.id),
        letters.map((letter) => letter.subjectId),
        letters.map(() => newId()),
        recipients,
        edit.body ? JSON.stringify(edit.body) : null,
        hashes,
        edit.repair?.sessionId ?? null,
      ],
    );
  }

  /** Returns the new recipients of the messages of these letters, in their order; null: it stays, or the repair finds none. */
  private async recipientsOf(
    sql: Sql,
    tenantId: string,
    letters: TakenLetter[],
    { recipient, repair }: MessageChange,
  ): Promise<(string | null)[]> {
    const { country } = repair ?? {};
    if (country === undefined) return letters.map(() => recipient ?? null);
    const rows = await sql.query<{ id: string; recipient: string }>(
      `SELECT id, recipient FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
      [tenantId, letters.map((letter) => letter.subjectId)],
    );
    const known = new Map(rows.map((row) => [row.id, inCountry(row.recipient, country)]));
    return letters.map(({ subjectId }) => known.get(subjectId) ?? null);
  }

  /** Returns the hashes that guard changed messages, in the order of the letters; null when the old one still holds, or when a message is not guarded. */
  private async hashesOf(
    tx: Tx,
    tenantId: string,
    letters: TakenLetter[],
    recipients: (string | null)[],
    { body }: MessageChange,
  ): Promise<(Buffer | null)[]> {
    const changed = letters.filter((_, i) => body ?? recipients[i]);
    if (changed.length === 0) return letters.map(() => null);
    const rows = await tx.query<{ id: string; recipient: string; body: MessageBody | null }>(
      `SELECT id, recipient, body FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND content_window_s IS NOT NULL`,
      [tenantId, changed.map((letter) => letter.subjectId)],
    );
    const guarded = new Map(rows.map((row) => [row.id, row]));
    return letters.map(({ subjectId }, i) => {
      const old = guarded.get(subjectId);
      const says = body ?? old?.body;
      return old && says && (body ?? recipients[i]) ? contentHash(recipients[i] ?? old.recipient, says.content) : null;
    });
  }
}
