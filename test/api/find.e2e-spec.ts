import { DeadLetters } from '@heliograph/dead-letters';
import { Database, newId, recordKinds } from '@heliograph/kernel';
import { permissionsOf } from '@heliograph/staff';
import { recordNeeds } from '../../apps/api/src/admin/find.controller';
import { ApiRig, Browser, fileForm, text } from './api-rig';

type Person = Awaited<ReturnType<ApiRig['person']>>;

let rig: ApiRig;
let theirs: Awaited<ReturnType<ApiRig['tenant']>>;
let mine: Awaited<ReturnType<ApiRig['tenant']>>;
let owner: Person;
/** Ids of a record of each kind, with the rest of what is found of it. */
let made: { kind: string; id: string; name?: string; parent?: string }[];

const of = '/admin/v1/find';
const find = async (person: Person, id: string) =>
  (await person.call('GET', `${of}?id=${id}`, { of })).body.data as Record<string, unknown>[];

beforeAll(async () => {
  rig = await ApiRig.start();
  theirs = await rig.tenant();
  mine = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
  const db = rig.get(Database);
  const make = async (method: string, path: string, body?: object) => {
    const reply = await owner.call(method, path, { tenant: theirs.id, body });
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`);
    return reply.body as Record<'id' | 'group_id', string>;
  };
  const session = await rig.session(theirs.id);
  const contact = (await make('PUT', '/v1/contacts', { addresses: ['+447700900150'], name: 'Ada' })).id;
  const tree = { combinator: 'and', rules: [{ field: 'name', operator: 'equals', value: 'Ada' }] };
  const endpoint = (await make('POST', '/v1/callback-endpoints', { name: 'Core', url: 'https://example.com/hook' })).id;
  const [conversation, callback, review, job, account] = [newId(), newId(), newId(), newId(), newId()];
  const later = { send_at: new Date(Date.now() + 3_600_000).toISOString() };
  await make('PUT', '/v1/event-types/user_onboarded', { schema: { type: 'object' } });
  await db.query(
    `INSERT INTO conversations (tenant_id, session_id, address, id, kind, last_entry_at) VALUES ($1, $2, '1@g.us', $3, 'group', heliograph_now())`,
    [theirs.id, session.id, conversation],
  );
  await db.query(
    `INSERT INTO opt_out_reviews (tenant_id, id, contact_id, entry_id, session_id, address, text, keyword, language)
     VALUES ($1, $2, $3, $2, $4, '+447700900150', 'Please stop this', 'stop', 'en')`,
    [theirs.id, review, contact, session.id],
  );
  await db.query(`INSERT INTO callback_events (tenant_id, id, type, body) VALUES ($1, $2, 'message.sent', '{}')`, [theirs.id, callback]);
  await db.query(`INSERT INTO callbacks (tenant_id, endpoint_id, event_id) VALUES ($1, $2, $3)`, [theirs.id, endpoint, callback]);
  await db.query(
    `INSERT INTO bulk_jobs (tenant_id, id, kind, filter, request_hash, total, actor) VALUES ($1, $2, 'messages.cancel', '{}', '', 0, 'Test')`,
    [theirs.id, job],
  );
  await rig
    .get(DeadLetters)
    .open(db, [{ tenantId: theirs.id, kind: 'event', subjectId: newId(), sessionId: null, cause: 'unknown_event', detail: null }]);
  const [letter] = await db.query<{ id: string }>(`SELECT id FROM dead_letters WHERE tenant_id = $1`, [theirs.id]);
  await db.query(`INSERT INTO provider_accounts (tenant_id, id, provider, name, access_token) VALUES ($1, $2, 'wasender', 'Main', '')`, [
    theirs.id,
    account,
  ]);
  const [apiKey] = await db.query<{ id: string; name: string }>(`SELECT id, name FROM api_keys WHERE tenant_id = $1 LIMIT 1`, [theirs.id]);
  made = [
    { kind: 'session', id: session.id, name: 'Line' },
    { kind: 'contact', id: contact, name: 'Ada' },
    { kind: 'segment', id: (await make('POST', '/v1/segments', { name: 'Named Ada', tree })).id, name: 'Named Ada' },
    { kind: 'contact_list', id: (await make('POST', '/v1/contact-lists', { name: 'Guests' })).id, name: 'Guests' },
    {
      kind: 'contact_import',
      id: String((await rig.call('POST', '/v1/imports', { key: theirs.key, ...fileForm('phone\n+447700900151\n') })).body.id),
    },
    {
      kind: 'contact_edit',
      id: (await make('POST', '/v1/contacts/bulk-edit', { selection: { ids: [contact] }, changes: { add_tags: ['x'] } })).id,
    },
    { kind: 'opt_out_review', id: review },
    { kind: 'message', id: (await make('POST', '/v1/messages', text('+447700900152', { session_id: session.id, ...later }))).id },
    {
      kind: 'message_group',
      id: (await make('POST', '/v1/messages/bulk', { messages: [text('+447700900153', { session_id: session.id, ...later })] })).group_id,
    },
    { kind: 'dead_letter', id: letter?.id ?? '' },
    { kind: 'conversation', id: conversation },
    {
      kind: 'template',
      id: (await make('POST', '/v1/templates', { name: 'Hello', content: { type: 'text', text: 'Hello' } })).id,
      name: 'Hello',
    },
    { kind: 'campaign', id: (await make('POST', '/v1/campaigns', { name: 'Autumn sale' })).id, name: 'Autumn sale' },
    {
      kind: 'event',
      id: (await make('POST', '/v1/events', { id: 'e-1', name: 'user_onboarded', subject: { phone: '+447700900150' }, payload: {} })).id,
      name: 'user_onboarded',
    },
    {
      kind: 'event_rule',
      id: (
        await make('POST', '/v1/event-rules', {
          ...{ name: 'Welcome', event: 'user_onboarded' },
          actions: [{ type: 'send_message', message: { type: 'text', text: 'Welcome' } }],
        })
      ).id,
      name: 'Welcome',
    },
    { kind: 'callback_endpoint', id: endpoint, name: 'Core' },
    { kind: 'callback', id: callback, name: 'Core', parent: endpoint },
    { kind: 'job', id: job },
    { kind: 'api_key', id: apiKey?.id ?? '', name: apiKey?.name ?? '' },
    { kind: 'provider_account', id: account, name: 'Main' },
  ];
});
afterAll(() => rig.stop());

describe('an id', () => {
  it('of every kind that a lib declares finds its record, its tenant and its name', async () => {
    expect(Object.keys(recordNeeds).sort()).toEqual(recordKinds().sort());
    expect(made.map(({ kind }) => kind).sort()).toEqual(recordKinds().sort());
    for (const { kind, id, name = null, parent = null } of made)
      expect(await find(owner, id)).toEqual([{ kind, tenant_id: theirs.id, name, parent_id: parent }]);
    expect(await find(owner, (made[0]?.id ?? '').toUpperCase())).toHaveLength(1);
  });

  it('of a tenant and of a person finds them, for those who may see them', async () => {
    const person = await rig.person([{ role: 'viewer', tenantId: theirs.id }]);
    const tenant = { kind: 'tenant', tenant_id: theirs.id, name: expect.any(String) as string, parent_id: null };
    expect(await find(owner, theirs.id)).toEqual([tenant]);
    expect(await find(person, theirs.id)).toEqual([tenant]);
    expect(await find(owner, person.id)).toEqual([{ kind: 'person', tenant_id: null, name: 'Ines', parent_id: null }]);
    expect(await find(person, person.id)).toEqual([]);
  });

  it('of another tenant, or of nothing, finds nothing', async () => {
    const admin = await rig.person([{ role: 'admin', tenantId: mine.id }]);
    for (const { kind, id } of made) expect([kind, await find(admin, id)]).toEqual([kind, []]);
    expect(await find(admin, theirs.id)).toEqual([]);
    expect(await find(owner, newId())).toEqual([]);
  });

  it('finds only what the role may read, in each tenant', async () => {
    const person = await rig.person([
      { role: 'agent', tenantId: theirs.id },
      { role: 'owner', tenantId: mine.id },
    ]);
    const found = await Promise.all(made.map(async ({ kind, id }) => ((await find(person, id)).length > 0 ? kind : [])));
    const expected = made.map(({ kind }) => kind).filter((kind) => permissionsOf.agent.has(recordNeeds[kind as keyof typeof recordNeeds]));
    expect(found.flat()).toEqual(expected);
    expect(expected).toContain('contact');
    expect(expected).not.toContain('session');
  });

  it('is a UUID, and the caller is signed in', async () => {
    expect((await owner.call('GET', `${of}?id=12`, { of })).status).toBe(400);
    expect((await owner.call('GET', of, { of })).status).toBe(400);
    expect((await new Browser(rig).call('GET', `${of}?id=${newId()}`, { of })).status).toBe(401);
  });
});
