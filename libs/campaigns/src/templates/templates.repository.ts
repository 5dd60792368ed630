import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  type ChangeGuard,
  Database,
  type FieldError,
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
  TurnsByKey,
  type Tx,
} from '@heliograph/kernel';
import type { KnownTenant } from '@heliograph/tenants';
import type { TemplateVersion } from './message-template';
import type { TemplateBody, TemplateDraft, TemplatePatch } from './template-body';
import { TemplateCheck } from './template-check';

/** A template in one version. */
export interface Template extends TemplateVersion {
  name: string;
  /** Newest version. */
  newest: number;
  createdAt: Date;
  createdBy: Actor;
  /** Time and actor of this version. */
  changedAt: Date;
  changedBy: Actor;
  archivedAt: Date | null;
}

/** A campaign that sends a template. */
export interface TemplateUse {
  id: string;
  name: string;
  state: string;
  /** Version that it is bound to; null: the newest at its launch. */
  version: number | null;
}

/** Filter of a list. */
export interface TemplateFilter {
  /** Part of the name, without regard to case. */
  name?: string | undefined;
  isArchived?: boolean | undefined;
  /** Type of the content. */
  type?: string | undefined;
}

/** Version of a template of a tenant. */
export interface VersionKey {
  tenantId: string;
  id: string;
  version: number;
}

type OwnTenant = Pick<KnownTenant, 'id' | 'defaultCountry'>;

const templateList = new List('templates', listKeys.id);
const draftColumns = 'v.language, v.content, v.languages, v.defaults';
const columns = `t.id AS "templateId", v.version, t.version AS newest, v.name, ${draftColumns}, t.created_at AS "createdAt", ${actorColumn('t.created_by')} AS "createdBy",
  v.created_at AS "changedAt", ${actorColumn('v.actor')} AS "changedBy", t.archived_at AS "archivedAt"`;
const versionOf = (version: string) =>
  `JOIN message_template_versions v ON v.tenant_id = t.tenant_id AND v.template_id = t.id AND v.version = ${version}`;

/** Templates of messages. Each change is a new version, and versions never change. */
@Injectable()
export class Templates {
  /** Checks take the processor: those of one tenant follow one another, before they hold a connection. */
  private readonly turns = new TurnsByKey({ atOnce: 2, ofKey: 1, maxWaitMs: 10_000 });

  constructor(
    private readonly db: Database,
    private readonly check: TemplateCheck,
  ) {}

  /** Returns templates, newest first. */
  list(tenantId: string, { name, isArchived = false, type }: TemplateFilter, page: PageRequest): Promise<Page<Template>> {
    const [before] = templateList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const range = ['t.tenant_id = $1', ...given(before, (p) => `t.id < ${p}::uuid`)];
    const checked = [
      `t.archived_at IS ${isArchived ? 'NOT NULL' : 'NULL'}`,
      ...given(name, (p) => `position(lower(${p}) IN lower(t.name)) > 0`),
      ...given(type, (p) => `v.content->>'type' = ${p}`),
    ];
    return this.db.forTenant(tenantId, (tx) =>
      readPage<Template>(tx, templateList, page, {
        columns,
        from: 'message_templates t',
        joins: versionOf('t.version'),
        range,
        checked,
        order: 't.id DESC',
        key: ['t.id'],
        values,
      }),
    );
  }

  /** Returns a version of a template, archived or not. @param version null: the newest @throws AppError not_found */
  get(tenantId: string, id: string, version: number | null = null): Promise<Template> {
    return this.db.forTenant(tenantId, (tx) => readTemplateRow(tx, tenantId, id, version));
  }

