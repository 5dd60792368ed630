import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  Database,
  List,
  listKeys,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  readPageOfTenants,
  sqlConditions,
  type Sql,
  storedActor,
  timeKey,
  totalOf,
  type TransactionRange,
  type Tx,
} from '@heliograph/kernel';
import type {
  CauseGroup,
  DeadLetter,
  DeadLetterFilter,
  LetterPart,
  LetterPartCount,
  LetterPosition,
  NewDeadLetter,
  OpenedLetter,
  OpenLetter,
  TakenLetter,
} from './dead-letter';
import type { Successor } from './letter-handlers';
import { letterKindOrThrow, letterKinds } from './letter-kinds';
import { countParts, partConditions } from './letter-parts.repository';
import { openLettersByCause } from './open-letters.repository';

const letterList = new List('dead_letters', listKeys.time, listKeys.id);
const lettersOfAll = new List('dead_letters_of_all', listKeys.time, listKeys.id);
/** Maximum number of letters of a list that are counted. */
const maxTotal = 1_000;
/** Letters deleted in one transaction. */
const purgeChunk = 5_000;
/** Letters of a list: of one state, open unless it says otherwise. */
type ListedLetters = DeadLetterFilter & { state?: string };
/** A letter in a list of several tenants. */
type LetterOfTenant = DeadLetter & { tenantId: string };
/** A page of open letters: `until` leaves out those that were opened later. */
interface LetterPage {
  after: LetterPosition | null;
  until?: Date;
  limit: number;
  newestFirst?: boolean;
}

const columns = `id, kind, subject_id AS "subjectId", session_id AS "sessionId", group_id AS "groupId", cause, detail, created_at AS "createdAt", state,
  resolved_at AS "resolvedAt", ${actorColumn('resolved_by', { oldSystemNames: ['system', 'evidence'] })} AS "resolvedBy", resolution, redriven_to AS "redrivenTo", seen, last_seen_at AS "lastSeenAt"`;
/**
 * Opens, lists, counts and purges the dead letters of all tenants. `LetterDecisions` decides on them. The first migration of messaging
 * created the table.
 */
@Injectable()
export class DeadLetters {
  constructor(private readonly db: Database) {}

