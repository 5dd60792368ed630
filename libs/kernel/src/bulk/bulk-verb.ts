import type { Actor } from '../actors/actor';
import type { Sql, Tx } from '../database/database';

export const bulkJobStates = ['queued', 'running', 'done', 'cancelled', 'failed'] as const;
export type BulkJobState = (typeof bulkJobStates)[number];

/** A verb that is applied to everything that a filter matches, in chunks, in the background. */
export interface BulkJob {
  id: string;
  /** Name of its `BulkVerb`. */
  kind: string;
  state: BulkJobState;
  filter: Record<string, unknown>;
  options: Record<string, unknown>;
  /** Reason that the actor gave; null: none. */
  note: string | null;
  /** Items per minute at most; null: as fast as it goes. */
  perMinute: number | null;
  actor: Actor;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  /** Items that matched when the job was requested, and items that matched since. */
  total: number;
  done: number;
  /** Items that were left as they are, by reason. */
  skipped: Record<string, number>;
  /** Items whose own data made the verb fail. */
  failed: number;
  /** Ids of the first of them. */
  failedIds: string[];
  /** Cause of the state `failed`; null: none. */
  error: string | null;
}

/** A job as its verb sees it. */
export type BulkTask = Pick<BulkJob, 'id' | 'filter' | 'options' | 'actor' | 'createdAt'> & { tenantId: string };

/** Result of a chunk of items: `done`, and the rest by reason. */
export interface BulkOutcome {
  done: number;
  skipped: Record<string, number>;
}

/**
 * A verb of a lib, registered with `BulkVerbs`. A chunk is one transaction: `next` locks items, `apply` changes them, and the position is
 * stored. It runs as the system role, so every statement names the tenant.
 */
export interface BulkVerb<I extends { id: string } = { id: string }> {
  kind: string;
  /** Scope of a caller who may see jobs of this kind. */
  reads: string;
  /** Scope of a caller who may request and cancel them. */
  manages: string;
  /** Counts the items that the filter matches now. */
  count(sql: Sql, task: Pick<BulkTask, 'tenantId' | 'filter'>): Promise<number>;
  /**
   * Locks the next items after a position, in a fixed order, and returns the position they reach; null: no more. Items that appeared after
   * the job was requested do not count.
   */
  next(tx: Tx, task: BulkTask, after: string | null, limit: number): Promise<{ items: I[]; position: string | null }>;
  /** Applies the verb to locked items. When the data of an item makes it fail, it is called again for parts of the items. */
  apply(tx: Tx, task: BulkTask, items: I[]): Promise<BulkOutcome>;
}
