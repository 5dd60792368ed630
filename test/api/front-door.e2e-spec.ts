import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createHttpApp, Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { Logger } from '@nestjs/common';
import { ApiModule } from '../../apps/api/src/api.module';
import { servePages } from '../../apps/api/src/pages';
import { ApiRig, text } from './api-rig';

/** Returns all that comes over a connection until it ends. */
async function spoken(rig: ApiRig, send: (socket: Socket) => void): Promise<string> {
  const { hostname, port } = new URL(rig.urls[0] as string);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  await once(socket, 'connect');
  send(socket);
  // Not `once`, which fails where the server resets what it no longer reads.
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString();
}

describe('the files of the panel', () => {
  let rig: ApiRig;
  beforeAll(async () => {
    rig = await ApiRig.start({}, undefined, true);
  });
  afterAll(() => rig.stop());

  it.each(['/admin/', '/admin/messages', '/admin/link-phone', '/admin/report', '/admin/first-paint.js'])(
    'are served from %s with a policy under which only own scripts run and no frame shows it',
    async (path) => {
      const { status, headers } = await rig.call('GET', path);
      expect(status).toBe(200);
      const policy = new Map(
        (headers.get('content-security-policy') ?? '').split('; ').map((part): [string, string[]] => {
          const [name = '', ...sources] = part.split(' ');
          return [name, sources];
        }),
      );
      expect(policy.get('default-src')).toEqual(["'none'"]);
      expect(policy.get('script-src')).toEqual(["'self'"]);
      for (const name of ['script-src-elem', 'script-src-attr', 'worker-src', 'object-src', 'frame-src'])
        expect(policy.has(name)).toBe(false);
      expect(policy.get('connect-src')).toEqual(["'self'"]);
      expect(policy.get('base-uri')).toEqual(["'none'"]);
      expect(policy.get('form-action')).toEqual(["'self'"]);
      expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );
});

describe('the door of the api', () => {
  let rig: ApiRig;
  beforeAll(async () => {
    rig = await ApiRig.start();
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => rig.stop());

  const lines = { 'content-type': 'application/x-ndjson' };
  const verdicts = (answer: { text: string }) =>
    answer.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status?: string; errors?: { path: string; code: string }[]; summary?: object });

  it.each([
    ['no key', '/v1/messages/bulk', 401, 'invalid_api_key'],
    ['a key that nobody has', '/v1/messages/bulk', 401, 'invalid_api_key'],
    ['an unknown hook token', '/hooks/wasender/nobody', 404, 'not_found'],
    ['an unknown path', '/v1/nothing', 404, 'not_found'],
  ])('answers %s before the body has come, and ends the connection', async (who, path, status, code) => {
    const key = who.startsWith('a key') ? `authorization: Bearer hg_live_${'0'.repeat(64)}\r\n` : '';
    const said = await spoken(rig, (socket) =>
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: x\r\n${key}content-type: application/json\r\ncontent-length: 33554432\r\n\r\n{"messages":[`,
      ),
    );
    expect(said).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(said.toLowerCase()).toContain('connection: close');
    expect(said).toContain(`"code":"${code}"`);
  });

  it('ends streams of lines that come byte by byte without a key', async () => {
    const one = () =>
      spoken(rig, (socket) => {
        socket.write(
          'POST /v1/messages/bulk HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n',
        );
        const drip = setInterval(() => socket.write('1\r\n{\r\n'), 20);
        socket.once('close', () => clearInterval(drip));
      });
    for (const said of await Promise.all(Array.from({ length: 50 }, one))) expect(said).toMatch(/^HTTP\/1.1 401 /);
  });

  it('hides metrics and the document in production but from who has the token, however the path is spelled', async () => {
    const closed = await ApiRig.start({ PAGES_OPEN: 'false', PAGES_TOKEN: 'a-token-of-operators' });
    try {
      for (const path of ['/metrics', '/%6detrics', '/metrics?a=1']) {
        expect((await closed.call('GET', path)).status).toBe(401);
        expect((await closed.call('GET', path, { key: 'a-token-of-operators' })).status).toBe(200);
      }
    } finally {
      await closed.stop();
    }
  });

  it.each([
    ['hides', {}, 404, null],
    [
      'asks the browser for the token of',
      { PAGES_TOKEN: 'a-token-of-operators' },
      401,
      'Bearer realm="heliograph", Basic realm="heliograph"',
    ],
  ])('%s the API reference also where the same process serves the panel', async (_does, env, status, challenge) => {
    const closed = await ApiRig.start({ PAGES_OPEN: 'false', ...env });
    try {
      const app = await createHttpApp(ApiModule.forRoot(closed.config), closed.config);
      app.useLogger(false);
      Logger.overrideLogger(false);
      closed.apps.push(app);
      await servePages(app, closed.config.API_SURFACES);
      await app.listen(0, '127.0.0.1');
      const pod = closed.urls.push((await app.getUrl()).replace('[::1]', '127.0.0.1')) - 1;
      for (const path of ['/docs', '/docs/openapi.json']) {
        const refusal = await closed.call('GET', path, { pod });
        expect([path, refusal.status, refusal.headers.get('www-authenticate')]).toEqual([path, status, challenge]);
        expect(refusal.headers.get('content-type')).toContain('application/problem+json');
        if (status === 401) expect((await closed.call('GET', path, { pod, key: 'a-token-of-operators' })).status).toBe(200);
      }
      expect((await closed.call('GET', '/admin/', { pod })).status).toBe(200);
      expect(await closed.call('GET', '/admin/assets/nothing.js', { pod })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    } finally {
      await closed.stop();
    }
  });

  it('answers what is no HTTP as a problem', async () => {
    const said = await spoken(rig, (socket) => socket.write('NONSENSE\r\n\r\n'));
    expect(said).toMatch(/^HTTP\/1.1 400 /);
    expect(said).toContain('application/problem+json');
  });

  it('answers headers that are too large as a problem', async () => {
    const said = await spoken(rig, (socket) => socket.write(`GET /v1/messages HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`));
    expect(said).toMatch(/^HTTP\/1.1 431 /);
    expect(said).toContain('application/problem+json');
    expect(said).toContain('"request_id"');
  });

  it('asks browsers for TLS from then on, only where they came by TLS', async () => {
    const behind = await ApiRig.start({ TRUST_PROXY: '127.0.0.1' });
    try {
      const hsts = async (door: ApiRig, scheme: string) =>
        (await door.call('GET', '/health/live', { headers: { 'x-forwarded-proto': scheme } })).headers.get('strict-transport-security');
      expect(await hsts(behind, 'https')).toMatch(/^max-age=31536000/);
      expect(await hsts(behind, 'http')).toBeNull();
      // No proxy is trusted here.
      expect(await hsts(rig, 'https')).toBeNull();
    } finally {
      await behind.stop();
    }
  });

  const boundary = 'heliograph-boundary';
  const form = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHello`;
  it.each([
    ['a body', '/v1/messages', 'application/json', '{"to":'],
    ['a stream of rows', '/v1/messages/bulk', 'application/x-ndjson', `${JSON.stringify(text('+447700900101'))}\n{"to":`],
    ['a file', '/v1/media', `multipart/form-data; boundary=${boundary}`, form],
  ])('notes no error of its own when a client leaves in the middle of %s', async (_what, path, type, begin) => {
    const { id, key } = await rig.tenant();
    await rig.session(id);
    const noted = jest.spyOn(Logger.prototype, 'error');
    const server = (rig.apps[0] as (typeof rig.apps)[0]).getHttpServer();
    const asked = once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\ncontent-length: 1000000`;
    await spoken(rig, (socket) => {
      socket.write(`${head}\r\n\r\n${begin}`);
      void asked.then(async ([request]) => {
        await until(() => request.readableDidRead);
        socket.destroy();
      });
    });
    const [, answer] = await asked;
    await until(() => answer.closed);
    expect((await rig.call('GET', '/health/live')).status).toBe(200);
    expect(noted.mock.calls).toEqual([]);
  });

  it('answers a request that comes while the process ends as a problem', async () => {
    const ending = await ApiRig.start();
    const server = (ending.apps[0] as (typeof ending.apps)[0]).getHttpServer();
    const connected = once(server, 'connection') as Promise<[Socket]>;
    let stopped: Promise<void> | undefined;
    const said = await spoken(ending, (socket) => {
      socket.write('GET /v1/tenant HTTP/1.1\r\nhost: x\r\n');
      void connected.then(async ([there]) => {
        await until(() => there.bytesRead > 0);
        stopped = ending.stop();
        await until(() => !server.listening);
        socket.write('\r\n');
      });
    });
    expect(said).toMatch(/^HTTP\/1.1 503 /);
    expect(said.toLowerCase()).toContain('retry-after: 1');
    expect(said).toContain('"code":"draining"');
    await stopped;
  });

  it('takes a batch of 10,000 events of more than a megabyte, and 10,000 suppressions', async () => {
    const { key } = await rig.tenant();
    const events = Array.from({ length: 10_000 }, (_, i) => ({
      name: 'user_onboarded',
      id: `onboarding-${i}`,
      subject: { phone: '+447700900101' },
      payload: { first_name: 'Priya', note: 'x'.repeat(30) },
    }));
    const body = JSON.stringify({ events });
    expect(body.length).toBeGreaterThan(1_300_000);
    const answer = await rig.call('POST', '/v1/events/batch', { key, body });
    expect([answer.status, answer.body.accepted]).toEqual([202, 10_000]);
    const addresses = Array.from({ length: 10_000 }, (_, i) => `sha256:${i.toString(16).padStart(64, '0')}`);
    expect((await rig.call('POST', '/v1/suppressions', { key, body: { addresses, note: 'x' } })).status).toBe(200);
  });

  it('counts no key that nobody has', async () => {
    const limited = await ApiRig.start({ RATE_LIMIT_PER_MINUTE: '1000', RATE_LIMIT_PER_ADDRESS: '1000' });
    try {
      const { key } = await limited.tenant();
      for (let i = 0; i < 20; i++) await limited.call('GET', '/v1/tenant', { key: `hg_live_${i.toString(16).padStart(64, '0')}` });
      const known = await limited.call('GET', '/v1/tenant', { key });
      expect(known.headers.get('ratelimit-policy')).toBe('"key";q=1000;w=60');
      expect(known.headers.get('ratelimit')).toMatch(/^"key";r=999;t=\d+$/);
      const rows = () => limited.get(Database).query<{ key: string }>('SELECT key FROM throttle_counters');
      while ((await rows()).length < 2);
      expect((await rows()).map((row) => row.key.split(':')[0]).sort()).toEqual(['address', 'key']);
    } finally {
      await limited.stop();
    }
  });

  it('refuses the lines that are not exact, not UTF-8 or written twice, and takes the others', async () => {
    const tenant = await rig.tenant();
    const { id: session_id } = await rig.session(tenant.id);
    const good = (n: number) => JSON.stringify(text(`+44770090010${n}`, { session_id }));
    const body = Buffer.concat([
      Buffer.from(`\ufeff${good(1)}\n{"to":"+447700900102","to":"+447700900103"}\n{"a":[9007199254740993]}\n`),
      Buffer.from('{"text":"José"}\n', 'latin1'),
      Buffer.from(good(2)),
    ]);
    for (const [bytes, more] of [
      [body, {}],
      [gzipSync(body), { 'content-encoding': 'gzip' }],
    ] as const) {
      const said = verdicts(await rig.call('POST', '/v1/messages/bulk', { key: tenant.key, body: bytes, headers: { ...lines, ...more } }));
      expect(said.slice(0, 5).map((line) => line.errors?.[0] && [line.errors[0].code, line.errors[0].path])).toEqual([
        undefined,
        ['duplicate_member', 'to'],
        ['number_not_exact', 'a/0'],
        ['invalid_encoding', ''],
        undefined,
      ]);
      expect(said[5]?.summary).toMatchObject({ accepted: 2, refused: 3 });
    }
  });

  it('adds fewer listeners to the answer of a stream of rows than Node takes for a leak', async () => {
    const { id, key } = await rig.tenant();
    await rig.session(id);
    const server = (rig.apps[0] as (typeof rig.apps)[0]).getHttpServer();
    let most = 0;
    let limit = 0;
    server.prependOnceListener('request', (_request: IncomingMessage, answer: ServerResponse) => {
      limit = answer.getMaxListeners();
      answer.on('newListener', (name) => {
        if (name === 'close') most = Math.max(most, answer.listenerCount('close') + 1);
      });
    });
    const { status } = await rig.call('POST', '/v1/messages/bulk', { key, body: JSON.stringify(text('+447700900101')), headers: lines });
    expect(status).toBeLessThan(300);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(limit);
  });

  it('stores hooks whatever they call themselves and however they are written', async () => {
    const tenant = await rig.tenant();
    const { hookPath, secret, id } = await rig.session(tenant.id);
    const body = '{"event":"x","n":9007199254740993,"n":2,"t":"José"}';
    const forms: [string | undefined, Buffer, Record<string, string>?][] = [
      ['application/x-ndjson', Buffer.from(body)],
      ['', Buffer.from(body)],
      ['json', Buffer.from(body)],
      [undefined, Buffer.from(`\ufeff${body}`)],
      ['application/json; charset=iso-8859-1', Buffer.from(body, 'latin1')],
      ['application/json', Buffer.from(body, 'latin1')],
      ['application/json; charset=klingon', Buffer.from(body)],
      ['application/json', gzipSync(body), { 'content-encoding': 'gzip' }],
    ];
    for (const [type, bytes, more] of forms) {
      const named = type === undefined ? '' : `content-type: ${type}\r\n`;
      const coded = more ? `content-encoding: ${more['content-encoding']}\r\n` : '';
      const said = await spoken(rig, (socket) => {
        socket.write(`POST ${hookPath} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-webhook-signature: ${secret}\r\n${named}${coded}`);
        socket.write(`content-length: ${bytes.length}\r\n\r\n`);
        socket.write(bytes);
      });
      expect([type, said.slice(0, 12)]).toEqual([type, 'HTTP/1.1 200']);
    }
    const stored = await rig.get(Database).query<{ body: string }>('SELECT body FROM hook_inbox WHERE session_id = $1', [id]);
    expect(stored.map((row) => row.body)).toEqual(forms.map(() => body));
    const unknown = await rig.call('POST', hookPath, { body, headers: { 'x-webhook-signature': secret, 'content-encoding': 'zstd' } });
    expect([unknown.status, unknown.body.code]).toEqual([415, 'unsupported_encoding']);
  });
});

describe('a pod of one surface', () => {
  it('takes hooks and nothing else', async () => {
    const rig = await ApiRig.start({ API_SURFACES: 'hooks' });
    try {
      const tenant = await rig.tenant();
      const { hookPath } = await rig.session(tenant.id);
      expect((await rig.call('POST', '/v1/messages', { key: tenant.key, body: text('+447700900101') })).status).toBe(404);
      expect((await rig.call('POST', hookPath, { body: {} })).body).toMatchObject({ code: 'wrong_hook_secret' });
    } finally {
      await rig.stop();
    }
  });

  it('serves the REST API and takes no hooks', async () => {
    const rig = await ApiRig.start({ API_SURFACES: 'public' });
    try {
      const tenant = await rig.tenant();
      const { hookPath, secret } = await rig.session(tenant.id);
      expect((await rig.call('GET', '/v1/messages', { key: tenant.key })).status).toBe(200);
      expect((await rig.call('POST', hookPath, { body: {}, headers: { 'x-webhook-signature': secret } })).status).toBe(404);
    } finally {
      await rig.stop();
    }
  });
});
