import { Inject, Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  APP_CONFIG,
  AppError,
  type ChangeGuard,
  Database,
  Egress,
  invalidBody,
  newId,
  notFound,
  p95Of,
  SealedSecrets,
  type Sql,
  storedActor,
  type Tx,
} from '@heliograph/kernel';
import { unknownSessions } from '@heliograph/tenants';
import { type CallbackData, callbackEvent, type CallbackType, callbackTypes } from './callback-types';
import { CallbackEvents } from './callback-events.repository';
import { callRevision } from './callback-queue.repository';
import type { OutboundConfig } from './outbound.config';
import { newSecret } from './signature';

/** Hours during which the previous secret signs too. */
const overlapHours = 24;

/** Maximum count of pending callbacks; more are reported as this number. */
export const maxPending = 10_000;

/** SQL: pending callbacks of an endpoint, counted up to a bound. @param endpoint SQL of its id */
export const pendingOf = (endpoint: string, max: number): string =>
  `SELECT count(*)::int AS count FROM (SELECT 1 FROM callbacks c WHERE c.endpoint_id = ${endpoint} AND c.state = 'pending' LIMIT ${max}) c`;

/** Settings of an endpoint that a client sets. */
export interface EndpointSettings {
  name: string;
  url: string;
  /** Event types it receives; null: all, including later ones. */
  types: CallbackType[] | null;
  sessionIds: string[] | null;
  onlyActionable: boolean;
  headers: Record<string, string>;
  ordered: boolean;
  batchSize: number;
  ratePerS: number;
  concurrency: number;
}

/** Calls of an endpoint in the last 24 hours, this hour included. Written every few seconds. */
export interface EndpointDay {
  calls: number;
  failed: number;
  /** Duration that 95 % of the calls did not exceed, in ms; null without calls. */
  p95Ms: number | null;
  /** Hours with calls, oldest first. */
  hours: { at: Date; calls: number; failed: number }[];
}

/** An endpoint as people see it, without its secret and the values of its headers. */
export interface CallbackEndpoint extends Omit<EndpointSettings, 'headers'> {
  id: string;
  headerNames: string[];
  state: 'active' | 'paused' | 'disabled';
  disabledReason: string | null;
  failures: number;
  failingSince: Date | null;
  closedUntil: Date | null;
  previousSecretUntil: Date | null;
  pending: number;
  dropped: number;
  lastDay: EndpointDay;
  /** Raised by each change of the settings. */
  revision: number;
  createdAt: Date;
  /** Null for endpoints older than the storage of actors. */
  createdBy: Actor | null;
  /** Null: the endpoint was never set, paused, resumed or disabled since its creation. */
  changedBy: Actor | null;
  changedAt: Date | null;
}

/** Data needed to call an endpoint. */
export interface EndpointCall {
  tenantId: string;
  id: string;
  revision: number;
  url: string;
  headers: Record<string, string>;
  /** The current secret; during a rotation also the previous one. */
  secrets: string[];
  ordered: boolean;
  batchSize: number;
  ratePerS: number;
  concurrency: number;
  failures: number;
  failingSince: Date | null;
  /** Unix time by the database's clock less `performance.now()`, in ms: receivers reject timestamps of a worker with a wrong clock. */
  clockMs: number;
}

interface EndpointRow extends Omit<CallbackEndpoint, 'headerNames' | 'dropped' | 'lastDay'> {
  tenantId: string;
  headers: string | null;
  dropped: string;
  hours: { at: string; calls: number; failed: number; durations: number[] }[] | null;
}

interface CallRow extends Omit<EndpointCall, 'headers' | 'secrets' | 'clockMs'> {
  nowMs: number;
  headers: string | null;
  secret: string;
  previousSecret: string | null;
}

const settings = `e.tenant_id AS "tenantId", e.id, e.url, e.headers, e.ordered, e.batch_size AS "batchSize", e.rate_per_s AS "ratePerS", e.concurrency, e.failures,
  e.failing_since AS "failingSince"`;
const columns = `${settings}, e.name, e.types, e.session_ids AS "sessionIds", e.only_actionable AS "onlyActionable", e.state, e.disabled_reason AS "disabledReason",
  e.revision, e.closed_until AS "closedUntil", CASE WHEN e.previous_secret_until > heliograph_now() THEN e.previous_secret_until END AS "previousSecretUntil", e.dropped,
  e.created_at AS "createdAt", ${actorColumn('e.created_by')} AS "createdBy", ${actorColumn('e.changed_by')} AS "changedBy", e.changed_at AS "changedAt",
  (${pendingOf('e.id', maxPending)}) AS pending,
  (SELECT json_agg(json_build_object('at', h.hour, 'calls', h.calls, 'failed', h.failed, 'durations', h.durations) ORDER BY h.hour) FROM callback_hours h
   WHERE h.tenant_id = e.tenant_id AND h.endpoint_id = e.id AND h.hour > heliograph_now() - interval '24 hours') AS hours`;

