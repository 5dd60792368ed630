import { Database } from '@heliograph/kernel';
import { type ApiKeyScope, apiKeyScopes } from '@heliograph/tenants';
import { ApiRig, Browser, fileForm, type Reply } from './api-rig';
import { operations } from './document';

type Tenant = Awaited<ReturnType<ApiRig['tenant']>>;
type Call = (method: string, path: string, body?: unknown) => Promise<Reply>;

const mark = { name: 'Marked as theirs', phone: '+447700900171', text: 'Words of theirs' };
const ofCampaigns = /^\/v1\/(campaigns|templates|media|imports|segments|contact-lists|contact-edits)\b/;
const guarded = operations.filter(({ path }) => ofCampaigns.test(path));

let rig: ApiRig;
let mine: Tenant;
let theirs: Tenant;
/** Ids of what belongs to them, by what it is. */
let their: Record<'contact' | 'list' | 'segment' | 'import' | 'file' | 'template' | 'session' | 'campaign' | 'link' | 'edit', string>;
let token: string;

const withKey =
  (key: string): Call =>
  (method, path, body) =>
    rig.call(method, path, { key, body });
const seen = ({ status, body }: Reply) => [status, body.code];
const upload = (key: string, path: string, content: string, name: string) =>
  rig.call('POST', path, { key, ...fileForm(content, { name }) });

beforeAll(async () => {
  rig = await ApiRig.start();
  mine = await rig.tenant();
  theirs = await rig.tenant();
  const call = withKey(theirs.key);
  const make = async (method: string, path: string, body: object) => {
    const reply = await call(method, path, body);
    expect([path, reply.status < 300, reply.text]).toEqual([path, true, reply.text]);
    return reply.body as { id: string; url: string };
  };
  const session = (await rig.session(theirs.id)).id;
  const contact = (await make('PUT', '/v1/contacts', { addresses: [mark.phone], name: mark.name })).id;
  const list = (await make('POST', '/v1/contact-lists', { name: mark.name })).id;
  await make('POST', `/v1/contact-lists/${list}/members`, { ids: [contact] });
  const tree = { combinator: 'and', rules: [{ field: 'name', operator: 'equals', value: mark.name }] };
  const segment = (await make('POST', '/v1/segments', { name: mark.name, tree })).id;
  const imported = (await upload(theirs.key, '/v1/imports', `phone,name\n${mark.phone},${mark.name}\n`, 'theirs.csv')).body.id as string;
  const file = (await upload(theirs.key, '/v1/media', mark.text, 'theirs.txt')).body.id as string;
  const template = (await make('POST', '/v1/templates', { name: mark.name, content: { type: 'text', text: mark.text } })).id;
  const campaign = (
    await make('POST', '/v1/campaigns', {
      name: mark.name,
      audience: { include: [{ kind: 'list', id: list }] },
      message: { template_id: template },
      requires_consent: false,
    })
  ).id;
  await make('POST', `/v1/campaigns/${campaign}/launch`, {});
  const link = await make('POST', `/v1/campaigns/${campaign}/report-links`, {});
  token = link.url.split('#')[1] as string;
  const edit = (await make('POST', '/v1/contacts/bulk-edit', { selection: { ids: [contact] }, changes: { add_tags: ['x'] } })).id;
  their = { contact, list, segment, import: imported, file, template, session, campaign, link: link.id, edit };
});
afterAll(() => rig.stop());

/** Everything of theirs that these routes could touch, as the database has it. */
const theirRows = () =>
  rig.get(Database).query(
    `SELECT (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM campaigns x WHERE tenant_id = $1) AS campaigns, (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM campaign_log x WHERE tenant_id = $1) AS log,
       (SELECT jsonb_agg(to_jsonb(x)) FROM message_templates x WHERE tenant_id = $1) AS templates, (SELECT jsonb_agg(to_jsonb(x)) FROM media_files x WHERE tenant_id = $1) AS files,
       (SELECT jsonb_agg(to_jsonb(x)) FROM contact_lists x WHERE tenant_id = $1) AS lists, (SELECT jsonb_agg(to_jsonb(x)) FROM contact_list_members x WHERE tenant_id = $1) AS members,
       (SELECT jsonb_agg(to_jsonb(x)) FROM segments x WHERE tenant_id = $1) AS segments, (SELECT jsonb_agg(to_jsonb(x)) FROM contact_imports x WHERE tenant_id = $1) AS imports,
       (SELECT jsonb_agg(to_jsonb(x)) FROM contacts x WHERE tenant_id = $1) AS contacts, (SELECT jsonb_agg(to_jsonb(x) - 'opened_at') FROM campaign_report_links x WHERE tenant_id = $1) AS links,
       (SELECT jsonb_agg(to_jsonb(x)) FROM contact_edits x WHERE tenant_id = $1) AS edits`,
    [theirs.id],
  );

