import { Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { isRead } from './request-reads';

/** Where SQL runs: the pool or one transaction. */
export interface Sql {
  /** Planned each time, by how large the tables are: for joins of many given rows with a table that grows. */
  query<T = Record<string, unknown>>(sql: string, params?: unknown[]): Promise<T[]>;
  /**
   * Runs under a server-side prepared statement of this name, so that a hot statement is planned once per connection. The plan
   * stays as the tables grow: only for statements whose look-ups go by index whatever the planner believes.
   */
  prepared<T = Record<string, unknown>>(name: string, sql: string, params?: unknown[]): Promise<T[]>;
}

/** A transaction in progress. `manager` is for TypeORM repositories that must take part in it. */
export interface Tx extends Sql {
  readonly manager: EntityManager;
  /** Runs `work` under a savepoint: when it throws, what it wrote is undone, its `afterCommit` are dropped, and the transaction can go on. */
  attempt<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Has `work` called once the transaction is committed, in the order given and after its connection is free; never when it is rolled
   * back or run again. An error is logged: what was committed stays so. `work` may begin transactions; those are on their own.
   */
  afterCommit(work: () => unknown): void;
}

/** SQLSTATEs after which the whole transaction may simply be run again: serialization failure, deadlock. */
const retryable = new Set(['40001', '40P01']);
const maxTries = 5;
const retryBudgetMs = 5_000;

/** True when the error is one that running the same transaction again can cure. */
export function isRetryable(error: unknown): boolean {
  return retryable.has(sqlState(error) ?? '');
}

/** The five-character SQLSTATE of a driver error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  const holder = error as { code?: unknown; driverError?: { code?: unknown } } | null;
  const code = holder?.driverError?.code ?? holder?.code;
  // EPIPE, a broken connection, has the same length.
  return typeof code === 'string' && code !== 'EPIPE' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** True when the database refused a value or what a row holds (SQLSTATE 22, 23, or too large for an index): the same again fails again, other rows pass. */
export function isValueFault(error: unknown): boolean {
  return /^(2[23]|54000)/.test(sqlState(error) ?? '');
}

/** True when the fault lies in what an item holds: code stumbled over it, or the database refused it. Other items pass. */
export function isItemFault(error: unknown): boolean {
  // By name: an error of another realm is no instance of this one's.
  return isValueFault(error) || ['TypeError', 'RangeError', 'SyntaxError'].includes((error as Error | null)?.name ?? '');
}

/**
 * Writes items in one go, and in halves when that fails for an item's sake, until it stands alone. The others are written.
 * @returns items that could not be written, with why
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

/** True when a statement ran into `statement_timeout`. */
export function isTooSlow(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/** True when the database could not be reached or is going down: the caller's work is not stored, and may be tried later. */
export function isStorageDown(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return state.startsWith('08') || state.startsWith('57P') || state === '53300' || state === '53100' || state === '53200';
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const text = `${String(code)} ${String(message)}`;
  return /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    text,
  );
}

/** True when the database cannot hold a value (SQLSTATE 22): the fault of the request that brought it. */
export function isUnstorable(error: unknown): boolean {
  return sqlState(error)?.startsWith('22') ?? false;
}

/** Runs `work` again after a deadlock or serialization failure, at most 5 times inside 5 s. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxTries || performance.now() - startedAt > retryBudgetMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
    }
  }
}

/**
 * The way to PostgreSQL. `query` and `prepared` run as the system role, which sees all tenants: their SQL names the tenant
 * itself, and a statement that lost a deadlock is run again. `forTenant` is for everything a tenant's request reads or edits: row level security is the second wall there,
 * and requests that only read have a pool of their own.
 */
export class Database implements Sql {
  /**
   * @param reads the pool of requests that only read
   * @param planned the pool of statements that are planned once
   */
  constructor(
    readonly dataSource: DataSource,
    private readonly reads: DataSource = dataSource,
    private readonly planned?: Pool,
  ) {}

  /** TypeORM's own pg pool. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  async query<T = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<T[]> {
    return (await withRetries(() => this.pool.query(sql, params))).rows as T[];
  }

  async prepared<T = Record<string, unknown>>(name: string, sql: string, params: unknown[] = []): Promise<T[]> {
    return (await withRetries(() => this.pool.query({ name, text: sql, values: params }))).rows as T[];
  }

  /**
   * A prepared statement whose plan does not depend on its parameters: it is planned once a connection, on the few connections
   * such statements share. For the large statements of many rows at once, which take longer to plan than to run.
   */
  async plannedOnce<T = Record<string, unknown>>(name: string, sql: string, params: unknown[] = []): Promise<T[]> {
    const pool = this.planned ?? this.pool;
    return (await withRetries(() => pool.query({ name, text: sql, values: params }))).rows as T[];
  }

  /** Runs `work` in one transaction, again after a deadlock or serialization failure. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return withRetries(() => this.runTransaction(this.dataSource, work));
  }

  /**
   * Runs `work` in a transaction that can see and change this tenant's rows only (row level security, role
   * `heliograph_tenant`). An id of another tenant is simply not there.
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
    let result: T;
    let tx: RunnerTx;
    try {
      const client = (await runner.connect()) as unknown as PoolClient;
      await runner.startTransaction();
      try {
        tx = new RunnerTx(runner, client);
        result = await work(tx);
        await runner.commitTransaction();
      } catch (error) {
        // The first error says what went wrong; a rollback that fails too (connection gone) would only hide it.
        await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    } finally {
      await runner.release();
    }
    await tx.committed();
    return result;
  }
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
      // The first error says what went wrong; a connection that is gone fails here too.
      await this.client.query(`ROLLBACK TO SAVEPOINT ${name}`).catch(() => undefined);
      throw error;
    }
  }

  afterCommit(work: () => unknown): void {
    this.after.push(work);
  }

  /** Does what was left for after the commit. */
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
