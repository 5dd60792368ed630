import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { SendOutcome } from '../src/whatsapp-provider';
import { WasenderProvider } from '../src/wasender/wasender.provider';
import { type Fixture, fixtures } from '../testing/fixtures';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let handle: Handler;
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
let provider: WasenderProvider;

const configFor = (url: string) => ({
  WASENDER_BASE_URL: url,
  WASENDER_CONNECTIONS: 4,
  WASENDER_SEND_TIMEOUT_MS: 1_000,
  WASENDER_CONNECT_TIMEOUT_MS: 500,
});

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      handle(request, response, body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  provider = new WasenderProvider(configFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api`));
});
afterEach(async () => {
  await provider.close();
  server.closeAllConnections();
  server.close();
});

const hello = { to: '+447700900101', content: { kind: 'text' as const, text: 'Hello' } };
const send = (options = {}): Promise<SendOutcome> => provider.send({ apiKey: 'key-1' }, hello, options);

/** Answers with the recorded fixture. */
function replay({ response }: Fixture): void {
  handle = (_request, answer) => {
    answer.writeHead(response?.status ?? 200, response?.headers);
    answer.end(response?.bodyText ?? (response?.body === undefined ? '' : JSON.stringify(response.body)));
  };
}

describe('a send over the wire', () => {
  it('contains the key, the address in the form of WasenderApi, and the text', async () => {
    replay(fixtures()[0] as Fixture);
    expect(await send()).toMatchObject({ kind: 'accepted' });
    expect(seen).toEqual([expect.objectContaining({ method: 'POST', url: '/api/send-message' })]);
    expect(seen[0]?.headers.authorization).toBe('Bearer key-1');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ to: '+447700900101', text: 'Hello' });
  });

  it.each(
    fixtures()
      .filter((one) => one.request.path === '/api/send-message')
      .map((one) => [one.name, one] as const),
  )('has the outcome of its recording: %s', async (_name, recorded) => {
    replay(recorded);
    const { to } = recorded.request.body as { to: string };
    const { kind } = await provider.send({ apiKey: 'key-1' }, { ...hello, to });
    const status = recorded.response?.status ?? 0;
    if (status < 300) expect(kind).toBe('accepted');
    else expect(['refused', 'throttled', 'session_down', 'unauthorised', 'unknown']).toContain(kind);
  });

  it('is unknown when no answer arrives', async () => {
    handle = () => undefined;
    expect(await send()).toMatchObject({ kind: 'unknown', httpStatus: null });
    expect(seen).toHaveLength(1);
  });

  it('is unknown when the connection breaks after the request, before the head, or in the body', async () => {
    handle = (request) => request.socket.destroy();
    expect(await send()).toMatchObject({ kind: 'unknown' });
    handle = (_request, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      answer.write('{"success":true,');
      answer.socket?.end();
    };
    expect(await send()).toMatchObject({ kind: 'unknown' });
    expect(seen).toHaveLength(2);
  });

  it('does not follow a redirect', async () => {
    handle = (_request, answer) => answer.writeHead(307, { location: '/api/elsewhere' }).end();
    expect(await send()).toMatchObject({ kind: 'unknown', httpStatus: 307 });
    expect(seen).toHaveLength(1);
  });

  it('reads an answer in its charset, so that no character becomes U+FFFD', async () => {
    for (const type of ['application/json; charset=ISO-8859-1', 'application/json']) {
      handle = (_request, answer) =>
        answer.writeHead(422, { 'content-type': type }).end(Buffer.from('{"success":false,"message":"N\xfamero inv\xe1lido"}', 'latin1'));
      expect(await send()).toMatchObject({ kind: 'refused', detail: 'Número inválido' });
    }
  });

  it('stops reading an endless answer', async () => {
    handle = (_request, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' });
      const chunk = 'x'.repeat(65_536);
      const more = (): void => void (answer.destroyed || answer.write(chunk, more));
      more();
    };
    expect(await send()).toMatchObject({ kind: 'unknown' });
  });

  it('is not_sent when nothing listens, or the connection takes too long', async () => {
    const gone = new WasenderProvider(configFor('http://127.0.0.1:1/api'));
    expect(await gone.send({ apiKey: 'k' }, hello)).toMatchObject({ kind: 'not_sent' });
    await gone.close();
    const unnamed = new WasenderProvider(configFor('http://no-such-host.invalid/api'));
    expect(await unnamed.send({ apiKey: 'k' }, hello)).toMatchObject({ kind: 'not_sent' });
    await unnamed.close();
  });

  it.each([
    ['100', ['HTTP/1.1 100 Continue\r\n\r\n']],
    ['103', ['HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n']],
    [
      '102, 100 and 103 one after the other',
      ['HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ],
  ])('is accepted when %s precedes the answer, also on a reused connection', async (_, before) => {
    const body = JSON.stringify({ success: true, data: { msgId: 77, jid: '447700900101@s.whatsapp.net', status: 'in_progress' } });
    let connections = 0;
    const listener = createTcpServer((socket) => {
      connections++;
      socket.on('data', (bytes) => {
        if (!bytes.includes('}')) return;
        const parts = [...before, `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`];
        const next = () => {
          const part = parts.shift();
          if (part) socket.write(part, () => setImmediate(next));
        };
        next();
      });
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/api`;
    const watched = new WasenderProvider({ ...configFor(url), WASENDER_CONNECTIONS: 1 });
    for (let i = 0; i < 3; i++) expect(await watched.send({ apiKey: 'k' }, hello, {})).toMatchObject({ kind: 'accepted' });
    await watched.close();
    listener.close();
    expect(connections).toBe(1);
  });

  it('is not_sent when the lease has ended: not one byte is written', async () => {
    let bytes = 0;
    const listener = createTcpServer((socket) => socket.on('data', (chunk) => (bytes += chunk.length))).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const watched = new WasenderProvider(configFor(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/api`));
    expect(await watched.send({ apiKey: 'k' }, hello, { mayWrite: () => false })).toMatchObject({ kind: 'not_sent' });
    await watched.close();
    listener.close();
    expect(bytes).toBe(0);
  });
});

describe('the other calls', () => {
  const byName = (name: string) => fixtures().find((one) => one.name.startsWith(name)) as Fixture;

  it('look up the WhatsApp id of a message by its numeric id', async () => {
    replay(byName('030'));
    expect(await provider.messageInfo({ apiKey: 'k' }, '77')).toMatchObject({ ok: false, reason: 'unavailable' });
    expect(await provider.messageInfo({ apiKey: 'k' }, '61400001')).toMatchObject({
      ok: true,
      value: { keyId: expect.stringMatching(/^3EB0/) as string, status: 'delivered' },
    });
    replay(byName('031'));
    expect(await provider.messageInfo({ apiKey: 'k' }, '77')).toMatchObject({ ok: false, reason: 'not_found' });
  });

  it('ask whether a number is on WhatsApp, and take only a clear answer for one', async () => {
    const answerWith = (status: number, body: string) => {
      handle = (_request, answer) => answer.writeHead(status, { 'content-type': 'application/json' }).end(body);
      return provider.onWhatsApp({ apiKey: 'k' }, '+447700900101');
    };
    expect(await answerWith(200, '{"success":true,"data":{"exists":true}}')).toMatchObject({ ok: true, value: { exists: true } });
    expect(seen[0]?.url).toBe('/api/on-whatsapp/%2B447700900101');
    expect(await answerWith(200, '{"success":true,"data":{"exists":false}}')).toMatchObject({ ok: true, value: { exists: false } });
    for (const body of [
      '{"success":true,"data":{"exists":null}}',
      '{"success":true,"data":{"exists":"false"}}',
      '{"success":true,"data":{}}',
      '{"success":true}',
      '{"data":{"exists":false}}',
      '{"success":false,"data":{"exists":false}}',
      '<html>',
      '',
    ])
      expect(await answerWith(200, body)).toMatchObject({ ok: false });
    expect(await answerWith(404, '{"success":false,"message":"Not found"}')).toMatchObject({ ok: false, reason: 'not_found' });
    expect(await answerWith(429, '{"message":"Too many","retry_after":7}')).toMatchObject({
      ok: false,
      reason: 'throttled',
      feedback: { retryAfterMs: 7_000 },
    });
    expect(await answerWith(400, '{"success":false,"message":"Your session is not connected"}')).toMatchObject({ reason: 'session_down' });
  });

  it('upload a file as it is, with its type and length', async () => {
    replay(byName('037'));
    const upload = (bytes: Readable, size = 11) => provider.uploadMedia({ apiKey: 'k' }, { type: 'image/jpeg', size, bytes });
    const done = await upload(Readable.from([Buffer.from('some '), Buffer.from('bytes.')]));
    expect(done).toMatchObject({ ok: true, value: { url: expect.stringMatching(/^https:/) as string, livesMs: 86_400_000 } });
    expect(seen).toMatchObject([{ method: 'POST', url: '/api/upload', body: 'some bytes.' }]);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer k', 'content-type': 'image/jpeg', 'content-length': '11' });
    replay(byName('038'));
    expect(await upload(Readable.from(['some bytes.']))).toMatchObject({ ok: false, reason: 'refused', httpStatus: 413 });
  });

  it('fail for a file that breaks off or has another length, and for an answer without an address', async () => {
    handle = (_request, answer) => answer.end('{"success":true,"publicUrl":"https://files.example/1"}');
    const upload = (bytes: Readable) => provider.uploadMedia({ apiKey: 'k' }, { type: 'image/jpeg', size: 11, bytes });
    const broken = new Readable({ read: () => undefined });
    const answer = upload(broken);
    broken.push('some');
    broken.destroy(new Error('gone'));
    expect(await answer).toMatchObject({ ok: false, reason: 'unavailable' });
    expect(await upload(Readable.from(['too short']))).toMatchObject({ ok: false, reason: 'unavailable' });
    for (const url of ['"ftp://files.example/1"', '"/files/1"', '1', `"https://files.example/${'x'.repeat(2_048)}"`, 'null']) {
      handle = (_request, response) => response.end(`{"success":true,"publicUrl":${url}}`);
      expect(await upload(Readable.from(['some bytes.']))).toMatchObject({ ok: false, reason: 'unavailable' });
    }
  });

  it('read the message log', async () => {
    replay(byName('066'));
    const page = await provider.messageLog({ accessToken: 't' }, '7', 1, 50);
    expect(page).toMatchObject({ ok: true, value: { page: 1 } });
    if (page.ok) expect(page.value.rows.length).toBeGreaterThan(0);
    expect(seen[0]?.url).toBe('/api/whatsapp-sessions/7/message-logs?page=1&per_page=50');
  });

  it('link a session at any stage', async () => {
    replay(byName('055'));
    expect(await provider.connectSession({ accessToken: 't' }, '7')).toMatchObject({
      ok: true,
      value: { kind: 'scan', qr: expect.any(String) as string },
    });
    replay(byName('056'));
    expect(await provider.connectSession({ accessToken: 't' }, '7')).toMatchObject({ ok: true, value: { kind: 'passkey' } });
    replay(byName('057'));
    expect(await provider.connectSession({ accessToken: 't' }, '7')).toMatchObject({ ok: true, value: { kind: 'connected' } });
    replay(byName('058'));
    expect(await provider.sessionQr({ accessToken: 't' }, '7')).toMatchObject({ ok: true, value: { qr: expect.any(String) as string } });
  });

  it('create, list, show, renew and end a session', async () => {
    replay(byName('050'));
    expect(await provider.createSession({ accessToken: 't' }, { name: 'x', phone: '+447700900001' })).toMatchObject({
      ok: true,
      value: { apiKey: expect.any(String) as string, webhookSecret: expect.any(String) as string },
    });
    replay(byName('051'));
    expect(await provider.createSession({ accessToken: 't' }, { name: 'x' })).toMatchObject({ ok: false });
    replay(byName('052'));
    expect(await provider.listSessions({ accessToken: 't' })).toMatchObject({ ok: true });
    replay(byName('053'));
    expect(await provider.getSession({ accessToken: 't' }, '7')).toMatchObject({ ok: false, reason: 'unavailable' });
    expect(await provider.getSession({ accessToken: 't' }, '4101')).toMatchObject({ ok: true });
    replay(byName('064'));
    expect(await provider.regenerateKey({ accessToken: 't' }, '7')).toMatchObject({
      ok: true,
      value: { apiKey: expect.any(String) as string },
    });
    replay(byName('062'));
    expect(await provider.restartSession({ accessToken: 't' }, '7')).toMatchObject({ ok: true });
    replay(byName('061'));
    expect(await provider.disconnectSession({ accessToken: 't' }, '7')).toMatchObject({ ok: true });
    replay(byName('065'));
    expect(await provider.deleteSession({ accessToken: 't' }, '7')).toMatchObject({ ok: true });
  });

  it('return the linked identity and the status of the session', async () => {
    replay(byName('067'));
    expect(await provider.sessionIdentity({ apiKey: 'k' })).toMatchObject({
      ok: true,
      value: { phone: expect.stringMatching(/^\+/) as string },
    });
    replay(byName('060'));
    expect(await provider.sessionStatus({ apiKey: 'k' })).toMatchObject({ ok: true, value: { status: 'connected' } });
  });

  it('return the reason when there is no value: refused key, limit, no connection', async () => {
    replay(byName('021'));
    expect(await provider.sessionStatus({ apiKey: 'k' })).toMatchObject({ ok: false, reason: 'unauthorised' });
    replay(byName('024'));
    expect(await provider.sessionStatus({ apiKey: 'k' })).toMatchObject({
      ok: false,
      reason: 'throttled',
      feedback: { retryAfterMs: 5_000 },
    });
    handle = (request) => request.socket.destroy();
    expect(await provider.sessionStatus({ apiKey: 'k' })).toMatchObject({ ok: false, reason: 'unavailable' });
  });

  it.each([
    [422, { message: 'Rate limit exceeded', retry_after: 60 }, 'throttled'],
    [400, { success: false, error: 'You hit the account protection' }, 'throttled'],
    [404, { retry_after: 60 }, 'throttled'],
    [200, { success: false, error: 'Daily limit reached' }, 'throttled'],
    [200, { success: false, error: 'Session is disconnected' }, 'session_down'],
    [400, { success: false, error: 'Connect your session first' }, 'session_down'],
    [403, { message: 'Rate limit exceeded' }, 'unauthorised'],
    [502, { message: 'Rate limit exceeded' }, 'unavailable'],
    [404, { success: false, error: 'No such file' }, 'not_found'],
    [422, { success: false, error: 'This file type is not supported' }, 'refused'],
    [200, { success: false, error: 'This file type is not supported' }, 'refused'],
  ])('tell a limit and a session that is down by their words, as sends do: %i %j', async (status, body, reason) => {
    handle = (_request, answer) => answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const upload = await provider.uploadMedia({ apiKey: 'k' }, { type: 'image/jpeg', size: 4, bytes: Readable.from(['some']) });
    expect(upload).toMatchObject({ ok: false, reason, httpStatus: status });
    if (reason === 'throttled' && !upload.ok) expect(upload.feedback.retryAfterMs).toBeGreaterThan(0);
    const sent = await provider.send({ apiKey: 'k' }, { to: '+447700900000', content: { kind: 'text', text: 'Hi' } });
    const same = { not_found: 'refused', unavailable: 'unknown' } as Record<string, string>;
    expect(sent.kind).toBe(same[reason] ?? reason);
  });
});
