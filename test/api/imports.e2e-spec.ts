import { request } from 'node:http';
import { Suppressions } from '@heliograph/contacts';
import { Database } from '@heliograph/kernel';
import { keyActor, until } from '@heliograph/kernel/testing';
import { apiKeyScopes } from '@heliograph/tenants';
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
const form = fileForm('a');
const upload = (content: string | Buffer, name = 'people.csv') =>
  rig.call('POST', '/v1/imports', { key: tenant.key, ...fileForm(content, { name }) });
const settled = (path: string, ...states: string[]) =>
  until(async () => {
    const { body } = await call('GET', path);
    return states.includes(body.state as string) && body;
  });

describe('an import', () => {
  it('goes from a file over its mapping and the check to contacts, and back', async () => {
    const made = await upload('mobile;name;city\r\n07700 900101;Priya;Leeds\r\n4.4770E+11;Ben;Bath\r\n', 'r\u00e9call "x".csv');
    expect(made).toMatchObject({
      status: 201,
      body: { state: 'uploaded', format: 'csv', reading: { separator: ';', header: true }, new: 0 },
    });
    const path = `/v1/imports/${made.body.id as string}`;
    const preview = await rig.call('GET', `${path}/preview`, { key: tenant.key, pod: 1 });
    expect(preview.body).toMatchObject({
      columns: [{ name: 'mobile' }, { name: 'name' }, { name: 'city', variable: 'city' }],
      rows: [{ line: 2, cells: ['07700 900101', 'Priya', 'Leeds'] }, { line: 3 }],
      suggested: [
        { column: 'mobile', to: 'phone' },
        { column: 'name', to: 'name' },
      ],
    });
    expect((await call('POST', `${path}/check`)).body).toMatchObject({ code: 'not_mapped' });
    const settings = { columns: preview.body.suggested, consent: { source: 'fair' } };
    expect((await call('PUT', `${path}/mapping`, settings)).body).toMatchObject({
      state: 'mapped',
      settings: { default_country: 'GB', known: 'update', blank: 'keep', keep_rows: true },
    });
    expect((await call('POST', `${path}/check`)).status).toBe(202);
    expect(await settled(path, 'checked')).toMatchObject({ rows_total: 2, rows_done: 2, new: 1, refused: 1, reasons: { lost_digits: 1 } });
    expect((await call('GET', '/v1/contacts')).body.data).toEqual([]);

    expect((await call('POST', `${path}/run`)).status).toBe(202);
    expect(await settled(path, 'done')).toMatchObject({ new: 1, changed: 0, unchanged: 0, refused: 1, consents: 1, undo: null });
    expect((await call('GET', '/v1/contacts?address=%2B447700900101')).body.data).toMatchObject([{ name: 'Priya', consent: 'opt_in' }]);
    expect((await call('GET', `${path}/refused?reason=lost_digits`)).body.data).toMatchObject([
      { line: 3, column: 'mobile', value: '4.4770E+11', reason: 'lost_digits', cells: ['4.4770E+11', 'Ben', 'Bath'] },
    ]);
    const file = await call('GET', `${path}/refused.csv`);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.text).toContain('4.4770E+11,Ben,Bath,3,lost_digits: mobile');

    expect((await call('PUT', `${path}/mapping`, settings)).body).toMatchObject({ code: 'import_started' });
    expect((await call('POST', `${path}/undo`)).status).toBe(202);
    expect(await settled(path, 'undone')).toMatchObject({ undo: { removed: 1, restored: 0, kept: 0 } });
    expect((await call('GET', '/v1/contacts')).body.data).toEqual([]);
    expect((await call('POST', `${path}/undo`)).body).toMatchObject({ code: 'already_undone' });
    expect((await call('GET', '/v1/imports?state=undone&state=done')).body.data).toMatchObject([{ id: made.body.id }]);
    const named = (name: string) => call('GET', `/v1/imports?name=${name}`).then(({ body }) => body.data as { id: string }[]);
    expect([await named('CALL'), await named('nobody')]).toMatchObject([[{ id: made.body.id }], []]);
  });

  it('takes the sample file of the tenant as it is, with its own attributes', async () => {
    const other = await rig.tenant();
    const own = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: other.key, body });
    for (const [name, type] of Object.entries({ plan: 'text', visits: 'number', adult: 'boolean', born: 'date' }))
      await own('PUT', `/v1/contact-attributes/${name}`, { type, label: null });
    const file = await own('GET', '/v1/imports/sample.csv');
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const made = await rig.call('POST', '/v1/imports', { key: other.key, ...fileForm(file.text, { name: 'sample.csv' }) });
    const path = `/v1/imports/${made.body.id as string}`;
    const { suggested } = (await own('GET', `${path}/preview`)).body as { suggested: { to: string; attribute?: string }[] };
    expect(suggested.map(({ to, attribute }) => attribute ?? to)).toEqual([
      'phone',
      'name',
      'external_id',
      'tags',
      'adult',
      'born',
      'plan',
      'visits',
      'consent',
      'consent_at',
    ]);
    await own('PUT', `${path}/mapping`, { columns: suggested, consent: { source: 'fair' } });
    await own('POST', `${path}/run`);
    await until(async () => (await own('GET', path)).body.state === 'done');
    expect((await own('GET', path)).body).toMatchObject({ new: 1, refused: 0, consents: 0 });
    expect((await own('GET', '/v1/contacts')).body.data).toMatchObject([
      { name: 'Amara Hollis', consent: null, attributes: { plan: 'Leeds', visits: 12.5, adult: true, born: '2026-12-24' } },
    ]);
  });

  it('says of its numbers which are known to be on WhatsApp, which are not, and which a campaign would check', async () => {
    await call('PUT', '/v1/contacts', { addresses: ['+447700900801'] });
    await call('PUT', '/v1/contacts', { addresses: ['+447700900802'] });
    await rig.get(Database).query(
      `UPDATE contact_addresses SET found_at = heliograph_now() - interval '1 day' * CASE address WHEN '+447700900801' THEN 1 ELSE 91 END
      WHERE tenant_id = $1 AND address IN ('+447700900801', '+447700900802')`,
      [tenant.id],
    );
    const suppress = (reason: 'bad_number' | 'opt_out', address: string) =>
      rig.get(Suppressions).add(tenant.id, [address], { reason, note: null, actor: keyActor('Test'), expiresAt: null });
    await suppress('bad_number', '+447700900803');
    await suppress('opt_out', '+447700900804');
    const { body } = await upload(['phone', ...[1, 2, 3, 4, 5].map((n) => `+44770090080${n}`), 'nothing'].join('\n'));
    const path = `/v1/imports/${body.id as string}`;
    expect(body.numbers).toBeNull();
    await call('PUT', `${path}/mapping`, { columns: [{ column: 'phone', to: 'phone' }], consent: null });
    for (let again = 0; again < 2; again++) {
      await call('POST', `${path}/check`);
      expect((await settled(path, 'checked')).numbers).toEqual({ known: 1, missing: 1, unknown: 3, to_check: 2 });
    }
  });

  it('shows that its undo voided the consent of a contact, in the list of consents and in the timeline', async () => {
    const { body: contact } = await call('PUT', '/v1/contacts', { addresses: ['+447700900209'], name: 'Known' });
    const { body } = await upload('phone\n+447700900209\n');
    const path = `/v1/imports/${body.id as string}`;
    await call('PUT', `${path}/mapping`, { columns: [{ column: 'phone', to: 'phone' }], consent: { source: 'fair' } });
    await call('POST', `${path}/run`);
    expect(await settled(path, 'done')).toMatchObject({ consents: 1 });
    await call('POST', `${path}/undo`);
    await settled(path, 'undone');
    const of = `/v1/contacts/${contact.id as string}`;
    const consents = (await call('GET', `${of}/consents`)).body.data as { id: string }[];
    expect(consents).toMatchObject([
      { action: 'void', voids: consents[1]?.id, source: 'import_undo', proof: { import_id: body.id, line: 2 }, actor: { kind: 'key' } },
      { action: 'opt_in', voids: null, source: 'fair' },
    ]);
    expect((await call('GET', `${of}/timeline`)).body.data).toMatchObject([
      { type: 'consent', action: 'void' },
      { type: 'consent', action: 'opt_in' },
    ]);
    expect((await call('GET', of)).body).toMatchObject({ consent: null });
    expect((await call('POST', `${of}/consents`, { action: 'void', source: 'fair' })).status).toBe(400);
  });

  it('is checked first when it is run at once', async () => {
    const { body } = await upload('phone\n+447700900201\n');
    const path = `/v1/imports/${body.id as string}`;
    await call('PUT', `${path}/mapping`, { columns: [{ column: 'phone', to: 'phone' }], consent: null });
    await call('POST', `${path}/run`);
    expect(await settled(path, 'done')).toMatchObject({ new: 1, run_actor: { kind: 'key' } });
  });

  it.each([
    [{ columns: [], consent: null }, 400, 'columns'],
    [{ columns: [{ column: 'phone', to: 'name' }], consent: null }, 400, 'columns'],
    [{ columns: [{ column: 'phone', to: 'phone' }] }, 400, 'consent'],
    [{ columns: [{ column: 'phone', to: 'attribute', attribute: '__proto__' }], consent: null }, 400, 'columns/0/attribute'],
    [{ columns: [{ column: 'other', to: 'phone' }], consent: null }, 422, 'columns/0/column'],
    [{ columns: [{ column: 'phone', to: 'phone' }], consent: null, default_country: 'XX' }, 400, 'default_country'],
  ])('refuses the mapping %j with %i at %s', async (mapping, status, path) => {
    const { body } = await upload('phone\n+447700900201\n');
    const reply = await call('PUT', `/v1/imports/${body.id as string}/mapping`, mapping);
    expect(reply.status).toBe(status);
    expect(JSON.stringify(reply.body.errors)).toContain(`"${path}"`);
  });

  it('takes one file as a form and nothing else', async () => {
    expect(await upload('')).toMatchObject({ status: 422, body: { code: 'empty_file' } });
    expect(await call('POST', '/v1/imports', { a: 1 })).toMatchObject({ status: 415 });
    expect(await rig.call('POST', '/v1/contacts/bulk-edit', { key: tenant.key, ...form })).toMatchObject({ status: 415 });
    const noFile = form.body.toString().replace(/; filename="[^"]*"/, '');
    expect(await rig.call('POST', '/v1/imports', { key: tenant.key, body: noFile, headers: form.headers })).toMatchObject({
      status: 400,
      body: { code: 'invalid_upload' },
    });
    const broken = { 'content-type': 'multipart/form-data' };
    expect(await rig.call('POST', '/v1/imports', { key: tenant.key, body: form.body, headers: broken })).toMatchObject({ status: 400 });
    const withKey = { ...form.headers, 'idempotency-key': 'k' };
    expect(await rig.call('POST', '/v1/imports', { key: tenant.key, body: form.body, headers: withKey })).toMatchObject({
      status: 400,
      body: { code: 'invalid_idempotency_key' },
    });
  });

  it('keeps nothing of an upload that its client gives up', async () => {
    const other = await rig.tenant();
    const url = new URL('/v1/imports', rig.urls[0]);
    const sent = request(url, {
      method: 'POST',
      headers: { ...form.headers, authorization: `Bearer ${other.key}`, 'transfer-encoding': 'chunked' },
    });
    sent.on('error', () => undefined);
    sent.write(fileForm(`phone\n${'+447700900101\n'.repeat(200_000)}`).body.subarray(0, -100));
    const imports = () => rig.call('GET', '/v1/imports', { key: other.key });
    await until(async () => ((await imports()).body.data as unknown[]).length === 1);
    expect((await imports()).body.data).toMatchObject([{ state: 'uploading' }]);
    sent.destroy();
    await until(async () => ((await imports()).body.data as unknown[]).length === 0);
  });

  it('is hidden from other tenants, and from keys without its scope', async () => {
    const { body } = await upload('phone\n+447700900201\n');
    const path = `/v1/imports/${body.id as string}`;
    const other = await rig.tenant();
    for (const [method, route] of [
      ['GET', path],
      ['GET', `${path}/preview`],
      ['GET', `${path}/refused`],
      ['POST', `${path}/run`],
      ['POST', `${path}/undo`],
    ] as const)
      expect([route, (await rig.call(method, route, { key: other.key })).status]).toEqual([route, 404]);
    const reader = await rig.key(
      tenant.id,
      apiKeyScopes.filter((scope) => scope !== 'contacts:manage'),
    );
    expect((await rig.call('GET', path, { key: reader })).status).toBe(200);
    expect((await rig.call('POST', `${path}/check`, { key: reader })).status).toBe(403);
    expect((await rig.call('POST', '/v1/imports', { key: reader, ...form })).status).toBe(403);
  });
});

