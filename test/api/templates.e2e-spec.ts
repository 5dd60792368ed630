import { until } from '@heliograph/kernel/testing';
import { ApiRig } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });
const text = (value: string, over: object = {}) => ({ type: 'text', text: value, ...over });

describe('a template', () => {
  it('has its variables, changes in versions, is found by its name, and is archived', async () => {
    const made = await call('POST', '/v1/templates', {
      name: 'Summer sale',
      content: text('Hi {{ contact.first_name }}: {{ coupon }}', { variants: ['Hello {{ contact.first_name }}: {{ coupon }}'] }),
      defaults: { 'contact.first_name': 'friend' },
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        version: 1,
        language: 'en',
        variables: [
          { name: 'contact.first_name', is_required: false, default: 'friend' },
          { name: 'coupon', is_required: true, default: null },
        ],
      },
    });
    const path = `/v1/templates/${made.body.id as string}`;
    expect((await call('PATCH', path, { content: text('Hello') })).body).toMatchObject({ version: 2, variables: [] });
    expect((await call('GET', `${path}?version=1`)).body).toMatchObject({ version: 1, newest_version: 2, changed_by: { kind: 'key' } });
    expect((await call('GET', `${path}/versions`)).body.data).toMatchObject([{ version: 2 }, { version: 1 }]);
    expect((await call('GET', `${path}?version=3`)).status).toBe(404);
    const found = async (query: string) => ((await call('GET', `/v1/templates?${query}`)).body.data as unknown[]).length;
    expect([await found('name=SUMMER'), await found('type=image'), await found('archived=true')]).toEqual([1, 0, 0]);
    expect((await call('PATCH', path, { is_archived: true })).body).toMatchObject({
      version: 2,
      archived_at: expect.any(String) as string,
    });
    expect([await found('name=summer'), await found('name=summer&archived=true')]).toEqual([0, 1]);
    expect((await call('PATCH', path, { is_archived: false })).body).toMatchObject({ archived_at: null });
  });

  it('takes every kind of content of a message', async () => {
    for (const content of [
      { type: 'image', url: 'https://files.example.com/a.jpg', caption: 'Hi {{ contact.name }}', variants: ['Hello'] },
      { type: 'video', url: 'https://files.example.com/a.mp4' },
      { type: 'document', url: 'https://files.example.com/{{ file }}.pdf', file_name: '{{ file }}.pdf' },
      { type: 'audio', url: 'https://files.example.com/a.ogg', view_once: true },
      { type: 'location', latitude: 51.5, longitude: -0.1, name: 'Shop' },
      { type: 'contact', name: 'Shop', phone: '020 7946 0000' },
      { type: 'poll', question: 'Which, {{ contact.name }}?', options: ['Red', 'Blue'] },
    ]) {
      const made = await call('POST', '/v1/templates', { name: content.type, content });
      expect([made.status, made.body.content]).toMatchObject([201, content]);
    }
  });

  it.each([
    [{ name: '', content: text('x') }, 400, 'name'],
    [{ name: 'A', content: text(' ') }, 400, 'content/text'],
    [{ name: 'A', content: { type: 'song' } }, 400, 'content/type'],
    [{ name: 'A', content: { type: 'image' } }, 400, 'content/media_id'],
    [{ name: 'A', content: text('x'), languages: [{ language: 'x', content: text('x') }] }, 400, 'languages/0/language'],
    [{ name: 'A', content: text('x'), defaults: { '1': 'a' } }, 400, 'defaults/1'],
    [{ name: 'A', content: text('{{ x') }, 422, 'content'],
    [{ name: 'A', content: text('{{ x | nofilter }}') }, 422, 'content'],
    [{ name: 'A', content: { type: 'image', url: 'http://169.254.169.254/a' } }, 422, 'content/url'],
    [{ name: 'A', content: { type: 'contact', name: 'A', phone: 'x' } }, 422, 'content/phone'],
    [{ name: 'A', content: { type: 'poll', question: 'a', options: ['a', 'a'] } }, 422, 'content/options'],
    [{ name: 'A', content: text('x'), languages: [{ language: 'es', content: text('{% for %}') }] }, 422, 'languages/0/content'],
  ])('that is %j is refused with %i at %s', async (body, status, path) => {
    const reply = await call('POST', '/v1/templates', body);
    expect([reply.status, (reply.body.errors as { path: string }[]).map((error) => error.path)]).toEqual([status, [path]]);
  });

  it('whose text is too long for a message is refused', async () => {
    const reply = await call('POST', '/v1/templates', { name: 'A', content: text('x'.repeat(4_097)) });
    expect([reply.status, reply.body.errors]).toMatchObject([422, [{ path: 'content/text', code: 'invalid_content' }]]);
  });
});

