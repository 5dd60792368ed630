import { readFileSync } from 'node:fs';
import { Client, type ClientBase, type ClientConfig, type PoolConfig } from 'pg';
import { parse } from 'pg-connection-string';

/** Configuration keys that define the location of PostgreSQL. */
export interface DatabaseConfig {
  DATABASE_URL: string;
  DATABASE_CA?: string | undefined;
}

/** Location of PostgreSQL: the configuration, or a URL alone. */
export type DatabaseTarget = string | DatabaseConfig;

/** Purpose of a connection. */
export interface ConnectionUse {
  applicationName: string;
  /** Schema of unqualified names; absent: the server's `search_path`. */
  searchPath?: string;
  /** Maximum duration of a statement, in ms; absent: the server's setting. */
  statementTimeoutMs?: number;
  connectionTimeoutMs?: number;
  /** Plans a prepared statement once per connection, for any parameters; absent: PostgreSQL plans each of the first five runs. */
  plansOnce?: boolean;
}

/** The fault of a connection string as a sentence. It shows no part of the string, which may contain a password. */
export class ConnectionStringError extends Error {}

/**
 * Settings that every connection sets, whatever the server, the database or the role define. Functions of the schema disable a
 * plan type, which PostgreSQL before 18 implements as a cost of 10^10: its JIT compiler takes that for a huge query and compiles
 * each call. Statements read a few rows by index from memory, so a random page costs little more than a sequential one. The SQL is
 * written for READ COMMITTED; times are read in ISO format; hours start as in UTC; a listening connection is idle for long.
 */
export const sessionSettings: Readonly<Record<string, string>> = {
  jit: 'off',
  random_page_cost: '1.1',
  default_transaction_isolation: 'read\\ committed',
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  idle_session_timeout: '0',
};

/** Maximum idle time of a pooled connection, in ms. */
const idleMs = 120_000;

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * A client whose lost connection never ends the process. A client emits `error` when the server closes its connection between
 * statements, also while a pool or a library holds it. Its next query fails, and the caller handles that.
 */
export class HeldClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** Options of a pg client or pool. A pool waits for `onConnect`, which the types of pg do not say. */
type ConnectionOptions = Omit<PoolConfig, 'onConnect'> & { Client: typeof HeldClient; onConnect?: (client: ClientBase) => Promise<void> };

/**
 * Returns options of a pg client or pool. The only reader of DATABASE_URL, for pg, TypeORM and BullMQ alike. The URL's `options`
 * come first; those that `use` needs come last and win.
 * @throws ConnectionStringError
 */
export function connectionOptions(target: DatabaseTarget, use: ConnectionUse): ConnectionOptions {
  const { DATABASE_URL, DATABASE_CA } = typeof target === 'string' ? { DATABASE_URL: target } : target;
  const read = readConnectionString(DATABASE_URL);
  const own: Record<string, string> = {
    ...(use.searchPath && { search_path: use.searchPath }),
    ...(use.plansOnce && { plan_cache_mode: 'force_generic_plan' }),
    ...(use.statementTimeoutMs && { statement_timeout: String(use.statementTimeoutMs) }),
  };
  const ours = Object.entries({ ...sessionSettings, ...own }).map(([name, value]) => `-c ${name}=${value}`);
  return {
    ...read,
    ...(DATABASE_CA && { ssl: { ...(typeof read.ssl === 'object' && read.ssl), ca: certificate(DATABASE_CA) } }),
    options: [...(read.options ? [read.options] : []), ...ours].join(' '),
    application_name: use.applicationName,
    keepAlive: true,
    // For pools only: a new connection must plan every statement again.
    idleTimeoutMillis: idleMs,
    connectionTimeoutMillis: use.connectionTimeoutMs ?? 5_000,
    Client: HeldClient,
    // A pooler drops `options`. What differs by pool cannot be given to the role instead.
    ...(Object.keys(own).length > 0 && { onConnect: (client: ClientBase) => setAll(client, own) }),
  };
}

async function setAll(client: ClientBase, settings: Record<string, string>): Promise<void> {
  await client.query('SELECT set_config(name, setting, false) FROM unnest($1::text[], $2::text[]) s(name, setting)', [
    Object.keys(settings),
    Object.values(settings),
  ]);
}

/** Returns a client outside the pools. The caller connects and closes it. */
export function newClient(target: DatabaseTarget, use: ConnectionUse): Client {
  return new HeldClient(connectionOptions(target, use));
}

/** Returns the fault of a connection string as a sentence without a subject, or null. */
export function connectionStringFault(text: string): string | null {
  try {
    readConnectionString(text);
    return null;
  } catch (error) {
    if (error instanceof ConnectionStringError) return error.message;
    throw error;
  }
}

/** Returns the certificates of a PEM text, or of the file that it names. @throws ConnectionStringError */
export function certificate(textOrFile: string): string {
  if (textOrFile.includes('-----BEGIN CERTIFICATE-----')) return textOrFile.replaceAll('\\n', '\n');
  const text = readOrThrow(textOrFile, 'names a file that cannot be read');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new ConnectionStringError('holds no certificate in PEM form');
  return text;
}

type Read = Pick<ClientConfig, 'user' | 'password' | 'host' | 'port' | 'database' | 'ssl' | 'options'>;

function readConnectionString(text: string): Read {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new ConnectionStringError('must start with postgres:// or postgresql://');
  if (text.includes('#')) throw new ConnectionStringError('contains "#"; write it as %23');
  let read: ReturnType<typeof parse>;
  try {
    read = parse(explicit(text));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'EACCES')
      throw new ConnectionStringError('names a certificate or key file that cannot be read');
    throw new ConnectionStringError(
      'cannot be read as postgres://user:password@host:port/database; in user and password write : / ? # @ as %3A %2F %3F %23 %40',
    );
  }
  if (read.host?.includes(',')) throw new ConnectionStringError('names several hosts; name one, or a proxy in front of them');
  const mode = (read as { sslmode?: string }).sslmode;
  if (mode && !sslModes.includes(mode)) throw new ConnectionStringError(`has an invalid sslmode; valid are ${sslModes.join(', ')}`);
  return {
    ...(read.user && { user: read.user }),
    ...(read.password && { password: read.password }),
    ...(read.host && { host: read.host }),
    ...(read.port && { port: Number(read.port) }),
    ...(read.database && { database: read.database }),
    ...(read.ssl !== undefined && { ssl: read.ssl as ClientConfig['ssl'] }),
    ...(read.options && { options: read.options }),
  };
}

/** Returns the same string without ambiguity: encodes spaces and each percent sign that encodes nothing. */
function explicit(text: string): string {
  return (
    text
      .replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
      .replaceAll(' ', '%20')
      // Text that cannot be decoded was not encoded.
      .replace(/^(\w+:\/\/)([^/?@]*)@/, (whole, scheme: string, login: string) =>
        isEncodedText(login) ? whole : `${scheme}${login.replaceAll('%', '%25')}@`,
      )
      // Each of these modes verifies the certificate, as the parser warns; `verify-full` states it.
      .replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, text.includes('uselibpqcompat') ? '$&' : '$1verify-full')
  );
}

function isEncodedText(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function readOrThrow(file: string, fault: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConnectionStringError(fault);
  }
}
