import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { KernelConfig } from '../config/kernel.config';
import { type ConnectionUse, connectionOptions, type DatabaseConfig, HeldClient, newClient, sessionSettings } from './connection';
import { sqlState } from './database';

/** Connections of a process beside its pool: those of the queue, of the change feed, and of other feeds and checks. */
export const connectionsBesidePool = 14;

type Pools = Pick<KernelConfig, 'DATABASE_POOL' | 'DATABASE_READ_POOL'>;

/** A problem of the server. An error prevents or endangers operation; a warning is for information. */
export interface Lack {
  severity: 'error' | 'warning';
  sentence: string;
}

/** Result of a check of the server: a one-line summary (null when it cannot be reached) and its problems. */
export interface ServerReport {
  summary: string | null;
  lacks: Lack[];
}

/** Properties of the server, its database and the role, as an ordinary connection reads them. */
export interface ServerFacts {
  version: number;
  version_text: string;
  encoding: string;
  database: string;
  role: string;
  schema: string | null;
  is_replica: boolean;
  has_plpgsql: boolean;
  /** True when the role has CREATE in the database, or the queue's schema exists already. */
  may_create_in_database: boolean;
  may_create_in_schema: boolean;
  may_create_roles: boolean;
  /** Attributes of `heliograph_tenant`; null: the role does not exist. */
  tenant_role: { is_usable: boolean; is_walled: boolean } | null;
  /** Owner of the tables, when this role does not have the owner's rights. */
  foreign_owner: string | null;
  /** Connections that the server, the database and the role allow for clients. */
  connections: number;
  unknown_zones: string[];
  /** Settings as text; times in ms. */
  settings: Record<string, string | null>;
  /** Clock of the server minus the clock of this machine, in ms. */
  clock_skew_ms: number;
}

/** Outcome of a connection with the settings of the product. */
export interface ProductConnection {
  /** Error text of the server or pooler when it rejects the settings of a connection; null: it accepts them. */
  refusal: string | null;
  /** Settings that did not reach the server. */
  dropped: string[];
  /** True when a listening connection received a notification. */
  hasNotifications: boolean;
}

const oldestVersion = 140_000;
const maxClockSkewMs = 2_000;
const shortestIdleMs = 60_000;
const notificationMs = 2_000;
const connectMs = 5_000;
const readSettings = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'autovacuum',
  'track_counts',
  'default_transaction_read_only',
  'statement_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
];

const factsSql = `
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS version_text,
  current_setting('server_encoding') AS encoding, current_database()::text AS database, current_user::text AS role, current_schema()::text AS schema,
  pg_is_in_recovery() AS is_replica,
  EXISTS (SELECT FROM pg_language WHERE lanname = 'plpgsql') AS has_plpgsql,
  has_database_privilege(current_database(), 'CREATE') OR to_regnamespace('bullmq') IS NOT NULL AS may_create_in_database,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create_in_schema,
  me.rolsuper OR me.rolcreaterole AS may_create_roles,
  (SELECT json_build_object(
     'is_usable', me.rolsuper OR pg_has_role(t.oid, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END),
     'is_walled', NOT (t.rolsuper OR t.rolbypassrls))
   FROM pg_roles t WHERE t.rolname = 'heliograph_tenant') AS tenant_role,
  (SELECT pg_get_userbyid(c.relowner) FROM pg_class c
   WHERE c.oid = to_regclass('schema_migrations') AND NOT (me.rolsuper OR pg_has_role(c.relowner, 'USAGE'))) AS foreign_owner,
  least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
    nullif(me.rolconnlimit, -1)) AS connections,
  ARRAY(SELECT zone FROM unnest($1::text[]) zone EXCEPT SELECT name FROM pg_timezone_names ORDER BY 1) AS unknown_zones,
  (SELECT json_object_agg(name, CASE WHEN unit = 'ms' THEN setting ELSE current_setting(name) END) FROM pg_settings WHERE name = ANY ($2)) AS settings
FROM pg_roles me WHERE me.rolname = current_user`;

