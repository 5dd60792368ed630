import { type Database, maxRowsRead } from '@heliograph/kernel';
import { explaining, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { type MessageFilter, MessageQueries } from '../src/messages/message-queries.repository';
import { aLane } from '../testing';

const mine = 150_000;
const others = 50_000;
const start = Date.parse('2026-01-01T00:00:00Z');
/** Time at which the n-th message of a tenant was created. */
const at = (n: number) => new Date(start + n * 60_000);
const oldGroup = '00000000-0000-7000-8000-000000000001';
const rareTag = 'rare';

let database: TestDatabase;
let tenantId: string;

beforeAll(async () => {
  database = await openTestDatabase();
  const { db } = database;
  const lane = await aLane(db);
  tenantId = lane.tenantId;
  await fill(db, lane, mine);
  for (let i = 0; i < 5; i++) await fill(db, await aLane(db), others / 5);
  await db.query('VACUUM ANALYZE messages');
}, 120_000);
afterAll(() => database.close());

/** Messages a minute apart. The oldest 20,000 are a group; one in 1,000 is for Ann, one in 5 for Bob; the 10th alone has the rare tag, a caption, and failed. */
async function fill(db: Database, lane: { tenantId: string; sessionId: string }, count: number): Promise<void> {
  await db.transaction(async (tx) => {
    // This test does not look at the rows of the triggers.
    await tx.query('SET LOCAL session_replication_role = replica');
    await tx.query(
      `INSERT INTO messages (tenant_id, id, session_id, group_id, created_at, expires_at, class, state, recipient, kind, body, client_ref, tags, sent_at)
       SELECT $1::uuid, (left(t, 8) || '-' || right(t, 4) || '-7' || left(r, 3) || '-8' || substr(r, 4, 3) || '-' || substr(r, 7, 12))::uuid, $2::uuid, CASE WHEN n <= 20000 THEN $5::uuid END,
         at, at + interval '1 day', 3, CASE n WHEN 10 THEN 'failed' ELSE 'read' END, CASE WHEN n % 1000 = 7 THEN '+447700900001' WHEN n % 5 = 3 THEN '+447700900003' ELSE '+4477' || lpad(n::text, 8, '0') END, 'text',
         CASE n WHEN 10 THEN '{"content": {"kind": "image", "url": "https://example.com/a.png", "caption": "Grüße aus Łódź, 50 % günstiger"}}'::jsonb ELSE '{"content": {"kind": "text", "text": "Hello"}}' END, 'booking-' || n % 50000, CASE n WHEN 10 THEN ARRAY[$6::text, 'all'] ELSE '{all}' END, at
       FROM generate_series(1, $3::int) n
       CROSS JOIN LATERAL (SELECT $4::timestamptz + n * interval '1 minute' AS at, md5($1::uuid || n::text) AS r) a
       CROSS JOIN LATERAL (SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS t) b`,
      [lane.tenantId, lane.sessionId, count, new Date(start), oldGroup, rareTag],
    );
  });
}

/** Reads every page and returns the highest cost of one. */
async function walk(filter: MessageFilter, limit = 500) {
  const { db, costs } = explaining(database.db);
  const queries = new MessageQueries(db);
  const ids: string[] = [];
  let pages = 0;
  let empty = 0;
  for (let cursor: string | null | undefined; cursor !== null; pages++) {
    const page: Awaited<ReturnType<MessageQueries['list']>> = await queries.list(tenantId, filter, { cursor: cursor ?? undefined, limit });
    ids.push(...page.rows.map((row) => row.id));
    if (page.rows.length === 0) empty++;
    cursor = page.next;
  }
  return {
    ids,
    pages,
    empty,
    rowsRead: Math.max(...costs.map((cost) => cost.rowsRead)),
    buffers: Math.max(...costs.map((cost) => cost.buffers)),
    scanned: costs.flatMap((cost) => cost.scanned),
    indexes: [...new Set(costs.flatMap((cost) => cost.indexes))],
  };
}

describe('a page of messages', () => {
  it.each<[string, () => MessageFilter, number]>([
    ['everything', () => ({}), 2 * 501],
    // Once to count them, and once to read them.
    ['a recipient', () => ({ recipients: ['+447700900001'] }), 2 * 150],
    ['two spellings of a recipient', () => ({ recipients: ['+447700900001', '+447700900002'] }), 2 * 150],
    ['a recipient nobody wrote to', () => ({ recipients: ['+4400'] }), 0],
    ['a group of long ago', () => ({ groupId: oldGroup }), 501],
    ['a client reference', () => ({ clientRef: 'booking-5' }), 3],
    ['ids', () => ({ ids: [oldGroup, tenantId] }), 0],
  ])('of %s is read from an index of its own, row by row', async (_, filter, max) => {
    const { db, costs } = explaining(database.db);
    await new MessageQueries(db).list(tenantId, filter(), { limit: 500 });
    expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(costs.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThanOrEqual(max);
    expect(costs.reduce((sum, { buffers }) => sum + buffers, 0)).toBeLessThanOrEqual(max + 40);
  });

  it.each<[string, () => MessageFilter, number]>([
    ['a state that one has', () => ({ states: ['failed'] }), 1],
    ['several states', () => ({ states: ['failed', 'uncertain'] }), 1],
    ['a state that none has', () => ({ states: ['uncertain'] }), 0],
    ['a tag that one has', () => ({ tag: rareTag }), 1],
    ['a text that one has', () => ({ text: 'AUS ŁODZ' }), 1],
    ['a text with a sign that patterns know', () => ({ text: '50 % GUNSTIGER' }), 1],
    ['a text that only an address of a file has', () => ({ text: 'example.com' }), 0],
    ['a class that none has', () => ({ class: 'transactional' }), 0],
    ['a session that sent nothing', () => ({ sessionId: tenantId }), 0],
    ['a recipient and a state', () => ({ recipients: ['+447700900001'], states: ['failed'] }), 0],
    ['two spellings of a recipient and a state', () => ({ recipients: ['+447700900001', '+4400'], states: ['failed'] }), 0],
    ['a recipient of many', () => ({ recipients: ['+447700900003'] }), mine / 5],
    ['a recipient of many and a state', () => ({ recipients: ['+447700900003', '+4400'], states: ['failed'] }), 0],
    ['a group and a tag', () => ({ groupId: oldGroup, tag: rareTag }), 1],
    ['a time long ago', () => ({ createdFrom: at(1), createdTo: at(31) }), 30],
    ['a time and a state', () => ({ createdFrom: at(5), createdTo: at(100), states: ['failed'] }), 1],
    ['a time that has not come', () => ({ createdFrom: new Date('9999-12-31T23:59:59Z') }), 0],
    ['a time before all others', () => ({ createdTo: new Date('0001-01-01T00:00:00Z') }), 0],
  ])('of %s reads a bounded number of rows, and its cursor reaches the end', async (_, filter, count) => {
    const walked = await walk(filter());
    expect([walked.ids.length, new Set(walked.ids).size]).toEqual([count, count]);
    expect(walked.ids).toEqual(walked.ids.toSorted().reverse());
    expect(walked.scanned).toEqual([]);
    // Once for the page, and once to find where it stopped.
    expect(walked.rowsRead).toBeLessThanOrEqual(2 * maxRowsRead);
    expect(walked.buffers).toBeLessThan(maxRowsRead);
  });

  it('of a time range reads only the ids of that range', async () => {
    const { pages, rowsRead } = await walk({ createdFrom: at(100), createdTo: at(130) });
    expect(pages).toBe(1);
    expect(rowsRead).toBeLessThan(2 * 3_000);
  });

  it('is empty and has a next page when none of the rows that it read match', async () => {
    const { pages, empty } = await walk({ tag: rareTag });
    expect(pages).toBe(mine / maxRowsRead + 1);
    expect(empty).toBe(mine / maxRowsRead);
  });
});

it('a message finds its idempotency key by one entry of an index, among those of all messages', async () => {
  const hours = 24 * 365 * 2;
  await database.db.query(
    `INSERT INTO idempotency_keys (tenant_id, key, request_hash, resource_id, expires_at)
     SELECT tenant_id, client_ref || id, '\\x00', id, created_at + $1::float8 * interval '1 hour' FROM messages`,
    [hours],
  );
  await database.db.query('VACUUM ANALYZE idempotency_keys');
  const [message] = await database.db.query<{ id: string; key: string }>(
    `SELECT id, client_ref || id AS key FROM messages WHERE tenant_id = $1 ORDER BY id OFFSET 100 LIMIT 1`,
    [tenantId],
  );
  const { db, costs } = explaining(database.db);
  expect((await new MessageQueries(db).get(tenantId, message?.id as string, hours)).idempotencyKey).toBe(message?.key);
  expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
  expect(costs[0]?.indexes).toContain('idempotency_keys_expiry_idx');
  expect(costs[0]?.rowsRead).toBeLessThan(10);
});

it('no index of messages names the state, so that a change of state stays in its heap page', async () => {
  const rows = await database.db.query<{ indexdef: string }>(`SELECT indexdef FROM pg_indexes WHERE tablename = 'messages'`);
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.filter(({ indexdef }) => /\bstate\b/.test(indexdef))).toEqual([]);
});