const callers: [string, () => Promise<Call>][] = [
  ['a key', () => Promise.resolve(withKey(mine.key))],
  [
    'an owner of one tenant alone',
    async () => {
      const { call } = await rig.person([{ role: 'owner', tenantId: mine.id }]);
      return (method, path, body) => call(method, path, { body, tenant: mine.id });
    },
  ],
];

describe('what campaigns are made of', () => {
  it.each(callers)('does not exist for %s of another tenant, on any route', async (_who, callerOf) => {
    const call = await callerOf();
    const own = (await call('POST', '/v1/campaigns', { name: 'Mine' })).body.id as string;
    const ids = Object.values(their);
    const secrets = [...ids, ...Object.values(mark), token];
    const before = await theirRows();
    const leaks: string[] = [];
    for (const { method, path, operation } of guarded.filter((one) => one.path.includes('{'))) {
      const body = operation.requestBody && Object.values(operation.requestBody.content)[0]?.example;
      for (const id of ids)
        for (const filled of [path.replace(/\{\w+\}/g, id), path.replace('{id}', own).replace(/\{\w+\}/g, id)]) {
          if (!filled.includes(id)) continue;
          const reply = await call(method, filled.replace(/chunks\/[^/]+$/, 'chunks/1'), body);
          if (reply.status < 400) leaks.push(`${method} ${filled} answered ${reply.status}`);
          for (const secret of secrets) if (secret !== id && reply.text.includes(secret)) leaks.push(`${method} ${path} told of ${secret}`);
        }
    }
    for (const { method, path } of guarded.filter((one) => one.method === 'get' && !one.path.includes('{'))) {
      const { text } = await call(method, path);
      for (const secret of secrets) if (text.includes(secret)) leaks.push(`${method} ${path} told of ${secret}`);
    }
    expect(leaks).toEqual([]);
    expect(await theirRows()).toEqual(before);
  });

  it('of another tenant is nothing to a campaign that names it', async () => {
    const call = withKey(mine.key);
    const session = (await rig.session(mine.id)).id;
    const made = async (over: object) => (await call('POST', '/v1/campaigns', { name: 'Mine', ...over })).body.id as string;
    for (const kind of ['list', 'segment', 'import'] as const)
      for (const side of ['include', 'exclude'] as const) {
        const list = (await call('POST', '/v1/contact-lists', { name: 'Mine' })).body.id as string;
        const audience = { include: [{ kind: 'list', id: list }], [side]: [{ kind, id: their[kind] }] };
        const id = await made({ audience, numbers: { session_ids: [session] } });
        const check = await call('POST', `/v1/campaigns/${id}/check`);
        expect(check.body).toMatchObject({ audience: 0, ready: false });
        expect((check.body.problems as { code: string }[]).map(({ code }) => code)).toContain('unknown_source');
        expect(seen(await call('GET', `/v1/campaigns/${id}/plan`))).toEqual([422, 'unknown_source']);
        expect(seen(await call('GET', `/v1/campaigns/${id}/people?verdict=no_consent`))).toEqual([422, 'unknown_source']);
        expect(seen(await call('POST', `/v1/campaigns/${id}/launch`, {}))[0]).toBe(409);
        for (const secret of [mark.name, mark.phone]) expect(check.text).not.toContain(secret);
      }
    const id = await made({ message: { template_id: their.template }, numbers: { session_ids: [their.session] } });
    const { problems } = (await call('POST', `/v1/campaigns/${id}/check`)).body as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code).sort()).toEqual(['no_audience', 'no_sessions', 'template_not_found']);
    expect((await call('POST', `/v1/campaigns/${id}/launch`, {})).body.code).toBe('campaign_not_ready');
  });

  it('of another tenant is nothing to lists, segments, edits, imports, templates and rules that name it', async () => {
    const call = withKey(mine.key);
    const session = (await rig.session(mine.id)).id;
    const list = (await call('POST', '/v1/contact-lists', { name: 'Mine' })).body.id as string;
    const template = (await call('POST', '/v1/templates', { name: 'Mine', content: { type: 'text', text: 'Hello' } })).body.id as string;
    const imported = (await upload(mine.key, '/v1/imports', 'phone\n+447700900101\n', 'mine.csv')).body.id as string;
    const members = (body: object) => call('POST', `/v1/contact-lists/${list}/members`, body);
    expect((await members({ ids: [their.contact] })).body).toMatchObject({ matched: 0, unknown: [their.contact] });
    expect((await members({ addresses: [mark.phone] })).body).toMatchObject({ matched: 0, unknown: [mark.phone] });
    expect(seen(await members({ list_id: their.list }))).toEqual([422, 'unknown_source']);
    expect(seen(await members({ segment_id: their.segment }))).toEqual([422, 'unknown_source']);
    for (const rule of [
      { field: 'list', operator: 'is_one_of', value: [their.list] },
      { field: 'campaign_sent', operator: 'is_one_of', value: [their.campaign] },
      { field: 'campaign_failed', operator: 'is_one_of', value: [their.campaign] },
    ]) {
      const counted = await call('POST', '/v1/segments/count', { tree: { combinator: 'and', rules: [rule] } });
      expect([rule.field, counted.status < 300 ? counted.body.count : counted.body.code]).toEqual([
        rule.field,
        counted.status < 300 ? 0 : 'invalid_selection',
      ]);
      expect(counted.text).not.toContain(mark.phone);
    }
    const edit = (selection: object) => call('POST', '/v1/contacts/bulk-edit', { selection, changes: { add_tags: ['x'] }, dry_run: true });
    expect((await edit({ ids: [their.contact] })).body).toEqual({ matched: 0 });
    expect(seen(await edit({ list_id: their.list }))).toEqual([422, 'unknown_source']);
    expect(seen(await edit({ segment_id: their.segment }))).toEqual([422, 'unknown_source']);
    for (const filter of [`list_id=${their.list}`, `segment_id=${their.segment}`])
      for (const path of ['/v1/contacts', '/v1/contacts/export']) {
        const reply = await call('GET', `${path}?${filter}`);
        expect([path, filter, reply.text.includes(mark.phone)]).toEqual([path, filter, false]);
      }
    const mapping = { columns: [{ column: 'phone', to: 'phone' }], consent: null, list_id: their.list };
    expect(seen(await call('PUT', `/v1/imports/${imported}/mapping`, mapping))).toEqual([422, 'unknown_list']);
    expect(seen(await call('POST', '/v1/imports/api', { name: 'Mine', consent: null, list_id: their.list }))).toEqual([
      422,
      'unknown_list',
    ]);
    const content = { type: 'document', media_id: their.file };
    for (const body of [{ content }, { content: { type: 'text', text: 'A' }, languages: [{ language: 'es', content }] }])
      for (const [method, path] of [
        ['POST', '/v1/templates'],
        ['PATCH', `/v1/templates/${template}`],
      ] as const) {
        const reply = await call(method, path, { ...(method === 'POST' && { name: 'Mine' }), ...body });
        expect([method, reply.body.errors]).toMatchObject([method, [{ code: 'unknown_media' }]]);
      }
    const draft = { content: { type: 'text', text: '{{ contact.name }}' } };
    expect((await call('POST', '/v1/templates/preview', { template: draft, contact_id: their.contact })).status).toBe(404);
    const preview = await call('POST', '/v1/templates/preview', { template: { content } });
    expect(preview.body.findings).toMatchObject([{ code: 'unknown_media' }]);
    const test = (over: object) => call('POST', `/v1/templates/${template}/test`, { to: '+447700900101', session_id: session, ...over });
    expect((await test({ contact_id: their.contact })).status).toBe(404);
    expect((await test({ session_id: their.session })).status).toBeGreaterThanOrEqual(400);
    const rule = {
      name: 'Mine',
      event: 'seen',
      actions: [{ type: 'send_message', message: { type: 'template', template_id: their.template } }],
    };
    expect((await call('POST', '/v1/event-rules', rule)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('an id in capitals', () => {
  it('is the same id: what uses something is found by it, and a campaign takes it', async () => {
    const call = withKey(theirs.key);
    const big = Object.fromEntries(Object.entries(their).map(([name, id]) => [name, id.toUpperCase()])) as typeof their;
    const content = { type: 'document', media_id: big.file };
    expect((await call('POST', '/v1/templates', { name: 'With a file', content })).status).toBe(201);
    expect(seen(await call('DELETE', `/v1/media/${big.file}`))).toEqual([409, 'media_in_use']);
    expect(seen(await call('DELETE', `/v1/contact-lists/${big.list}`))).toEqual([409, 'in_use']);
    const list = (await call('POST', '/v1/contact-lists', { name: 'Of a segment' })).body.id as string;
    const tree = { combinator: 'and', rules: [{ field: 'list', operator: 'is_one_of', value: [list.toUpperCase()] }] };
    expect((await call('POST', '/v1/segments', { name: 'By a list', tree })).status).toBe(201);
    expect(seen(await call('DELETE', `/v1/contact-lists/${list}`))).toEqual([409, 'in_use']);
    const { body } = await call('POST', '/v1/campaigns', {
      name: 'In capitals',
      audience: { include: [{ kind: 'list', id: big.list }] },
      message: { template_id: big.template },
      numbers: { session_ids: [big.session], weights: { [big.session]: 2 } },
      requires_consent: false,
    });
    const check = await call('POST', `/v1/campaigns/${String(body.id).toUpperCase()}/check`);
    expect(check.body).toMatchObject({ ready: true, audience: 1, sendable: 1 });
  });
});

describe('the people of a campaign', () => {
  it('show names, own ids and phone numbers to those alone who may read them', async () => {
    const tenant = await rig.tenant();
    const call = withKey(tenant.key);
    const session = (await rig.session(tenant.id)).id;
    const phones = ['+447700900181', '+447700900182'];
    const [one, two] = (await Promise.all(
      phones.map(
        async (phone, i) => (await call('PUT', '/v1/contacts', { addresses: [phone], name: 'Priya', external_id: `own-${i}` })).body.id,
      ),
    )) as [string, string];
    const list = (await call('POST', '/v1/contact-lists', { name: 'All' })).body.id as string;
    await call('POST', `/v1/contact-lists/${list}/members`, { ids: [one, two] });
    const { id } = (await call('POST', '/v1/campaigns', { name: 'A', audience: { include: [{ kind: 'list', id: list }] } })).body;
    const people = `/v1/campaigns/${id as string}/people`;
    const as = async (scopes: ApiKeyScope[]) => withKey(await rig.key(tenant.id, scopes));
    const shown = ({ text }: Reply) =>
      ['Priya', 'own-0', phones[0] as string, phones[1] as string].filter((secret) => text.includes(secret));
    const all = await call('GET', `${people}?verdict=no_consent`);
    expect(shown(all)).toHaveLength(4);
    // People to whom nothing is sent are nobody's but contacts.
    for (const scopes of [['campaigns:read'], ['campaigns:read', 'messages:read']] as ApiKeyScope[][]) {
      const reply = await (await as(scopes))('GET', `${people}?verdict=no_consent`);
      expect([reply.status, (reply.body.data as unknown[]).length, shown(reply)]).toEqual([200, 2, []]);
    }
    const sent = (await call('POST', '/v1/messages', { to: phones[0], type: 'text', text: 'Hello', session_id: session })).body.id;
    const db = rig.get(Database);
    await db.query(`INSERT INTO message_groups (tenant_id, id, kind, standing) VALUES ($1, $2, 'campaign', 'apart')`, [tenant.id, id]);
    await db.query(
      `UPDATE messages SET group_id = $3, origin = jsonb_build_object('kind', 'campaign', 'contactId', $4::text) WHERE tenant_id = $1 AND id = $2`,
      [tenant.id, sent, id, one],
    );
    for (const path of [people, `/v1/campaigns/${id as string}/export`]) {
      expect(shown(await call('GET', path))).toEqual(['Priya', 'own-0', phones[0]]);
      expect(shown(await (await as(['campaigns:read']))('GET', path))).toEqual([]);
      const { call: viewer } = await rig.person([{ role: 'viewer', tenantId: tenant.id }]);
      expect(shown(await viewer('GET', path, { tenant: tenant.id }))).toEqual([phones[0]]);
      expect(apiKeyScopes).toContain('contacts:read');
    }
  });
});

describe('a report link', () => {
  const show = (given: string) => new Browser(rig).call('POST', '/admin/v1/campaign-report', { body: { token: given } });

  it('opens nothing when it is cut, longer, changed, in other letters, or the hash of one', async () => {
    expect((await show(token)).status).toBe(200);
    const [row] = await rig
      .get(Database)
      .query<{ hash: Buffer }>(`SELECT token_hash AS hash FROM campaign_report_links WHERE id = $1`, [their.link]);
    const other = token.startsWith('A') ? 'B' : 'A';
    for (const forged of [
      token.slice(0, -1),
      `${token}A`,
      `${other}${token.slice(1)}`,
      `${token.slice(0, 42)} `,
      `${token.slice(0, 42)}\u0000`,
      token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase(),
      row?.hash.toString('base64url') ?? '',
      row?.hash.toString('hex') ?? '',
      their.link,
      their.campaign,
    ])
      expect([forged, (await show(forged)).status]).toEqual([forged, 404]);
  });

  it('is none of another campaign or tenant', async () => {
    const call = withKey(theirs.key);
    const other = (await call('POST', '/v1/campaigns', { name: 'Other' })).body.id as string;
    expect((await call('DELETE', `/v1/campaigns/${other}/report-links/${their.link}`)).status).toBe(404);
    expect((await show(token)).status).toBe(200);
    const { text } = await show(token);
    for (const secret of [
      their.campaign,
      their.list,
      their.template,
      their.session,
      theirs.id,
      mark.phone,
      mark.text,
      'created_by',
      'audience_sources',
    ])
      expect([secret, text.includes(secret)]).toEqual([secret, false]);
  });
});
