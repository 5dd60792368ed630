import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  type ChangeGuard,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  present,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
  timeKey,
  type Tx,
} from '@heliograph/kernel';
import { assertTimeZone, pausedSinceSql } from '@heliograph/messaging';
import type { Campaign } from './campaign';
import type { CampaignBody, CampaignPatch, CampaignState } from './campaign-body';
import { activeStates, listSql, overStates } from './launch/campaign-moves';

/** An entry of the log of a campaign. */
export interface CampaignLogEntry {
  id: string;
  at: Date;
  kind: string;
  actor: Actor;
  detail: Record<string, unknown> | null;
}

/** Filter of a list. */
export interface CampaignFilter {
  states?: CampaignState[] | undefined;
  /** Part of the name, without regard to case. */
  name?: string | undefined;
}

/** A campaign in a list over all tenants. */
export type CampaignOfTenant = Campaign & { tenantId: string };

/** States in which what a campaign is to do can be edited. A change takes it back to `draft`. */
export const editableStates: readonly CampaignState[] = ['draft', 'checked'];

/** Member of a campaign that names its time zone. */
export const zonePath = 'schedule/time_zone';

const campaignList = new List('campaigns', listKeys.id);
const activeList = new List('active_campaigns', listKeys.time, listKeys.id);
const logList = new List('campaign_log', listKeys.bigint);

/** SQL: launched campaigns `c` with their runs `r`. */
export const launchedSql = 'campaigns c JOIN campaign_runs r ON r.tenant_id = c.tenant_id AND r.campaign_id = c.id';

/** SQL: time from which on a completed campaign `c` with a plan for it is sent again. */
export const retryDueSql = `c.ended_at + make_interval(mins => (c.retry ->> 'gap_min')::int)`;

/**
 * SQL: the end of a launched campaign `r`, a row of `campaign_runs`, as its pauses moved it; null: it has none. A pause before the start moves
 * `expires_at` itself. Each pause counts from the start on: one before it takes no time away.
 * @param isOpenCounted adds the pause that it is in, up to now
 */
export const endOfRunSql = (r: string, isOpenCounted = false): string =>
  `(${r}.expires_at + coalesce(${pausedSinceSql(`${r}.tenant_id`, `${r}.campaign_id`, `${r}.started_at`, isOpenCounted)}, interval '0'))`;

/** SQL: true when a completed campaign `c` ended, or ends, before its next round is due: there will be none. */
export const endsBeforeRetrySql = `coalesce((SELECT ${endOfRunSql('r')} <= greatest(${retryDueSql}, heliograph_now()) FROM campaign_runs r
  WHERE r.tenant_id = c.tenant_id AND r.campaign_id = c.id), false)`;

/** Columns of a campaign `c`, as a `Campaign`. */
export const campaignColumns = `c.id, c.version, c.name, c.state, c.reason, c.detail, c.audience, c.message, c.schedule, c.numbers, c.pace, c.caps, c.requires_consent, c.check_numbers, c.stop_rules, c.retry,
  c.created_at AS "createdAt", ${actorColumn('c.created_by')} AS "createdBy", c.state_changed_at AS "stateChangedAt", ${actorColumn('c.state_changed_by')} AS "stateChangedBy",
  c.launched_at AS "launchedAt", c.ended_at AS "endedAt", c.parent_id AS "parentId", c.approved_at AS "approvedAt", ${actorColumn('c.approved_by')} AS "approvedBy",
  (SELECT jsonb_build_object('templateVersion', r.template_version, 'startsAt', r.starts_at, 'startedAt', r.started_at, 'expandedAt', r.expanded_at, 'messages', r.messages, 'skipped', r.skipped)
   FROM campaign_runs r WHERE r.tenant_id = c.tenant_id AND r.campaign_id = c.id) AS run,
  jsonb_build_object('round', c.retry_round, 'state', c.retry_state, 'nextId', c.retry_id, 'launchesItself', c.launches_itself,
    'dueAt', CASE WHEN c.state = 'completed' AND c.retry_state IS NULL AND c.retry_round < (c.retry ->> 'times')::int AND NOT ${endsBeforeRetrySql} THEN ${retryDueSql} END) AS retries`;