  /** Opens letters in the caller's transaction. */
  async open(tx: Sql, letters: NewDeadLetter[]): Promise<void> {
    for (const { kind } of letters) letterKindOrThrow(kind);
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

  /** Closes open letters whose subject was settled without a decision, in the caller's transaction. */
  async resolve(tx: Sql, tenantId: string, kind: string, subjectIds: string[], resolution: string, actor: Actor): Promise<void> {
    await tx.query(
      `UPDATE dead_letters SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = $5, resolved_by_ref = $6, resolution = $4
       WHERE tenant_id = $1 AND kind = $2 AND subject_id = ANY ($3) AND state = 'open'`,
      [tenantId, kind, subjectIds, resolution, ...storedActor(actor)],
    );
  }

  /**
   * Returns letters of these tenants that were opened in these transactions, oldest first, with the data that their kinds read about the
   * subjects.
   */
  openedBetween(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<OpenedLetter[]> {
    return tx.prepared<OpenedLetter>('letters_opened_between', (openedSql ??= openedStatement()), [from, to, tenantIds]);
  }

  /** Returns a page of letters, newest first. */
  async list(tenantId: string, filter: ListedLetters, page: PageRequest): Promise<Page<DeadLetter>> {
    const total = await this.db.forTenant(tenantId, (tx) => listTotal(tx, [tenantId], filter));
    return { ...(await this.page(tenantId, filter, page)), total };
  }

  /** Returns a page of letters of several tenants, newest first. */
  async listOf(tenantIds: string[], filter: ListedLetters, page: PageRequest): Promise<Page<LetterOfTenant>> {
    return { ...(await this.pageOf(tenantIds, filter, page)), total: await listTotal(this.db, tenantIds, filter) };
  }

  private page(tenantId: string, filter: ListedLetters, page: PageRequest): Promise<Page<DeadLetter>> {
    const [at, id] = letterList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, filter.state ?? 'open', ...(at ? [at, id] : []));
    const { range, checked } = listConditions('d', filter, given);
    return this.db.forTenant(tenantId, (tx) =>
      readPage<DeadLetter>(tx, letterList, page, {
        columns,
        from: 'dead_letters d',
        range: ['d.tenant_id = $1 AND d.state = $2', ...(at ? ['(d.created_at, d.id) < ($3::timestamptz, $4::uuid)'] : []), ...range],
        checked,
        order: 'd.created_at DESC, d.id DESC',
        key: [timeKey('d.created_at'), 'd.id'],
        values,
      }),
    );
  }

  private pageOf(tenantIds: string[], filter: ListedLetters, page: PageRequest): Promise<Page<LetterOfTenant>> {
    const [at, id] = lettersOfAll.after(page) ?? [];
    const { values, given } = sqlConditions(tenantIds, filter.state ?? 'open', ...(at ? [at, id] : []));
    const { range, checked } = listConditions('x', filter, given);
    return readPageOfTenants<LetterOfTenant>(this.db, lettersOfAll, page, {
      columns: `d.tenant_id AS "tenantId", ${columns}`,
      from: 'dead_letters d',
      tenantIds,
      range: ['x.state = $2', ...(at ? ['(x.created_at, x.id) < ($3::timestamptz, $4::uuid)'] : []), ...range],
      checked,
      order: ['created_at', 'id'],
      key: [timeKey('d.created_at'), 'd.id'],
      values: values.slice(1),
    });
  }

  /** Counts open letters by kind and cause, the most first. */
  groupByCause(tenantId: string): Promise<CauseGroup[]> {
    return this.db.forTenant(tenantId, (tx) => openLettersByCause(tx, [tenantId]));
  }

  /** Counts the open letters that the filter matches by the values of a part, the most first. */
  parts(tenantId: string, filter: DeadLetterFilter, by: LetterPart): Promise<{ matching: number; parts: LetterPartCount[] }> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { values, where } = openOnes(tenantId, filter, []);
      const { parts, parted } = await countParts(tx, by, where, values);
      return { matching: Math.max(parted, await this.count(tx, tenantId, filter)), parts };
    });
  }

  /** Counts open letters of these tenants, of each at most `max`. A tenant without any is not in the answer. */
  async openCounts(tenantIds: string[], max: number): Promise<Map<string, number>> {
    const rows = await this.db.query<{ id: string; count: number }>(
      `SELECT t.id, c.count FROM unnest($1::uuid[]) AS t(id) CROSS JOIN LATERAL (
         SELECT count(*)::int AS count FROM (SELECT 1 FROM dead_letters d WHERE d.tenant_id = t.id AND d.state = 'open' LIMIT $2) counted) c WHERE c.count > 0`,
      [tenantIds, max],
    );
    return new Map(rows.map(({ id, count }) => [id, count]));
  }

  /** @throws AppError not_found */
  async get(tx: Sql, tenantId: string, id: string): Promise<DeadLetter> {
    const [letter] = await tx.query<DeadLetter>(`SELECT ${columns} FROM dead_letters WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    if (!letter) throw notFound('dead letter');
    return letter;
  }

  /** Counts the open letters that the filter matches, without those of the excluded causes. */
  async count(tx: Sql, tenantId: string, filter: DeadLetterFilter, leftOut: string[] = []): Promise<number> {
    const { values, where } = openOnes(tenantId, filter, leftOut);
    const [row] = await tx.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM dead_letters d WHERE ${where.join(' AND ')}`,
      values,
    );
    return row?.count ?? 0;
  }

  /**
   * Returns the next open letters that the filter matches, the oldest first unless `newestFirst`.
   * @param after the last letter of the page before; null: from the start
   * @param until letters that died later are not returned
   */
  async nextOpen(
    sql: Sql,
    tenantId: string,
    filter: DeadLetterFilter,
    { after, until, limit, newestFirst = false }: LetterPage,
  ): Promise<OpenLetter[]> {
    const { values, where, given } = openOnes(tenantId, filter, []);
    where.push(...given(until, (p) => `d.created_at <= ${p}`));
    if (after) {
      const [at, id] = [`$${values.push(after.at)}`, `$${values.push(after.id)}`];
      where.push(`(d.created_at, d.id) ${newestFirst ? '<' : '>'} (${at}::timestamptz, ${id}::uuid)`);
    }
    const order = newestFirst ? 'd.created_at DESC, d.id DESC' : 'd.created_at, d.id';
    return sql.query<OpenLetter>(
      `SELECT d.id, d.kind, d.cause, d.subject_id AS "subjectId", ${timeKey('d.created_at')} AS at FROM dead_letters d
       WHERE ${where.join(' AND ')} ORDER BY ${order} LIMIT $${values.push(limit)}`,
      values,
    );
  }

  /**
   * Returns the next open letters as `nextOpen` does, locked, and the position they reach; null: no more. A letter that somebody else decides
   * on in the meantime is left out.
   */
  async lockNextOpen(
    tx: Tx,
    tenantId: string,
    filter: DeadLetterFilter,
    page: LetterPage,
  ): Promise<{ letters: OpenLetter[]; next: LetterPosition | null }> {
    const found = await this.nextOpen(tx, tenantId, filter, page);
    const locked = await tx.query<{ id: string }>(
      `SELECT id FROM dead_letters WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state = 'open' ORDER BY created_at, id FOR UPDATE`,
      [tenantId, found.map(({ id }) => id)],
    );
    const open = new Set(locked.map(({ id }) => id));
    const last = found.length < page.limit ? undefined : found.at(-1);
    return { letters: found.filter(({ id }) => open.has(id)), next: last ? { at: last.at, id: last.id } : null };
  }

  /** Moves open letters to `redriven`. @returns the letters that were still open: one statement decides who acts on a letter */
  take(tx: Tx, tenantId: string, ids: string[], actor: Actor): Promise<TakenLetter[]> {
    return tx.query(
      `UPDATE dead_letters SET state = 'redriven', resolved_at = heliograph_now(), resolved_by = $3, resolved_by_ref = $4
       WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state = 'open' RETURNING id, kind, cause, subject_id AS "subjectId"`,
      [tenantId, ids, ...storedActor(actor)],
    );
  }

  /** Stores the new subjects of redriven letters. */
  async noteSuccessors(tx: Tx, tenantId: string, successors: Successor[]): Promise<void> {
    await tx.query(
      `UPDATE dead_letters d SET redriven_to = s.subject_id FROM unnest($2::uuid[], $3::uuid[]) AS s(letter_id, subject_id) WHERE d.tenant_id = $1 AND d.id = s.letter_id`,
      [tenantId, successors.map((s) => s.letterId), successors.map((s) => s.subjectId)],
    );
  }

  /** Moves open letters to `discarded`. @returns the letters that were still open */
  discard(tx: Tx, tenantId: string, ids: string[], reason: string, actor: Actor): Promise<TakenLetter[]> {
    return tx.query(
      `UPDATE dead_letters SET state = 'discarded', resolved_at = heliograph_now(), resolved_by = $4, resolved_by_ref = $5, resolution = $3
       WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state = 'open' RETURNING id, kind, cause, subject_id AS "subjectId"`,
      [tenantId, ids, reason, ...storedActor(actor)],
    );
  }

  /** Returns every letter that the filter matches, newest first, page by page. */
  export(tenantId: string, filter: ListedLetters): AsyncGenerator<DeadLetter[]> {
    return allOf((page) => this.page(tenantId, filter, page));
  }

  /** Returns every letter of these tenants that the filter matches, newest first, page by page. */
  exportOf(tenantIds: string[], filter: ListedLetters): AsyncGenerator<LetterOfTenant[]> {
    return allOf((page) => this.pageOf(tenantIds, filter, page));
  }

  /**
   * Deletes letters that were settled (redriven, discarded, resolved) more than this many days ago. Open letters stay.
   * @returns how many
   */
  async purge(tenantId: string, olderThanDays: number): Promise<number> {
    let purged = 0;
    for (let count = purgeChunk; count === purgeChunk; purged += count) {
      count = await this.db.forTenant(tenantId, (tx) => purgeSettled(tx, tenantId, olderThanDays, purgeChunk));
    }
    return purged;
  }
}

