import { activeStates, Campaigns } from '@heliograph/campaigns';
import { ContactEdits, Contacts, OptOutReviews, Suppressions } from '@heliograph/contacts';
import { Conversations, Timelines } from '@heliograph/inbox';
import { ChangeFeed, type Database, maxRowsRead, newId, type Page, type PageRequest } from '@heliograph/kernel';
import { explaining, openTestDatabase, type StatementCost, type TestDatabase } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import { Events } from '@heliograph/ingestion';
import { MessageQueries } from '@heliograph/messaging';
import { type AuditFilter, AuditLog } from '@heliograph/staff';
import { CallbackLog } from '@heliograph/webhooks';

const rows = 40_000;
const day = new Date('2026-01-15T00:00:00Z');
const tenantId = newId();
const otherId = newId();
/** Rows of each tenant, by its own id. */
const endpointId = tenantId;
const sessionId = newId();
const editId = newId();
const contactId = newId();
/** Person to whom all messages of a tenant went. */
const busyPhone = '+447700900009';
const clients = Array.from({ length: 300 }, newId);
/** An id of the n-th minute, as ids of that time are. */
const idOf = (n: string, salt: string) =>
  `(left(t.hex, 8) || '-' || right(t.hex, 4) || '-7' || left(md5(${n}::text || ${salt}), 3) || '-8' || substr(md5(${n}::text || ${salt}), 4, 3) || '-' || substr(md5(${n}::text || ${salt}), 7, 12))::uuid`;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
  for (const tenant of [tenantId, otherId]) await fill(database.db, tenant);
  await database.db.query(
    `INSERT INTO audit_log (at, actor_kind, actor_name, action)
     SELECT timestamptz '2026-01-01T00:00:00Z' + n * interval '1 minute', 'system', 'test', CASE n WHEN 1 THEN 'rare.done' ELSE 'session.paused' END FROM generate_series(1, ${rows}) n`,
  );
  await fillClients(database.db);
  await database.db.query('VACUUM ANALYZE');
}, 120_000);
afterAll(() => database.close());

/** Clients with sixty messages and sixty dead letters each, by turns. */
async function fillClients(db: Database): Promise<void> {
  const at = `timestamptz '2026-01-01T00:00:00Z' + (n * cardinality($1::uuid[]) + place) * interval '1 second'`;
  const source = `FROM unnest($1::uuid[]) WITH ORDINALITY AS c(tenant, place) CROSS JOIN generate_series(1, 60) n
    CROSS JOIN LATERAL (SELECT lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') AS hex) t`;
  await db.transaction(async (tx) => {
    await tx.query('SET LOCAL session_replication_role = replica');
    await tx.query(
      `INSERT INTO messages (tenant_id, id, session_id, created_at, expires_at, class, state, recipient, kind, body, sent_at)
       SELECT tenant, ${idOf('n', 'place::text')}, tenant, ${at}, ${at}, 0, 'read', '+447700900001', 'text', '{}', ${at} ${source}`,
      [clients],
    );
    await tx.query(
      `INSERT INTO dead_letters (tenant_id, kind, subject_id, cause, created_at) SELECT tenant, 'message', n::text, 'refused', ${at} ${source}`,
      [clients],
    );
  });
}

