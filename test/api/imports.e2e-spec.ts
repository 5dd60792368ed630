import { request } from 'node:http';
import { until } from '@heliograph/kernel/testing';
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
