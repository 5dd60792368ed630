import { connectionLacks, lacksOf, type ServerFacts } from './server-check';

const good: ServerFacts = {
  version: 150014,
  version_text: '15.14',
  encoding: 'UTF8',
  database: 'heliograph',
  role: 'app',
  schema: 'public',
  is_replica: false,
  has_plpgsql: true,
  may_create_in_database: true,
  may_create_in_schema: true,
  may_create_roles: false,
  tenant_role: { is_usable: true, is_walled: true },
  foreign_owner: null,
  connections: 97,
  unknown_zones: [],
  settings: {
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    autovacuum: 'on',
    track_counts: 'on',
    default_transaction_read_only: 'off',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
  },
  clock_skew_ms: 12,
};
const pools = { DATABASE_POOL: 16, DATABASE_READ_POOL: 8 };
const set = (settings: ServerFacts['settings']): Partial<ServerFacts> => ({ settings: { ...good.settings, ...settings } });

describe('the server check', () => {
  it('reports no problem for a complete server', () => {
    expect(lacksOf(good, pools)).toEqual([]);
    expect(connectionLacks({ refusal: null, dropped: [], hasNotifications: true })).toEqual([]);
  });

  it.each<[string, Partial<ServerFacts>, RegExp]>([
    ['an old version', { version: 130021, version_text: '13.21' }, /PostgreSQL 13\.21; 14 or newer/],
    ['another encoding', { encoding: 'SQL_ASCII' }, /SQL_ASCII.*UTF8/],
    ['a replica', { is_replica: true, ...set({ default_transaction_read_only: 'on' }) }, /replica/],
    ['read only', set({ default_transaction_read_only: 'on' }), /read_only/],
    ['no plpgsql', { has_plpgsql: false }, /plpgsql/],
    ['no schema', { schema: null, may_create_in_schema: false }, /search_path/],
    ['no CREATE in the schema', { may_create_in_schema: false }, /GRANT CREATE ON SCHEMA public TO app/],
    ['no CREATE in the database', { may_create_in_database: false }, /GRANT CREATE ON DATABASE heliograph TO app/],
    ['no tenant role', { tenant_role: null }, /CREATE ROLE heliograph_tenant NOLOGIN; GRANT heliograph_tenant TO app/],
    ['a foreign tenant role', { tenant_role: { is_usable: false, is_walled: true } }, /GRANT heliograph_tenant TO app/],
    ['a tenant role without a wall', { tenant_role: { is_usable: true, is_walled: false } }, /NOBYPASSRLS/],
    ['tables of another role', { foreign_owner: 'owner' }, /GRANT owner TO app/],
    ['few connections', { connections: 67 }, /67 connections.*need 68/],
    ['fsync off', set({ fsync: 'off' }), /fsync/],
    ['synchronous_commit off', set({ synchronous_commit: 'off' }), /synchronous_commit/],
  ])('reports each error in one line: %s', (_, facts, sentence) => {
    expect(lacksOf({ ...good, ...facts }, pools)).toEqual([{ severity: 'error', sentence: expect.stringMatching(sentence) as string }]);
  });

  it.each<[string, Partial<ServerFacts>, RegExp]>([
    ['full_page_writes off', set({ full_page_writes: 'off' }), /full_page_writes/],
    ['autovacuum off', set({ autovacuum: 'off' }), /autovacuum/],
    ['a statement timeout', set({ statement_timeout: '30000' }), /statement_timeout is 30000 ms/],
    ['a transaction timeout', set({ transaction_timeout: '30000' }), /transaction_timeout/],
    ['a short idle timeout', set({ idle_in_transaction_session_timeout: '5000' }), /idle_in_transaction/],
    ['old time zones', { unknown_zones: ['Europe/Kyiv'] }, /1 time zones.*Europe\/Kyiv/],
    ['another time', { clock_skew_ms: -40_000 }, /differ by 40\.0 s/],
  ])('reports each warning in one line: %s', (_, facts, sentence) => {
    expect(lacksOf({ ...good, ...facts }, pools)).toEqual([{ severity: 'warning', sentence: expect.stringMatching(sentence) as string }]);
  });

  it('accepts a role with CREATEROLE that can create the tenant role', () => {
    expect(lacksOf({ ...good, tenant_role: null, may_create_roles: true }, pools)).toEqual([]);
  });

  it.each([
    [{ refusal: 'unsupported startup parameter: options', dropped: [], hasNotifications: false }, /ignore_startup_parameters/],
    [{ refusal: null, dropped: [], hasNotifications: false }, /transaction or statement mode/],
    [
      { refusal: null, dropped: ['jit', 'default_transaction_isolation'], hasNotifications: true },
      /SET default_transaction_isolation = 'read committed'/,
    ],
  ])('reports the effects of a pooler: %j', (connection, sentence) => {
    expect(connectionLacks(connection)).toEqual([expect.objectContaining({ sentence: expect.stringMatching(sentence) as string })]);
  });
});