describe('an import by API', () => {
  const open = async (over: object = {}) => {
    const made = await call('POST', '/v1/imports/api', { name: 'Recall November', consent: null, ...over });
    expect(made).toMatchObject({ status: 201, body: { state: 'uploading', source: 'api', file_name: 'Recall November', rows_total: 0 } });
    return `/v1/imports/${made.body.id as string}`;
  };
  const put = (path: string, chunk: number, recipients: object[], pod = 0) =>
    rig.call('PUT', `${path}/chunks/${chunk}`, { key: tenant.key, body: { recipients }, pod });
  const ann = { phone: '+447700900301', name: 'Ann', variables: { city: 'Leeds', visits: 3, member: true, note: null } };
  const ben = { phone: '07700 900302', external_id: 'ben-1', variables: { order: 'A-7' } };

  it('takes chunks in any order over two processes, and becomes an audience with its variables', async () => {
    const path = await open({ consent: { source: 'shop' }, columns: [{ column: 'city', to: 'attribute', attribute: 'city' }] });
    expect(await put(path, 2, [ben, { phone: '5.5E+12' }, { name: 'Nobody' }], 1)).toMatchObject({
      status: 200,
      body: { chunk: 2, rows: 3, rows_total: 3, repeated: false },
    });
    // The first chunk comes as lines, with its members in another order the second time.
    const lines = { 'content-type': 'application/x-ndjson' };
    const { phone, name, variables } = ann;
    const body = `${JSON.stringify({ variables, name, phone })}\n\n`;
    const sent = { key: tenant.key, headers: lines, body };
    expect((await rig.call('PUT', `${path}/chunks/1`, sent)).body).toMatchObject({ rows: 1, rows_total: 4, repeated: false });
    expect((await put(path, 1, [ann], 1)).body).toMatchObject({ rows: 1, rows_total: 4, repeated: true });
    expect(await put(path, 1, [ben])).toMatchObject({ status: 409, body: { code: 'chunk_differs' } });
    expect((await call('GET', `${path}/preview`)).body).toMatchObject({ code: 'no_file' });
    expect((await call('POST', `${path}/finish`, { chunks: 3 })).body).toMatchObject({ code: 'chunks_missing' });

    expect((await call('POST', `${path}/finish`, { chunks: 2 })).status).toBe(202);
    const done = await settled(path, 'done');
    expect(done).toMatchObject({ rows_total: 4, rows_done: 4, new: 2, refused: 2, consents: 2, run_actor: { kind: 'key' } });
    expect((await call('POST', `${path}/finish`)).body).toMatchObject({ state: 'done' });
    expect((await put(path, 1, [ann])).body).toMatchObject({ repeated: true });
    expect(await put(path, 3, [ann])).toMatchObject({ status: 409, body: { code: 'import_started' } });
    // The line names the chunk and the place in it.
    expect((await call('GET', `${path}/refused`)).body.data).toMatchObject([
      { line: 10_002, column: 'phone', value: '5.5E+12', reason: 'lost_digits' },
      { line: 10_003, reason: 'no_address' },
    ]);
    expect((await call('GET', '/v1/contacts?address=%2B447700900301')).body.data).toMatchObject([
      { name: 'Ann', attributes: { city: 'Leeds' }, consent: 'opt_in' },
    ]);

    const template = await call('POST', '/v1/templates', {
      name: 'Order',
      content: { type: 'text', text: '{{ name | default: "You" }} {{ city | default: "-" }} {{ order | default: "-" }}' },
    });
    const campaign = await call('POST', '/v1/campaigns', {
      name: 'Recall',
      audience: { include: [{ kind: 'import', id: done.id }] },
      message: { template_id: template.body.id },
    });
    const check = await call('POST', `/v1/campaigns/${campaign.body.id as string}/check`);
    expect(check.body).toMatchObject({ audience: 2, sendable: 2, skips: {} });
    expect((await call('POST', `${path}/undo`)).body).toMatchObject({ code: 'in_use' });
    await call('DELETE', `/v1/campaigns/${campaign.body.id as string}`);
    expect((await call('POST', `${path}/undo`)).status).toBe(202);
    expect(await settled(path, 'undone')).toMatchObject({ undo: { removed: 2, kept: 0 } });
  });

  it('takes 10,000 recipients at once and no more, and stores a chunk as a whole or not at all', async () => {
    const path = await open();
    const many = Array.from({ length: 10_001 }, (_, i) => ({ phone: `+4477009${10_000 + i}` }));
    const large = many.slice(0, 10_000).map((one) => ({ ...one, variables: { text: 'x'.repeat(200) } }));
    expect((await put(path, 1, large)).body).toMatchObject({ rows: 10_000 });
    expect(await put(path, 2, many)).toMatchObject({ status: 400 });
    const lines = { key: tenant.key, headers: { 'content-type': 'application/x-ndjson' } };
    const asLines = many.map((one) => JSON.stringify(one)).join('\n');
    expect(await rig.call('PUT', `${path}/chunks/2`, { ...lines, body: asLines })).toMatchObject({
      status: 413,
      body: { code: 'too_many_rows' },
    });
    expect(await rig.call('PUT', `${path}/chunks/2`, { ...lines, body: '{"phone":"+447700900301"}\n{"phone"' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'recipients/1' }] },
    });
    expect(await put(path, 2, [ann, { phone: '+447700900303', variables: { __proto__x: 1, 'a b': 2 } }])).toMatchObject({ status: 400 });
    expect((await call('GET', path)).body).toMatchObject({ state: 'uploading', rows_total: 10_000 });
    expect((await call('POST', `${path}/finish`, { run: false })).body).toMatchObject({ state: 'mapped' });
    expect((await call('POST', `${path}/check`)).status).toBe(202);
    expect(await settled(path, 'checked')).toMatchObject({ new: 10_000, refused: 0 });
  });

  it('refuses a chunk of too many variables before it reads them', async () => {
    const path = await open();
    const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, 1]));
    const asLines = (recipients: object[]) =>
      rig.call('PUT', `${path}/chunks/1`, {
        key: tenant.key,
        headers: { 'content-type': 'application/x-ndjson' },
        body: recipients.map((one) => JSON.stringify(one)).join('\n'),
      });
    const wide = { phone: ann.phone, variables: named(254) };
    for (const send of [(sent: object[]) => put(path, 1, sent), asLines])
      expect(await send([ann, wide])).toMatchObject({
        status: 422,
        body: { code: 'too_many_columns', errors: [{ path: 'recipients/1/variables' }] },
      });
    expect(await asLines([{ phone: ann.phone, variables: named(20_000) }])).toMatchObject({
      status: 400,
      body: { code: 'too_many_values' },
    });
    expect((await put(path, 1, [{ phone: 7 }, ann, { phon: 'x' }])).body.errors).toMatchObject([
      { path: 'recipients/0/phone' },
      { path: 'recipients/2/phon' },
    ]);
    expect((await put(path, 1, [{ ...ann, variables: named(253) }])).body).toMatchObject({ rows: 1 });
  });

  it('goes on after a worker and an api process are gone between chunks', async () => {
    const path = await open();
    const [first, second] = [aThousand(0), aThousand(1)];
    await put(path, 1, first);
    // The answer of the second chunk is lost: the client sends it again to another process.
    const leaving = new AbortController();
    const lost = fetch(`${rig.urls[0]}${path}/chunks/2`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ recipients: second }),
      signal: leaving.signal,
    }).catch(() => null);
    leaving.abort();
    await lost;
    expect((await put(path, 2, second, 1)).body).toMatchObject({ chunk: 2, rows: 1_000, rows_total: 2_000 });
    await call('POST', `${path}/finish`, { chunks: 2 });
    expect(await settled(path, 'done')).toMatchObject({ new: 2_000, rows_done: 2_000, refused: 0 });
  });

  it('refuses an end without recipients, an unknown list, and chunks of a file or of another tenant', async () => {
    const path = await open();
    expect(await call('POST', `${path}/finish`)).toMatchObject({ status: 422, body: { code: 'no_recipients' } });
    const list = { name: 'x', consent: null, list_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff' };
    expect(await call('POST', '/v1/imports/api', list)).toMatchObject({ status: 422, body: { code: 'unknown_list' } });
    const twice = { name: 'x', consent: null, columns: [{ column: 'phone', to: 'attribute', attribute: 'p' }] };
    expect(await call('POST', '/v1/imports/api', twice)).toMatchObject({ status: 400 });
    const file = (await upload('phone\n+447700900201\n')).body.id as string;
    expect((await put(`/v1/imports/${file}`, 1, [ann])).body).toMatchObject({ code: 'not_by_api' });
    expect((await call('POST', `/v1/imports/${file}/finish`)).body).toMatchObject({ code: 'not_by_api' });
    const other = await rig.tenant();
    expect((await rig.call('PUT', `${path}/chunks/1`, { key: other.key, body: { recipients: [ann] } })).status).toBe(404);
    expect((await put(path, 0, [ann])).status).toBe(400);
  });
});

const aThousand = (which: number) =>
  Array.from({ length: 1_000 }, (_, i) => ({ phone: `+4477008${10_000 + which * 1_000 + i}`, name: `Person ${i}` }));
