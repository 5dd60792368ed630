import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ModulesContainer } from '@nestjs/core';
import { Database, newId } from '@heliograph/kernel';
import { AuditChain, AuditLog, type Grant } from '@heliograph/staff';
import { auditedRoutes, exemptRoutes, routeAuditOf } from '../../apps/api/src/http/audit/audited-routes';
import { ApiRig, Browser, passwordOfPeople, type Reply, text } from './api-rig';
import { operations } from './document';

let rig: ApiRig;
let tenant: { id: string; key: string };
let owner: Awaited<ReturnType<ApiRig['person']>>;
let session: Awaited<ReturnType<ApiRig['session']>>;
beforeAll(async () => {
  rig = await ApiRig.start({ TRUST_PROXY: '127.0.0.1' });
  tenant = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
  session = await rig.session(tenant.id);
});
afterAll(() => rig.stop());

type Entry = {
  id: string;
  action: string;
  actor: { kind: string; id: string; name: string };
  subject: { kind: string; id: string | null; name: string | null } | null;
  tenant_id: string | null;
  changes: { kind: string; before: object | null; after: object | null }[];
  details: object | null;
  address: string | null;
  request_id: string | null;
};

/** Operation ids of the routes of a running api that have another method than GET. */
function changing(app: NestFastifyApplication): string[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  const types = [...new Set(controllers.map(({ metatype }) => metatype as new () => object))];
  return types.flatMap((type) =>
    Object.getOwnPropertyNames(type.prototype).flatMap((name) => {
      const handler = (type.prototype as Record<string, unknown>)[name];
      if (typeof handler !== 'function' || ![1, 2, 3, 4].includes(Reflect.getMetadata('method', handler) as number)) return [];
      return (
        (Reflect.getMetadata('swagger/apiOperation', handler) as { operationId?: string } | undefined)?.operationId ??
        `${type.name}.${name}`
      );
    }),
  );
}

const entriesOf = async (requestId: string): Promise<Entry[]> =>
  (await owner.call('GET', `/admin/v1/audit?request_id=${requestId}`)).body.data as Entry[];

/** Makes a call under a request id of its own and returns its entries. */
async function audited(call: (headers: Record<string, string>) => Promise<Reply>): Promise<{ reply: Reply; entries: Entry[] }> {
  const id = newId();
  const reply = await call({ 'x-request-id': id });
  return { reply, entries: await entriesOf(id) };
}
const byKey = (method: string, path: string, body?: unknown) =>
  audited((headers) => rig.call(method, path, { key: tenant.key, headers, ...(body !== undefined && { body }) }));
const byPerson = (method: string, path: string, body?: unknown, tenantId?: string) =>
  audited((headers) => owner.call(method, path, { headers, ...(tenantId && { tenant: tenantId }), ...(body !== undefined && { body }) }));

describe('the table of actions', () => {
  it('names each route that changes something, or the reason why it leaves no entry', () => {
    const routes = changing(rig.apps[0] as NestFastifyApplication);
    expect(routes.length).toBeGreaterThan(80);
    expect(routes.filter((route) => !(route in auditedRoutes) && !(route in exemptRoutes))).toEqual([]);
    expect([...Object.keys(auditedRoutes), ...Object.keys(exemptRoutes)].filter((route) => !routes.includes(route))).toEqual([]);
    expect(Object.keys(auditedRoutes).filter((route) => route in exemptRoutes)).toEqual([]);
  });

  it('has names of a subject and a past verb', () => {
    for (const route of Object.keys(auditedRoutes)) expect(routeAuditOf(route)?.action).toMatch(/^[a-z_]+\.[a-z_]+$/);
  });

  it('covers each operation of the document, whatever its method', () => {
    const listed = operations.filter(({ method }) => method !== 'get').map(({ operation }) => operation.operationId);
    expect(listed.filter((id) => !(id in auditedRoutes) && !(id in exemptRoutes))).toEqual([]);
  });
});

