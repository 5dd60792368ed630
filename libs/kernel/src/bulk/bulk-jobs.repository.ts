import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, storedActor } from '../actors/actor';
import { noteAudit, nothingToAudit } from '../audit/audit-scope';
import { Database, type Sql } from '../database/database';
import { newId } from '../database/new-id';
import { AppError, notFound } from '../errors/app-error';
import { requestHash } from '../idempotency/request-hash';
import { List, listKeys, type Page, type PageRequest } from '../paging/page';
import { readPage, sqlConditions } from '../paging/read-page';
import type { BulkJob, BulkJobState } from './bulk-verb';
import { BulkVerbs } from './bulk-verbs';

/** Difference between the expected and the real number of items up to which a job starts: a share, and at least some items. */
export const expectTolerance = { share: 0.05, items: 10 };

/** True when the real number of items is close enough to the expected one. */
export function isAsExpected(expected: number, real: number): boolean {
  return Math.abs(real - expected) <= Math.max(expectTolerance.items, expected * expectTolerance.share);
}

/** A request of a job. */
export interface BulkRequest {
  kind: string;
  filter: Record<string, unknown>;
  options?: Record<string, unknown>;
  /** Number of items that the caller saw. */
  expect: number;
  note?: string | undefined;
  perMinute?: number | undefined;
}

const jobList = new List('bulk_jobs', listKeys.id);
const columns = `j.id, j.kind, j.state, j.filter, j.options, j.note, j.per_minute AS "perMinute", ${actorColumn('j.actor')} AS actor, j.created_at AS "createdAt",
  j.started_at AS "startedAt", j.ended_at AS "endedAt", j.total, j.done, j.skipped, j.failed, j.failed_ids AS "failedIds", j.error`;

/** Jobs of bulk verbs, as clients request and see them. `BulkJobSteps` runs them. */
@Injectable()
export class BulkJobs {
  constructor(
    private readonly db: Database,
    private readonly verbs: BulkVerbs,
  ) {}

  /**
   * Requests a job. While one of the same kind, filter and options is open, a second request returns that one.
   * @throws AppError `count_changed` when the filter matches a number of items that the caller did not expect
   */
  async start(tenantId: string, actor: Actor, request: BulkRequest): Promise<BulkJob> {
    const { kind, filter, options = {}, expect, note, perMinute } = request;
    const hash = requestHash({ kind, filter, options });
    const verb = this.verbs.get(kind);
    return this.db.forTenant(tenantId, async (tx) => {
      const open = await openJob(tx, tenantId, hash);
      if (open) {
        nothingToAudit();
        return open;
      }
      const total = await verb.count(tx, { tenantId, filter });
      if (!isAsExpected(expect, total))
        throw new AppError('conflict', 'count_changed', `The filter matches ${total} now, not ${expect}. Nothing was done.`, {
          path: 'expect',
        });
      const id = newId();
      noteAudit({ details: { job: id, matching: total, expected: expect, ...(note && { note }) } });
      const made = await tx.query(
        `INSERT INTO bulk_jobs (tenant_id, id, kind, filter, options, note, per_minute, request_hash, total, actor, actor_ref)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant_id, request_hash) WHERE ended_at IS NULL DO NOTHING RETURNING id`,
        [
          tenantId,
          id,
          kind,
          JSON.stringify(filter),
          JSON.stringify(options),
          note ?? null,
          perMinute ?? null,
          hash,
          total,
          ...storedActor(actor),
        ],
      );
      // Another request won: its job is there, open or ended since.
      return made.length > 0 ? read(tx, tenantId, id) : ((await openJob(tx, tenantId, hash)) ?? latest(tx, tenantId, hash));
    });
  }

  /** Counts the items that a filter matches now. */
  count(tenantId: string, kind: string, filter: Record<string, unknown>): Promise<number> {
    nothingToAudit();
    return this.db.forTenant(tenantId, (tx) => this.verbs.get(kind).count(tx, { tenantId, filter }));
  }

  /** Returns jobs of these kinds, newest first. */
  list(tenantId: string, kinds: string[], state: BulkJobState | undefined, page: PageRequest): Promise<Page<BulkJob>> {
    const [before] = jobList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, kinds);
    return this.db.forTenant(tenantId, (tx) =>
      readPage<BulkJob>(tx, jobList, page, {
        columns,
        from: 'bulk_jobs j',
        range: ['j.tenant_id = $1', ...given(before, (p) => `j.id < ${p}::uuid`)],
        checked: ['j.kind = ANY ($2::text[])', ...given(state, (p) => `j.state = ${p}`)],
        order: 'j.id DESC',
        key: ['j.id'],
        values,
      }),
    );
  }

  /** Returns jobs of these tenants that have not ended, newest first, at most 100. @param tenantIds null: all tenants */
  open(tenantIds: string[] | null): Promise<(BulkJob & { tenantId: string })[]> {
    return this.db.query<BulkJob & { tenantId: string }>(
      `SELECT j.tenant_id AS "tenantId", ${columns} FROM bulk_jobs j
       WHERE ($1::uuid[] IS NULL OR j.tenant_id = ANY ($1)) AND j.ended_at IS NULL ORDER BY j.id DESC LIMIT 100`,
      [tenantIds],
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<BulkJob> {
    return this.db.forTenant(tenantId, (tx) => read(tx, tenantId, id));
  }

  /** Ends a job after its present chunk. What was done stays done. A second cancellation changes nothing. @throws AppError `not_found`, `job_ended` */
  cancel(tenantId: string, id: string): Promise<BulkJob> {
    return this.db.forTenant(tenantId, async (tx) => {
      const ended = await tx.query(
        `UPDATE bulk_jobs SET state = 'cancelled', ended_at = heliograph_now() WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL RETURNING id`,
        [tenantId, id],
      );
      const job = await read(tx, tenantId, id);
      noteAudit({ details: { matching: job.total, count: job.done } });
      if (ended.length === 0 && job.state !== 'cancelled') throw new AppError('conflict', 'job_ended', 'The job has ended already.');
      return job;
    });
  }
}

/** @throws AppError not_found */
async function read(tx: Sql, tenantId: string, id: string): Promise<BulkJob> {
  const [row] = await tx.query<BulkJob>(`SELECT ${columns} FROM bulk_jobs j WHERE j.tenant_id = $1 AND j.id = $2`, [tenantId, id]);
  if (!row) throw notFound('job');
  return row;
}

async function openJob(tx: Sql, tenantId: string, hash: Buffer): Promise<BulkJob | undefined> {
  const [row] = await tx.query<BulkJob>(
    `SELECT ${columns} FROM bulk_jobs j WHERE j.tenant_id = $1 AND j.request_hash = $2 AND j.ended_at IS NULL`,
    [tenantId, hash],
  );
  return row;
}

async function latest(tx: Sql, tenantId: string, hash: Buffer): Promise<BulkJob> {
  const [row] = await tx.query<{ id: string }>(
    `SELECT id FROM bulk_jobs WHERE tenant_id = $1 AND request_hash = $2 ORDER BY id DESC LIMIT 1`,
    [tenantId, hash],
  );
  return read(tx, tenantId, row?.id ?? '');
}
