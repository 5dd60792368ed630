import { Injectable } from '@nestjs/common';
import { AppError, Database, newId, notFound, type Tx } from '@heliograph/kernel';
import { LaneBell } from '../lanes/lane-bell';

export const deadLetterKinds = ['message', 'hook', 'callback'] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

/** Work that needs a person. */
export interface DeadLetter {
  id: string;
  kind: DeadLetterKind;
  subjectId: string;
  sessionId: string | null;
  groupId: string | null;
  cause: string;
  detail: string | null;
  createdAt: Date;
  state: 'open' | 'redriven' | 'discarded' | 'resolved';
  resolvedAt: Date | null;
  resolvedBy: string | null;
  resolution: string | null;
  redrivenTo: string | null;
}

/** What a list or a redrive is narrowed to. */
export interface DeadLetterFilter {
  kind?: DeadLetterKind | undefined;
  cause?: string | undefined;
  sessionId?: string | undefined;
  groupId?: string | undefined;
}

/** How one letter is redriven. */
export interface RedriveOptions {
  /** Who asked for it, kept with the letter. */
  actor: string;
  /** Needed for messages whose outcome is unknown: they may reach the person twice. */
  mayDuplicate?: boolean;
  /** Another recipient, canonical, for a message that failed for its address. */
  recipient?: string;
}

const columns = `id, kind, subject_id AS "subjectId", session_id AS "sessionId", group_id AS "groupId", cause, detail, created_at AS "createdAt", state,
  resolved_at AS "resolvedAt", resolved_by AS "resolvedBy", resolution, redriven_to AS "redrivenTo"`;
/** Letters one redrive-by-filter takes at most; the rest takes another press. */
const mostPerRedrive = 10_000;

