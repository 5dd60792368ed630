import { until } from '@heliograph/kernel/testing';
import { ApiRig, fileForm } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });
const make = async (path: string, body: unknown) => (await call('POST', path, body)).body.id as string;
const person = async (address: string, more: object = {}) =>
  (await call('PUT', '/v1/contacts', { addresses: [address], ...more })).body.id as string;
const vips = { rules: [{ field: 'tags', operator: 'is_one_of', value: ['vip'] }] };

describe('a segment', () => {
  it('is counted before it is made, lists its contacts, changes by version and goes', async () => {
    const id = await person('+447700900101', { tags: ['vip'], name: 'Priya' });
    await person('+447700900102');
    const counted = await call('POST', '/v1/segments/count', { tree: vips });
    expect(counted).toMatchObject({
      status: 200,
      body: {
        count: 1,
        reachable: 0,
        left_out: { no_address: 0, bad_number: 0, opted_out: 0, suppressed: 0, no_consent: 1 },
        samples: [{ id }],
      },
    });
    const made = await call('POST', '/v1/segments', { name: 'VIPs', tree: vips });
    expect(made).toMatchObject({ status: 201, body: { version: 1, description: null, tree: { combinator: 'and', not: false } } });
    const path = `/v1/segments/${made.body.id as string}`;
    expect((await call('GET', `/v1/contacts?segment_id=${made.body.id as string}`)).body.data).toMatchObject([{ id }]);
    expect((await call('PATCH', path, { tree: { rules: [] } })).body).toMatchObject({ version: 2, name: 'VIPs', tree: { rules: [] } });
    expect((await call('GET', '/v1/segments?name=vip')).body.data).toMatchObject([{ version: 2 }]);
    const campaign = await make('/v1/campaigns', { name: 'Sale', audience: { include: [{ kind: 'segment', id: made.body.id }] } });
    expect((await call('GET', `${path}/uses`)).body.data).toEqual([
      { kind: 'campaign', id: campaign, name: 'Sale', state: 'draft', holds: true },
    ]);
    expect(await call('DELETE', path)).toMatchObject({ status: 409, body: { code: 'in_use' } });
    await call('DELETE', `/v1/campaigns/${campaign}`);
    expect((await call('DELETE', path)).status).toBe(204);
  });

  it.each([
    [{ rules: [{ field: 'nothing', operator: 'equals', value: 'x' }] }, 422, 'tree/rules/0/field'],
    [{ rules: [{ field: 'name', operator: 'equals', value: { a: 1 } }] }, 400, 'tree/rules/0'],
    [{ rules: [{ field: 'name', operator: 'is', value: 'x' }] }, 400, 'tree/rules/0'],
    [{ combinator: 'xor', rules: [] }, 400, 'tree/combinator'],
  ])('of the rules %j is refused with %s at %s', async (tree, status, path) => {
    const reply = await call('POST', '/v1/segments', { name: 'A', tree });
    expect(reply.status).toBe(status);
    expect(JSON.stringify(reply.body.errors)).toContain(`"${path}`);
  });

  it('lists the fields of the catalogue, with the messages and conversations of other parts', async () => {
    const fields = (await call('GET', '/v1/segments/fields')).body.data as { name: string; area: string }[];
    expect(fields).toContainEqual(expect.objectContaining({ name: 'list', refers_to: 'list', choices: null }));
    expect(new Set(fields.map(({ area }) => area))).toEqual(
      new Set(['contact', 'lists', 'consent', 'conversations', 'messages', 'events']),
    );
  });
});

describe('a list', () => {
  it('takes people in every way, is a filter of contacts and a selection of edits', async () => {
    const id = await make('/v1/contact-lists', { name: 'Newsletter' });
    const path = `/v1/contact-lists/${id}`;
    const [a, b] = [await person('+447700900201', { tags: ['blue'] }), await person('+447700900202')];
    expect((await call('POST', `${path}/members`, { addresses: ['07700 900201', '+447700900299'] })).body).toEqual({
      matched: 1,
      changed: 1,
      unknown: ['+447700900299'],
      members: 1,
    });
    expect((await call('POST', `${path}/members`, { ids: [a, b] })).body).toMatchObject({ matched: 2, changed: 1, members: 2 });
    expect((await call('GET', `/v1/contacts?list_id=${id}`)).body.data).toMatchObject([{ id: b }, { id: a }]);
    expect((await call('GET', `/v1/contacts?list_id=${id}&tag=blue`)).body.data).toMatchObject([{ id: a }]);
    expect((await call('GET', `/v1/contact-lists?contact_id=${a}`)).body.data).toMatchObject([{ id, members: 2 }]);
    const edit = { selection: { list_id: id }, changes: { add_tags: ['news'] }, dry_run: true };
    expect((await call('POST', '/v1/contacts/bulk-edit', edit)).body).toEqual({ matched: 2 });
    expect(
      (await call('POST', `${path}/members/remove`, { tree: { rules: [{ field: 'tags', operator: 'is_one_of', value: ['blue'] }] } })).body,
    ).toMatchObject({
      changed: 1,
      members: 1,
    });
    expect((await call('PATCH', path, { name: 'News' })).body).toMatchObject({ name: 'News', members: 1 });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', `/v1/contacts?list_id=${id}`)).body).toMatchObject({ code: 'unknown_source', errors: [{ path: 'list_id' }] });
  });

  it('of another tenant does not exist', async () => {
    const id = await make('/v1/contact-lists', { name: 'Mine' });
    const other = await rig.tenant();
    expect((await rig.call('GET', `/v1/contact-lists/${id}`, { key: other.key })).status).toBe(404);
    expect((await rig.call('POST', `/v1/contact-lists/${id}/members`, { key: other.key, body: { tree: { rules: [] } } })).status).toBe(404);
    expect((await rig.call('GET', `/v1/contacts?list_id=${id}`, { key: other.key })).status).toBe(422);
  });
});