describe('a preview', () => {
  const preview = async (template: object, over: object = {}, key = tenant.key) =>
    rig.call('POST', '/v1/templates/preview', { key, body: { template, ...over } });

  it('is filled in for a contact in its language, counts characters, and names what is missing', async () => {
    const contact = (
      await call('PUT', '/v1/contacts', { addresses: ['+447700900150'], name: 'Ada Lovelace', attributes: { language: 'es', plan: 'pro' } })
    ).body.id;
    const template = {
      content: text('Hi'),
      languages: [
        {
          language: 'es',
          content: text('Hola {{ contact.first_name }} 👋 {{ contact.plan }} {{ contact.phone }} {{ coupon }}', { variants: ['Buenas'] }),
        },
      ],
    };
    expect((await preview(template, { contact_id: contact })).body).toMatchObject({
      body: { type: 'text', text: 'Hola Ada 👋 pro +447700900150 [coupon]' },
      failed: null,
      language: 'es',
      wordings: 2,
      characters: 37,
      missing: ['coupon'],
      findings: [],
    });
    expect((await preview(template, { contact_id: contact, wording: 1, variables: { coupon: 'A' } })).body).toMatchObject({
      body: { text: 'Buenas' },
      wording: 1,
      missing: ['coupon'].slice(1),
    });
    expect((await preview(template, { contact_id: tenant.id })).status).toBe(404);
    const message = { variables: { coupon: 'ALL', 'contact.plan': 'free' } };
    const campaign_id = (await call('POST', '/v1/campaigns', { name: 'Sale', message })).body.id;
    const shown = async (over: object) => (await preview(template, { contact_id: contact, campaign_id, ...over })).body.body;
    expect(await shown({})).toEqual({ type: 'text', text: 'Hola Ada 👋 pro +447700900150 ALL' });
    expect(await shown({ variables: { coupon: 'ONE' } })).toEqual({ type: 'text', text: 'Hola Ada 👋 pro +447700900150 ONE' });
    expect((await preview(template, { campaign_id: contact })).status).toBe(404);
  });

  it('says why contents cannot be stored, and what is only doubtful', async () => {
    expect((await preview({ content: text('{{ x') })).body).toMatchObject({
      body: null,
      findings: [{ severity: 'error', path: 'content', code: 'invalid_liquid' }],
    });
    expect((await preview({ content: text('x'.repeat(4_097)) })).body).toMatchObject({
      body: null,
      findings: [{ code: 'invalid_content' }],
    });
    expect((await preview({ content: text('x'.repeat(1_000)) })).body).toMatchObject({
      characters: 1_000,
      findings: [{ severity: 'warning', code: 'folds' }],
    });
  });

  it('shows no contact to a key that may not read contacts', async () => {
    const contact = (await call('PUT', '/v1/contacts', { addresses: ['+447700900151'] })).body.id;
    const key = await rig.key(tenant.id, ['campaigns:read']);
    const reply = await preview({ content: text('{{ contact.phone }}') }, { contact_id: contact }, key);
    expect([reply.status, reply.body.code]).toEqual([403, 'missing_scope']);
  });
});