/** Rows a minute apart in every list of a tenant; of each kind of filter there is a value that the oldest row alone has. */
async function fill(db: Database, tenant: string): Promise<void> {
  const at = `timestamptz '2026-01-01T00:00:00Z' + n * interval '1 minute'`;
  const source = `FROM generate_series(1, ${rows}) n CROSS JOIN LATERAL (SELECT lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') AS hex) t`;
  const rare = (value: string, other: string) => `CASE n WHEN 1 THEN ${value} ELSE ${other} END`;
  await db.transaction(async (tx) => {
    // What the triggers keep is not what is looked at here.
    await tx.query('SET LOCAL session_replication_role = replica');
    const insert = (table: string, of: Record<string, string>, ...values: unknown[]) =>
      tx.query(
        `INSERT INTO ${table} (tenant_id, ${Object.keys(of).join(', ')}) SELECT $1::uuid, ${Object.values(of).join(', ')} ${source}`,
        [tenant, ...values],
      );
    await tx.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenant]);
    const id = idOf('n', `'${tenant}'`);
    await insert(
      'events',
      {
        id,
        contact_id: rare('$2::uuid', 'gen_random_uuid()'),
        key: `'key-' || n`,
        request_hash: `'\\x00'`,
        name: rare(`'rare'`, `'common'`),
        subject: `'{}'`,
        payload: `'{}'`,
        occurred_at: at,
        source: `'api'`,
        received_at: at,
        state: rare(`'rejected'`, `'done'`),
        reason: rare(`'rare'`, `NULL`),
      },
      contactId,
    );
    await tx.query(
      `INSERT INTO callback_endpoints (tenant_id, id, name, url, secret) VALUES ($1, $2, 'Core', 'https://example.com', 'x')`,
      [tenant, tenant],
    );
    await insert(
      'messages',
      {
        id: idOf('n', `'messages'`),
        session_id: '$2::uuid',
        created_at: at,
        expires_at: at,
        class: '0',
        state: `'read'`,
        recipient: `'${busyPhone}'`,
        kind: `'text'`,
        body: `'{"content":{"kind":"text","text":"Hello"}}'`,
        sent_at: at,
      },
      sessionId,
    );
    await insert('message_keys', {
      session_id: 'gen_random_uuid()',
      key_id: `'key-' || n`,
      message_id: idOf('n', `'messages'`),
      evidence: `'hook_id'`,
    });
    await insert(
      'callback_events',
      { id, type: rare(`'message.failed'`, `'message.sent'`), at, body: `'{}'`, session_id: rare('$2::uuid', 'NULL') },
      sessionId,
    );
    await insert(
      'callbacks',
      { endpoint_id: '$2::uuid', event_id: id, state: `CASE n WHEN 1 THEN 'dead' WHEN 2 THEN 'pending' ELSE 'delivered' END` },
      tenant,
    );
    await insert(
      'dead_letters',
      {
        kind: rare(`'hook'`, `'message'`),
        subject_id: 'n::text',
        cause: rare(`'rare'`, `'refused'`),
        created_at: at,
        session_id: rare('$2::uuid', 'NULL'),
        group_id: rare('$2::uuid', 'NULL'),
      },
      sessionId,
    );
    await insert(
      'conversations',
      {
        id,
        session_id: rare('$2::uuid', 'gen_random_uuid()'),
        kind: rare(`'channel'`, `'group'`),
        address: `n || '@g.us'`,
        last_entry_at: at,
        unread: rare('1', '0'),
      },
      sessionId,
    );
    await insert('suppressions', {
      address: `'+44' || lpad((${rows} - n)::text, 8, '0')`,
      reason: rare(`'manual'`, `'opt_out'`),
      actor: `'x'`,
    });
    await insert(
      'opt_out_reviews',
      {
        id,
        contact_id: rare('$2::uuid', 'gen_random_uuid()'),
        entry_id: 'gen_random_uuid()',
        session_id: 'gen_random_uuid()',
        address: `'+44'`,
        text: `'x'`,
        keyword: `'stop'`,
        language: `'en'`,
        state: `CASE n WHEN 1 THEN 'open' WHEN 2 THEN 'confirmed' ELSE 'dismissed' END`,
        decided_at: `CASE WHEN n > 1 THEN heliograph_now() END`,
        decided_by: `CASE WHEN n > 1 THEN 'x' END`,
      },
      contactId,
    );
    await tx.query(`INSERT INTO contact_edits (tenant_id, id, selection, changes, actor) VALUES ($1, $2, '{}', '{}', 'x')`, [
      tenant,
      editId,
    ]);
    await insert(
      'contact_edit_changes',
      { edit_id: '$2::uuid', contact_id: id, kept: `CASE n WHEN ${rows} THEN '{merged}'::text[] END` },
      editId,
    );
    await insert('campaigns', {
      id,
      name: `'Summer'`,
      state: rare(`'scheduled'`, `'completed'`),
      ...Object.fromEntries(
        ['audience', 'message', 'schedule', 'numbers', 'pace', 'caps', 'stop_rules'].map((column) => [column, `'{}'::jsonb`]),
      ),
      requires_consent: 'true',
      created_by: `'x'`,
      state_changed_by: `'x'`,
    });
    await insert('campaign_runs', { campaign_id: id, starts_at: at });
    await insert('contacts', { id, external_id: `'user-' || n`, tags: rare(`'{rare}'::text[]`, `'{all}'`) });
    await insert('contact_names', { word: rare(`'rare'`, `'name' || n`), contact_id: id });
    await insert('contact_tags', { tag: rare(`'rare'`, `'all'`), contact_id: id });
    await insert('contact_addresses', { address: `'+44' || lpad(n::text, 8, '0')`, contact_id: id });
    await insert(
      'entries',
      {
        session_id: '$2::uuid',
        key_id: 'n::text',
        id,
        conversation_id: rare('gen_random_uuid()', '$3::uuid'),
        direction: `CASE WHEN n % 10 = 0 THEN 'out' ELSE 'in' END`,
        chat: `'x'`,
        kind: `'text'`,
        received_at: at,
      },
      sessionId,
      contactId,
    );
  });
}

