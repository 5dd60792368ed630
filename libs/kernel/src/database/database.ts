import { Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { auditContext, type AuditScope, auditScope, outsideAudit } from '../audit/audit-scope';
import { doubledMs } from '../loops/doubled-ms';
import { KeptPlans } from './kept-plans';
import { asRead, isRead } from './request-reads';
import { TurnsByKey } from './turns-by-key';

/** Runs SQL: on the pool or in one transaction. */
export interface Sql {
  /** Plans the statement at each run, by the present sizes of the tables. For joins of many given rows with a table that grows. */
  query<T = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<T[]>;
  /**
   * Runs a server-side prepared statement of this name, so that a hot statement is planned once per connection. The plan
   * stays the same as tables grow: use it only for statements that look rows up by index under any plan.
   */
  prepared<T = Record<string, unknown>>(name: string, sql: string, params?: unknown[]): Promise<T[]>;
}

/** An open transaction. `manager` is for TypeORM repositories that must take part in it. */
export interface Tx extends Sql {
  readonly manager: EntityManager;
  /** Runs `work` under a savepoint. When it throws, its writes and its `afterCommit` calls are discarded, and the transaction continues. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Calls `work` after the transaction has committed and its connection is free, in the order of registration; never after a
   * rollback or for a try that is repeated. An error is logged; the commit stands. `work` may start transactions of its own.
   */
  afterCommit(work: () => unknown): void;
}

/** SQLSTATEs after which the whole transaction can be repeated: serialization failure, deadlock. */
const retryable = new Set(['40001', '40P01']);
const maxTries = 5;
const retryBudgetMs = 5_000;

/** True when repeating the same transaction can succeed after this error. */
export function isRetryable(error: unknown): boolean {
  return retryable.has(sqlState(error) ?? '');
}

/** Returns the five-character SQLSTATE of a driver error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const holder = error as { code?: unknown; driverError?: { code?: unknown } } | null;
  const code = holder?.driverError?.code ?? holder?.code;
  // EPIPE, the code of a broken connection, has the same length.
  return typeof code === 'string' && code !== 'EPIPE' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** True when the database rejected a value or the data of a row (SQLSTATE 22, 23, or too large for an index). A repeat fails again; other rows succeed. */
export function isValueFault(error: unknown): boolean {
  return /^(2[23]|54000)/.test(sqlState(error) ?? '');
}

/** True when the data of an item causes the error: code failed on it, or the database rejected it. Other items succeed. */
export function isItemFault(error: unknown): boolean {
  // Compares names: an error of another realm is not an instance of this realm's class.
  return isValueFault(error) || ['TypeError', 'RangeError', 'SyntaxError'].includes((error as Error | null)?.name ?? '');
}

/**
 * Writes items in one statement. When one item makes it fail, writes them in halves until that item is isolated, and writes all others.
 * @returns items that could not be written, each with its error
 */
export async function inHalves<T>(tx: Tx, items: T[], write: (items: T[]) => Promise<void>): Promise<{ item: T; error: unknown }[]> {
  if (items.length === 0) return [];
  try {
    await tx.attempt(() => write(items));
    return [];
  } catch (error) {
    if (!isItemFault(error)) throw error;
    if (items.length === 1) return [{ item: items[0] as T, error }];
    const half = Math.ceil(items.length / 2);
    return [...(await inHalves(tx, items.slice(0, half), write)), ...(await inHalves(tx, items.slice(half), write))];
  }
}

/** True when a statement exceeded `statement_timeout`. */
export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/** True when the database cannot be reached or is shutting down: nothing was stored, and the caller may retry later. */
export function isStorageDown(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return state.startsWith('08') || state.startsWith('57P') || state === '53300' || state === '53100' || state === '53200';
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const text = `${String(code)} ${String(message)}`;
  return /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    text,
  );
}

/** True when the database cannot store a value (SQLSTATE 22): the request that contained it is at fault. */
export function isUnstorable(error: unknown): boolean {
  return sqlState(error)?.startsWith('22') ?? false;
}

/** Repeats `work` after a deadlock or serialization failure, at most 5 times within 5 s. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxTries || performance.now() - startedAt > retryBudgetMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * doubledMs(20, attempt, 1_000)));
    }
  }
}

/**
 * Access to PostgreSQL. `query` and `prepared` run as the system role, which sees all tenants: their SQL names the tenant
 * itself, and a statement that lost a deadlock is repeated. `forTenant` is for all reads and edits of a tenant's request:
 * row level security is a second barrier there, and requests that only read have a pool of their own. Within an audited act each
 * transaction that writes leaves the act's entry in the audit log, and a statement on the pool is a transaction of its own.
 */
export class Database implements Sql {
  private readonly turns = new TurnsByKey({ atOnce: 4, ofKey: 2, maxWaitMs: 10_000 });
  private readonly plans = new KeptPlans(() => this.pool);

  /**
   * @param reads pool for requests that only read
   * @param planned pool for statements that are planned once
   */
  constructor(
    readonly dataSource: DataSource,
    private readonly reads: DataSource = dataSource,
    private readonly planned?: Pool,
  ) {}

  /** True after the connections were closed for good, as at the end of a process. */
  get isClosed(): boolean {
    return !this.dataSource.isInitialized;
  }

