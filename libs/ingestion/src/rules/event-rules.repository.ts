import { Injectable } from '@nestjs/common';
import { readNewest } from '@heliograph/campaigns';
import {
  type Actor,
  actorColumn,
  AppError,
  type ChangeGuard,
  Database,
  newId,
  notFound,
  present,
  type Sql,
  storedActor,
  type Tx,
} from '@heliograph/kernel';
import type { EventRuleBody, EventRulePatch, RuleAction } from './rule-body';
import { checkRule } from './rule-check';
import { type Rule, templateOf } from './rule-plan';

/** Results of a version of a rule. An event that is replayed counts again. */
export interface RuleCounts {
  acted: number;
  notMatched: number;
  failed: number;
  lastActedAt: Date | null;
  /** Time of the last event that the rule was asked about. */
  lastAt: Date | null;
}

/** A rule in its current version. */
export interface EventRule extends Rule {
  event: string;
  isActive: boolean;
  /** Counts of this version alone. */
  counts: RuleCounts;
  /** Actor of this version. */
  actor: Actor;
  createdAt: Date;
  changedAt: Date;
}

/** A version of a rule. */
export interface EventRuleVersion {
  version: number;
  event: string;
  condition: string | null;
  maxAgeS: number | null;
  actions: RuleAction[];
  actor: Actor;
  counts: RuleCounts;
  createdAt: Date;
}

/** Maximum rules per tenant. */
const maxRules = 500;
const columns = `r.id, r.version, r.name, r.event_name AS event, r.is_active AS "isActive", v.condition, v.max_age_s AS "maxAgeS", v.actions, ${actorColumn('v.actor')} AS actor, r.created_at AS "createdAt",
  v.created_at AS "changedAt"`;
const source = `event_rules r JOIN event_rule_versions v ON v.tenant_id = r.tenant_id AND v.rule_id = r.id AND v.version = r.version`;
/** SQL of the counts of a version `v` as JSON. Readers of events leave it out. */
const countColumns = `coalesce(k.acted, 0)::float8 AS acted, coalesce(k.not_matched, 0)::float8 AS "notMatched", coalesce(k.failed, 0)::float8 AS failed,
  k.last_acted_at AS "lastActedAt", k.last_at AS "lastAt"`;
const countsOfVersion = `LEFT JOIN event_rule_counts k ON k.tenant_id = v.tenant_id AND k.rule_id = v.rule_id AND k.version = v.version`;

function withCounts<T extends { counts: RuleCounts }>({
  acted,
  notMatched,
  failed,
  lastActedAt,
  lastAt,
  ...row
}: Omit<T, 'counts'> & RuleCounts): T {
  return { ...row, counts: { acted, notMatched, failed, lastActedAt, lastAt } } as unknown as T;
}

/** Rules of tenants. Each change creates a new version; messages name the version that created them. */
@Injectable()
export class EventRules {
  constructor(private readonly db: Database) {}

