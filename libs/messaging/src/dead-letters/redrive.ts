import { Injectable } from '@nestjs/common';
import { AppError, Database, newId, type Tx } from '@heliograph/kernel';
import { contentHash } from '../intake/content-hash';
import { LaneBell } from '../lanes/lane-bell';
import type { MessageBody } from '../message';
import { type DeadLetter, type DeadLetterFilter, type DeadLetterKind, readLetter } from './dead-letters';

/** How letters are sent on. */
export interface RedriveOptions {
  /** Who asked for it, kept with the letter. */
  actor: string;
  /** Needed for messages whose outcome is unknown: they may reach the person twice. */
  mayDuplicate?: boolean;
}

/** What is put right before a failed message is sent on. */
export interface RedriveEdit {
  /** Canonical address. */
  recipient?: string;
  body?: MessageBody;
}

/** Sends letters of another lib's kind on, in the given transaction. */
export type Redriver = (tx: Tx, tenantId: string, subjectIds: string[]) => Promise<void>;

/** Letters one redrive by filter takes at most, and per transaction; the rest takes another press. */
const mostPerRedrive = 10_000;
const chunkSize = 500;
/** Marks an unknown outcome: sending it again may be a second copy. */
const unknownOutcome = 'outcome_unknown';

/**
 * Sends dead letters on. A failed message becomes a new one with a fresh identity, which waits for its turn in its lane and passes
 * every check again; one of unknown outcome goes back to its lane itself. A second press finds the letter acted on.
 */
@Injectable()
export class Redrive {
  private readonly redrivers = new Map<DeadLetterKind, Redriver>();

  constructor(
    private readonly db: Database,
    private readonly bell: LaneBell,
  ) {}

  /** Names who sends letters of this kind on. */
  register(kind: DeadLetterKind, redriver: Redriver): void {
    this.redrivers.set(kind, redriver);
  }

  /** @throws AppError `not_found`, `already_redriven`, `may_duplicate_required`, `not_editable` */
  async one(tenantId: string, id: string, options: RedriveOptions, edit: RedriveEdit = {}): Promise<DeadLetter> {
    const { letter, sessionIds } = await this.db.forTenant(tenantId, async (tx) => {
      const known = await readLetter(tx, tenantId, id);
      if (known.cause === unknownOutcome && !options.mayDuplicate) {
        throw new AppError(
          'conflict',
          'may_duplicate_required',
          'The person may have got this message already. Say may_duplicate to send it again.',
          {
            path: 'may_duplicate',
          },
        );
      }
      if ((edit.recipient ?? edit.body) && (known.kind !== 'message' || known.cause === unknownOutcome)) {
        throw new AppError('unprocessable', 'not_editable', 'Only a message that failed can be changed and sent on.');
      }
      const mine = await this.take(tx, tenantId, [id], options.actor);
      if (mine.length === 0) throw new AppError('conflict', 'already_redriven', `The letter is ${known.state} already.`);
      return { sessionIds: await this.sendOn(tx, tenantId, mine, options.actor, edit), letter: await readLetter(tx, tenantId, id) };
    });
    sessionIds.forEach((sessionId) => this.bell.ring(sessionId));
    return letter;
  }

  /**
   * Sends on what the filter matches, oldest first, at most 10,000. Letters of unknown outcome are left out unless `mayDuplicate`.
   * @returns how many were sent on
   */
  async many(tenantId: string, filter: DeadLetterFilter, options: RedriveOptions): Promise<number> {
    let redriven = 0;
    while (redriven < mostPerRedrive) {
      const { count, sessionIds } = await this.db.forTenant(tenantId, async (tx) => {
        const rows = await tx.query<{ id: string }>(
          `SELECT id FROM dead_letters WHERE tenant_id = $1 AND state = 'open' AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR cause = $3)
             AND ($4::uuid IS NULL OR session_id = $4) AND ($5::uuid IS NULL OR group_id = $5) AND ($6 OR cause <> '${unknownOutcome}')
           ORDER BY created_at, id LIMIT $7 FOR UPDATE SKIP LOCKED`,
          [
            tenantId,
            filter.kind ?? null,
            filter.cause ?? null,
            filter.sessionId ?? null,
            filter.groupId ?? null,
            options.mayDuplicate ?? false,
            chunkSize,
          ],
        );
        const mine = await this.take(
          tx,
          tenantId,
          rows.map((row) => row.id),
          options.actor,
        );
        return { count: mine.length, sessionIds: await this.sendOn(tx, tenantId, mine, options.actor, {}) };
      });
      sessionIds.forEach((sessionId) => this.bell.ring(sessionId));
      redriven += count;
      if (count === 0) break;
    }
    return redriven;
  }