describe('an act of a key', () => {
  it('leaves one entry with its actor, address, request id and changed fields', async () => {
    const { entries } = await byKey('PATCH', `/v1/sessions/${session.id}`, { name: 'Front desk', tags: ['uk'] });
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      action: 'session.changed',
      actor: { kind: 'key', name: 'Test' },
      tenant_id: tenant.id,
      subject: { kind: 'session', id: session.id, name: 'Front desk' },
      address: '127.0.0.1',
      changes: [
        {
          kind: 'session',
          id: session.id,
          name: 'Front desk',
          before: { name: 'Line', tags: [] },
          after: { name: 'Front desk', tags: ['uk'] },
        },
      ],
    });
  });

  it.each<[string, string, string, object | undefined, string]>([
    ['pauses a session', 'POST', '/v1/sessions/:session/pause', {}, 'session.paused'],
    ['resumes a session', 'POST', '/v1/sessions/:session/resume', {}, 'session.resumed'],
    ['changes limits', 'PATCH', '/v1/sessions/:session/limits', { daily_cap: 500 }, 'session.limits_changed'],
    ['puts a cap pool', 'PUT', '/v1/cap-pools/shared', { daily_cap: 1000 }, 'cap_pool.changed'],
    ['deletes a cap pool', 'DELETE', '/v1/cap-pools/shared', undefined, 'cap_pool.deleted'],
    ['changes the tenant', 'PATCH', '/v1/tenant', { default_country: 'DE' }, 'tenant.changed'],
    ['creates a key', 'POST', '/v1/api-keys', { name: 'Reader', scopes: ['messages:read'] }, 'api_key.created'],
    ['puts a contact', 'PUT', '/v1/contacts', { addresses: ['+447700900301'] }, 'contact.put'],
    ['declares an attribute', 'PUT', '/v1/contact-attributes/plan', { type: 'text' }, 'contact_attribute.changed'],
    ['suppresses', 'POST', '/v1/suppressions', { addresses: ['+447700900302'] }, 'suppression.added'],
    ['puts keywords', 'PUT', '/v1/opt-keywords/en', { opt_out: ['halt'], opt_in: ['begin'] }, 'opt_keywords.changed'],
    ['puts an event type', 'PUT', '/v1/event-types/order_paid', { schema: { type: 'object' } }, 'event_type.changed'],
    [
      'creates a rule',
      'POST',
      '/v1/event-rules',
      { name: 'Paid', event: 'order_paid', actions: [{ type: 'send_message', message: { type: 'text', text: 'Thanks' } }] },
      'event_rule.created',
    ],
    [
      'creates an endpoint',
      'POST',
      '/v1/callback-endpoints',
      { name: 'Core', url: 'https://core.example.com/x', paused: true },
      'callback_endpoint.created',
    ],
    ['purges dead letters', 'POST', '/v1/dead-letters/purge', { older_than_days: 90 }, 'dead_letter.purged'],
  ])('%s: one entry', async (_what, method, path, body, action) => {
    const { reply, entries } = await byKey(method, path.replace(':session', session.id), body);
    expect([reply.status < 300, reply.text.slice(0, 200)]).toEqual([true, expect.anything()]);
    expect(entries.map((entry) => [entry.action, entry.tenant_id, entry.actor.kind])).toEqual([[action, tenant.id, 'key']]);
    expect(JSON.stringify(entries)).not.toMatch(/hg_live_\w{12,}|whsec_|447700900/);
  });

  it('adds a provider account without showing its token', async () => {
    const { accessToken } = rig.provider.simulator.accounts;
    const { entries } = await byKey('POST', '/v1/provider-accounts', { name: 'Main', access_token: accessToken });
    expect(entries).toMatchObject([
      { action: 'provider_account.created', changes: [{ before: null, after: { access_token: '(secret)' } }] },
    ]);
    expect(JSON.stringify(entries)).not.toContain(accessToken);
  });

  it('rotates a key: the new one and the end of the old one, without a secret', async () => {
    const made = await byKey('POST', '/v1/api-keys', { name: 'Rotated', scopes: ['messages:read'] });
    const { reply, entries } = await byKey('POST', `/v1/api-keys/${made.reply.body.id as string}/rotate`, { overlap_hours: 1 });
    expect(entries).toMatchObject([{ action: 'api_key.rotated', actor: { kind: 'key' }, tenant_id: tenant.id }]);
    const changes = (entries as unknown as { changes: { before: object | null }[] }[])[0]?.changes ?? [];
    expect(changes.map(({ before }) => before)).toEqual(expect.arrayContaining([null, { expires_at: null }]));
    expect(JSON.stringify(entries)).not.toContain(reply.body.secret);
  });

  it('leaves none when it is refused, only asks, or is ordinary traffic', async () => {
    for (const [method, path, body] of [
      ['PATCH', '/v1/tenant', { default_country: 'nowhere' }],
      ['POST', `/v1/sessions/${newId()}/pause`, {}],
      ['DELETE', `/v1/api-keys/${newId()}`, undefined],
      ['POST', '/v1/messages', text('+447700900303', { session_id: session.id })],
    ] as const)
      expect([path, (await byKey(method, path, body)).entries]).toEqual([path, []]);
  });

  it('says how many records it was for when they are many', async () => {
    const details = async (path: string, body: object) => {
      const { reply, entries } = await byKey('POST', path, body);
      expect([path, reply.status < 300]).toEqual([path, true]);
      return entries.map((entry) => entry.details);
    };
    const contact = (await rig.call('PUT', '/v1/contacts', { key: tenant.key, body: { addresses: ['+447700900304'] } })).body.id as string;
    const addresses = ['+447700900305', '+447700900306'];
    const selection = { ids: [contact] };
    const sessions = { filter: { ids: [session.id] }, expect: 1 };
    expect(await details('/v1/suppressions', { addresses })).toEqual([{ count: 2 }]);
    expect(await details('/v1/suppressions', { addresses: [...addresses, '+447700900307'] })).toEqual([{ count: 1 }]);
    expect(await details('/v1/contacts/bulk-edit', { selection, changes: { add_tags: ['vip'] } })).toEqual([{ matching: 1 }]);
    expect(await details('/v1/sessions/pause', sessions)).toEqual([{ matching: 1, count: 1 }]);
    expect(await details('/v1/sessions/resume', sessions)).toEqual([{ matching: 1, count: 1 }]);
    expect(await details('/v1/events/replay', { name: 'order_paid' })).toEqual([{ matching: 0 }]);
    expect(await details('/v1/dead-letters/redrive', { filter: {} })).toEqual([{ matching: 0 }]);
    expect(await details('/v1/dead-letters/purge', { older_than_days: 90 })).toEqual([{ older_than_days: 90 }]);
  });

  it('leaves none when it is a dry run', async () => {
    const endpoint = { name: 'Dry', url: 'https://core.example.com/dry', paused: true };
    const { id } = (await rig.call('POST', '/v1/callback-endpoints', { key: tenant.key, body: endpoint })).body as { id: string };
    for (const [path, body] of [
      ['/v1/contacts/bulk-edit', { selection: { filter: { tag: 'vip' } }, changes: { add_tags: ['gold'] } }],
      ['/v1/sessions/pause', { filter: {} }],
      ['/v1/events/replay', { name: 'order_paid' }],
      [`/v1/callback-endpoints/${id}/replay`, { state: 'dead' }],
      ['/v1/dead-letters/redrive', { filter: {} }],
    ] as const) {
      const { reply, entries } = await byKey('POST', path, { ...body, dry_run: true });
      expect([path, reply.status, entries]).toEqual([path, 200, []]);
    }
  });

  it('leaves one when it is repeated under its idempotency key', async () => {
    const key = newId();
    const create = () =>
      audited((headers) =>
        rig.call('POST', '/v1/api-keys', {
          key: tenant.key,
          headers: { ...headers, 'idempotency-key': key },
          body: { name: 'Once', scopes: ['messages:read'] },
        }),
      );
    const [first, second] = [await create(), await create()];
    expect([first.entries.length, second.entries.length, second.reply.status]).toEqual([1, 0, 201]);
    expect(first.entries[0]?.subject).toMatchObject({ kind: 'api_key', id: first.reply.body.id, name: 'Once' });
  });
});