const bodyColumns = [
  'name',
  'audience',
  'message',
  'schedule',
  'numbers',
  'pace',
  'caps',
  'requires_consent',
  'check_numbers',
  'stop_rules',
  'retry',
] as const;
const stored = (body: CampaignBody) =>
  bodyColumns.map((column) => {
    const value = body[column];
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  });

/** Campaigns, as people write them. */
@Injectable()
export class Campaigns {
  constructor(private readonly db: Database) {}

  /** Returns campaigns, newest first. */
  list(tenantId: string, filter: CampaignFilter, page: PageRequest): Promise<Page<Campaign>> {
    const [before] = campaignList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const range = ['c.tenant_id = $1', ...given(before, (p) => `c.id < ${p}::uuid`)];
    const checked = [
      ...given(filter.states, (p) => `c.state = ANY (${p}::text[])`),
      ...given(filter.name, (p) => `position(lower(${p}) IN lower(c.name)) > 0`),
    ];
    return this.db.forTenant(tenantId, (tx) =>
      readPage<Campaign>(tx, campaignList, page, {
        columns: campaignColumns,
        from: 'campaigns c',
        range,
        checked,
        order: 'c.id DESC',
        key: ['c.id'],
        values,
      }),
    );
  }

  /**
   * Returns campaigns that were launched and are not over, in the order of their starts. Reads the index of such campaigns, of which there are few.
   * @param tenantIds null: all tenants
   */
  active(tenantIds: string[] | null, states: readonly (typeof activeStates)[number][], page: PageRequest): Promise<Page<CampaignOfTenant>> {
    const after = activeList.after(page);
    const { values, given } = sqlConditions();
    const range = [
      `c.state IN ${listSql(activeStates)}`,
      ...given(states, (p) => `c.state = ANY (${p}::text[])`),
      ...given(tenantIds ?? undefined, (p) => `c.tenant_id = ANY (${p}::uuid[])`),
      ...given(after?.[0], (p) => `(r.starts_at, c.id) > (${p}::timestamptz, $${values.push(after?.[1])}::uuid)`),
    ];
    return readPage<CampaignOfTenant>(this.db, activeList, page, {
      columns: `c.tenant_id AS "tenantId", ${campaignColumns}`,
      from: launchedSql,
      range,
      order: 'r.starts_at, c.id',
      key: [timeKey('r.starts_at'), 'c.id'],
      values,
    });
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Campaign> {
    return this.db.forTenant(tenantId, (tx) => readCampaign(tx, tenantId, id));
  }

  /** Returns the log of a campaign, newest first. @throws AppError not_found */
  log(tenantId: string, id: string, page: PageRequest): Promise<Page<CampaignLogEntry>> {
    const [before] = logList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, id);
    const range = ['l.tenant_id = $1 AND l.campaign_id = $2', ...given(before, (p) => `l.id < ${p}::bigint`)];
    return this.db.forTenant(tenantId, async (tx) => {
      await readCampaign(tx, tenantId, id);
      return readPage<CampaignLogEntry>(tx, logList, page, {
        columns: `l.id, l.at, l.kind, ${actorColumn('l.actor')} AS actor, l.detail`,
        from: 'campaign_log l',
        range,
        order: 'l.id DESC',
        key: ['l.id'],
        values,
      });
    });
  }

  /** Creates a draft. @throws AppError invalid_time_zone */
  async create(tenantId: string, actor: Actor, body: CampaignBody, parentId: string | null = null): Promise<Campaign> {
    await assertTimeZone(this.db, body.schedule.time_zone, zonePath);
    return this.db.forTenant(tenantId, (tx) => this.createIn(tx, tenantId, actor, body, parentId));
  }

