import { Injectable } from '@nestjs/common';
import {
  AppError,
  Database,
  List,
  listKeys,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  sqlConditions,
  type Sql,
  timeKey,
  type TransactionRange,
  type Tx,
} from '@heliograph/kernel';
import type { ToldMessageEvent } from '../events/message-events.repository';
import { type MessageClass, messageClasses, type MessageState } from '../message';

export const deadLetterKinds = ['message', 'hook', 'callback', 'event', 'broker'] as const;
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

/** A letter with what led to it. */
export interface DeadLetterDetail extends DeadLetter {
  /** Every change of state of the message it is about, oldest first; empty for other kinds. */
  trail: { at: Date; from: string; to: string; attempt: number; cause: string | null; detail: string | null }[];
}

/** A letter to be opened. A second one about the same subject is the same letter while it is open. */
export interface NewDeadLetter {
  tenantId: string;
  kind: DeadLetterKind;
  subjectId: string;
  sessionId: string | null;
  cause: string;
  detail: string | null;
}

/** What a letter's message is, for readers outside. */
export type LetterMessage = Pick<
  ToldMessageEvent,
  'sessionId' | 'groupId' | 'attempt' | 'recipient' | 'kind' | 'class' | 'clientRef' | 'tags' | 'origin'
> & { state: MessageState };

/** A letter that was just opened. */
export type OpenedLetter = Pick<DeadLetter, 'id' | 'kind' | 'subjectId' | 'sessionId' | 'groupId' | 'cause' | 'detail' | 'createdAt'> & {
  /** The transaction that wrote it. */
  tx: string;
  tenantId: string;
  message: LetterMessage | null;
};

const letterList = new List('dead_letters', listKeys.time, listKeys.id);
/** Letters deleted in one transaction. */
const purgeChunk = 5_000;
const columns = `id, kind, subject_id AS "subjectId", session_id AS "sessionId", group_id AS "groupId", cause, detail, created_at AS "createdAt", state,
  resolved_at AS "resolvedAt", resolved_by AS "resolvedBy", resolution, redriven_to AS "redrivenTo"`;

/** The dead letters of a tenant: opened, seen, grouped and put away; `Redrive` sends them on. A letter is acted on once, whoever presses first. */
@Injectable()
export class DeadLetters {
  constructor(private readonly db: Database) {}

  /** Opens letters in the caller's transaction. */
  async open(tx: Sql, letters: NewDeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await tx.query(
      `INSERT INTO dead_letters (tenant_id, kind, subject_id, session_id, cause, detail)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[]) ON CONFLICT (tenant_id, kind, subject_id) WHERE state = 'open' DO NOTHING`,
      [
        letters.map((l) => l.tenantId),
        letters.map((l) => l.kind),
        letters.map((l) => l.subjectId),
        letters.map((l) => l.sessionId),
        letters.map((l) => l.cause),
        letters.map((l) => l.detail),
      ],
    );
  }

  /** Closes open letters whose subject has settled itself, in the caller's transaction. */
  async resolve(tx: Sql, tenantId: string, kind: DeadLetterKind, subjectIds: string[], resolution: string): Promise<void> {
    await tx.query(
      `UPDATE dead_letters SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = 'system', resolution = $4
       WHERE tenant_id = $1 AND kind = $2 AND subject_id = ANY ($3) AND state = 'open'`,
      [tenantId, kind, subjectIds, resolution],
    );
  }

