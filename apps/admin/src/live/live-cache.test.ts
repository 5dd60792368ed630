import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveCache, type LiveRecord, laidOver, merged } from './live-cache';

const tenant = 't1';
const record = (over: Partial<LiveRecord> = {}): LiveRecord => ({
  resource: 'sessions',
  tenant_id: tenant,
  id: 'a',
  version: 1,
  patch: { status: 'logged_out' },
  ...over,
});
const listKey = ['numbers', 'getList', { pagination: { page: 1, perPage: 25 } }];

describe('what the panel has read', () => {
  let queries: QueryClient;
  let cache: LiveCache;
  let readAnew: unknown[];
  beforeEach(() => {
    vi.useFakeTimers();
    queries = new QueryClient();
    cache = new LiveCache(queries);
    readAnew = [];
    vi.spyOn(queries, 'invalidateQueries').mockImplementation(async (filter) => void readAnew.push(filter?.queryKey ?? 'everything'));
  });
  afterEach(() => {
    cache.stop();
    vi.useRealTimers();
  });

  it('takes the newest of each record, whatever the order in which they come', () => {
    const records = [
      record({ version: 3, patch: { status: 'c' } }),
      record({ version: 2, patch: { status: 'b', name: 'old' } }),
      record({ id: 'z' }),
    ];
    expect(merged(records).map(({ id, version, patch }) => [id, version, patch])).toEqual([
      ['a', 3, { status: 'c' }],
      ['z', 1, { status: 'logged_out' }],
    ]);
    expect(merged([record({ version: 1, patch: { name: 'N' } }), record({ version: 2, patch: null })])[0]?.patch).toBeNull();
  });

  it('is patched in the row that changed, and in no other', () => {
    const other = { id: 'b', status: 'connected' };
    queries.setQueryData(listKey, { data: [{ id: 'a', status: 'connected', name: 'Line' }, other], pageInfo: {} });
    queries.setQueryData(['numbers', 'getOne', { id: 'a', meta: undefined }], { id: 'a', status: 'connected', name: 'Line' });
    cache.apply([record()]);
    const list = queries.getQueryData<{ data: unknown[] }>(listKey);
    expect(list?.data[0]).toEqual({ id: 'a', status: 'logged_out', name: 'Line' });
    expect(list?.data[1]).toBe(other);
    expect(queries.getQueryData(['numbers', 'getOne', { id: 'a', meta: undefined }])).toMatchObject({ status: 'logged_out' });
  });

  it('is not turned back by an older version', () => {
    queries.setQueryData(listKey, { data: [{ id: 'a', status: 'connected' }] });
    cache.apply([record({ version: 5, patch: { status: 'new' } })]);
    cache.apply([record({ version: 4, patch: { status: 'old' } })]);
    expect(queries.getQueryData(listKey)).toEqual({ data: [{ id: 'a', status: 'new' }] });
  });

  it('keeps the same list when the record is in none', () => {
    queries.setQueryData(listKey, { data: [{ id: 'b' }] });
    const before = queries.getQueryData(listKey);
    cache.apply([record()]);
    expect(queries.getQueryData(listKey)).toBe(before);
  });

  it('is read anew where no patch can tell, at most once in two seconds', () => {
    for (let version = 1; version <= 10; version++) cache.apply([record({ version, patch: null })]);
    cache.apply([record({ resource: 'alerts', id: tenant, patch: {} })]);
    expect(readAnew).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(readAnew).toEqual([
      ['numbers', 'getList'],
      ['numbers_of_clients', 'getList'],
      ['number', tenant, 'a'],
      ['numbers', 'names', tenant],
      ['alerts'],
    ]);
  });

  it('has the inbox patched and read at once, then at most once in two seconds', () => {
    const key = ['conversations', tenant, 'now', {}];
    queries.setQueryData(key, { data: [{ id: 'a', unread: 0, kind: 'person' }, { id: 'b' }] });
    queries.setQueryData(['conversations', tenant, 'newest', 'a'], {});
    cache.apply([record({ resource: 'conversations', patch: { unread: 1 } })]);
    expect(queries.getQueryData(key)).toEqual({ data: [{ id: 'a', unread: 1, kind: 'person' }, { id: 'b' }] });
    // What nobody looks at is not read.
    const first = readAnew.splice(0);
    expect(first).toEqual([
      ['conversations', tenant, 'newest', 'a'],
      ['conversations', tenant, 'now'],
    ]);
    for (let version = 2; version < 9; version++) cache.apply([record({ resource: 'conversations', version, patch: { unread: version } })]);
    expect(readAnew).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(readAnew.splice(0)).toEqual(first);
    cache.apply([record({ resource: 'conversations', version: 9, patch: {} })]);
    expect(readAnew).toEqual([]);
  });

  it('follows a campaign by its group, which has the same id: at once, then at most every 750 ms', () => {
    const results = ['campaign', tenant, 'a', 'results'];
    const reads = () => readAnew.filter((key) => JSON.stringify(key) === JSON.stringify(results)).length;
    cache.apply([record({ resource: 'groups', patch: { state: 'open' } })]);
    // Nobody looks at it.
    expect(reads()).toBe(0);
    queries.setQueryData(results, { audience: 5 });
    for (let version = 2; version < 6; version++) cache.apply([record({ resource: 'groups', version, patch: {} })]);
    expect(reads()).toBe(1);
    vi.advanceTimersByTime(750);
    expect(reads()).toBe(2);
    vi.advanceTimersByTime(10_000);
    expect(reads()).toBe(2);
    cache.apply([record({ resource: 'groups', version: 9, patch: {} })]);
    expect(reads()).toBe(3);
  });

  it('has what the page of a campaign shows of acts read at once, such as an approval', () => {
    const check = ['campaign', tenant, 'a', 'check', '3'];
    queries.setQueryData(check, { needs_approval: true });
    cache.apply([record({ resource: 'campaigns', patch: {} })]);
    expect(readAnew).toEqual([['campaign', tenant, 'a', 'check']]);
    vi.advanceTimersByTime(2_000);
    expect(readAnew.slice(1)).toEqual([['campaigns']]);
  });

  it('moves the bar of an import, and reads its next step before it is shown', () => {
    const key = ['imports', 'one', tenant, 'a'];
    queries.setQueryData(key, { id: 'a', state: 'running', rows_done: 0, samples: [] });
    cache.apply([record({ resource: 'imports', patch: { state: 'running', rows_done: 500 } })]);
    expect(queries.getQueryData(key)).toEqual({ id: 'a', state: 'running', rows_done: 500, samples: [] });
    expect(readAnew).toEqual([]);
    cache.apply([record({ resource: 'imports', version: 2, patch: { state: 'done', rows_done: 900 } })]);
    expect(readAnew).toEqual([key]);
    expect(queries.getQueryData(key)).toMatchObject({ state: 'running', rows_done: 500 });
  });

  it('counts dead letters anew, of the client and of all, and asks whether the list is still as it was', () => {
    cache.apply([record({ resource: 'dead_letters', id: tenant, patch: { open: 4 } })]);
    vi.advanceTimersByTime(2_000);
    for (const key of ['causes', 'newest'].flatMap((what) => [tenant, null].map((of) => ['dead_letters', what, of])))
      expect(readAnew).toContainEqual(key);
    expect(readAnew).not.toContainEqual(['dead_letters']);
  });

  it('reads endpoints anew by the key that their pages read them by', async () => {
    vi.restoreAllMocks();
    for (const key of [
      ['endpoints', tenant],
      ['endpoints', tenant, 'a'],
      ['endpoints', 't2'],
    ])
      queries.setQueryData(key, []);
    cache.apply([record({ resource: 'endpoints', patch: { state: 'disabled' } })]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(
      queries
        .getQueryCache()
        .findAll({ stale: true })
        .map(({ queryKey }) => queryKey),
    ).toEqual([
      ['endpoints', tenant],
      ['endpoints', tenant, 'a'],
    ]);
  });

  it('patches the rows of numbers in the list over all clients too', () => {
    const key = ['numbers_of_clients', 'getList', { pagination: { page: 1, perPage: 50 } }];
    queries.setQueryData(key, { data: [{ id: 'a', status: 'connected' }] });
    cache.apply([record()]);
    expect(queries.getQueryData(key)).toEqual({ data: [{ id: 'a', status: 'logged_out' }] });
  });

  it('reads alerts anew when those of the installation change', () => {
    cache.apply([record({ resource: 'alerts', tenant_id: null, id: 'installation', patch: {} })]);
    vi.advanceTimersByTime(2_000);
    expect(readAnew).toEqual([['alerts']]);
  });

  it('has totals that stay the sum of the clients', () => {
    const key = ['overview', 'counts', 'today', null, 'x'];
    queries.setQueryData(key, {
      totals: { accepted: 30, read: 12 },
      clients: [
        { tenant_id: tenant, name: 'One', accepted: 10, read: 2 },
        { tenant_id: 't2', name: 'Two', accepted: 20, read: 10 },
      ],
    });
    cache.apply([record({ resource: 'message_counts', id: tenant, patch: { accepted: 15, read: 9 } })]);
    expect(queries.getQueryData(key)).toEqual({
      totals: { accepted: 35, read: 19 },
      clients: [
        { tenant_id: tenant, name: 'One', accepted: 15, read: 9 },
        { tenant_id: 't2', name: 'Two', accepted: 20, read: 10 },
      ],
    });
  });

  it('is read anew as a whole when something may be missing, and takes any version after that', () => {
    queries.setQueryData(listKey, { data: [{ id: 'a', status: 'connected' }] });
    cache.apply([record({ version: 9, patch: { status: 'x' } })]);
    cache.refresh();
    expect(readAnew).toContain('everything');
    cache.apply([record({ version: 3, patch: { status: 'y' } })]);
    expect(queries.getQueryData(listKey)).toEqual({ data: [{ id: 'a', status: 'y' }] });
  });

  it('gets patches laid over answers that were asked for before them', () => {
    const before = performance.now() - 10;
    cache.apply([record({ id: 'late', patch: { status: 'logged_out' } })]);
    const row = { id: 'late', status: 'connected' };
    const untouched = { id: 'other', status: 'connected' };
    expect(laidOver('numbers', [row, untouched], before)).toEqual([{ id: 'late', status: 'logged_out' }, untouched]);
    expect(laidOver('numbers', [row], performance.now() + 10)[0]).toBe(row);
  });
});