describe('an act of a person', () => {
  it('carries the person, and the tenant they acted for', async () => {
    const { entries } = await byPerson('POST', `/v1/sessions/${session.id}/pause`, {}, tenant.id);
    expect(entries).toMatchObject([
      {
        action: 'session.paused',
        actor: { kind: 'person', id: owner.id, name: 'Ines' },
        tenant_id: tenant.id,
        address: owner.browser.address,
      },
    ]);
    expect(entries[0]?.changes).toMatchObject([{ before: { paused_at: null } }]);
  });

  it('changes the looks of a tenant: the entry shows them', async () => {
    const { entries } = await byPerson('PATCH', `/admin/v1/tenants/${tenant.id}`, { colour: 'plum', initials: 'AA' });
    expect(entries).toMatchObject([
      { action: 'tenant.changed', changes: [{ before: { colour: null, initials: null }, after: { colour: 'plum', initials: 'AA' } }] },
    ]);
  });

  it('of the installation belongs to no tenant', async () => {
    const grants = [{ role: 'operator', tenant_id: null }];
    const invited = await byPerson('POST', '/admin/v1/staff', { name: 'Theo', email: `${newId()}@agency.example`, grants });
    const { id } = invited.reply.body.person as { id: string };
    expect(invited.entries).toMatchObject([{ action: 'person.invited', tenant_id: null, subject: { kind: 'person', id, name: 'Theo' } }]);
    const changed = await byPerson('PATCH', `/admin/v1/staff/${id}`, { grants: [{ role: 'analyst', tenant_id: tenant.id }] });
    expect(changed.entries).toMatchObject([
      {
        action: 'person.changed',
        subject: { kind: 'person', id },
        changes: [{ before: { role: 'operator' } }, { after: { role: 'analyst', for_tenant_id: tenant.id } }],
      },
    ]);
    const made = await byPerson('POST', '/admin/v1/tenants', { name: 'New', default_country: 'GB' });
    expect(made.entries).toMatchObject([{ action: 'tenant.created', subject: { id: made.reply.body.id }, tenant_id: made.reply.body.id }]);
    const kept = await byPerson('POST', `/admin/v1/tenants/${made.reply.body.id as string}/suspend`);
    expect(kept.entries).toMatchObject([{ action: 'tenant.suspended', tenant_id: made.reply.body.id }]);
  });

  it('who signs in, changes the password and signs out leaves an entry each; a wrong password leaves none', async () => {
    const person = await rig.person([{ role: 'agent', tenantId: tenant.id }]);
    const browser = new Browser(rig);
    const call = (path: string, body: object) => audited((headers) => browser.call('POST', path, { headers, body }));
    expect((await call('/admin/v1/sign-in', { email: person.email, password: 'a wrong password' })).entries).toEqual([]);
    const fields = {
      actor: { kind: 'person', id: person.id, name: 'Ines' },
      subject: { kind: 'person', id: person.id },
      address: browser.address,
    };
    const signedIn = await call('/admin/v1/sign-in', { email: person.email, password: passwordOfPeople });
    expect(signedIn.entries).toMatchObject([{ action: 'person.signed_in', ...fields }]);
    const changed = await call('/admin/v1/me/password', { current_password: passwordOfPeople, new_password: 'a longer sentence' });
    expect(changed.entries).toMatchObject([{ action: 'person.password_changed', ...fields }]);
    expect(JSON.stringify(changed.entries)).not.toContain('sentence');
    expect((await call('/admin/v1/sign-out', {})).entries).toMatchObject([{ action: 'person.signed_out', actor: fields.actor }]);
  });
});