/** Deletes letters that were settled more than `days` days ago. @returns how many */
export async function purgeSettled(tx: Sql, tenantId: string, days: number, limit: number): Promise<number> {
  const rows = await tx.query(
    `DELETE FROM dead_letters d USING (SELECT id FROM dead_letters WHERE tenant_id = $1 AND state <> 'open' AND resolved_at <= heliograph_now() - $2 * interval '1 day' LIMIT $3) x
     WHERE d.tenant_id = $1 AND d.id = x.id RETURNING d.id`,
    [tenantId, days, limit],
  );
  return rows.length;
}

let openedSql: string | null = null;

/** Returns the statement of `openedBetween` for all kinds that are declared when it first runs. */
function openedStatement(): string {
  const subjects = letterKinds().flatMap(({ name, subjectSql }) => (subjectSql ? [`WHEN '${name}' THEN (${subjectSql('d')})`] : []));
  return `SELECT d.tx::text, d.tenant_id AS "tenantId", d.id, d.kind, d.subject_id AS "subjectId", d.session_id AS "sessionId", d.group_id AS "groupId", d.cause, d.detail,
      d.created_at AS "createdAt", ${subjects.length > 0 ? `CASE d.kind ${subjects.join(' ')} END` : 'NULL'} AS subject
    FROM dead_letters d WHERE d.tx >= $1 AND d.tx < $2 AND d.tenant_id = ANY ($3::uuid[]) ORDER BY d.created_at, d.id`;
}

