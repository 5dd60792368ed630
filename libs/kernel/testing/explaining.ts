import type { Database, Tx } from '../src/database/database';

export interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Rows Removed by Join Filter'?: number;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

const smallTable = 100;

/** Work of one statement as PostgreSQL counted it. */
export interface StatementCost {
  /** Rows that scans of tables and indexes read, matching or not. */
  rowsRead: number;
  /** Pairs of rows that joins compared and refused. */
  pairsRefused: number;
  buffers: number;
  indexes: string[];
  /** Tables that were scanned completely, except tiny ones. */
  scanned: string[];
}

/** A database that also runs its statements under EXPLAIN, except those of transactions: the cost of the very statements that the code runs. */
export function explaining(db: Database): { db: Database; costs: StatementCost[] } {
  const costs: StatementCost[] = [];
  const explain = async (tx: Tx, sql: string, params: unknown[]): Promise<void> => {
    const [row] = await tx.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, params);
    costs.push(costOf((row as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'][0].Plan));
  };
  const explained = (tx: Tx): Tx => {
    const query = async <T>(sql: string, params: unknown[] = []): Promise<T[]> => {
      await explain(tx, sql, params);
      return tx.query<T>(sql, params);
    };
    return Object.assign(Object.create(tx) as Tx, {
      query,
      prepared: <T>(_name: string, sql: string, params?: unknown[]) => query<T>(sql, params),
    });
  };
  const forTenant = <T>(tenantId: string, work: (tx: Tx) => Promise<T>) => db.forTenant(tenantId, (tx) => work(explained(tx)));
  // EXPLAIN ANALYZE executes the statement, so it runs first and is rolled back.
  const explainUndone = (sql: string, params: unknown[]): Promise<void> =>
    db
      .transaction((tx) => tx.attempt(() => explain(tx, sql, params).then(() => Promise.reject(undone))))
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      });
  const query = async <T>(sql: string, params: unknown[] = []): Promise<T[]> => {
    await explainUndone(sql, params);
    return db.query<T>(sql, params);
  };
  const prepared = async <T>(name: string, sql: string, params: unknown[] = []): Promise<T[]> => {
    await explainUndone(sql, params);
    return db.prepared<T>(name, sql, params);
  };
  return { db: Object.assign(Object.create(db) as Database, { forTenant, query, prepared, plannedOnce: prepared }), costs };
}

const undone = new Error('undone');

/** Returns the cost of a statement by its executed plan. */
export function costOf(top: PlanNode): StatementCost {
  const nodes: PlanNode[] = [];
  const walk = (node: PlanNode): void => {
    nodes.push(node);
    node.Plans?.forEach(walk);
  };
  walk(top);
  const scans = nodes.filter((node) => node['Relation Name'] !== undefined);
  const rowsOf = (node: PlanNode) =>
    (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'];
  return {
    rowsRead: scans.reduce((sum, node) => sum + rowsOf(node), 0),
    pairsRefused: nodes.reduce((sum, node) => sum + (node['Rows Removed by Join Filter'] ?? 0) * node['Actual Loops'], 0),
    buffers: top['Shared Hit Blocks'] + top['Shared Read Blocks'],
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    scanned: scans
      .filter((node) => node['Node Type'] === 'Seq Scan' && rowsOf(node) > smallTable)
      .map((node) => node['Relation Name'] as string),
  };
}
