import { openApiDocument } from '../../apps/api/src/http/openapi/openapi';
import { ApiRig } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let owner: Awaited<ReturnType<ApiRig['person']>>;
let sessionId: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
  sessionId = (await rig.session(tenant.id)).id;
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown, tag?: string, pod = 0) => {
  const options = { body, pod, ...(tag !== undefined && { headers: { 'if-match': tag } }) };
  return path.startsWith('/admin/') ? owner.call(method, path, options) : rig.call(method, path, { key: tenant.key, ...options });
};
const rule = { name: 'Hello', event: 'seen', actions: [{ type: 'send_message', message: { type: 'text', text: 'Hello' } }] };
const endpoint = { name: 'Core', url: 'https://core.example.com/callbacks' };
const made = async (method: string, path: string, body: object) => {
  const reply = await call(method, path, body);
  return reply.body.id as string;
};

interface Edited {
  /** Path where it is read, and changed unless `write` says otherwise. */
  path: () => Promise<string> | string;
  write?: (path: string) => string;
  method: string;
  changes: [object, object, object];
}
const edited: Record<string, Edited> = {
  contact: {
    path: async () => `/v1/contacts/${await made('PUT', '/v1/contacts', { addresses: ['+447700900101'] })}`,
    method: 'PATCH',
    changes: [{ name: 'A' }, { attributes: { plan: 'pro' } }, { name: 'C' }],
  },
  'contact by its address': {
    path: async () => `/v1/contacts/${await made('PUT', '/v1/contacts', { addresses: ['+447700900102'] })}`,
    write: () => '/v1/contacts',
    method: 'PUT',
    changes: [{ name: 'A' }, { addresses: ['+447700900102', '+447700900103'] }, { name: 'C' }].map((change) => ({
      addresses: ['+447700900102'],
      ...change,
    })) as [object, object, object],
  },
  'contact list': {
    path: async () => `/v1/contact-lists/${await made('POST', '/v1/contact-lists', { name: 'News' })}`,
    method: 'PATCH',
    changes: [{ name: 'A' }, { description: 'B' }, { name: 'C' }],
  },
  segment: {
    path: async () => `/v1/segments/${await made('POST', '/v1/segments', { name: 'All', tree: { rules: [] } })}`,
    method: 'PATCH',
    changes: [{ name: 'A' }, { tree: { not: true, rules: [] } }, { name: 'C' }],
  },
  campaign: {
    path: async () => `/v1/campaigns/${await made('POST', '/v1/campaigns', { name: 'Summer' })}`,
    method: 'PATCH',
    changes: [{ name: 'A' }, { pace: { window_limit: 10 } }, { name: 'C' }],
  },
  'pace of a launched campaign': {
    path: async () => {
      const contact = await made('PUT', '/v1/contacts', { addresses: ['+447700900104'] });
      const list = await made('POST', '/v1/contact-lists', { name: 'News' });
      await call('POST', `/v1/contact-lists/${list}/members`, { ids: [contact] });
      const template = await made('POST', '/v1/templates', { name: 'Hello', content: { type: 'text', text: 'Hello' } });
      const id = await made('POST', '/v1/campaigns', {
        ...{ name: 'Summer', requires_consent: false, message: { template_id: template } },
        ...{
          audience: { include: [{ kind: 'list', id: list }] },
          schedule: { start: 'at', at: new Date(Date.now() + 86_400_000).toISOString() },
        },
      });
      await call('POST', `/v1/campaigns/${id}/launch`, {});
      return `/v1/campaigns/${id}`;
    },
    write: (path) => `${path}/pace`,
    method: 'PATCH',
    changes: [{ pace: { window_limit: 5 } }, { pace: { window_limit: 10 } }, { numbers: { sticky: false } }],
  },
  template: {
    path: async () =>
      `/v1/templates/${await made('POST', '/v1/templates', { name: 'Summer', content: { type: 'text', text: 'Hi {{ contact.name }}' } })}`,
    method: 'PATCH',
    changes: [{ name: 'A' }, { content: { type: 'text', text: 'Hello' } }, { is_archived: true }],
  },
  'event rule': {
    path: async () => `/v1/event-rules/${await made('POST', '/v1/event-rules', rule)}`,
    method: 'PATCH',
    changes: [{ is_active: false }, { name: 'B' }, { name: 'C' }],
  },
  'event type': {
    path: async () => {
      await call('PUT', '/v1/event-types/seen', { schema: {} });
      return '/v1/event-types/seen';
    },
    method: 'PUT',
    changes: [{ schema: { type: 'object' } }, { schema: { type: 'object', required: ['a'] } }, { schema: { required: ['c'] } }],
  },
  endpoint: {
    path: async () => `/v1/callback-endpoints/${await made('POST', '/v1/callback-endpoints', endpoint)}`,
    method: 'PATCH',
    changes: [{ rate_per_s: 10 }, { headers: { 'x-team': 'b' } }, { name: 'C' }],
  },
  tenant: {
    path: () => '/v1/tenant',
    method: 'PATCH',
    changes: [{ name: 'A' }, { settings: { routing: { rule: 'weighted' } } }, { name: 'C' }],
  },
  person: {
    path: async () => `/admin/v1/staff/${(await rig.invited([{ role: 'analyst', tenantId: null }])).id}`,
    method: 'PATCH',
    changes: [{ grants: [{ role: 'operator', tenant_id: null }] }, { disabled: true }, { name: 'C' }],
  },
  'tenant of an agency': {
    path: () => `/admin/v1/tenants/${tenant.id}`,
    method: 'PATCH',
    changes: [{ name: 'E' }, { colour: 'amber' }, { name: 'G' }],
  },
  session: { path: () => `/v1/sessions/${sessionId}`, method: 'PATCH', changes: [{ name: 'A' }, { tags: ['uk'] }, { name: 'C' }] },
  'limits of a session': {
    path: () => `/v1/sessions/${sessionId}/lane`,
    write: (path) => path.replace('/lane', '/limits'),
    method: 'PATCH',
    changes: [{ daily_cap: 10 }, { warm_up: [5, 10] }, { hourly_cap: 7 }],
  },
  group: {
    path: async () => {
      const messages = [{ to: '+447700900110', type: 'text', text: 'Hello' }];
      return `/v1/groups/${(await call('POST', '/v1/messages/bulk', { messages })).body.group_id as string}`;
    },
    method: 'PATCH',
    changes: [{ weight: 3 }, { window_limit: 10 }, { name: 'C' }],
  },
  'cap pool': {
    path: async () => {
      await call('PUT', '/v1/cap-pools/uk', {});
      return '/v1/cap-pools/uk';
    },
    method: 'PUT',
    changes: [{ daily_cap: 10 }, { hourly_cap: 5 }, { hourly_cap: 7 }],
  },
};