describe('a test send', () => {
  it('goes to one recipient, as often as it is asked for', async () => {
    const { id: sessionId, there } = await rig.session(tenant.id);
    const made = await call('POST', '/v1/templates', { name: 'T', content: text('Hi {{ contact.first_name }}: {{ coupon }}') });
    const path = `/v1/templates/${made.body.id as string}/test`;
    const contact = (await call('PUT', '/v1/contacts', { addresses: ['+447700900160'], name: 'Ada L' })).body.id;
    const body = { to: '07700 900161', session_id: sessionId, contact_id: contact, variables: { coupon: 'SUN' } };
    expect((await call('POST', path, { to: body.to, session_id: sessionId })).body).toMatchObject({
      code: 'missing_variable',
      errors: [{ path: 'variables/contact.first_name' }, { path: 'variables/coupon' }],
    });
    for (let i = 0; i < 2; i++) expect((await call('POST', path, body)).status).toBe(202);
    await rig.work({ WORKER_ROLES: ['lanes'] });
    await until(() => Promise.resolve(rig.provider.simulator.ledger.acceptedOf(there.id).length === 2));
    expect(rig.provider.simulator.ledger.acceptedOf(there.id).map(({ recipient, content }) => [recipient, content.text])).toEqual([
      ['447700900161', 'Hi Ada: SUN'],
      ['447700900161', 'Hi Ada: SUN'],
    ]);
  });
});

describe('what sends a template', () => {
  it('is listed', async () => {
    const made = await call('POST', '/v1/templates', { name: 'T', content: text('Hi') });
    const campaign = await call('POST', '/v1/campaigns', { name: 'Sale', message: { template_id: made.body.id, template_version: 1 } });
    expect((await call('GET', `/v1/templates/${made.body.id as string}/uses`)).body.data).toEqual([
      { kind: 'campaign', id: campaign.body.id, name: 'Sale', state: 'draft', version: 1 },
    ]);
  });

  it('is also a rule, which sends what the template says then', async () => {
    const made = await call('POST', '/v1/templates', { name: 'T', content: text('Hi {{ contact.name }}: {{ plan }}') });
    const message = { type: 'template', template_id: made.body.id };
    await call('PUT', '/v1/event-types/upgraded', { schema: {} });
    const rule = (over: object) => ({
      name: 'Upgrade',
      event: 'upgraded',
      actions: [{ type: 'send_message', message: { ...message, ...over } }],
    });
    for (const [over, path] of [
      [{ template_id: tenant.id }, 'actions/0/message/template_id'],
      [{ template_id: 'x' }, 'actions/0/message/template_id'],
      [{ variables: { a: 1 } }, 'actions/0/message/variables/a'],
      [{ class: 'urgent' }, 'actions/0/message/class'],
    ] as const) {
      const reply = await call('POST', '/v1/event-rules', rule(over));
      expect([reply.status, (reply.body.errors as { path: string }[])[0]?.path]).toEqual([path.endsWith('class') ? 400 : 422, path]);
    }
    const stored = await call('POST', '/v1/event-rules', rule({}));
    expect((await call('GET', `/v1/templates/${made.body.id as string}/uses`)).body.data).toEqual([
      { kind: 'event_rule', id: stored.body.id, name: 'Upgrade', state: 'on', version: null },
    ]);
    await call('PUT', '/v1/contacts', { addresses: ['+447700900170'], name: 'Priya' });
    const event = { name: 'upgraded', id: 'u-1', subject: { phone: '+447700900170' }, payload: { plan: 'pro' } };
    const tried = await call('POST', '/v1/events/dry-run', { event });
    expect(tried.body.rules).toMatchObject([
      {
        outcome: 'matched',
        actions: [{ type: 'send_message', to: '+447700900170', message: { content: { text: 'Hi Priya: pro' } } }],
      },
    ]);
  });
});