/** Checks the server as an administrator would, before installation or at run time. Changes nothing. */
export async function checkServer(config: DatabaseConfig & Pools): Promise<ServerReport> {
  const use: ConnectionUse = { applicationName: 'heliograph-check', connectionTimeoutMs: connectMs };
  const { options: _, ...plain } = connectionOptions(config, use);
  const client = new HeldClient(plain);
  let facts: ServerFacts;
  try {
    await client.connect();
    facts = await readFacts(client);
  } catch (error) {
    return { summary: null, lacks: [{ severity: 'error', sentence: unreachable(error) }] };
  } finally {
    await client.end().catch(() => undefined);
  }
  const lacks = [...lacksOf(facts, config), ...(facts.version < oldestVersion ? [] : connectionLacks(await tryConnection(config, use)))];
  const { api, worker } = connectionsOf(config);
  return {
    summary: `PostgreSQL ${facts.version_text}, database ${facts.database}, role ${facts.role}: ${facts.connections} connections. An api takes ${api} of them and a worker ${worker}, with DATABASE_POOL=${config.DATABASE_POOL} and DATABASE_READ_POOL=${config.DATABASE_READ_POOL}.`,
    lacks,
  };
}

async function readFacts(client: Client): Promise<ServerFacts> {
  const before = Date.now();
  const { rows: times } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const here = (before + Date.now()) / 2;
  const { rows } = await client.query<Omit<ServerFacts, 'clock_skew_ms'>>(factsSql, [Intl.supportedValuesOf('timeZone'), readSettings]);
  return { ...(rows[0] as ServerFacts), clock_skew_ms: (times[0] as { now: Date }).now.getTime() - here };
}

/** Returns the connections that a process may hold at a time. */
function connectionsOf({ DATABASE_POOL, DATABASE_READ_POOL }: Pools): { api: number; worker: number } {
  const worker = DATABASE_POOL + connectionsBesidePool;
  return { api: worker + DATABASE_READ_POOL, worker };
}

/** Evaluates the facts. Pure. */
export function lacksOf(facts: ServerFacts, pools: Pools): Lack[] {
  const lacks: Lack[] = [];
  const error = (isLacking: boolean, sentence: string) => isLacking && lacks.push({ severity: 'error', sentence });
  const warning = (isLacking: boolean, sentence: string) => isLacking && lacks.push({ severity: 'warning', sentence });
  const { settings, role, database, schema, tenant_role: tenant } = facts;
  const isOff = (name: string) => settings[name] === 'off';
  const ms = (name: string) => Number(settings[name] ?? 0);
  const { api, worker } = connectionsOf(pools);

  error(facts.version < oldestVersion, `The server is PostgreSQL ${facts.version_text}; 14 or newer is needed.`);
  error(facts.encoding !== 'UTF8', `The database is encoded in ${facts.encoding}. Create it with ENCODING 'UTF8'.`);
  error(facts.is_replica, 'The server is a replica and accepts no writes. Set DATABASE_URL to the primary.');
  error(
    !facts.is_replica && settings.default_transaction_read_only === 'on',
    'default_transaction_read_only is on: all writes fail. Turn it off for the role, the database or the server.',
  );
  error(!facts.has_plpgsql, 'The language plpgsql is missing: CREATE EXTENSION plpgsql.');
  error(schema === null, 'The search_path contains no existing schema that the role may use.');
  error(schema !== null && !facts.may_create_in_schema, `Migrations need: GRANT CREATE ON SCHEMA ${schema} TO ${role}.`);
  error(!facts.may_create_in_database, `Migrations need: GRANT CREATE ON DATABASE ${database} TO ${role}.`);
  error(
    tenant === null && !facts.may_create_roles,
    `The role heliograph_tenant is missing and ${role} may not create it. An administrator runs: CREATE ROLE heliograph_tenant NOLOGIN; GRANT heliograph_tenant TO ${role}.`,
  );
  error(
    tenant !== null && !tenant.is_usable && !facts.may_create_roles,
    `The role may not act as heliograph_tenant. An administrator runs: GRANT heliograph_tenant TO ${role}.`,
  );
  error(
    tenant?.is_walled === false,
    'The role heliograph_tenant bypasses row level security: ALTER ROLE heliograph_tenant NOSUPERUSER NOBYPASSRLS.',
  );
  error(
    facts.foreign_owner !== null,
    `The tables belong to ${facts.foreign_owner}, and ${role} does not have its rights: it would see no rows. Connect as ${facts.foreign_owner}, or GRANT ${facts.foreign_owner} TO ${role}.`,
  );
  error(
    facts.connections < api + worker,
    `${facts.connections} connections are available to clients; one api and one worker need ${api + worker} (DATABASE_POOL + ${connectionsBesidePool} each, and DATABASE_READ_POOL for the api). Raise max_connections or the limit of database or role, or lower the pools.`,
  );
  error(isOff('fsync'), 'fsync is off: acknowledged messages are lost when the machine fails.');
  error(isOff('synchronous_commit'), 'synchronous_commit is off: acknowledged messages are lost when the server fails.');
  warning(isOff('full_page_writes'), 'full_page_writes is off: only safe on a file system that never writes half a page.');
  warning(isOff('autovacuum') || isOff('track_counts'), 'autovacuum does not run: tables grow and statements get slow.');
  for (const name of ['statement_timeout', 'transaction_timeout'])
    warning(ms(name) > 0, `${name} is ${ms(name)} ms: migrations and purges that take longer are cancelled.`);
  const idle = ms('idle_in_transaction_session_timeout');
  warning(idle > 0 && idle < shortestIdleMs, `idle_in_transaction_session_timeout is ${idle} ms; keep it at ${shortestIdleMs} or above.`);
  warning(
    facts.unknown_zones.length > 0,
    `The server does not know ${facts.unknown_zones.length} time zones that this process knows, such as ${facts.unknown_zones[0]}; no setting can use them. Update its time zone data.`,
  );
  const skew = Math.abs(facts.clock_skew_ms);
  warning(
    skew > maxClockSkewMs,
    `The clocks of this machine and of the server differ by ${(skew / 1_000).toFixed(1)} s. Synchronise both by NTP: the server's clock decides, and ids use the clock of this machine.`,
  );
  return lacks;
}