  /** Returns rules, oldest first: the order of evaluation. */
  list(tenantId: string, event: string | undefined): Promise<EventRule[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Omit<EventRule, 'counts'> & RuleCounts>(
        `SELECT ${columns}, ${countColumns} FROM ${source} ${countsOfVersion} WHERE r.tenant_id = $1 AND r.deleted_at IS NULL AND ($2::text IS NULL OR r.event_name = $2) ORDER BY r.id`,
        [tenantId, event ?? null],
      );
      return rows.map(withCounts<EventRule>);
    });
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<EventRule> {
    return this.db.forTenant(tenantId, (tx) => read(tx, tenantId, id));
  }

  /** Returns versions, newest first, also of a deleted rule. @throws AppError not_found */
  versions(tenantId: string, id: string): Promise<EventRuleVersion[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Omit<EventRuleVersion, 'counts'> & RuleCounts>(
        `SELECT v.version, v.event_name AS event, v.condition, v.max_age_s AS "maxAgeS", v.actions, ${actorColumn('v.actor')} AS actor, v.created_at AS "createdAt", ${countColumns}
         FROM event_rule_versions v ${countsOfVersion} WHERE v.tenant_id = $1 AND v.rule_id = $2 ORDER BY v.version DESC`,
        [tenantId, id],
      );
      if (rows.length === 0) throw notFound('event rule');
      return rows.map(withCounts<EventRuleVersion>);
    });
  }

  /** @throws AppError `invalid_rule` with the path; `too_many_rules`; `no_drips` */
  async create(tenantId: string, body: EventRuleBody, actor: Actor): Promise<EventRule> {
    checkRule(body);
    const id = newId();
    return this.db.forTenant(tenantId, async (tx) => {
      const [{ count } = { count: 0 }] = await tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM event_rules WHERE tenant_id = $1 AND deleted_at IS NULL`,
        [tenantId],
      );
      if (count >= maxRules) throw new AppError('unprocessable', 'too_many_rules', `A tenant has at most ${maxRules} rules.`);
      await tx.query(`INSERT INTO event_rules (tenant_id, id, version, name, event_name, is_active) VALUES ($1, $2, 1, $3, $4, $5)`, [
        tenantId,
        id,
        body.name,
        body.event,
        body.is_active,
      ]);
      await assertTemplates(tx, tenantId, body.actions);
      await addVersion(tx, tenantId, id, 1, body, actor);
      return read(tx, tenantId, id);
    });
  }

  /** Replaces the given members in a new version. @throws as `create`, `not_found` */
  async update(tenantId: string, id: string, patch: EventRulePatch, actor: Actor, guard?: ChangeGuard<EventRule>): Promise<EventRule> {
    return this.db.forTenant(tenantId, async (tx) => {
      await tx.query(`SELECT 1 FROM event_rules WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
      const known = await read(tx, tenantId, id);
      guard?.(known);
      const { name, event, condition, maxAgeS: max_age_s, actions, isActive: is_active } = known;
      const given = present(patch);
      const body: EventRuleBody = { name, event, condition, max_age_s, actions, is_active, ...given };
      checkRule(body);
      await assertTemplates(tx, tenantId, body.actions);
      const version = known.version + 1;
      await addVersion(tx, tenantId, id, version, body, actor);
      await tx.query(`UPDATE event_rules SET version = $3, name = $4, event_name = $5, is_active = $6 WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
        version,
        body.name,
        body.event,
        body.is_active,
      ]);
      return read(tx, tenantId, id);
    });
  }

  /** Returns rules whose messages a template makes, oldest first. */
  sending(tenantId: string, templateId: string): Promise<Pick<EventRule, 'id' | 'name' | 'isActive'>[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `SELECT r.id, r.name, r.is_active AS "isActive" FROM ${source} WHERE r.tenant_id = $1 AND r.deleted_at IS NULL AND v.actions @> $2::jsonb ORDER BY r.id`,
        [tenantId, JSON.stringify([{ type: 'send_message', message: { type: 'template', template_id: templateId } }])],
      ),
    );
  }

  /** Deletes a rule. Its versions stay, since messages name them. @throws AppError not_found */
  async delete(tenantId: string, id: string, guard?: ChangeGuard<EventRule>): Promise<void> {
    await this.db.forTenant(tenantId, async (tx) => {
      await tx.query(`SELECT 1 FROM event_rules WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
      const known = await read(tx, tenantId, id);
      guard?.(known);
      await tx.query(`UPDATE event_rules SET deleted_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
    });
  }

  /** Returns the active rules for these events, by `tenant/event`, in the order of evaluation. */
  async activeFor(sql: Sql, wanted: { tenantId: string; name: string }[]): Promise<Map<string, Rule[]>> {
    const rows = await sql.prepared<Rule & { tenantId: string; event: string }>(
      'active_rules',
      `SELECT r.tenant_id AS "tenantId", ${columns} FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS w(tenant_id, name)) w
       JOIN ${source} ON r.tenant_id = w.tenant_id AND r.event_name = w.name WHERE r.deleted_at IS NULL AND r.is_active ORDER BY r.id`,
      [wanted.map((w) => w.tenantId), wanted.map((w) => w.name)],
    );
    return Map.groupBy(rows, (row) => `${row.tenantId}/${row.event}`);
  }
}

/** Refuses a rule that names a template which the tenant does not have. @throws AppError `invalid_rule` with the path */
async function assertTemplates(tx: Tx, tenantId: string, actions: RuleAction[]): Promise<void> {
  const named = actions.map((action) => (action.type === 'send_message' ? templateOf(action.message) : null));
  const ids = [...new Set(named.filter((id) => id !== null))];
  if (ids.length === 0) return;
  const found = await readNewest(
    tx,
    ids.map((id) => ({ tenantId, id })),
  );
  const place = named.findIndex((id) => id !== null && !found.some(({ templateId }) => templateId === id));
  if (place >= 0)
    throw new AppError('unprocessable', 'invalid_rule', 'The message cannot be sent as it is.', {
      errors: [{ path: `actions/${place}/message/template_id`, code: 'unknown_template', message: 'No such template.' }],
    });
}

async function addVersion(tx: Tx, tenantId: string, id: string, version: number, body: EventRuleBody, actor: Actor): Promise<void> {
  await tx.query(
    `INSERT INTO event_rule_versions (tenant_id, rule_id, version, event_name, condition, max_age_s, actions, actor, actor_ref) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [tenantId, id, version, body.event, body.condition, body.max_age_s, JSON.stringify(body.actions), ...storedActor(actor)],
  );
}

async function read(tx: Sql, tenantId: string, id: string): Promise<EventRule> {
  const [row] = await tx.query<Omit<EventRule, 'counts'> & RuleCounts>(
    `SELECT ${columns}, ${countColumns} FROM ${source} ${countsOfVersion} WHERE r.tenant_id = $1 AND r.id = $2 AND r.deleted_at IS NULL`,
    [tenantId, id],
  );
  if (!row) throw notFound('event rule');
  return withCounts<EventRule>(row);
}
