import type { Database } from '../src/database/database';
import { costOf, type PlanNode, type StatementCost } from './explaining';
import { openPools } from './open-test-database';

/** Settings of `auto_explain` by which the server sends the plan of each executed statement as a notice. */
const reporting = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
};

/** A statement that ran, and its cost. */
export interface ExecutedStatement extends StatementCost {
  sql: string;
}

/** A second set of connections to a test database, on which the server reports what it executed. */
export interface ReportingDatabase {
  db: Database;
  /** Returns the statements that `work` ran, those of triggers and functions included, with the plans that were executed. */
  executed(work: () => Promise<unknown>): Promise<ExecutedStatement[]>;
  close(): Promise<void>;
}

/**
 * Opens connections that report plans: also those of transactions, of triggers, and of statements that are planned once. Unlike under
 * `explaining`, each statement runs once.
 */
export async function reportingPlans(url: string): Promise<ReportingDatabase> {
  const at = new URL(url);
  at.searchParams.set(
    'options',
    Object.entries(reporting)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  );
  let notices: string[] = [];
  const { db, close } = await openPools(at.href, (client) => {
    client.on('notice', ({ message }) => notices.push(message ?? ''));
  });
  const executed = async (work: () => Promise<unknown>): Promise<ExecutedStatement[]> => {
    notices = [];
    await work();
    return notices.flatMap((notice) => {
      const report = /^duration: .* plan:\n([^]*)$/.exec(notice)?.[1];
      if (report === undefined) return [];
      const { 'Query Text': sql, Plan } = JSON.parse(report) as { 'Query Text': string; Plan: PlanNode };
      return [{ sql, ...costOf(Plan) }];
    });
  };
  return { db, executed, close };
}