type ListOf = (db: Database, page: PageRequest) => Promise<Page<unknown>>;
const unused = null as never;
const events =
  (filter: Parameters<Events['list']>[1]): ListOf =>
  (db, page) =>
    new Events(db, unused, unused).list(tenantId, filter, page);
const callbacks =
  (filter: Parameters<CallbackLog['list']>[2]): ListOf =>
  (db, page) =>
    new CallbackLog(db, unused, unused).list(tenantId, endpointId, filter, page);
const letters =
  (filter: Parameters<DeadLetters['list']>[1]): ListOf =>
  (db, page) =>
    new DeadLetters(db).list(tenantId, filter, page);
const conversations =
  (filter: Parameters<Conversations['list']>[1]): ListOf =>
  (db, page) =>
    new Conversations(db, new ChangeFeed({ DATABASE_URL: '' })).list(tenantId, filter, page);
const suppressions =
  (filter: Parameters<Suppressions['list']>[1]): ListOf =>
  (db, page) =>
    new Suppressions(db).list(tenantId, filter, page);
const reviews =
  (filter: Parameters<OptOutReviews['list']>[1]): ListOf =>
  (db, page) =>
    new OptOutReviews(db).list(tenantId, filter, page);
const contacts =
  (filter: Parameters<Contacts['list']>[1]): ListOf =>
  (db, page) =>
    new Contacts(db).list(tenantId, filter, page);
const edited =
  (onlyKept: boolean): ListOf =>
  (db, page) =>
    new ContactEdits(db).contacts(tenantId, editId, onlyKept, page);
const audit =
  (filter: Partial<AuditFilter>): ListOf =>
  (db, page) =>
    new AuditLog(db).list({ tenants: null, ...filter }, page);
/** Those of all tenants. */
const campaignsUnderWay: ListOf = (db, page) => new Campaigns(db).active(null, activeStates, page);
const from = day;
const to = new Date(day.getTime() + 600_000);

/** Walks a list to its end, or as far as some pages. */
async function walk(list: ListOf, maxPages = Infinity): Promise<{ found: number; costs: StatementCost[] }> {
  const { db, costs } = explaining(database.db);
  let found = 0;
  let pages = 0;
  for (let cursor: string | null | undefined; cursor !== null && pages < maxPages; pages++) {
    const page: Page<unknown> = await list(db, { cursor: cursor ?? undefined, limit: 50 });
    found += page.rows.length;
    cursor = page.next;
  }
  return { found, costs };
}