describe('the audit log', () => {
  const of = async (grants: Grant[]) => (await rig.person(grants)).call;

  it('shows a person the entries of the tenants whose audit they may read', async () => {
    const other = await rig.tenant();
    await rig.call('PATCH', '/v1/tenant', { key: other.key, body: { name: 'Other' } });
    await rig.call('PATCH', '/v1/tenant', { key: tenant.key, body: { name: 'Mine' } });
    const call = await of([
      { role: 'engineer', tenantId: other.id },
      { role: 'viewer', tenantId: tenant.id },
    ]);
    const seen = (await call('GET', '/admin/v1/audit?limit=500')).body.data as Entry[];
    expect([...new Set(seen.map(({ tenant_id }) => tenant_id))]).toEqual([other.id]);
    expect((await call('GET', `/admin/v1/audit?tenant_id=${tenant.id}`)).body.data).toEqual([]);
    const mine = (await owner.call('GET', `/admin/v1/audit?tenant_id=${tenant.id}&limit=1`)).body.data as Entry[];
    expect((await call('GET', `/admin/v1/audit/${mine[0]?.id}`)).status).toBe(404);
    expect((await call('GET', `/admin/v1/audit/${seen[0]?.id}`)).body).toMatchObject({ id: seen[0]?.id });
    const lines = (await call('GET', '/admin/v1/audit/export?format=ndjson')).text.trim().split('\n');
    expect(lines).toHaveLength(seen.length);
    const viewer = await of([{ role: 'viewer', tenantId: tenant.id }]);
    expect((await viewer('GET', '/admin/v1/audit')).status).toBe(403);
  });

  it('is not exported by a filter that no entry can match: the answer is a problem, and no begin of a file', async () => {
    for (const query of ['actor_id=%00', 'request_id=%00', 'since=0000-01-01T00:00:00Z', 'before=0000-12-31T00:00:00Z'])
      for (const path of ['/admin/v1/audit/export', '/admin/v1/audit'])
        expect([query, (await owner.call('GET', `${path}?${query}`)).status]).toEqual([query, 400]);
  });

  it('is exported as CSV in which no cell is a formula', async () => {
    await rig.call('PATCH', '/v1/tenant', { key: tenant.key, body: { name: '=cmd|calc' } });
    const { text: csv, headers } = await owner.call('GET', `/admin/v1/audit/export?action=tenant.changed&tenant_id=${tenant.id}`);
    expect(headers.get('content-type')).toContain('text/csv');
    expect(headers.get('content-disposition')).toContain('attachment');
    expect(csv.split('\n')[0]).toContain('action');
    expect(csv).toContain("'=cmd|calc");
    expect(csv).not.toMatch(/(^|,)"?=cmd/m);
  });

  it('is sealed into a chain that holds', async () => {
    const chain = rig.get(AuditChain);
    while ((await chain.seal()) > 0);
    const verdict = await chain.verify();
    expect(verdict.broken).toBeNull();
    expect(verdict.links).toBeGreaterThan(20);
  });

  it('loses the entry when the change is lost', async () => {
    const log = rig.get(AuditLog);
    const before = (await log.list({ tenants: null }, { limit: 1 })).rows[0]?.id;
    await rig.get(Database).query('ALTER TABLE audit_log ADD CONSTRAINT refuses CHECK (false) NOT VALID');
    try {
      const reply = await rig.call('PATCH', '/v1/tenant', { key: tenant.key, body: { name: 'Not to be' } });
      expect(reply.status).toBe(500);
    } finally {
      await rig.get(Database).query('ALTER TABLE audit_log DROP CONSTRAINT refuses');
    }
    expect((await rig.call('GET', '/v1/tenant', { key: tenant.key })).body.name).not.toBe('Not to be');
    expect((await log.list({ tenants: null }, { limit: 1 })).rows[0]?.id).toBe(before);
  });
});