/** Evaluates how a connection of the product was established. Pure. */
export function connectionLacks({ refusal, dropped, hasNotifications }: ProductConnection): Lack[] {
  const lacks: Lack[] = [];
  if (refusal !== null)
    return [
      {
        severity: 'error',
        sentence: `A connection with the product's settings is refused (${refusal}). A pooler must forward or drop them; PgBouncer: pool_mode = session, ignore_startup_parameters = options.`,
      },
    ];
  if (!hasNotifications)
    lacks.push({
      severity: 'error',
      sentence:
        'A listening connection receives no notifications: there is a pooler in transaction or statement mode. Connect to the server directly, or to a pooler in session mode.',
    });
  if (dropped.length > 0)
    lacks.push({
      severity: 'warning',
      sentence: `A pooler drops the settings of connections. Set them on the role: ${dropped
        .map((name) => `ALTER ROLE … SET ${name} = '${sessionSettings[name]?.replaceAll('\\', '')}'`)
        .join('; ')}.`,
    });
  return lacks;
}

/** Connects as the product does, compares the settings, and sends itself a notification. */
async function tryConnection(config: DatabaseConfig, use: ConnectionUse): Promise<ProductConnection> {
  const [listener, notifier] = [newClient(config, use), newClient(config, use)];
  try {
    await listener.connect();
    await notifier.connect();
  } catch (error) {
    await Promise.allSettled([listener.end(), notifier.end()]);
    return { refusal: (error as Error).message, dropped: [], hasNotifications: false };
  }
  try {
    const { rows } = await listener.query<{ name: string; value: string }>(
      'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) name',
      [Object.keys(sessionSettings)],
    );
    const plainly = (name: string, text = '') =>
      (name === 'datestyle' ? (text.split(',')[0] as string) : text.replaceAll('\\', '')).toLowerCase();
    const dropped = rows.filter(({ name, value }) => plainly(name, value) !== plainly(name, sessionSettings[name])).map(({ name }) => name);

    const channel = `heliograph_check_${randomBytes(6).toString('hex')}`;
    const arrived = new Promise<boolean>((resolve) => listener.once('notification', () => resolve(true)));
    await listener.query(`LISTEN ${channel}`);
    await notifier.query(`NOTIFY ${channel}`);
    const hasNotifications = await Promise.race([arrived, sleep(notificationMs, false, { ref: false })]);
    return { refusal: null, dropped, hasNotifications };
  } finally {
    await Promise.allSettled([listener.end(), notifier.end()]);
  }
}

/** Returns a sentence that explains why a connection failed. */
function unreachable(error: unknown): string {
  const { message, code } = error as { message: string; code?: unknown };
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return `The server refuses the user or password of DATABASE_URL (${message}).`;
    case '3D000':
      return `The database of DATABASE_URL does not exist (${message}). Create it: CREATE DATABASE … ENCODING 'UTF8'.`;
    case '53300':
      return `The server has no free connection (${message}). Raise max_connections.`;
    default:
      return /CERT|certificate|SSL|TLS/i.test(`${String(code)} ${message}`)
        ? `TLS to the server fails (${message}). A private CA goes into DATABASE_CA; for a server without TLS, remove sslmode.`
        : `The server cannot be reached (${message || String(code)}).`;
  }
}
