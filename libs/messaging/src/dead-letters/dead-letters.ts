import { Injectable, Logger } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  Database,
  List,
  listKeys,
  notFound,
  type Page,
  type PageRequest,
  type PurgeChunk,
  readPage,
  sqlConditions,
  type Sql,
  storedActor,
  timeKey,
  type TransactionRange,
  type Tx,
} from '@heliograph/kernel';
import { nameActor, stepsOf, type ToldMessageEvent } from '../events/message-events.repository';
import type { MessageStep } from '../events/step-actor';
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
  resolvedBy: Actor | null;
  resolution: string | null;
  redrivenTo: string | null;
  /** How often the same content came while it was open. */
  seen: number;
  /** Time it came last; null: it came once. */
  lastSeenAt: Date | null;
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
  trail: MessageStep[];
}

/** A letter to be opened. A second one about the same subject, or with the same content, is the same letter while it is open; contents are counted. */
export interface NewDeadLetter {
  tenantId: string;
  kind: DeadLetterKind;
  subjectId: string;
  sessionId: string | null;
  cause: string;
  detail: string | null;
  /** SHA-256 of what came, where it has no id by which it could be known again. */
  contentHash?: Buffer;
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
  resolved_at AS "resolvedAt", ${actorColumn('resolved_by', { oldSystemNames: ['system', 'evidence'] })} AS "resolvedBy", resolution, redriven_to AS "redrivenTo", seen, last_seen_at AS "lastSeenAt"`;

/** SQL: whether a letter about this subject is open. What it is about must be kept until a person has decided. */
export const openLetterOf = (kind: DeadLetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind}' AND d.subject_id = ${subjectId} AND d.state = 'open')`;

/** The dead letters of a tenant: opened, seen, grouped and put away; `Redrive` sends them on. A letter is acted on once, whoever presses first. */
@Injectable()
export class DeadLetters {
  private readonly log = new Logger(DeadLetters.name);

  constructor(private readonly db: Database) {}

  /** Opens letters in the caller's transaction. */
  async open(tx: Sql, letters: NewDeadLetter[]): Promise<void> {
    await this.openByContent(
      tx,
      letters.filter((l) => l.contentHash),
    );
    await this.openBySubject(
      tx,
      letters.filter((l) => !l.contentHash),
    );
  }

  private async openBySubject(tx: Sql, letters: NewDeadLetter[]): Promise<void> {
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

  private async openByContent(tx: Sql, letters: NewDeadLetter[]): Promise<void> {
    const same = [...Map.groupBy(letters, (l) => `${l.tenantId}/${l.kind}/${l.contentHash?.toString('hex')}`).values()];
    if (same.length === 0) return;
    const firsts = same.map(([first]) => first as NewDeadLetter);
    await tx.query(
      `INSERT INTO dead_letters AS d (tenant_id, kind, subject_id, session_id, cause, detail, content_hash, seen, last_seen_at)
       SELECT tenant_id, kind, subject_id, session_id, cause, detail, content_hash, seen, CASE WHEN seen > 1 THEN heliograph_now() END
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::int[]) AS l(tenant_id, kind, subject_id, session_id, cause, detail, content_hash, seen)
       ORDER BY tenant_id, kind, content_hash
       ON CONFLICT (tenant_id, kind, content_hash) WHERE state = 'open' AND content_hash IS NOT NULL
       DO UPDATE SET seen = least(d.seen::bigint + excluded.seen, 2147483647), last_seen_at = heliograph_now()`,
      [
        firsts.map((l) => l.tenantId),
        firsts.map((l) => l.kind),
        firsts.map((l) => l.subjectId),
        firsts.map((l) => l.sessionId),
        firsts.map((l) => l.cause),
        firsts.map((l) => l.detail),
        firsts.map((l) => l.contentHash),
        same.map((all) => all.length),
      ],
    );
  }

  /** Closes open letters whose subject has settled itself, in the caller's transaction. */
  async resolve(tx: Sql, tenantId: string, kind: DeadLetterKind, subjectIds: string[], resolution: string, actor: Actor): Promise<void> {
    await tx.query(
      `UPDATE dead_letters SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = $5, resolved_by_ref = $6, resolution = $4
       WHERE tenant_id = $1 AND kind = $2 AND subject_id = ANY ($3) AND state = 'open'`,
      [tenantId, kind, subjectIds, resolution, ...storedActor(actor)],
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
      const trail = letter.kind === 'message' ? await stepsOf(tx, tenantId, letter.subjectId) : [];
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
      count = await this.db.forTenant(tenantId, (tx) => purgeSome(tx, tenantId, olderThanDays, purgeChunk));
    }
    return purged;
  }

  /** Purges what the tenants' setting `dead_letter_days` no longer keeps, of one tenant after the other. @param from `id` of the tenant to go on with, or `>id` of the last one */
  async purgeKept(tx: Sql, limit: number, from: string | null): Promise<PurgeChunk> {
    const [tenant] = await tx.query<{ id: string; days: number }>(
      `SELECT id, (settings->>'dead_letter_days')::int AS days FROM tenants WHERE settings->>'dead_letter_days' IS NOT NULL AND ($1::uuid IS NULL OR id > $1 OR id = $1 AND NOT $2)
       ORDER BY id LIMIT 1`,
      [from?.replace('>', '') ?? null, from?.startsWith('>') ?? false],
    );
    if (!tenant) return { deleted: {}, next: null };
    const count = await purgeSome(tx, tenant.id, tenant.days, limit);
    if (count > 0)
      this.log.log({ event: 'dead_letters.purged', tenant: tenant.id, actor: 'system:retention', count, older_than_days: tenant.days });
    return { deleted: { dead_letters: count }, next: count === limit ? tenant.id : `>${tenant.id}` };
  }

  /** Puts a letter away. @throws AppError not_found, already_redriven */
  discard(tenantId: string, id: string, reason: string, actor: Actor): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await readLetter(tx, tenantId, id);
      const [mine] = await tx.query(
        `UPDATE dead_letters SET state = 'discarded', resolved_at = heliograph_now(), resolved_by = $4, resolved_by_ref = $5, resolution = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'open' RETURNING id`,
        [tenantId, id, reason, ...storedActor(actor)],
      );
      if (!mine) throw new AppError('conflict', 'already_redriven', `The letter is ${known.state} already.`);
      if (known.cause === 'outcome_unknown') {
        // A person decided that it counts as not sent.
        await tx.query(
          `UPDATE messages SET state = 'failed', cause = 'discarded', detail = NULL, uncertain_since = NULL WHERE tenant_id = $1 AND id = $2 AND state = 'uncertain'`,
          [tenantId, known.subjectId],
        );
        await nameActor(tx, tenantId, actor, [known.subjectId]);
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

/** @returns how many letters, that were settled longer ago than so many days, were deleted */
async function purgeSome(tx: Sql, tenantId: string, days: number, limit: number): Promise<number> {
  const rows = await tx.query(
    `DELETE FROM dead_letters d USING (SELECT id FROM dead_letters WHERE tenant_id = $1 AND state <> 'open' AND resolved_at <= heliograph_now() - $2 * interval '1 day' LIMIT $3) x
     WHERE d.tenant_id = $1 AND d.id = x.id RETURNING d.id`,
    [tenantId, days, limit],
  );
  return rows.length;
}