  /** One statement decides who acts on a letter. */
  private take(tx: Tx, tenantId: string, ids: string[], actor: string): Promise<Pick<DeadLetter, 'id' | 'kind' | 'cause' | 'subjectId'>[]> {
    return tx.query(
      `UPDATE dead_letters SET state = 'redriven', resolved_at = heliograph_now(), resolved_by = $3
       WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state = 'open' RETURNING id, kind, cause, subject_id AS "subjectId"`,
      [tenantId, ids, actor],
    );
  }

  /** @returns lanes that have work now */
  private async sendOn(
    tx: Tx,
    tenantId: string,
    letters: Pick<DeadLetter, 'id' | 'kind' | 'cause' | 'subjectId'>[],
    actor: string,
    edit: RedriveEdit,
  ): Promise<string[]> {
    const messages = letters.filter((letter) => letter.kind === 'message');
    const unknown = messages.filter((letter) => letter.cause === unknownOutcome);
    const failed = messages.filter((letter) => letter.cause !== unknownOutcome);
    for (const [kind, redriver] of this.redrivers) {
      const subjects = letters.filter((letter) => letter.kind === kind).map((letter) => letter.subjectId);
      if (subjects.length > 0) await redriver(tx, tenantId, subjects);
    }
    const lanes = [
      ...(await this.requeue(
        tx,
        tenantId,
        unknown.map((letter) => letter.subjectId),
        actor,
      )),
      ...(await this.copy(tx, tenantId, failed, edit)),
    ];
    const sessionIds = [...new Set(lanes)].sort();
    await tx.query(
      `UPDATE lanes l SET next_due_at = least(l.next_due_at, heliograph_now()), revision = l.revision + 1
       FROM (SELECT session_id FROM lanes WHERE session_id = ANY ($1::uuid[]) ORDER BY session_id FOR UPDATE) k WHERE l.session_id = k.session_id`,
      [sessionIds],
    );
    return sessionIds;
  }

  /** Messages of unknown outcome go back to their lanes. One that evidence has settled meanwhile stays as it is. */
  private async requeue(tx: Tx, tenantId: string, ids: string[], actor: string): Promise<string[]> {
    if (ids.length === 0) return [];
    const again = await tx.query<{ id: string; session_id: string }>(
      `UPDATE messages SET state = 'queued', cause = 'redriven', detail = $3, due_at = heliograph_now(), uncertain_since = NULL, tries = 0,
         expires_at = greatest(expires_at, heliograph_now() + interval '1 day')
       WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state = 'uncertain' RETURNING id, session_id`,
      [tenantId, ids, `by ${actor}`],
    );
    await tx.query(`DELETE FROM unbound_messages WHERE tenant_id = $1 AND message_id = ANY ($2::uuid[])`, [
      tenantId,
      again.map((m) => m.id),
    ]);
    return again.map((message) => message.session_id);
  }

  /** Failed messages become new ones. */
  private async copy(tx: Tx, tenantId: string, letters: Pick<DeadLetter, 'id' | 'subjectId'>[], edit: RedriveEdit): Promise<string[]> {
    if (letters.length === 0) return [];
    const hash = await this.hashOf(tx, tenantId, letters, edit);
    const rows = await tx.query<{ session_id: string }>(
      `WITH wanted AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS w(letter_id, old_id, new_id)), copied AS (
         INSERT INTO messages (tenant_id, id, session_id, group_id, created_at, due_at, expires_at, class, content_window_s, state, recipient, kind, body, content_hash, client_ref, tags, reply_to, redrive_of, origin)
         SELECT m.tenant_id, w.new_id, m.session_id, m.group_id, heliograph_now(), heliograph_now(), heliograph_now() + (m.expires_at - m.created_at), m.class, m.content_window_s, 'queued',
           coalesce($5, m.recipient), coalesce($6::jsonb->'content'->>'kind', m.kind), coalesce($6::jsonb, m.body), coalesce($7, m.content_hash), m.client_ref, m.tags, m.reply_to, m.id, m.origin
         FROM wanted w JOIN messages m ON m.tenant_id = $1 AND m.id = w.old_id RETURNING id, session_id
       ), noted AS (
         UPDATE dead_letters d SET redriven_to = w.new_id FROM wanted w WHERE d.tenant_id = $1 AND d.id = w.letter_id
       )
       SELECT session_id FROM copied`,
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
    return rows.map((row) => row.session_id);
  }

  /** What an edited message is guarded by; null: as before, or not at all. */
  private async hashOf(tx: Tx, tenantId: string, [letter]: Pick<DeadLetter, 'subjectId'>[], edit: RedriveEdit): Promise<Buffer | null> {
    if (!(edit.recipient ?? edit.body) || !letter) return null;
    const [old] = await tx.query<{ recipient: string; body: MessageBody; guarded: boolean }>(
      `SELECT recipient, body, content_hash IS NOT NULL AS guarded FROM messages WHERE tenant_id = $1 AND id = $2`,
      [tenantId, letter.subjectId],
    );
    return old?.guarded ? contentHash(edit.recipient ?? old.recipient, (edit.body ?? old.body).content) : null;
  }
}