  /** Returns versions, newest first, at most 500. @throws AppError not_found */
  versions(tenantId: string, id: string): Promise<Template[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const rows = await tx.query<Template>(
        `SELECT ${columns} FROM message_templates t JOIN message_template_versions v ON v.tenant_id = t.tenant_id AND v.template_id = t.id
         WHERE t.tenant_id = $1 AND t.id = $2 ORDER BY v.version DESC LIMIT 500`,
        [tenantId, id],
      );
      if (rows.length === 0) throw notFound('template');
      return rows;
    });
  }

  /** Returns campaigns that send the template, newest first, at most 100. @throws AppError not_found */
  uses(tenantId: string, id: string): Promise<TemplateUse[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      await readTemplateRow(tx, tenantId, id, null);
      return tx.query<TemplateUse>(
        `SELECT c.id, c.name, c.state, (c.message->>'template_version')::int AS version FROM campaigns c
         WHERE c.tenant_id = $1 AND c.message->>'template_id' = $2 ORDER BY c.id DESC LIMIT 100`,
        [tenantId, id],
      );
    });
  }

  /** @throws AppError `invalid_template` with the path; `busy` */
  create(tenant: OwnTenant, actor: Actor, body: TemplateBody): Promise<Template> {
    const id = newId();
    return this.inTurn(tenant.id, async (tx) => {
      await this.check.check(tx, tenant, body);
      await tx.query(
        `INSERT INTO message_templates (tenant_id, id, version, name, created_by, created_by_ref) VALUES ($1, $2, 1, $3, $4, $5)`,
        [tenant.id, id, body.name, ...storedActor(actor)],
      );
      await addVersion(tx, tenant.id, id, 1, actor, body);
      return readTemplateRow(tx, tenant.id, id, null);
    });
  }

  /** Replaces the given members in a new version. Archiving alone makes none. @throws AppError not_found, `invalid_template` with the path, `busy` */
  update(tenant: OwnTenant, id: string, actor: Actor, patch: TemplatePatch, guard?: ChangeGuard<Template>): Promise<Template> {
    const { is_archived, ...members } = patch;
    const given = present(members);
    return this.inTurn(tenant.id, async (tx) => {
      await tx.query(`SELECT 1 FROM message_templates WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenant.id, id]);
      const before = await readTemplateRow(tx, tenant.id, id, null);
      guard?.(before);
      if (is_archived !== undefined && is_archived !== (before.archivedAt !== null))
        await tx.query(
          `UPDATE message_templates SET archived_at = CASE WHEN $3 THEN heliograph_now() END WHERE tenant_id = $1 AND id = $2`,
          [tenant.id, id, is_archived],
        );
      if (Object.keys(given).length > 0) {
        const { name, language, content, languages, defaults } = before;
        const body: TemplateBody = { name, language, content, languages, defaults, ...given };
        await this.check.check(tx, tenant, body);
        await addVersion(tx, tenant.id, id, before.version + 1, actor, body);
        await tx.query(`UPDATE message_templates SET version = $3, name = $4 WHERE tenant_id = $1 AND id = $2`, [
          tenant.id,
          id,
          before.version + 1,
          body.name,
        ]);
      }
      return readTemplateRow(tx, tenant.id, id, null);
    });
  }

  /** Returns the faults of contents that are not stored. */
  faultsOf(tenant: OwnTenant, draft: TemplateDraft): Promise<FieldError[]> {
    return this.inTurn(tenant.id, (tx) => this.check.faultsOf(tx, tenant, draft));
  }

  private inTurn<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.turns.run(tenantId, () => this.db.forTenant(tenantId, work));
  }
}

/** Reads versions of templates of any tenants in one statement. */
export async function readVersions(sql: Sql, keys: VersionKey[]): Promise<(TemplateVersion & { tenantId: string })[]> {
  return sql.prepared<TemplateVersion & { tenantId: string }>(
    'template_versions',
    `SELECT v.tenant_id AS "tenantId", v.template_id AS "templateId", v.version, ${draftColumns}
     FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS w(tenant_id, id, version)
     JOIN message_template_versions v ON v.tenant_id = w.tenant_id AND v.template_id = w.id AND v.version = w.version`,
    [keys.map((key) => key.tenantId), keys.map((key) => key.id), keys.map((key) => key.version)],
  );
}

/** Reads the newest version of templates of any tenants in one statement. */
export async function readNewest(sql: Sql, keys: Omit<VersionKey, 'version'>[]): Promise<(TemplateVersion & { tenantId: string })[]> {
  return sql.prepared<TemplateVersion & { tenantId: string }>(
    'newest_templates',
    `SELECT v.tenant_id AS "tenantId", v.template_id AS "templateId", v.version, ${draftColumns}
     FROM unnest($1::uuid[], $2::uuid[]) AS w(tenant_id, id) JOIN message_templates t ON t.tenant_id = w.tenant_id AND t.id = w.id ${versionOf('t.version')}`,
    [keys.map((key) => key.tenantId), keys.map((key) => key.id)],
  );
}

async function addVersion(tx: Sql, tenantId: string, id: string, version: number, actor: Actor, body: TemplateBody): Promise<void> {
  await tx.query(
    `INSERT INTO message_template_versions (tenant_id, template_id, version, name, language, content, languages, defaults, actor, actor_ref)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      tenantId,
      id,
      version,
      body.name,
      body.language,
      JSON.stringify(body.content),
      JSON.stringify(body.languages),
      JSON.stringify(body.defaults),
      ...storedActor(actor),
    ],
  );
}

async function readTemplateRow(sql: Sql, tenantId: string, id: string, version: number | null): Promise<Template> {
  const [row] = await sql.query<Template>(
    `SELECT ${columns} FROM message_templates t ${versionOf('coalesce($3::int, t.version)')} WHERE t.tenant_id = $1 AND t.id = $2`,
    [tenantId, id, version],
  );
  if (!row) throw notFound(version === null ? 'template' : 'version of the template');
  return row;
}
