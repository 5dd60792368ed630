import { Injectable } from '@nestjs/common';
import { AppError, type ChangeGuard, Database, notFound, type Sql } from '@heliograph/kernel';
import { endsWithin } from '@heliograph/templates';
import { LRUCache } from 'lru-cache';
import type { EventTypeBody } from './event-body';
import { type PayloadCheck, readSchema, SchemaError } from './payload-check';
import { TenantTurns } from './tenant-turns';

/** A known type of events. */
export interface EventType {
  name: string;
  description: string | null;
  /** JSON Schema (2020-12) of the payload. */
  schema: object;
  example: Record<string, unknown> | null;
  createdAt: Date;
  updatedAt: Date;
}

const columns = `name, description, schema, example, created_at AS "createdAt", updated_at AS "updatedAt"`;
/** Maximum compiled checks in memory. */
const maxKept = 1_000;
/** Maximum processor time, in ms, to compile a schema and to check its example: the process answers no other request meanwhile. */
const maxReadMs = 100;
const maxCheckMs = 50;

/** Catalogue of a tenant's event types. */
@Injectable()
export class EventTypes {
  private readonly checks = new LRUCache<string, PayloadCheck>({ max: maxKept });
  private readonly turns = new TenantTurns();

  constructor(private readonly db: Database) {}

  list(tenantId: string): Promise<EventType[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query<EventType>(`SELECT ${columns} FROM event_types WHERE tenant_id = $1 ORDER BY name`, [tenantId]),
    );
  }

  /** @throws AppError not_found */
  async get(tenantId: string, name: string): Promise<EventType> {
    const found = await this.find(tenantId, name);
    if (!found) throw notFound('event type');
    return found;
  }

  async find(tenantId: string, name: string): Promise<EventType | null> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<EventType>(`SELECT ${columns} FROM event_types WHERE tenant_id = $1 AND name = $2`, [tenantId, name]),
    );
    return row ?? null;
  }

  /** Creates or replaces an event type. @throws AppError `invalid_schema`; `example_does_not_fit` */
  async put(
    tenantId: string,
    name: string,
    { description, schema, example }: EventTypeBody,
    guard?: ChangeGuard<EventType>,
  ): Promise<EventType> {
    const wrong = await this.turns.take(tenantId, () => tryOutOrThrow(schema, example ?? {}));
    if (example && wrong)
      throw new AppError('unprocessable', 'example_does_not_fit', `The example does not match the schema: ${wrong}.`, { path: 'example' });
    const [row] = await this.db.forTenant(tenantId, async (tx) => {
      if (guard) await this.hold(tx, tenantId, name, guard);
      return tx.query<EventType>(
        `INSERT INTO event_types (tenant_id, name, description, schema, example) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, name) DO UPDATE SET description = excluded.description, schema = excluded.schema, example = excluded.example, updated_at = heliograph_now(),
           revision = DEFAULT RETURNING ${columns}`,
        [tenantId, name, description, JSON.stringify(schema), example && JSON.stringify(example)],
      );
    });
    return row as EventType;
  }

  /** Deletes an event type; its events are unknown from now on. @throws AppError not_found */
  async delete(tenantId: string, name: string, guard?: ChangeGuard<EventType>): Promise<void> {
    const rows = await this.db.forTenant(tenantId, async (tx) => {
      if (guard) await this.hold(tx, tenantId, name, guard);
      return tx.query(`DELETE FROM event_types WHERE tenant_id = $1 AND name = $2 RETURNING name`, [tenantId, name]);
    });
    if (rows.length === 0) throw notFound('event type');
  }

  private async hold(tx: Sql, tenantId: string, name: string, guard: ChangeGuard<EventType>): Promise<void> {
    const [known] = await tx.query<EventType>(`SELECT ${columns} FROM event_types WHERE tenant_id = $1 AND name = $2 FOR UPDATE`, [
      tenantId,
      name,
    ]);
    guard(known ?? null);
  }

  /** Returns the payload checks of these event types, by `tenant/name`; an event type without one is unknown. */
  async checksOf(sql: Sql, wanted: { tenantId: string; name: string }[]): Promise<Map<string, PayloadCheck>> {
    const rows = await sql.prepared<{ tenant_id: string; name: string; revision: string }>(
      'event_type_revisions',
      `SELECT t.tenant_id, t.name, t.revision FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS w(tenant_id, name)) w
       JOIN event_types t ON t.tenant_id = w.tenant_id AND t.name = w.name`,
      [wanted.map((w) => w.tenantId), wanted.map((w) => w.name)],
    );
    const checks = new Map<string, PayloadCheck>();
    for (const { tenant_id, name, revision } of rows) checks.set(`${tenant_id}/${name}`, await this.check(sql, tenant_id, name, revision));
    return checks;
  }

  private async check(sql: Sql, tenantId: string, name: string, revision: string): Promise<PayloadCheck> {
    const known = this.checks.get(revision);
    if (known) return known;
    const [row] = await sql.query<{ schema: object }>(`SELECT schema FROM event_types WHERE tenant_id = $1 AND name = $2`, [
      tenantId,
      name,
    ]);
    const check = readSchema(row?.schema ?? {});
    this.checks.set(revision, check);
    return check;
  }
}

/** @returns what is wrong with the payload; null: nothing */
function tryOutOrThrow(schema: object, payload: object): string | null {
  let wrong: string | null = null;
  try {
    let check: PayloadCheck | undefined;
    if (!endsWithin(maxReadMs, () => (check = readSchema(schema))))
      throw new SchemaError(`Compiling the schema takes more than ${maxReadMs} ms of processor time.`);
    if (endsWithin(maxCheckMs, () => (wrong = check?.(payload) ?? null))) return wrong;
    throw new SchemaError(`The check of a payload takes more than ${maxCheckMs} ms of processor time.`);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new AppError('unprocessable', 'invalid_schema', `The schema cannot be used: ${error.message}`, { path: 'schema' });
  }
}
