import { randomUUID } from 'node:crypto';
import { DeadLetters } from '@heliograph/dead-letters';
import fc from 'fast-check';
import { Database, List, listKeys, newId } from '@heliograph/kernel';
import { ApiRig, fileForm, text } from './api-rig';
import { operations } from './document';

let rig: ApiRig;
let tenant: { id: string; key: string };
let owner: Awaited<ReturnType<ApiRig['person']>>;
let paths: { of: string; path: string }[];

beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
  for (const role of ['agent', 'analyst', 'viewer'] as const) await rig.person([{ role, tenantId: tenant.id }]);
  const ids = await fill();
  paths = operations
    .filter(({ method, operation }) => method === 'get' && operation.parameters?.some((p) => p.in === 'query' && p.name === 'cursor'))
    .map(({ path }) => ({ of: path, path: path.replace('{id}', ids.get(path.split('/')[2] ?? '') ?? newId()) }));
});
afterAll(() => rig.stop());

/** Puts a few rows into lists of the tenant. @returns an id for paths that need one, by the collection */
async function fill(): Promise<Map<string, string>> {
  const call = async (method: string, path: string, body: unknown) => {
    const reply = await rig.call(method, path, { key: tenant.key, body });
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`);
    return reply.body;
  };
  const session = await rig.session(tenant.id);
  const numbers = Array.from({ length: 7 }, (_, i) => `+44770090010${i}`);
  await call('POST', '/v1/messages/bulk', { messages: numbers.map((to) => text(to, { session_id: session.id })) });
  await call('POST', '/v1/suppressions', { addresses: numbers });
  const contacts = await Promise.all(numbers.map((to) => call('PUT', '/v1/contacts', { addresses: [to] })));
  for (const name of numbers) await call('POST', '/v1/api-keys', { name, scopes: ['messages:read'] });
  for (const id of numbers) await call('POST', '/v1/events', { id, name: 'user_onboarded', subject: { phone: id }, payload: {} });
  const endpoint = await call('POST', '/v1/callback-endpoints', { name: 'Core', url: 'https://example.com/hook' });
  const edit = await call('POST', '/v1/contacts/bulk-edit', {
    selection: { ids: contacts.map(({ id }) => id) },
    changes: { add_tags: ['x'] },
  });
  const db = rig.get(Database);
  await db.query(
    `INSERT INTO session_events (tenant_id, session_id, from_status, to_status, source) SELECT $1, $2, 'connected', 'connected', 'poll' FROM generate_series(1, 7)`,
    [tenant.id, session.id],
  );
  // What follows is all of one moment.
  const conversation = newId();
  await db.query(
    `INSERT INTO conversations (tenant_id, session_id, address, id, kind, last_entry_at)
     SELECT $1, $2, n || '@g.us', CASE n WHEN 1 THEN $3 ELSE gen_random_uuid() END, 'group', heliograph_now() FROM generate_series(1, 7) n`,
    [tenant.id, session.id, conversation],
  );
  await db.query(
    `INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text)
     SELECT $1, $2, n, gen_random_uuid(), $3, 'in', '1@g.us', 'text', 'Hello' FROM generate_series(1, 7) n`,
    [tenant.id, session.id, conversation],
  );
  await rig.get(DeadLetters).open(
    db,
    numbers.map((subjectId) => ({ tenantId: tenant.id, kind: 'event', subjectId, sessionId: null, cause: 'x', detail: null })),
  );
  for (const to of numbers) await call('POST', '/v1/messages/bulk-cancel', { filter: { to, class: 'drip' }, expect: 0 });
  const campaign = await call('POST', '/v1/campaigns', { name: 'Summer sale' });
  await db.query(
    `INSERT INTO campaign_skips (tenant_id, campaign_id, contact_id, reason) SELECT $1, $2, gen_random_uuid(), 'no_consent' FROM generate_series(1, 7)`,
    [tenant.id, campaign.id],
  );
  const imports = await Promise.all(
    numbers.map((to) => rig.call('POST', '/v1/imports', { key: tenant.key, ...fileForm(`phone\n${to}\n`) })),
  );
  for (const to of numbers) {
    await call('POST', '/v1/templates', { name: to, content: { type: 'text', text: 'Hi' } });
    await rig.call('POST', '/v1/media', { key: tenant.key, ...fileForm(to, { name: 'a.txt' }) });
  }
  const importId = imports[0]?.body.id as string;
  await db.query(
    `INSERT INTO contact_import_refusals (tenant_id, import_id, line, reason, cells) SELECT $1, $2, n, 'not_a_phone', '["x"]' FROM generate_series(2, 8) n`,
    [tenant.id, importId],
  );
  return new Map([
    ['imports', importId],
    ['sessions', session.id],
    ['contacts', contacts[0]?.id as string],
    ['callback-endpoints', endpoint.id as string],
    ['contact-edits', edit.id as string],
    ['conversations', conversation],
    ['campaigns', campaign.id as string],
  ]);
}

/** Lists of the staff's own routes are read by a person, all others with a key. */
const read = (of: string, url: string) =>
  of.startsWith('/admin/') ? owner.call('GET', url, { of }) : rig.call('GET', url, { key: tenant.key, of });
const get = (of: string, path: string, query: Record<string, string>) => read(of, `${path}?${new URLSearchParams(query).toString()}`);

describe('a list of the api', () => {
  it('has a cursor wherever it can grow', () => {
    expect(paths.length).toBeGreaterThanOrEqual(15);
  });

  it('answers any cursor by a page, or by a 400 that names it', async () => {
    const id = newId();
    const time = '0000-01-01T00:00:00.000000Z';
    const spelled = [
      ...[
        'nonsense',
        id,
        `${time}~${id}`,
        `2026-11-24T12:00:00.000Z|${id}`,
        '+447700900101|manual',
        '9223372036854775808',
        '0',
        '-1',
        '%00',
      ],
      ...['messages', 'events', 'session_events', 'dead_letters', 'conversations'].flatMap((list) => [
        new List(list, listKeys.id).cursorAfter([id]),
        new List(list, listKeys.id).cursorAfter(['9223372036854775808']),
        new List(list, listKeys.time, listKeys.id).cursorAfter([time, id]),
        new List(list, listKeys.time, listKeys.id).cursorAfter(['2026-11-24T12:00:00.000000Z', id]),
      ]),
    ];
    for (const { of, path } of paths) {
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.string({ minLength: 1 }), fc.base64String({ minLength: 1 })), async (cursor) => {
          const { status, body } = await get(of, path, { cursor });
          expect([of, cursor, status, body.errors]).toMatchObject([of, cursor, 400, [{ path: 'cursor' }]]);
        }),
        { numRuns: 10, examples: ['nonsense', ' ', '\0', '\ud800'].map((cursor) => [cursor] as [string]) },
      );
      for (const cursor of spelled) {
        const { status, body } = await get(of, path, { cursor });
        if (status !== 200) expect([of, cursor, status, body.errors]).toMatchObject([of, cursor, 400, [{ path: 'cursor' }]]);
      }
    }
  });

  it('gives each row once when its pages are walked', async () => {
    let walkedRows = 0;
    for (const { of, path } of paths) {
      const all = (await get(of, path, { limit: '500' })).body as { data: unknown[]; next_cursor: string | null };
      expect([of, all.next_cursor]).toEqual([of, null]);
      const walked: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = (await get(of, path, { limit: '2', ...(cursor && { cursor }) })).body as typeof all;
        walked.push(...page.data);
        cursor = page.next_cursor;
      }
      expect([of, walked]).toEqual([of, all.data]);
      walkedRows += walked.length;
    }
    expect(walkedRows).toBeGreaterThanOrEqual(63);
  });

  it('takes no limit over 500, no second cursor and no member that it does not know', async () => {
    for (const { of, path } of paths)
      for (const query of ['limit=501', 'limit=0', 'limit=1e3', 'cursor=a&cursor=b', 'cursor=', `${randomUUID()}=1`])
        expect([query, (await read(of, `${path}?${query}`)).status]).toEqual([query, 400]);
  });
});