const headersOf = (tenantId: string, id: string) => `callback_endpoints.headers:${tenantId}:${id}`;
const secretOf = (tenantId: string, id: string) => `callback_endpoints.secret:${tenantId}:${id}`;

/** Columns of this lib with sealed values, for the command that reseals them. */
export const sealedCallbackColumns = [
  { table: 'callback_endpoints', column: 'headers' },
  { table: 'callback_endpoints', column: 'secret' },
  { table: 'callback_endpoints', column: 'previous_secret' },
] as const;

/** Records the actor of a change of an endpoint, in the caller's transaction. */
async function stamp(tx: Sql, tenantId: string, actor: Actor, id: string): Promise<void> {
  await tx.query(
    `UPDATE callback_endpoints SET changed_by = $3, changed_by_ref = $4, changed_at = heliograph_now() WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, ...storedActor(actor)],
  );
}

/** Endpoints of a tenant: settings, state, and the data needed to call them. */
@Injectable()
export class CallbackEndpoints {
  private readonly ownHost: string;

  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    private readonly egress: Egress,
    private readonly events: CallbackEvents,
    @Inject(APP_CONFIG) private readonly config: OutboundConfig & { PUBLIC_URL: string },
  ) {
    this.ownHost = hostOf(config.PUBLIC_URL);
  }

  /**
   * @param paused true: creates the endpoint paused
   * @returns the endpoint and its secret
   * @throws AppError `url_not_allowed`; `too_many_endpoints`; `not_found` for an unknown session or one of another tenant
   */
  create(tenantId: string, actor: Actor, draft: EndpointSettings, paused = false): Promise<{ endpoint: CallbackEndpoint; secret: string }> {
    this.checkUrl(draft.url);
    const id = newId();
    const secret = newSecret();
    return this.db.forTenant(tenantId, async (tx) => {
      // Serialised, so that concurrent requests cannot exceed the limit.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('callback_endpoints:' || $1, 0))`, [tenantId]);
      const [{ count } = { count: 0 }] = await tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM callback_endpoints WHERE tenant_id = $1 AND state <> 'deleted'`,
        [tenantId],
      );
      const maxEndpoints = this.config.CALLBACK_ENDPOINTS_PER_TENANT;
      if (count >= maxEndpoints)
        throw new AppError('unprocessable', 'too_many_endpoints', `A tenant has at most ${maxEndpoints} endpoints.`);
      await this.checkSessions(tx, tenantId, draft.sessionIds);
      await tx.query(
        `INSERT INTO callback_endpoints (tenant_id, id, name, url, types, session_ids, only_actionable, headers, ordered, batch_size, rate_per_s, concurrency, secret, state, created_by, created_by_ref)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
        [
          ...this.values(tenantId, id, draft),
          this.secrets.seal(secret, secretOf(tenantId, id)),
          paused ? 'paused' : 'active',
          ...storedActor(actor),
        ],
      );
      return { endpoint: await this.read(tx, tenantId, id), secret };
    });
  }

  list(tenantId: string): Promise<CallbackEndpoint[]> {
    return this.db.forTenant(tenantId, async (tx) =>
      (
        await tx.query<EndpointRow>(
          `SELECT ${columns} FROM callback_endpoints e WHERE e.tenant_id = $1 AND e.state <> 'deleted' ORDER BY e.id`,
          [tenantId],
        )
      ).map((row) => this.toEndpoint(row)),
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<CallbackEndpoint> {
    return this.db.forTenant(tenantId, (tx) => this.read(tx, tenantId, id));
  }

  /** Replaces the given settings. @throws as `create` */
  update(
    tenantId: string,
    actor: Actor,
    id: string,
    changes: Partial<EndpointSettings>,
    guard?: ChangeGuard<CallbackEndpoint>,
  ): Promise<CallbackEndpoint> {
    if (changes.url !== undefined) this.checkUrl(changes.url);
    return this.db.forTenant(tenantId, async (tx) => {
      await this.checkSessions(tx, tenantId, changes.sessionIds ?? null);
      const known = await this.row(tx, tenantId, id, 'FOR UPDATE');
      guard?.(this.toEndpoint(known));
      const headers = this.openHeaders(known);
      await tx.query(
        `UPDATE callback_endpoints SET name = $3, url = $4, types = $5, session_ids = $6, only_actionable = $7, headers = $8, ordered = $9, batch_size = $10, rate_per_s = $11,
           concurrency = $12, revision = revision + 1 WHERE tenant_id = $1 AND id = $2`,
        this.values(tenantId, id, { ...known, headers, ...changes }),
      );
      // Without order, callbacks need not wait for each other; after a change of the batch size, batches are formed again.
      if (known.ordered && changes.ordered === false)
        await tx.query(
          `UPDATE callbacks SET waits = false WHERE endpoint_id = $1 AND state = 'pending' AND order_key IS NOT NULL AND waits`,
          [id],
        );
      if (changes.batchSize !== undefined && changes.batchSize !== known.batchSize)
        await tx.query(`UPDATE callbacks SET batch_id = NULL WHERE endpoint_id = $1 AND state = 'pending' AND batch_id IS NOT NULL`, [id]);
      await stamp(tx, tenantId, actor, id);
      return this.read(tx, tenantId, id);
    });
  }

  /** Deletes an endpoint and drops its pending callbacks. @throws AppError not_found */
  async delete(tenantId: string, actor: Actor, id: string, guard?: ChangeGuard<CallbackEndpoint>): Promise<void> {
    await this.db.forTenant(tenantId, async (tx) => {
      const known = await this.row(tx, tenantId, id, 'FOR UPDATE');
      guard?.(this.toEndpoint(known));
      await tx.query(`UPDATE callback_endpoints SET state = 'deleted', revision = revision + 1 WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
      ]);
      await tx.query(`DELETE FROM callbacks WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'pending'`, [tenantId, id]);
      await stamp(tx, tenantId, actor, id);
    });
  }

  /** Pauses deliveries; callbacks are kept. @throws AppError not_found */
  pause(tenantId: string, actor: Actor, id: string): Promise<CallbackEndpoint> {
    return this.db.forTenant(tenantId, async (tx) => {
      await this.row(tx, tenantId, id, 'FOR UPDATE');
      const paused = await tx.query(
        `UPDATE callback_endpoints SET state = 'paused' WHERE tenant_id = $1 AND id = $2 AND state = 'active' RETURNING id`,
        [tenantId, id],
      );
      if (paused.length > 0) await stamp(tx, tenantId, actor, id);
      return this.read(tx, tenantId, id);
    });
  }

  /** Resumes a paused or disabled endpoint; pending callbacks are due at once. @throws AppError not_found */
  async resume(tenantId: string, actor: Actor, id: string): Promise<CallbackEndpoint> {
    await this.db.forTenant(tenantId, async (tx) => {
      await this.row(tx, tenantId, id, 'FOR UPDATE');
      await tx.query(
        `UPDATE callback_endpoints SET state = 'active', disabled_reason = NULL, failures = 0, failing_since = NULL, alerts = 0, closed_until = NULL, revision = revision + 1
         WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id],
      );
      await stamp(tx, tenantId, actor, id);
    });
    while (await this.db.forTenant(tenantId, (tx) => this.events.hurry(tx, id)));
    return this.get(tenantId, id);
  }

  /** Returns the secret and, while it signs too, the previous one. @throws AppError not_found */
  secret(tenantId: string, id: string): Promise<{ secret: string; previous: string | null }> {
    return this.db.forTenant(tenantId, async (tx) => {
      await this.row(tx, tenantId, id);
      return this.openSecrets(tx, tenantId, id);
    });
  }

  /** Creates a new secret; the previous one signs too for 24 hours. @throws AppError not_found */
  rotateSecret(tenantId: string, actor: Actor, id: string): Promise<{ endpoint: CallbackEndpoint; secret: string }> {
    const secret = newSecret();
    return this.db.forTenant(tenantId, async (tx) => {
      await this.row(tx, tenantId, id, 'FOR UPDATE');
      await tx.query(
        `UPDATE callback_endpoints SET previous_secret = secret, previous_secret_until = heliograph_now() + $4 * interval '1 hour', secret = $3, revision = revision + 1
         WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id, this.secrets.seal(secret, secretOf(tenantId, id)), overlapHours],
      );
      await stamp(tx, tenantId, actor, id);
      return { endpoint: await this.read(tx, tenantId, id), secret };
    });
  }

  /**
   * Sends a test event to the endpoint, whatever its types: marked as a test, with the data of a real one of the type.
   * @param data default: the example of the type
   * @returns the event's id
   * @throws AppError not_found; `invalid_body` when the data does not fit the type
   */
  test(tenantId: string, id: string, type: CallbackType = 'endpoint.test', data?: Record<string, unknown>): Promise<string> {
    const sent = type === 'endpoint.test' ? { endpoint_id: id, text: 'It works.', ...data } : (data ?? { ...callbackTypes[type].example });
    const wrong = callbackTypes[type].data.safeParse(sent).error;
    if (wrong) throw invalidBody(wrong.issues, 'data/');
    return this.db.forTenant(tenantId, async (tx) => {
      await this.row(tx, tenantId, id);
      const of = { tenantId, sessionId: null, orderKey: id, at: new Date(), isTest: true };
      const event = callbackEvent(type, of, sent as CallbackData<typeof type>);
      await this.events.storeFor(tx, id, event);
      return event.id;
    });
  }

  /** Returns the data to call it; null when the turn is over, or the endpoint must not be called. */
  async call({ id, turnId }: { id: string; turnId: string }): Promise<EndpointCall | null> {
    const [row] = await this.db.prepared<CallRow>(
      'callback_endpoint_call',
      `SELECT ${settings}, ${callRevision} AS revision, extract(epoch FROM clock_timestamp())::float8 * 1000 AS "nowMs", e.secret, CASE WHEN e.previous_secret_until > heliograph_now() THEN e.previous_secret END AS "previousSecret"
       FROM callback_endpoints e WHERE e.id = $1 AND e.turn_id = $2 AND e.state = 'active'`,
      [id, turnId],
    );
    if (!row) return null;
    const { secret, previousSecret, nowMs, ...call } = row;
    const clockMs = nowMs - performance.now();
    const open = (sealed: string) => this.secrets.open(sealed, secretOf(row.tenantId, row.id));
    return { ...call, clockMs, headers: this.openHeaders(row), secrets: [open(secret), ...(previousSecret ? [open(previousSecret)] : [])] };
  }

  private values(tenantId: string, id: string, of: EndpointSettings): unknown[] {
    const headers = Object.keys(of.headers).length > 0 ? this.secrets.seal(JSON.stringify(of.headers), headersOf(tenantId, id)) : null;
    const { name, url, types, sessionIds, onlyActionable, ordered, batchSize, ratePerS, concurrency } = of;
    return [tenantId, id, name, url, types, sessionIds, onlyActionable, headers, ordered, batchSize, ratePerS, concurrency];
  }

  /** Refuses our own address, which would be a loop. */
  private checkUrl(url: string): void {
    const isOwn = URL.canParse(url) && hostOf(url) === this.ownHost;
    this.egress.check(isOwn ? '' : url, 'url');
  }

  private async checkSessions(tx: Tx, tenantId: string, ids: string[] | null): Promise<void> {
    if (!ids) return;
    if ((await unknownSessions(tx, tenantId, ids)).length > 0) throw notFound('session');
  }

  private async row(tx: Sql, tenantId: string, id: string, lock: '' | 'FOR UPDATE' = ''): Promise<EndpointRow> {
    const [row] = await tx.query<EndpointRow>(
      `SELECT ${columns} FROM callback_endpoints e WHERE e.tenant_id = $1 AND e.id = $2 AND e.state <> 'deleted' ${lock}`,
      [tenantId, id],
    );
    if (!row) throw notFound('callback endpoint');
    return row;
  }

  private async read(tx: Sql, tenantId: string, id: string): Promise<CallbackEndpoint> {
    return this.toEndpoint(await this.row(tx, tenantId, id));
  }

  private toEndpoint({ tenantId, headers, pending, dropped, hours, ...row }: EndpointRow): CallbackEndpoint {
    const names = Object.keys(this.openHeaders({ tenantId, id: row.id, headers }));
    return { ...row, headerNames: names, pending, dropped: Number(dropped), lastDay: dayOf(hours ?? []) };
  }

  private openHeaders({ tenantId, id, headers }: { tenantId: string; id: string; headers: string | null }): Record<string, string> {
    return headers ? (JSON.parse(this.secrets.open(headers, headersOf(tenantId, id))) as Record<string, string>) : {};
  }

  private async openSecrets(tx: Sql, tenantId: string, id: string): Promise<{ secret: string; previous: string | null }> {
    const [row] = await tx.query<{ secret: string; previous: string | null }>(
      `SELECT secret, CASE WHEN previous_secret_until > heliograph_now() THEN previous_secret END AS previous
       FROM callback_endpoints WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    const open = (sealed: string) => this.secrets.open(sealed, secretOf(tenantId, id));
    const { secret, previous } = row as { secret: string; previous: string | null };
    return { secret: open(secret), previous: previous === null ? null : open(previous) };
  }
}

function dayOf(hours: NonNullable<EndpointRow['hours']>): EndpointDay {
  const sum = (of: (hour: (typeof hours)[number]) => number) => hours.reduce((total, hour) => total + of(hour), 0);
  const classes = Math.max(0, ...hours.map(({ durations }) => durations.length));
  return {
    calls: sum(({ calls }) => calls),
    failed: sum(({ failed }) => failed),
    p95Ms: p95Of(Array.from({ length: classes }, (_, at) => sum(({ durations }) => durations[at] ?? 0))),
    hours: hours.map(({ at, calls, failed }) => ({ at: new Date(at), calls, failed })),
  };
}

/** Returns host and port of a URL, regardless of http or https and of a trailing dot. */
function hostOf(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname.replace(/\.+$/, '')}:${port === '80' || port === '443' ? '' : port}`;
}