  /** Creates a draft in the caller's transaction. */
  async createIn(
    tx: Tx,
    tenantId: string,
    actor: Actor,
    body: CampaignBody,
    parentId: string | null,
    id: string = newId(),
  ): Promise<Campaign> {
    await tx.query(
      `INSERT INTO campaigns (tenant_id, id, parent_id, created_by, created_by_ref, state_changed_by, state_changed_by_ref, authors, ${bodyColumns.join(', ')})
       VALUES ($1, $2, $3, $4, $5, $4, $5, array_remove(ARRAY[$5::text], NULL), ${bodyColumns.map((_, i) => `$${i + 6}`).join(', ')})`,
      [tenantId, id, parentId, ...storedActor(actor), ...stored(body)],
    );
    await logCampaign(tx, tenantId, id, 'created', actor);
    return readCampaign(tx, tenantId, id);
  }

  /** Replaces the given members; a checked campaign becomes a draft again. @throws AppError not_found, campaign_not_editable, invalid_time_zone */
  async update(tenantId: string, id: string, actor: Actor, patch: CampaignPatch, guard?: ChangeGuard<Campaign>): Promise<Campaign> {
    await assertTimeZone(this.db, patch.schedule?.time_zone, zonePath);
    return this.db.forTenant(tenantId, async (tx) => {
      const before = await lockCampaign(tx, tenantId, id);
      guard?.(before);
      assertEditable(before);
      const given = present(patch);
      if (Object.keys(given).length === 0) return before;
      await tx.query(
        `UPDATE campaigns SET ${bodyColumns.map((column, i) => `${column} = $${i + 5}`).join(', ')}, version = version + 1, state = 'draft',
           state_changed_at = CASE WHEN state = 'draft' THEN state_changed_at ELSE heliograph_now() END,
           state_changed_by = CASE WHEN state = 'draft' THEN state_changed_by ELSE $3 END,
           state_changed_by_ref = CASE WHEN state = 'draft' THEN state_changed_by_ref ELSE $4 END,
           authors = CASE WHEN $4 = ANY (authors) THEN authors ELSE array_remove(authors || $4::text, NULL) END,
           approved_at = NULL, approved_by = NULL, approved_by_ref = NULL, approved_hash = NULL,
           launches_itself = false
         WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, ...storedActor(actor), ...stored({ ...before, ...given })],
      );
      // It was the plan of what the campaign no longer is.
      await tx.query(`DELETE FROM campaign_plans WHERE tenant_id = $1 AND campaign_id = $2`, [tenantId, id]);
      return readCampaign(tx, tenantId, id);
    });
  }

  /** Deletes a campaign that was never launched. @throws AppError not_found, campaign_not_editable */
  delete(tenantId: string, id: string, guard?: ChangeGuard<Campaign>): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const before = await lockCampaign(tx, tenantId, id);
      guard?.(before);
      assertEditable(before);
      await tx.query(`DELETE FROM number_check_passes WHERE tenant_id = $1 AND campaign_id = $2`, [tenantId, id]);
      await tx.query(`DELETE FROM campaign_report_links WHERE tenant_id = $1 AND campaign_id = $2`, [tenantId, id]);
      await tx.query(`DELETE FROM campaign_log WHERE tenant_id = $1 AND campaign_id = $2`, [tenantId, id]);
      await tx.query(`DELETE FROM campaigns WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    });
  }
}

function assertEditable({ state }: Campaign): void {
  if (!editableStates.includes(state))
    throw new AppError('conflict', 'campaign_not_editable', `A campaign in the state ${state} cannot be edited.`);
}

/** @throws AppError not_found */
export async function readCampaign(sql: Sql, tenantId: string, id: string): Promise<Campaign> {
  const [row] = await sql.query<Campaign>(`SELECT ${campaignColumns} FROM campaigns c WHERE c.tenant_id = $1 AND c.id = $2`, [
    tenantId,
    id,
  ]);
  if (!row) throw notFound('campaign');
  return row;
}

/** Returns the campaign with its row locked until the transaction ends. @throws AppError not_found */
export async function lockCampaign(sql: Sql, tenantId: string, id: string): Promise<Campaign> {
  await sql.query(`SELECT 1 FROM campaigns WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
  return readCampaign(sql, tenantId, id);
}

/** Stores an approval of a campaign as it is now, or takes one back. @param approval the approver and the hash of what is approved; null: nobody approves it */
export async function setApproval(sql: Sql, tenantId: string, id: string, approval: { by: Actor; hash: string } | null): Promise<void> {
  await sql.query(
    `UPDATE campaigns SET approved_at = CASE WHEN $3::bytea IS NOT NULL THEN heliograph_now() END, approved_hash = $3, approved_by = $4, approved_by_ref = $5
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, ...(approval ? [Buffer.from(approval.hash, 'hex'), ...storedActor(approval.by)] : [null, null, null])],
  );
}