describe('a page of a list with 40,000 rows', () => {
  it.each<[string, ListOf, number]>([
    ['campaigns that are under way', campaignsUnderWay, 2],
    ['events', events({}), 50],
    ['events of a rare state', events({ state: 'rejected' }), 1],
    ['an event by its key', events({ key: 'key-5' }), 1],
    ['events of a contact', events({ contactId }), 1],
    ['callbacks', callbacks({}), 50],
    ['dead callbacks', callbacks({ state: 'dead' }), 1],
    ['delivered callbacks', callbacks({ state: 'delivered' }), 50],
    ['dead letters', letters({}), 50],
    ['dead letters of a rare kind and cause', letters({ kind: 'hook', cause: 'rare' }), 1],
    ['conversations', conversations({}), 50],
    ['conversations of a session', conversations({ sessionId }), 1],
    ['unread conversations', conversations({ unread: true }), 1],
    ['suppressions', suppressions({}), 50],
    ['suppressions of an address', suppressions({ addresses: ['+4400000001'] }), 1],
    ['opt-out reviews', reviews({}), 50],
    ['open opt-out reviews', reviews({ state: 'open' }), 1],
    ['contacts', contacts({}), 50],
    ['contacts of a tag that all have', contacts({ tag: 'all' }), 50],
    ['contacts of a tag that one has', contacts({ tag: 'rare' }), 1],
    ['a contact by address', contacts({ address: '+4400000001' }), 1],
    ['a contact by its external id', contacts({ externalId: 'user-1' }), 1],
    ['contacts of a name', contacts({ name: 'Rare' }), 1],
    ['contacts that an edit changed', edited(false), 50],
    ['audit entries', audit({}), 50],
    ['audit entries of an action', audit({ action: 'rare.done' }), 1],
  ])('of %s is read row by row from an index', async (of, list, found) => {
    const walked = await walk(list, 1);
    expect(walked.found).toBe(found);
    expect(walked.costs.flatMap((cost) => cost.scanned)).toEqual([]);
    // The total of dead letters reads up to 1,000 entries of the index.
    expect(Math.max(...walked.costs.map((cost) => cost.rowsRead))).toBeLessThan(of === 'dead letters' ? 1_100 : 400);
    expect(Math.max(...walked.costs.map((cost) => cost.buffers))).toBeLessThan(1_000);
  });

  it.each<[string, ListOf, number]>([
    ['events of a rare name', events({ name: 'rare' }), 1],
    ['events of a reason that one has', events({ reason: 'rare' }), 1],
    ['events of a state and a name', events({ state: 'done', name: 'rare' }), 0],
    ['callbacks of a rare type', callbacks({ type: 'message.failed' }), 1],
    ['callbacks of a rare session', callbacks({ sessionId }), 1],
    ['callbacks that wait', callbacks({ state: 'pending' }), 1],
    ['dead letters of a rare kind', letters({ kind: 'hook' }), 1],
    ['dead letters of a rare cause', letters({ cause: 'rare' }), 1],
    ['dead letters of a session', letters({ sessionId }), 1],
    ['dead letters of a group', letters({ groupId: sessionId }), 1],
    ['conversations of a rare kind', conversations({ kind: 'channel' }), 1],
    ['unread conversations of a session', conversations({ unread: true, sessionId: newId() }), 0],
    ['suppressions of a rare reason', suppressions({ reason: 'manual' }), 1],
    ['contacts with a consent', contacts({ consent: 'opt_in' }), 0],
    ['contacts of a tag without a consent', contacts({ tag: 'rare', consent: 'none' }), 1],
    ['confirmed opt-out reviews', reviews({ state: 'confirmed' }), 1],
    ['what the undoing of an edit left', edited(true), 1],
    ['audit entries of a rare kind of action', audit({ action: 'rare.' }), 1],
  ])('of %s reads a bounded number of rows, and its cursor goes on to the end', async (_, list, found) => {
    const walked = await walk(list);
    expect(walked.found).toBe(found);
    // Twice its rows, for the page and for where it stopped, and another table that is joined.
    expect(Math.max(...walked.costs.map((cost) => cost.rowsRead))).toBeLessThanOrEqual(3 * maxRowsRead);
    expect(Math.max(...walked.costs.map((cost) => cost.buffers))).toBeLessThan(5 * maxRowsRead);
  });

  it('of contacts who did not opt out reads a bounded number of rows, each with its addresses and their suppressions', async () => {
    const walked = await walk(contacts({ optedOut: false }));
    expect(walked.found).toBe(2);
    // The contact twice, its address, the suppression, and where the page stopped.
    expect(Math.max(...walked.costs.map((cost) => cost.rowsRead))).toBeLessThanOrEqual(5 * maxRowsRead);
    expect(Math.max(...walked.costs.map((cost) => cost.buffers))).toBeLessThan(15 * maxRowsRead);
  });

  it.each<[string, ListOf]>([
    ['events', events({ from, to })],
    ['callbacks', callbacks({ from, to })],
    ['audit entries', audit({ since: from, before: to })],
  ])('of %s of some minutes is looked for among the ids of that time', async (_, list) => {
    const walked = await walk(list);
    expect(walked.found).toBe(10);
    expect(Math.max(...walked.costs.map((cost) => cost.rowsRead))).toBeLessThan(3 * 3_000);
  });

  it('of what was written in a conversation is read from its index', async () => {
    const conversation = {
      read: () => Promise.resolve({ id: contactId, sessionId, contactId: null, address: 'x' }),
    } as unknown as Conversations;
    const walked = await walk((db, page) => new Timelines(db, conversation).read(tenantId, contactId, page), 1);
    expect(walked.found).toBe(50);
    expect(walked.costs.flatMap((cost) => cost.scanned)).toEqual([]);
    expect(Math.max(...walked.costs.map((cost) => cost.rowsRead))).toBeLessThan(500);
  });

  it('of a conversation with many messages of ours is read from the index of its address', async () => {
    const conversation = {
      read: () => Promise.resolve({ id: newId(), sessionId, contactId: null, address: busyPhone }),
    } as unknown as Conversations;
    const walked = await walk((db, page) => new Timelines(db, conversation).read(tenantId, newId(), page), 2);
    expect(walked.found).toBe(100);
    expect(walked.costs.flatMap((cost) => cost.scanned)).toEqual([]);
    expect(Math.max(...walked.costs.map((cost) => cost.rowsRead))).toBeLessThan(500);
  });
});

