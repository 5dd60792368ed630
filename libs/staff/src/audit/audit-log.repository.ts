import { Injectable } from '@nestjs/common';
import {
  type Actor,
  type AuditedAct,
  auditContext,
  Database,
  List,
  listKeys,
  type Page,
  type PageRequest,
  readPage,
  sqlConditions,
  type Sql,
} from '@heliograph/kernel';

/** A row that an act changed, with the changed fields before and after. Null before: the row was created; null after: it was deleted. */
export interface AuditChange {
  kind: string;
  id: string | null;
  name: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** An entry of the audit log. */
export interface AuditEntry {
  id: string;
  at: Date;
  /** Null: the change belongs to the installation. */
  tenantId: string | null;
  actor: Actor;
  action: string;
  /** With the name that it had then, as far as the log knows it. */
  subject: { kind: string; id: string | null; name: string | null } | null;
  changes: AuditChange[];
  details: Record<string, unknown> | null;
  address: string | null;
  requestId: string | null;
}

/** Filters of the audit log. */
export interface AuditFilter {
  /** Tenants whose entries are shown; null: all entries, also those of the installation. */
  tenants: readonly string[] | null;
  actorKind?: Actor['kind'] | undefined;
  actorId?: string | undefined;
  /** A name, or a prefix that ends with a dot. */
  action?: string | undefined;
  subjectKind?: string | undefined;
  subjectId?: string | undefined;
  address?: string | undefined;
  requestId?: string | undefined;
  since?: Date | undefined;
  before?: Date | undefined;
}

const entries = new List('audit', listKeys.bigint);

/** Entries of a subject among which its name is looked for: the latest ones before an entry, and the first ones. */
const maxNamesRead = { latest: 50, first: 5 };

/** SQL: the last name that a subject had in the entries before `l`, which itself has none. */
const lastName = `(SELECT n.subject_name FROM (
    (SELECT x.id, x.subject_name FROM audit_log x WHERE x.subject_kind = l.subject_kind AND x.subject_id = l.subject_id AND x.for_tenant_id IS NOT DISTINCT FROM l.for_tenant_id AND x.id < l.id
     ORDER BY x.id DESC LIMIT ${maxNamesRead.latest})
    UNION ALL
    (SELECT x.id, x.subject_name FROM audit_log x WHERE x.subject_kind = l.subject_kind AND x.subject_id = l.subject_id AND x.for_tenant_id IS NOT DISTINCT FROM l.for_tenant_id AND x.id < l.id
     ORDER BY x.id LIMIT ${maxNamesRead.first})
  ) n WHERE n.subject_name IS NOT NULL ORDER BY n.id DESC LIMIT 1)`;

const columns = `l.id::text AS id, l.at, l.for_tenant_id AS "tenantId", jsonb_build_object('kind', l.actor_kind, 'id', l.actor_id, 'name', l.actor_name) AS actor,
  l.action, CASE WHEN l.subject_kind IS NOT NULL THEN jsonb_build_object('kind', l.subject_kind, 'id', l.subject_id, 'name', coalesce(l.subject_name, ${lastName})) END AS subject,
  l.changes, l.details, l.address, l.request_id AS "requestId"`;

/** Time by which the order of ids may differ from the order of times: an id is taken later than the time of its statement. */
const slack = `interval '1 hour'`;
const maxId = '9223372036854775807';
/** SQL for the id of the entry that is nearest to a time. */
const idBy = (condition: string, order: 'ASC' | 'DESC'): string =>
  `SELECT a.id FROM audit_log a WHERE ${condition} ORDER BY a.at ${order}, a.id ${order} LIMIT 1`;

/** Reads the audit log. The database writes entries in the transaction of the change. */
@Injectable()
export class AuditLog {
  constructor(private readonly db: Database) {}

  /** Returns a page of entries, newest first. */
  list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    // Nothing is read, so that no cursor leads a reader without tenants through the entries of others.
    if (filter.tenants?.length === 0) return Promise.resolve({ rows: [], next: null });
    const [before] = entries.after(page) ?? [];
    const { values, given } = sqlConditions();
    const [tenant, ...others] = filter.tenants ?? [];
    // Each of these has an index in the order of the list; one page examines a bounded number of rows for the others.
    const indexed = [
      filter.subjectKind !== undefined && filter.subjectId !== undefined
        ? [...given(filter.subjectKind, (kind) => `l.subject_kind = ${kind}`), ...given(filter.subjectId, (id) => `l.subject_id = ${id}`)]
        : [],
      given(filter.actorId, (id) => `l.actor_id = ${id}`),
      given(filter.action?.endsWith('.') ? undefined : filter.action, (name) => `l.action = ${name}`),
      given(others.length === 0 ? tenant : undefined, (id) => `l.for_tenant_id = ${id}::uuid`),
    ].flat();
    return readPage<AuditEntry, [typeof listKeys.bigint]>(this.db, entries, page, {
      columns,
      from: 'audit_log l',
      range: [
        'true',
        ...indexed,
        ...given(before, (at) => `l.id < ${at}::bigint`),
        ...given(filter.since, (at) => `l.id > coalesce((${idBy(`a.at <= ${at}::timestamptz - ${slack}`, 'DESC')}), 0)`),
        ...given(filter.before, (at) => `l.id < coalesce((${idBy(`a.at >= ${at}::timestamptz + ${slack}`, 'ASC')}), ${maxId})`),
      ],
      checked: [
        ...given(
          filter.tenants?.length === 1 ? undefined : (filter.tenants ?? undefined),
          (ids) => `l.for_tenant_id = ANY (${ids}::uuid[])`,
        ),
        ...given(filter.actorKind, (kind) => `l.actor_kind = ${kind}`),
        ...given(filter.action?.endsWith('.') ? filter.action : undefined, (prefix) => `starts_with(l.action, ${prefix})`),
        ...given(filter.subjectId === undefined ? filter.subjectKind : undefined, (kind) => `l.subject_kind = ${kind}`),
        ...given(filter.subjectKind === undefined ? filter.subjectId : undefined, (id) => `l.subject_id = ${id}`),
        ...given(filter.address, (address) => `l.address = ${address}`),
        ...given(filter.requestId, (id) => `l.request_id = ${id}`),
        ...given(filter.since, (at) => `l.at >= ${at}`),
        ...given(filter.before, (at) => `l.at < ${at}`),
      ],
      order: 'l.id DESC',
      key: ['l.id'],
      values,
    });
  }

  /** Returns an entry that the reader may see; null: there is none. */
  async find(id: string, tenants: readonly string[] | null): Promise<AuditEntry | null> {
    const [row] = await this.db.query<AuditEntry>(
      `SELECT ${columns} FROM audit_log l WHERE l.id = $1::bigint AND ($2::uuid[] IS NULL OR l.for_tenant_id = ANY ($2))`,
      [id, tenants],
    );
    return row ?? null;
  }

  /** Writes an entry for an act that changed no row here, or changed it through a library; with `tx`, in that transaction. */
  async write(act: AuditedAct, tx: Sql = this.db): Promise<void> {
    await tx.query('SELECT heliograph_audit_insert($1::jsonb, $2::jsonb)', [auditContext(act), '[]']);
  }
}
