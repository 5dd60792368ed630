import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Database } from '@heliograph/kernel';
import { ApiRig, fileForm } from './api/api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let folder: string;
let scanner: Server;
let scan: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-scans-'));
  // On this machine, where URLs of users may not lead.
  scanner = createServer((request, response) => scan(request, response)).listen(0, '127.0.0.1');
  await once(scanner, 'listening');
  rig = await ApiRig.start({
    MEDIA_DIR: folder,
    MEDIA_SCAN_URL: `http://127.0.0.1:${(scanner.address() as AddressInfo).port}/v2/scan?x=1`,
    MEDIA_SCAN_SECRET: 'the-secret',
    MEDIA_SCAN_TIMEOUT_MS: '1000',
  });
  tenant = await rig.tenant();
});
afterAll(async () => {
  await rig.stop();
  scanner.closeAllConnections();
  scanner.close();
  await rm(folder, { recursive: true });
});

const upload = (content: string, name = 'a.txt') => rig.call('POST', '/v1/media', { key: tenant.key, ...fileForm(content, { name }) });
const answer = (status: number, body: string, headers: Record<string, string> = {}) => {
  scan = (request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body));
  };
};
/** Remains of uploads: rows, contents and files that arrive. */
const left = async () => ({
  rows: (await rig.get(Database).query<{ name: string }>(`SELECT name FROM media_files WHERE tenant_id = $1`, [tenant.id])).map(
    ({ name }) => name,
  ),
  arrivals: await rig.get(Database).query(`SELECT 1 FROM media_arrivals WHERE tenant_id = $1`, [tenant.id]),
  files: (await readdir(folder, { recursive: true })).filter((name) => name.length > 40),
});
const nothing = { rows: [], arrivals: [], files: [] };

describe('an uploaded file', () => {
  it.each([
    ['with a verdict in 200', 200, '{"status":"refused","reason":"It has a macro."}', 'The scanner refused the file: It has a macro.'],
    [
      'as clamav-rest does',
      406,
      '[{"Status":"FOUND","Description":"Eicar-Test-Signature","FileName":"a"}]',
      'The scanner refused the file: Eicar-Test-Signature.',
    ],
    ['without a reason', 406, '', 'The scanner refused the file.'],
  ])('that the scanner refuses %s gets 422, and nothing is stored', async (_, status, body, detail) => {
    answer(status, body);
    const refused = await upload('Hello');
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([422, 'media_refused_by_scan', detail]);
    expect(await left()).toEqual(nothing);
  });

  it.each([
    ['fails', () => answer(500, '')],
    ['answers in another language', () => answer(200, '<html>It works!</html>')],
    ['leads elsewhere', () => answer(307, '', { location: '/clean' })],
    ['answers without an end', () => answer(200, 'x'.repeat(100_000))],
    ['breaks the connection', () => (scan = (request) => request.socket.destroy())],
    ['does not answer', () => (scan = (request) => request.resume())],
    ['does not take the file', () => (scan = () => undefined)],
  ])('whose scanner %s gets 503, and nothing is stored', async (_, begin) => {
    begin();
    const failed = await upload('Hello');
    expect([failed.status, failed.body.code, failed.headers.get('retry-after')]).toEqual([503, 'media_scan_unavailable', '30']);
    expect(failed.text).not.toMatch(/127\.0\.0\.1|the-secret/);
    expect(await left()).toEqual(nothing);
  });

  it('that is clean is stored, after the scanner got all of it as a form, with the secret', async () => {
    const got: { request: IncomingMessage; body: Buffer; left: unknown }[] = [];
    scan = (request, response) => {
      void buffer(request).then(async (body) => {
        got.push({ request, body, left: await left() });
        response.writeHead(200).end('[{"Status":"OK","Description":""}]');
      });
    };
    const content = 'Hello '.repeat(100_000);
    const stored = await upload(content, 'Grüße 1.txt');
    expect([stored.status, stored.text]).toEqual([201, stored.text]);
    const [{ request, body, left: before }] = got as [(typeof got)[0]];
    expect([request.method, request.url, request.headers.authorization]).toEqual(['POST', '/v2/scan?x=1', 'Bearer the-secret']);
    expect(Number(request.headers['content-length'])).toBe(body.length);
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': request.headers['content-type'] as string },
    }).formData();
    const file = form.get('file') as File;
    expect([file.name, file.type, await file.text()]).toEqual([stored.body.name, 'text/plain', content]);
    // Nothing of it can be used before.
    expect(before).toEqual({ ...nothing, files: [expect.stringMatching(/^incoming/)] });
    expect((await left()).rows).toEqual([stored.body.name]);
  });

  it('that is stored already is scanned too: a scanner that knows more now refuses the upload', async () => {
    answer(204, '');
    expect((await upload('Known')).status).toBe(201);
    answer(406, '');
    expect((await upload('Known')).body.code).toBe('media_refused_by_scan');
    expect((await left()).rows).toHaveLength(2);
  });
});