describe('a file of contacts', () => {
  it('runs nothing in a spreadsheet, and comes back as it was by an import', async () => {
    const [from, to] = [await rig.tenant(), await rig.tenant()];
    const put = (body: object) => rig.call('PUT', '/v1/contacts', { key: from.key, body });
    const formula = {
      addresses: ['+447700900301', '300000000000001@lid'],
      name: '=HYPERLINK("http://x")',
      external_id: '-1',
      tags: ['vip', '@x'],
    };
    await put({ addresses: ['300000000000002@lid'], name: 'By privacy id', tags: ['vip', 'new, hot', 'say "hi"; bye'] });
    await put({ ...formula, attributes: { plan: '+SUM(1)', note: 'a\r\nb, "c"', full: '\uff1d1', visits: 3 } });
    await put({ addresses: ['+447700900302'], name: "O'Hara", tags: ['vip'] });
    await put({ addresses: ['+447700900303'], name: 'Not this one' });
    const file = await rig.call('GET', '/v1/contacts/export?tag=vip', { key: from.key });
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const [head, ...lines] = file.text.replace(/^\ufeff/, '').split(/\r\n(?!b)/);
    expect(head).toBe(
      'phone,name,external_id,tags,marketing,opt_out,other_addresses,created_at,heliograph_ref,attributes.full,attributes.note,attributes.plan,attributes.visits',
    );
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^'\+447700900302,O'Hara,,vip,/);
    expect(lines[1]).toMatch(/^'\+447700900301,"'=HYPERLINK\(""http:\/\/x""\)",'-1,"vip,@x",,,300000000000001@lid,/);
    expect(lines[1]).toContain(`,'\uff1d1,"a\r\nb, ""c""",'+SUM(1),3`);

    const { body } = await rig.call('POST', '/v1/imports', { key: to.key, ...fileForm(file.text, { name: 'contacts.csv' }) });
    const path = `/v1/imports/${body.id as string}`;
    const { suggested } = (await rig.call('GET', `${path}/preview`, { key: to.key })).body as { suggested: { column: string }[] };
    expect(suggested.map(({ column }) => column)).toEqual([
      ...['phone', 'name', 'external_id', 'tags', 'attributes.full', 'attributes.note', 'attributes.plan', 'attributes.visits'],
    ]);
    await rig.call('PUT', `${path}/mapping`, { key: to.key, body: { columns: suggested, consent: null } });
    await rig.call('POST', `${path}/run`, { key: to.key });
    await until(async () => (await rig.call('GET', path, { key: to.key })).body.state === 'done');
    const found = (await rig.call('GET', '/v1/contacts', { key: to.key })).body.data as Record<string, unknown>[];
    expect(found.map(({ name }) => name).toSorted()).toEqual(['=HYPERLINK("http://x")', 'By privacy id', "O'Hara"]);
    expect(found.find(({ name }) => name === 'By privacy id')).toMatchObject({
      addresses: ['300000000000002@lid'],
      tags: ['vip', 'new, hot', 'say "hi"; bye'],
    });
    expect(found.find(({ external_id }) => external_id === '-1')).toMatchObject({
      addresses: ['+447700900301'],
      tags: ['vip', '@x'],
      attributes: { plan: '+SUM(1)', note: 'a\r\nb, "c"', full: '\uff1d1', visits: '3' },
    });
  });

  it('is refused as a problem when its filter is at fault', async () => {
    expect(await call('GET', `/v1/contacts/export?list_id=${tenant.id}`)).toMatchObject({ status: 422, body: { code: 'unknown_source' } });
    expect((await call('GET', '/v1/contacts/export?consent=maybe')).status).toBe(400);
  });
});
