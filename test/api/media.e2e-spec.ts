import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { MediaLinks } from '@heliograph/campaigns';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, fileForm } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-'));
  rig = await ApiRig.start({ MEDIA_DIR: folder, MEDIA_MAX_MB_PER_TENANT: '1', UPLOADS_PER_TENANT: '2' });
  tenant = await rig.tenant();
});
afterAll(async () => {
  await rig.stop();
  await rm(folder, { recursive: true });
});

const call = (method: string, path: string, body?: unknown, key = tenant.key) => rig.call(method, path, { key, body });

/** A PNG of one pixel, made different by its number. */
function png(n: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
  };
  const head = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    mark,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.from([0, n & 255, n >> 8, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const upload = (content: Buffer | string, name: string, key = tenant.key) =>
  rig.call('POST', '/v1/media', { key, ...fileForm(content, { name }) });
const fetched = (url: unknown, pod = 0) => fetch(`${rig.urls[pod]}${new URL(url as string).pathname}`);

describe('a file', () => {
  it('is stored once per tenant, with the type of its content, and fetched by its link from any process', async () => {
    const content = png(1);
    const first = await upload(content, 'C:\\photos\\one.exe');
    expect(first).toMatchObject({ status: 201, body: { name: 'one.exe', type: 'image/png', kind: 'image', bytes: content.length } });
    const again = await upload(content, 'two.png');
    expect(again.body).toMatchObject({ id: first.body.id, name: 'one.exe' });
    const other = await rig.tenant();
    expect((await upload(content, 'one.png', other.key)).body.id).not.toBe(first.body.id);
    expect(String(first.body.url)).toMatch(/^https:\/\/hooks\.example\.com\/media\//);
    for (const pod of [0, 1]) {
      const answer = await fetched(first.body.url, pod);
      expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-length')]).toEqual([
        200,
        'image/png',
        String(content.length),
      ]);
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
      expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
    }
    expect((await call('GET', '/v1/media?kind=image')).body.data).toMatchObject([{ id: first.body.id }]);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it.each([
    ['<html><script>alert(1)</script></html>', 'a.html', 415, 'unsupported_media'],
    ['MZ\u0090\u0000', 'a.png', 415, 'unsupported_media'],
    ['\u0000\u0001', 'a.txt', 415, 'unsupported_media'],
    ['Hello', '', 415, 'unsupported_media'],
    ['', 'a.png', 422, 'empty_file'],
  ])('that is %j as %s is refused with %i', async (content, name, status, code) => {
    const answer = await upload(content, name);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it('is sent as its kind or as a document, and stays while a template sends it', async () => {
    const { body } = await upload(png(2), 'a.png');
    const template = (content: object) => call('POST', '/v1/templates', { name: 'A', content });
    const wrong = await template({ type: 'video', media_id: body.id });
    expect([wrong.status, wrong.body.errors]).toMatchObject([422, [{ path: 'content/media_id', code: 'wrong_media' }]]);
    const { key } = await rig.tenant();
    const foreign = await call('POST', '/v1/templates', { name: 'A', content: { type: 'image', media_id: body.id } }, key);
    expect([foreign.status, foreign.body.errors]).toMatchObject([422, [{ code: 'unknown_media' }]]);
    expect((await template({ type: 'document', media_id: body.id })).status).toBe(201);
    expect((await call('DELETE', `/v1/media/${body.id as string}`)).body.code).toBe('media_in_use');
    const free = (await upload('a;b', 'list.csv')).body;
    expect(free).toMatchObject({ type: 'text/csv', kind: 'document' });
    expect((await call('DELETE', `/v1/media/${free.id as string}`)).status).toBe(204);
    expect((await fetched(free.url)).status).toBe(404);
  });

  it('is not fetched by a link that is changed, of another kind, or over', async () => {
    const { body } = await upload(png(3), 'a.png');
    const links = rig.get(MediaLinks);
    const url = String(body.url);
    for (const spoilt of [
      `${url}A`,
      url.slice(0, -1),
      url.replace('/media/', '/media/x'),
      url.replace(/.(?=\.[^.]*$)/, (c) => (c === 'A' ? 'B' : 'A')),
    ])
      expect([spoilt, (await fetched(spoilt)).status]).toEqual([spoilt, 404]);
    const old = links.address({ tenantId: tenant.id, mediaId: body.id as string }, Date.now() - 30 * 86_400_000);
    const answer = await fetched(old);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([410, 'link_expired']);
    expect(links.address({ tenantId: tenant.id, mediaId: body.id as string })).toBe(url);
  });
});

describe('uploads', () => {
  /** Begins an upload and sends half of the file. @returns what ends its connection */
  async function begun(path: string, key: string, lines = 20_000) {
    const form = fileForm(`phone\n${'+447700900101\n'.repeat(lines)}`, { name: 'people.csv' });
    const sent = request(new URL(path, rig.urls[0]), {
      method: 'POST',
      headers: { ...form.headers, authorization: `Bearer ${key}`, 'content-length': form.body.length },
    });
    sent.on('error', () => undefined);
    const half = form.body.length / 2;
    await new Promise((resolve) => sent.write(form.body.subarray(0, half), resolve));
    return { giveUp: () => sent.destroy() };
  }

  it('that hang are few for each tenant: others get their answer, and who gives up leaves nothing', async () => {
    const [slow, other] = [await rig.tenant(), await rig.tenant()];
    const imports = async () => (await call('GET', '/v1/imports', undefined, slow.key)).body.data as unknown[];
    const arriving = () => readdir(join(folder, 'incoming'));
    const hanging = [await begun('/v1/media', slow.key)];
    await until(async () => (await arriving()).length === 1);
    hanging.push(await begun('/v1/imports', slow.key, 200_000));
    await until(async () => (await imports()).length === 1);
    const refused = async () => (await upload('Hello', 'a.txt', slow.key)).body.code === 'too_many_uploads';
    expect(await refused()).toBe(true);
    const third = await rig.call('POST', '/v1/imports', { key: slow.key, ...fileForm('phone\n+447700900101\n') });
    expect([third.status, third.body.code, third.headers.get('retry-after')]).toEqual([429, 'too_many_uploads', '5']);
    expect((await upload('Hello', 'a.txt', other.key)).status).toBe(201);
    expect((await call('GET', '/v1/media', undefined, slow.key)).status).toBe(200);
    for (const one of hanging) one.giveUp();
    await until(async () => (await arriving()).length === 0 && (await imports()).length === 0);
    await until(async () => !(await refused()));
  });

  it('beyond the room of a tenant are refused, however many come at once; what is there already takes none', async () => {
    const { key } = await rig.tenant();
    const text = (letter: string) => letter.repeat(400_000);
    const answers = await Promise.all(['a', 'b'].map((letter) => upload(text(letter), `${letter}.txt`, key)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const full = await upload(text('c'), 'c.txt', key);
    expect([full.status, full.body.code]).toEqual([409, 'media_full']);
    expect(full.body.detail).toBe('The files of the tenant would have more than 1 MB. Delete some first.');
    expect((await upload(text('a'), 'again.txt', key)).status).toBe(201);
    expect((await call('DELETE', `/v1/media/${answers[0]?.body.id as string}`, undefined, key)).status).toBe(204);
    const racing = await Promise.all(['d', 'e'].map((letter) => upload(text(letter), `${letter}.txt`, key)));
    expect(racing.map(({ status }) => status).sort()).toEqual([201, 409]);
    const other = await rig.tenant();
    expect((await upload(text('c'), 'c.txt', other.key)).status).toBe(201);
    const stored = (await call('GET', '/v1/media', undefined, key)).body.data as { bytes: number; sha256: string }[];
    const kept = (await readdir(folder, { recursive: true })).filter((name) => stored.some(({ sha256 }) => name.endsWith(sha256)));
    expect([stored.length, kept.length]).toEqual([2, 2]);
  });
});