describe('a page of a list of all clients', () => {
  it.each<[string, 'messages' | 'dead_letters', string, ListOf]>([
    ['messages', 'messages', 'id', (db, page) => new MessageQueries(db).listOf(clients, {}, page)],
    ['dead letters', 'dead_letters', 'created_at', (db, page) => new DeadLetters(db).listOf(clients, { state: 'open' }, page)],
    [
      'dead letters of a kind and reason',
      'dead_letters',
      'created_at',
      (db, page) => new DeadLetters(db).listOf(clients, { state: 'open', kind: 'message', cause: 'refused' }, page),
    ],
  ])('of %s reads one row of each, and a page of those whose newest is on it', async (_, table, order, list) => {
    const { db, costs } = explaining(database.db);
    const ids: string[] = [];
    for (let cursor: string | undefined; ids.length < 150;) {
      const page = (await list(db, { cursor, limit: 50 })) as Page<{ id: string }>;
      ids.push(...page.rows.map(({ id }) => id));
      cursor = page.next ?? undefined;
    }
    const newest = await database.db.query<{ id: string }>(
      `SELECT id FROM ${table} WHERE tenant_id = ANY ($1::uuid[]) ORDER BY ${order} DESC, id DESC LIMIT 150`,
      [clients],
    );
    expect(ids).toEqual(newest.map(({ id }) => id));
    expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(Math.max(...costs.map(({ rowsRead }) => rowsRead))).toBeLessThanOrEqual(clients.length + 51 * 53);
  });

  it.each<[string, ListOf]>([
    ['messages in a state', (db, page) => new MessageQueries(db).listOf(clients, { states: ['delivered'] }, page)],
    ['dead letters of a number', (db, page) => new DeadLetters(db).listOf(clients, { state: 'open', sessionId }, page)],
  ])('of %s reads the same number of rows of each, finds every one, and ends', async (of, list) => {
    const [table, change] = of.startsWith('messages')
      ? ['messages', `state = 'delivered'`]
      : ['dead_letters', `session_id = '${sessionId}'`];
    // The newest of one client and the oldest of another.
    const [newest, oldest] = await database.db.query<{ id: string }>(
      `SELECT id FROM ${table} WHERE tenant_id = ANY ($1::uuid[]) AND created_at IN (
         (SELECT max(created_at) FROM ${table} WHERE tenant_id = ANY ($1::uuid[])), (SELECT min(created_at) FROM ${table} WHERE tenant_id = ANY ($1::uuid[])))
       ORDER BY created_at DESC`,
      [clients],
    );
    await database.db.transaction(async (tx) => {
      await tx.query('SET LOCAL session_replication_role = replica');
      await tx.query(`UPDATE ${table} SET ${change} WHERE id = ANY ($1::uuid[])`, [[newest?.id, oldest?.id]]);
    });
    const { db, costs } = explaining(database.db);
    const ids: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages === 0 || cursor; pages++) {
      expect(pages).toBeLessThan(4);
      const page = (await list(db, { cursor, limit: 20 })) as Page<{ id: string }>;
      ids.push(...page.rows.map(({ id }) => id));
      cursor = page.next ?? undefined;
    }
    expect(ids).toEqual([newest?.id, oldest?.id]);
    expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(Math.max(...costs.map(({ rowsRead }) => rowsRead))).toBeLessThanOrEqual(clients.length + maxRowsRead + 100);
  });
});