  /** The pg pool of TypeORM. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  async query<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    if (audited()) return this.transaction((tx) => tx.query<T>(sql, params));
    return (await withRetries(() => this.pool.query(sql, params))).rows as T[];
  }

  async prepared<T = Record<string, unknown>>(name: string, sql: string, params: unknown[] = []): Promise<T[]> {
    if (audited()) return this.transaction((tx) => tx.prepared<T>(name, sql, params));
    return (await withRetries(() => this.pool.query({ name, text: sql, values: params }))).rows as T[];
  }

  /**
   * Runs a prepared statement whose plan does not depend on its parameters. It is planned once per connection, on the few
   * connections that such statements share, and again when the tables have other sizes. For large statements over many rows, which take
   * longer to plan than to run.
   */
  plannedOnce<T = Record<string, unknown>>(name: string, sql: string, params: unknown[] = []): Promise<T[]> {
    return withRetries(async () => {
      const client = await (this.planned ?? this.pool).connect();
      let lost: Error | undefined;
      try {
        await this.plans.endOutdated(client);
        return (await client.query({ name, text: sql, values: params })).rows as T[];
      } catch (error) {
        lost = error as Error;
        throw error;
      } finally {
        // As the pool's own `query`: a connection whose statement failed is not used again.
        client.release(lost);
      }
    });
  }

  /**
   * Runs work of a request that goes through whole sets of a tenant, such as a count of an audience: a few pieces at a time, and two of one
   * tenant, so that the others still get an answer.
   * @throws AppError `busy` when its turn does not come in time
   */
  inTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return this.turns.run(tenantId, work);
  }

  /** Runs `work` in its turn, and its reads of tenant data on the pool for reads. It may write nothing there. */
  readInTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return this.inTurn(tenantId, () => asRead(work));
  }

  /** Runs reads of all tenants on the pool for reads, as `query` on the other one. */
  get reading(): Pick<Sql, 'query'> {
    return { query: <T>(sql: string, params?: unknown[]) => this.readQuery<T>(sql, params) };
  }

  /** As `query`, on the pool for reads. */
  async readQuery<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    const { master } = this.reads.driver as unknown as { master: Pool };
    return (await withRetries(() => master.query(sql, params))).rows as T[];
  }

  /** Runs `work` in one transaction and repeats it after a deadlock or serialization failure. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return withRetries(() => this.runTransaction(this.dataSource, work));
  }

  /**
   * Runs `work` in a transaction that can read and change rows of this tenant only (row level security, role
   * `heliograph_tenant`). Rows of other tenants do not exist in it.
   */
  forTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const within = async (tx: Tx): Promise<T> => {
      await tx.prepared(
        'enter_tenant',
        `SELECT set_config('role', 'heliograph_tenant', true), set_config('heliograph.tenant_id', $1, true)`,
        [tenantId],
      );
      return work(tx);
    };
    return withRetries(() => this.runTransaction(isRead() ? this.reads : this.dataSource, within));
  }

  private async runTransaction<T>(dataSource: DataSource, work: (tx: Tx) => Promise<T>): Promise<T> {
    const runner = dataSource.createQueryRunner();
    const scope = audited();
    let result: T;
    let tx: RunnerTx;
    let isAudited = false;
    try {
      const client = (await runner.connect()) as unknown as PoolClient;
      await runner.startTransaction();
      try {
        tx = new RunnerTx(runner, client);
        if (scope) await tx.prepared('audit_begin', `SELECT set_config('heliograph.audit', $1, true)`, [auditContext(scope)]);
        result = await work(tx);
        if (scope?.mode === 'once') isAudited = await writeEntry(tx, scope);
        await runner.commitTransaction();
      } catch (error) {
        // The first error is the cause. A rollback that fails too (lost connection) must not hide it.
        await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    } finally {
      await runner.release();
    }
    if (scope && isAudited) scope.isWritten = true;
    await outsideAudit(() => tx.committed());
    return result;
  }
}

/** Returns the act whose changes the database records in their own transaction. */
function audited(): AuditScope | null {
  const scope = auditScope();
  return scope && scope.mode !== 'late' && !isRead() ? scope : null;
}

/** Writes the entry of the act unless the transaction wrote nothing. A later transaction of the act adds one if audited fields changed. */
async function writeEntry(tx: Tx, scope: AuditScope): Promise<boolean> {
  const [row] = await tx.prepared<{ isWritten: boolean }>('audit_write', `SELECT heliograph_audit_write($1, $2) AS "isWritten"`, [
    auditContext(scope),
    scope.isWritten,
  ]);
  return row?.isWritten ?? false;
}

class RunnerTx implements Tx {
  private readonly log = new Logger(Database.name);
  private after: (() => unknown)[] = [];
  private savepoints = 0;

  constructor(
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
  ) {}

  get manager(): EntityManager {
    return this.runner.manager;
  }

  async attempt<T>(work: () => Promise<T>): Promise<T> {
    const name = `attempt_${++this.savepoints}`;
    const before = this.after.length;
    await this.client.query(`SAVEPOINT ${name}`);
    try {
      const result = await work();
      await this.client.query(`RELEASE SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      this.after.length = before;
      // The first error is the cause. A lost connection fails here too.
      await this.client.query(`ROLLBACK TO SAVEPOINT ${name}`).catch(() => undefined);
      throw error;
    }
  }

  afterCommit(work: () => unknown): void {
    this.after.push(work);
  }

  /** Runs the registered `afterCommit` calls. */
  async committed(): Promise<void> {
    for (const work of this.after.splice(0)) {
      try {
        await work();
      } catch (error) {
        this.log.error({ event: 'after_commit.failed', error: error instanceof Error ? error.message : String(error) });
      }
    }
  }

  async query<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    return (await this.client.query(sql, params)).rows as T[];
  }

  async prepared<T = Record<string, unknown>>(name: string, sql: string, params: unknown[] = []): Promise<T[]> {
    return (await this.client.query({ name, text: sql, values: params })).rows as T[];
  }
}