/** Returns the hash of what was approved, in hexadecimal digits; null: nothing is. */
export async function approvedHashOf(sql: Sql, tenantId: string, id: string): Promise<string | null> {
  const [row] = await sql.query<{ hash: string | null }>(
    `SELECT encode(approved_hash, 'hex') AS hash FROM campaigns WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id],
  );
  return row?.hash ?? null;
}

/** Ends the plan of a campaign for sending it again. @param nextId campaign that is the next round */
export async function settleRetry(
  sql: Sql,
  tenantId: string,
  id: string,
  state: 'made' | 'nobody' | 'stopped' | 'refused',
  nextId: string | null = null,
): Promise<void> {
  await sql.query(`UPDATE campaigns SET retry_state = $3, retry_id = $4 WHERE tenant_id = $1 AND id = $2`, [tenantId, id, state, nextId]);
}

/** Moves a campaign into a state, and notes it in its log. @param kind entry of the log */
export async function moveCampaign(
  sql: Sql,
  tenantId: string,
  id: string,
  actor: Actor,
  to: CampaignState,
  kind: string,
  { reason = null, detail = null }: { reason?: string | null; detail?: Record<string, unknown> | null } = {},
): Promise<void> {
  await sql.query(
    `UPDATE campaigns SET state = $3, reason = $4, detail = $5, state_changed_at = heliograph_now(), state_changed_by = $6, state_changed_by_ref = $7,
       launched_at = CASE WHEN $3 = 'scheduled' THEN coalesce(launched_at, date_trunc('milliseconds', heliograph_now())) ELSE launched_at END,
       ended_at = CASE WHEN $3 IN ${listSql(overStates)} THEN heliograph_now() END, launches_itself = launches_itself AND $3 IN ${listSql(editableStates)}
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, to, reason, detail === null ? null : JSON.stringify(detail), ...storedActor(actor)],
  );
  await logCampaign(
    sql,
    tenantId,
    id,
    kind,
    actor,
    reason === null && detail === null ? null : { ...(reason !== null && { reason }), ...detail },
  );
}

/** Adds an entry to the log of a campaign. */
export async function logCampaign(
  sql: Sql,
  tenantId: string,
  id: string,
  kind: string,
  actor: Actor,
  detail: Record<string, unknown> | null = null,
): Promise<void> {
  await sql.query(
    `WITH logged AS (INSERT INTO campaign_log (tenant_id, campaign_id, kind, actor, actor_ref, detail) VALUES ($1, $2, $3, $4, $5, $6))
     SELECT pg_notify('heliograph_changes', 'campaigns:' || $1::uuid || '/' || $2::uuid)`,
    [tenantId, id, kind, ...storedActor(actor), detail === null ? null : JSON.stringify(detail)],
  );
}