async function* allOf<T>(read: (page: PageRequest) => Promise<Page<T>>): AsyncGenerator<T[]> {
  for (let cursor: string | undefined; ;) {
    const { rows, next } = await read({ cursor, limit: 1_000 });
    if (rows.length > 0) yield rows;
    if (!next) return;
    cursor = next;
  }
}

/** Counts the letters of a list; undefined when no index serves the filter. */
async function listTotal(sql: Sql, tenantIds: string[], filter: ListedLetters): Promise<number | undefined> {
  const { values, given } = sqlConditions(tenantIds, filter.state ?? 'open');
  const { range, checked } = listConditions('x', filter, given);
  if (checked.length > 0) return undefined;
  const where = ['x.tenant_id = t.id', 'x.state = $2', ...range].join(' AND ');
  const ofTenant = `SELECT 1 FROM dead_letters x WHERE ${where} LIMIT ${maxTotal + 1}`;
  return totalOf(sql, `SELECT 1 FROM unnest($1::uuid[]) AS t(id) CROSS JOIN LATERAL (${ofTenant}) x`, values, maxTotal);
}

/** Returns the conditions of a list's filter on the row `d`: those that an index serves, and those that are checked on each row read. */
function listConditions(d: string, filter: DeadLetterFilter, given: ReturnType<typeof sqlConditions>['given']) {
  const ofCause = [...given(filter.kind, (p) => `${d}.kind = ${p}`), ...given(filter.cause, (p) => `${d}.cause = ${p}`)];
  // An index serves kind and cause together; it serves neither of them alone.
  const isServed = ofCause.length === 2;
  return {
    range: [
      ...(isServed ? ofCause : []),
      ...given(filter.createdFrom, (p) => `${d}.created_at >= ${p}`),
      ...given(filter.createdTo, (p) => `${d}.created_at < ${p}`),
      ...given(filter.subjectId, (p) => `${d}.subject_id = ${p}`),
      ...given(filter.ids, (p) => `${d}.id = ANY (${p}::uuid[])`),
    ],
    checked: [
      ...(isServed ? [] : ofCause),
      ...given(filter.sessionId, (p) => `${d}.session_id = ${p}`),
      ...given(filter.groupId, (p) => `${d}.group_id = ${p}`),
      ...partConditions(d, filter, given),
    ],
  };
}

/** Returns conditions for open letters that a filter matches, without those of some causes. */
function openOnes(tenantId: string, filter: DeadLetterFilter, leftOut: string[]) {
  const { values, given } = sqlConditions(tenantId);
  const where = [
    `d.tenant_id = $1 AND d.state = 'open'`,
    ...given(filter.kind, (p) => `d.kind = ${p}`),
    ...given(filter.cause, (p) => `d.cause = ${p}`),
    ...given(filter.sessionId, (p) => `d.session_id = ${p}`),
    ...given(filter.groupId, (p) => `d.group_id = ${p}`),
    ...given(filter.subjectId, (p) => `d.subject_id = ${p}`),
    ...given(filter.ids, (p) => `d.id = ANY (${p}::uuid[])`),
    ...given(filter.createdFrom, (p) => `d.created_at >= ${p}`),
    ...given(filter.createdTo, (p) => `d.created_at < ${p}`),
    ...partConditions('d', filter, given),
    ...given(leftOut.length > 0 ? leftOut : undefined, (p) => `d.cause <> ALL (${p}::text[])`),
  ];
  return { values, where, given };
}