describe.each(Object.entries(edited))('what people edit: %s', (_name, { path: read, write = (path) => path, method, changes }) => {
  it('is changed under its tag, and not under one that is old', async () => {
    const path = await read();
    const there = write(path);
    const first = (await call('GET', path)).headers.get('etag') as string;
    expect(first).toMatch(/^"[\w-]+"$/);
    expect((await call('GET', path)).headers.get('etag')).toBe(first);

    const changed = await call(method, there, changes[0], first);
    expect(changed.status).toBe(200);
    const second = changed.headers.get('etag') as string;
    expect(second).not.toBe(first);
    expect((await call('GET', path)).headers.get('etag')).toBe(second);

    const stale = await call(method, there, changes[1], first);
    expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
    expect((await call('GET', path)).headers.get('etag')).toBe(second);

    expect((await call(method, there, changes[1], `"other", W/${second}`)).status).toBe(200);
    expect((await call(method, there, changes[0], '*')).status).toBe(200);
    expect((await call(method, there, changes[1])).status).toBe(200);
  });

  it('is changed by one of many who read the same', async () => {
    const path = await read();
    const tag = (await call('GET', path)).headers.get('etag') as string;
    const answers = await Promise.all([0, 1, 0, 1].map((pod) => call(method, write(path), changes[2], tag, pod)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });
});

it('is deleted under its tag alone', async () => {
  for (const path of [
    `/v1/event-rules/${await made('POST', '/v1/event-rules', rule)}`,
    `/v1/callback-endpoints/${await made('POST', '/v1/callback-endpoints', endpoint)}`,
    '/v1/event-types/seen',
  ]) {
    const tag = (await call('GET', path)).headers.get('etag') as string;
    expect((await call('DELETE', path, undefined, '"old"')).status).toBe(412);
    expect((await call('DELETE', path, undefined, tag)).status).toBe(204);
  }
});

it('is not there for a change or an end, with a tag or without, when it is nobody’s', async () => {
  for (const headers of [{}, { 'if-match': '*' }] as Record<string, string>[])
    for (const path of ['/v1/event-rules/', '/v1/callback-endpoints/', '/v1/sessions/', '/v1/contacts/'])
      for (const method of path === '/v1/contacts/' ? ['PATCH'] : ['PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { name: 'A' } : undefined;
        const reply = await rig.call(method, `${path}0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff`, { key: tenant.key, body, headers });
        expect([method, path, reply.status]).toEqual([method, path, 404]);
      }
});

it('is not there for a change of a person or a tenant that does not exist, under a tag or without', async () => {
  for (const path of ['/admin/v1/staff/', '/admin/v1/tenants/'])
    for (const tag of [undefined, '*'])
      expect((await call('PATCH', `${path}0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff`, { name: 'A' }, tag)).status).toBe(404);
});

it('is not made under a tag', async () => {
  expect((await call('PUT', '/v1/cap-pools/none', {}, '*')).status).toBe(412);
  expect((await call('PUT', '/v1/event-types/none', { schema: {} }, '"a"')).status).toBe(412);
  expect((await call('PUT', '/v1/contacts', { addresses: ['+447700900109'] }, '*')).status).toBe(412);
  expect((await call('GET', '/v1/contacts?address=%2B447700900109')).body.data).toEqual([]);
});

it('is documented with its tag, and every route that takes If-Match with 412', () => {
  const { paths } = openApiDocument(rig.apps[0] as never) as unknown as {
    paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: Record<string, { headers?: object }> }>>;
  };
  const takers = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .filter(({ parameters = [] }) => parameters.some(({ name }) => name === 'If-Match'));
  expect(takers).toHaveLength(25);
  for (const { responses } of takers) expect(responses).toHaveProperty('412');
  for (const path of [
    '/v1/contacts/{id}',
    '/v1/event-rules/{id}',
    '/v1/callback-endpoints/{id}',
    '/v1/tenant',
    '/v1/sessions/{id}/lane',
    '/admin/v1/staff/{id}',
  ])
    expect(paths[path]?.get?.responses['200']?.headers).toHaveProperty('ETag');
});