  /** Letters of these tenants that were opened in these transactions, oldest first; those about messages with what the message is. */
  async openedBetween(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<OpenedLetter[]> {
    const rows = await tx.prepared<
      DeadLetter & { tx: string; tenantId: string; message: (Omit<LetterMessage, 'class'> & { class: number }) | null }
    >(
      'letters_opened_between',
      `SELECT d.tx::text, d.tenant_id AS "tenantId", d.id, d.kind, d.subject_id AS "subjectId", d.session_id AS "sessionId", d.group_id AS "groupId", d.cause, d.detail, d.created_at AS "createdAt",
         CASE WHEN m.id IS NOT NULL THEN jsonb_build_object('sessionId', m.session_id, 'groupId', m.group_id, 'attempt', m.attempt, 'state', m.state, 'recipient', m.recipient, 'kind', m.kind,
           'class', m.class, 'clientRef', m.client_ref, 'tags', to_jsonb(coalesce(m.tags, '{}')), 'origin', m.origin) END AS message
       FROM dead_letters d LEFT JOIN messages m ON m.tenant_id = d.tenant_id AND m.id = CASE WHEN d.kind = 'message' THEN d.subject_id::uuid END
       WHERE d.tx >= $1 AND d.tx < $2 AND d.tenant_id = ANY ($3::uuid[]) ORDER BY d.created_at, d.id`,
      [from, to, tenantIds],
    );
    return rows.map(({ message, ...letter }) => ({
      ...letter,
      message: message && { ...message, class: messageClasses[message.class] as MessageClass },
    }));
  }

  /** Newest first. */
  list(tenantId: string, filter: DeadLetterFilter & { state?: string }, page: PageRequest): Promise<Page<DeadLetter>> {
    const [at, id] = letterList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, filter.state ?? 'open', ...(at ? [at, id] : []));
    const kind = given(filter.kind, (p) => `d.kind = ${p}`);
    const cause = given(filter.cause, (p) => `d.cause = ${p}`);
    // A cause of a kind has an index; one of them alone has not.
    const isServed = kind.length > 0 && cause.length > 0;
    return this.db.forTenant(tenantId, (tx) =>
      readPage<DeadLetter>(tx, letterList, page, {
        columns,
        from: 'dead_letters d',
        range: [
          'd.tenant_id = $1 AND d.state = $2',
          ...(at ? ['(d.created_at, d.id) < ($3::timestamptz, $4::uuid)'] : []),
          ...(isServed ? [...kind, ...cause] : []),
        ],
        checked: [
          ...(isServed ? [] : [...kind, ...cause]),
          ...given(filter.sessionId, (p) => `d.session_id = ${p}`),
          ...given(filter.groupId, (p) => `d.group_id = ${p}`),
        ],
        order: 'd.created_at DESC, d.id DESC',
        key: [timeKey('d.created_at'), 'd.id'],
        values,
      }),
    );
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
  get(tenantId: string, id: string): Promise<DeadLetterDetail> {
    return this.db.forTenant(tenantId, async (tx) => {
      const letter = await readLetter(tx, tenantId, id);
      const trail =
        letter.kind === 'message'
          ? await tx.query<DeadLetterDetail['trail'][number]>(
              `SELECT at, from_state AS "from", to_state AS "to", attempt, cause, detail FROM message_events WHERE tenant_id = $1 AND message_id = $2::uuid ORDER BY seq`,
              [tenantId, letter.subjectId],
            )
          : [];
      return { ...letter, trail };
    });
  }

  /** How many open letters a redrive by this filter would take. */
  async count(tenantId: string, filter: DeadLetterFilter, withUnknown: boolean): Promise<number> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM dead_letters WHERE tenant_id = $1 AND state = 'open' AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR cause = $3)
           AND ($4::uuid IS NULL OR session_id = $4) AND ($5::uuid IS NULL OR group_id = $5) AND ($6 OR cause <> 'outcome_unknown')`,
        [tenantId, filter.kind ?? null, filter.cause ?? null, filter.sessionId ?? null, filter.groupId ?? null, withUnknown],
      ),
    );
    return row?.count ?? 0;
  }

  /** Every letter that the filter matches, newest first, a page at a time. */
  async *export(tenantId: string, filter: DeadLetterFilter & { state?: string }): AsyncGenerator<DeadLetter[]> {
    for (let cursor: string | undefined; ;) {
      const { rows, next } = await this.list(tenantId, filter, { cursor, limit: 1_000 });
      if (rows.length > 0) yield rows;
      if (!next) return;
      cursor = next;
    }
  }

  /**
   * Deletes letters that are settled (sent on, put away, resolved) for longer than so many days; open ones stay.
   * @returns how many
   */
  async purge(tenantId: string, olderThanDays: number): Promise<number> {
    let purged = 0;
    for (let count = purgeChunk; count === purgeChunk; purged += count) {
      const rows = await this.db.forTenant(tenantId, (tx) =>
        tx.query(
          `DELETE FROM dead_letters d USING (SELECT id FROM dead_letters WHERE tenant_id = $1 AND state <> 'open' AND resolved_at <= heliograph_now() - $2 * interval '1 day' LIMIT $3) x
           WHERE d.tenant_id = $1 AND d.id = x.id RETURNING d.id`,
          [tenantId, olderThanDays, purgeChunk],
        ),
      );
      count = rows.length;
    }
    return purged;
  }

  /** Purges what the tenants' setting `dead_letter_days` no longer keeps. */
  async purgeKept(): Promise<{ tenantId: string; days: number; purged: number }[]> {
    const tenants = await this.db.query<{ tenantId: string; days: number }>(
      `SELECT id AS "tenantId", (settings->>'dead_letter_days')::int AS days FROM tenants WHERE settings->>'dead_letter_days' IS NOT NULL`,
    );
    const purged: { tenantId: string; days: number; purged: number }[] = [];
    for (const { tenantId, days } of tenants) purged.push({ tenantId, days, purged: await this.purge(tenantId, days) });
    return purged.filter((of) => of.purged > 0);
  }

  /** Puts a letter away. @throws AppError not_found, already_redriven */
  discard(tenantId: string, id: string, reason: string, actor: string): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await readLetter(tx, tenantId, id);
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
      return readLetter(tx, tenantId, id);
    });
  }
}

/** @throws AppError not_found */
export async function readLetter(tx: Sql, tenantId: string, id: string): Promise<DeadLetter> {
  const [letter] = await tx.query<DeadLetter>(`SELECT ${columns} FROM dead_letters WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
  if (!letter) throw notFound('dead letter');
  return letter;
}