/** The dead letters of a tenant: seen, grouped, sent on or put away. A letter is acted on once, whoever presses first. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly db: Database,
    private readonly bell: LaneBell,
  ) {}

  /** Newest first; the cursor is `createdAt|id` of the last row. */
  list(
    tenantId: string,
    filter: DeadLetterFilter & { state?: string },
    page: { cursor?: string | undefined; limit: number },
  ): Promise<{ rows: DeadLetter[]; next: string | null }> {
    const [at, id] = page.cursor?.split('|') ?? [];
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<DeadLetter>(
        `SELECT ${columns} FROM dead_letters WHERE tenant_id = $1 AND state = $2 AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR cause = $4)
           AND ($5::uuid IS NULL OR session_id = $5) AND ($6::uuid IS NULL OR group_id = $6) AND ($7::timestamptz IS NULL OR (created_at, id) < ($7, $8::uuid))
         ORDER BY created_at DESC, id DESC LIMIT $9`,
        [
          tenantId,
          filter.state ?? 'open',
          filter.kind ?? null,
          filter.cause ?? null,
          filter.sessionId ?? null,
          filter.groupId ?? null,
          at ?? null,
          id ?? null,
          page.limit + 1,
        ],
      );
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      return { rows: shown, next: rows.length > page.limit && last ? `${last.createdAt.toISOString()}|${last.id}` : null };
    });
  }

  /** Open letters by kind and cause. */
  groupByCause(tenantId: string): Promise<{ kind: DeadLetterKind; cause: string; count: number; firstAt: Date; lastAt: Date }[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `SELECT kind, cause, count(*)::int AS count, min(created_at) AS "firstAt", max(created_at) AS "lastAt" FROM dead_letters WHERE tenant_id = $1 AND state = 'open' GROUP BY 1, 2 ORDER BY 3 DESC`,
        [tenantId],
      ),
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, (tx) => this.read(tx, tenantId, id));
  }

  /**
   * Sends one letter on. A failed message becomes a new message with a fresh identity; one of unknown outcome goes back to
   * its lane itself; a hook is read again.
   * @throws AppError not_found, already_redriven, may_duplicate_required
   */
  async redrive(tenantId: string, id: string, options: RedriveOptions): Promise<DeadLetter> {
    const sessionIds: string[] = [];
    const letter = await this.db.forTenant(tenantId, async (tx) => {
      const known = await this.read(tx, tenantId, id);
      if (known.cause === 'outcome_unknown' && !options.mayDuplicate) {
        throw new AppError(
          'conflict',
          'may_duplicate_required',
          'The person may have got this message already. Say may_duplicate to send it again.',
          { path: 'may_duplicate' },
        );
      }
      const [mine] = await tx.query(
        `UPDATE dead_letters SET state = 'redriven', resolved_at = heliograph_now(), resolved_by = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'open' RETURNING id`,
        [tenantId, id, options.actor],
      );
      if (!mine) throw new AppError('conflict', 'already_redriven', `The letter is ${known.state} already.`);
      await this.sendOn(tx, tenantId, known, options);
      if (known.sessionId) sessionIds.push(known.sessionId);
      return this.read(tx, tenantId, id);
    });
    sessionIds.forEach((sessionId) => this.bell.ring(sessionId));
    return letter;
  }

  /**
   * Sends on what the filter matches, oldest first, at most 10,000. Letters of unknown outcome are left out unless `mayDuplicate`.
   * @returns how many were sent on
   */
  async redriveMany(tenantId: string, filter: DeadLetterFilter, options: RedriveOptions): Promise<number> {
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ id: string }>(
        `SELECT id FROM dead_letters WHERE tenant_id = $1 AND state = 'open' AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR cause = $3)
           AND ($4::uuid IS NULL OR session_id = $4) AND ($5::uuid IS NULL OR group_id = $5) AND ($6 OR cause <> 'outcome_unknown') ORDER BY created_at, id LIMIT $7`,
        [
          tenantId,
          filter.kind ?? null,
          filter.cause ?? null,
          filter.sessionId ?? null,
          filter.groupId ?? null,
          options.mayDuplicate ?? false,
          mostPerRedrive,
        ],
      ),
    );
    let redriven = 0;
    for (const { id } of rows) {
      try {
        await this.redrive(tenantId, id, options);
        redriven++;
      } catch (error) {
        // Somebody else was faster with this one.
        if (!(error instanceof AppError && error.reason === 'already_redriven')) throw error;
      }
    }
    return redriven;
  }

  /** Puts a letter away. @throws AppError not_found, already_redriven */
  discard(tenantId: string, id: string, reason: string, actor: string): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await this.read(tx, tenantId, id);
      const [mine] = await tx.query(
        `UPDATE dead_letters SET state = 'discarded', resolved_at = heliograph_now(), resolved_by = $3, resolution = $4 WHERE tenant_id = $1 AND id = $2 AND state = 'open' RETURNING id`,
        [tenantId, id, actor, reason],
      );
      if (!mine) throw new AppError('conflict', 'already_redriven', `The letter is ${known.state} already.`);
      if (known.cause === 'outcome_unknown') {
        // A person decided that it counts as not sent.
        await tx.query(
          `UPDATE messages SET state = 'failed', cause = 'discarded', detail = NULL, uncertain_since = NULL WHERE tenant_id = $1 AND id = $2 AND state = 'uncertain'`,
          [tenantId, known.subjectId],
        );
      }
      return this.read(tx, tenantId, id);
    });
  }

  private async sendOn(tx: Tx, tenantId: string, letter: DeadLetter, options: RedriveOptions): Promise<void> {
    if (letter.kind === 'hook') {
      await tx.query(`UPDATE hook_inbox SET processed_at = NULL, outcome = NULL, tries = 0 WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        letter.subjectId,
      ]);
      return;
    }
    if (letter.kind !== 'message') return;
    if (letter.cause === 'outcome_unknown') {
      const [again] = await tx.query<{ session_id: string }>(
        `UPDATE messages SET state = 'queued', cause = 'redriven', detail = $3, due_at = heliograph_now(), uncertain_since = NULL, tries = 0,
           expires_at = greatest(expires_at, heliograph_now() + interval '1 day')
         WHERE tenant_id = $1 AND id = $2 AND state = 'uncertain' RETURNING session_id`,
        [tenantId, letter.subjectId, `by ${options.actor}`],
      );
      if (!again) throw new AppError('conflict', 'already_redriven', 'The message has been resolved meanwhile.');
      await tx.query(`DELETE FROM unbound_messages WHERE tenant_id = $1 AND message_id = $2`, [tenantId, letter.subjectId]);
      await this.wake(tx, again.session_id);
      return;
    }
    const id = newId();
    const [copy] = await tx.query<{ session_id: string }>(
      `INSERT INTO messages (tenant_id, id, session_id, group_id, created_at, due_at, expires_at, class, content_window_s, state, recipient, kind, body, content_hash, client_ref, tags, reply_to, redrive_of)
       SELECT tenant_id, $3, session_id, group_id, heliograph_now(), heliograph_now(), heliograph_now() + (expires_at - created_at), class, content_window_s, 'queued', coalesce($4, recipient), kind, body,
         content_hash, client_ref, tags, reply_to, id
       FROM messages WHERE tenant_id = $1 AND id = $2 RETURNING session_id`,
      [tenantId, letter.subjectId, id, options.recipient ?? null],
    );
    if (!copy) throw notFound('message');
    await tx.query(`UPDATE dead_letters SET redriven_to = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, letter.id, id]);
    await this.wake(tx, copy.session_id);
  }

  private async wake(tx: Tx, sessionId: string): Promise<void> {
    await tx.query(`UPDATE lanes SET next_due_at = least(next_due_at, heliograph_now()), revision = revision + 1 WHERE session_id = $1`, [
      sessionId,
    ]);
  }

  private async read(tx: Tx, tenantId: string, id: string): Promise<DeadLetter> {
    const [letter] = await tx.query<DeadLetter>(`SELECT ${columns} FROM dead_letters WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    if (!letter) throw notFound('dead letter');
    return letter;
  }
}
