import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptState } from '../src/kept-state';
import { Rig, until } from './rig';

let rig: Rig;
const start = async (options = {}) => (rig = await Rig.start(options));
afterEach(() => rig.stop());

const created = { name: 'Shop', phone_number: '+447700900777', account_protection: false, log_messages: true };
const create = async (over = {}) => {
  const answer = await rig.account('POST', '', { ...created, ...over });
  return (answer.json() as { data: { id: number; api_key: string; webhook_secret: string; status: string } }).data;
};
const qrOf = async (id: number) => ((await rig.account('GET', `/${id}/qrcode`)).json() as { data: { qrCode: string } }).data.qrCode;

describe('a session', () => {
  it('is created, linked by QR code, renewed and deleted with the account token', async () => {
    await start();
    const { id, api_key: key, status, webhook_secret: secret } = await create();
    expect([status, key, secret]).toEqual(['need_scan', expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect((await rig.account('GET', `/${id}/qrcode`)).status).toBe(400);
    expect((await rig.account('POST', `/${id}/connect`)).json()).toMatchObject({ data: { status: 'NEED_SCAN', qrCode: await qrOf(id) } });
    expect((await rig.control('POST', `/sessions/${id}/scan`)).status).toBe(200);
    expect((await rig.api('GET', '/status', undefined, key)).json()).toEqual({ status: 'connected' });
    expect((await rig.account('POST', `/${id}/connect`)).json()).toMatchObject({ data: { status: 'CONNECTED' } });
    expect((await rig.account('POST', `/${id}/restart`)).status).toBe(200);
    const renewed = (await rig.account('POST', `/${id}/regenerate-key`)).json() as { api_key: string };
    expect((await rig.api('GET', '/status', undefined, key)).status).toBe(401);
    expect((await rig.api('GET', '/status', undefined, renewed.api_key)).status).toBe(200);
    expect((await rig.account('POST', `/${id}/disconnect`)).json()).toMatchObject({ data: { status: 'disconnected' } });
    expect((await rig.account('POST', `/${id}/restart`)).status).toBe(400);
    const gone = await rig.account('DELETE', `/${id}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await rig.account('GET', `/${id}`)).status).toBe(404);
  });

  it('keeps manual changes over a restart, and its key is never reused', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'simulator-state-'));
    const file = join(dir, 'state.json');
    await start();
    const kept = new KeptState(file);
    expect(kept.read()).toBeUndefined();
    kept.follow(rig.simulator.accounts);
    const { id, api_key: key } = await create();
    const first = rig.simulator.accounts.sessions.keys().next().value as number;
    await rig.account('DELETE', `/${first}`);
    const before = JSON.parse((await rig.account('GET', '')).text) as unknown;
    kept.stop();
    await rig.stop();

    const found = new KeptState(file).read();
    await start({ sessions: 2, ...(found && { kept: found }) });
    // The rig points restored sessions to its own receiver.
    const withoutHooks = (list: unknown) => JSON.parse(JSON.stringify(list).replace(/"webhook_(url|enabled)":[^,]*,/g, '')) as unknown;
    expect(withoutHooks(JSON.parse((await rig.account('GET', '')).text))).toEqual(withoutHooks(before));
    expect((await rig.account('GET', `/${id}`)).json()).toMatchObject({ data: { api_key: key } });
    const next = await create();
    expect([next.id > id, next.api_key === key]).toEqual([true, false]);

    writeFileSync(file, 'half');
    expect(() => new KeptState(file).read()).toThrow(/delete it to begin anew/);
    rmSync(dir, { recursive: true });
  });

  it('shows its secrets alone and never in the list, and refuses its key for account calls', async () => {
    await start();
    const { id, api_key: key } = await create();
    const list = (await rig.account('GET', '')).text;
    expect(list).toContain('"Shop"');
    expect(list).not.toContain(key);
    expect((await rig.account('GET', `/${id}`)).text).toContain(key);
    expect((await rig.api('GET', '/whatsapp-sessions', undefined, key)).status).toBe(401);
  });

  it.each([
    ['name', { name: 5 }],
    ['phone_number', { phone_number: '07700' }],
    ['log_messages', { log_messages: undefined }],
    ['webhook_url', { webhook_url: 'nowhere' }],
  ])('with a wrong %s is not created', async (field, over) => {
    await start();
    const answer = await rig.account('POST', '', { ...created, ...over });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ success: false, errors: { [field]: [expect.any(String)] } });
  });

  it('requires room in the plan and a subscription', async () => {
    await start({ settings: { sessionLimit: 2 } });
    expect((await rig.account('POST', '', created)).json()).toEqual({ success: false, error: expect.any(String) as string });
    await rig.control('PATCH', '/config', { subscription: false });
    expect((await rig.account('POST', `/${rig.session().id}/connect`)).status).toBe(403);
  });

  it('shows QR codes in turn until it stops; an old one cannot be scanned', async () => {
    await start({ settings: { qrLifeMs: 40, qrMost: 3 } });
    const { id } = await create({ webhook_url: rig.session().webhookUrl, webhook_enabled: true });
    await rig.account('POST', `/${id}/connect`);
    const shown = await rig.hooks('qrcode.updated', 3);
    const codes = shown.map(({ body }) => body.data.qr as string);
    expect(new Set(codes).size).toBe(3);
    expect((await rig.control('POST', `/sessions/${id}/scan`, { qr: codes[0] })).status).toBe(409);
    const hook = await until(() => rig.received.find(({ body }) => body.data.status === 'disconnected') ?? null);
    expect(hook.event).toBe('session.status');
    expect((await rig.account('GET', `/${id}/qrcode`)).status).toBe(400);
  });

  it('links automatically when configured, through `connecting`', async () => {
    await start({ settings: { autoScanMs: 5, connectingMs: 5 } });
    const { id } = await create({ webhook_url: rig.session().webhookUrl, webhook_enabled: true });
    await rig.account('POST', `/${id}/connect`);
    const hook = await rig.hooks('session.status', 2);
    expect(hook.map(({ body }) => body.data.status)).toEqual(['connecting', 'connected']);
  });

  it('can ask for a passkey instead', async () => {
    await start();
    const { id } = await create({ webhook_url: rig.session().webhookUrl, webhook_enabled: true });
    expect((await rig.account('POST', `/${id}/connect`, { linkMethod: 'passkey' })).json()).toMatchObject({
      data: { status: 'NEED_PASSKEY' },
    });
    await rig.hooks('passkey.updated');
    expect((await rig.control('POST', `/sessions/${id}/scan`)).status).toBe(200);
  });
});

describe('message logs', () => {
  it('are paged, newest first, by status; without logging they hide content and recipients', async () => {
    await start();
    const { id } = rig.session();
    for (let i = 0; i < 12; i++) await rig.send({ to: '+447700900101', text: `No. ${i}` });
    const page = (await rig.account('GET', `/${id}/message-logs?page=2&per_page=5`)).json() as { data: Record<string, unknown> };
    expect(page.data).toMatchObject({ current_page: 2, last_page: 3, per_page: 5, total: 12, from: 6, to: 10 });
    expect((page.data.data as Record<string, unknown>[])[0]).toMatchObject({ to: '+447700900101', content: '{"text":"No. 6"}' });
    await rig.control('POST', '/faults', { kind: 'fail-later', times: 1 });
    await rig.send({ to: '+447700900102', text: 'Never arrives' });
    await until(async () => {
      const failed = (await rig.account('GET', `/${id}/message-logs?status=failed`)).json() as { data: { total: number } };
      return failed.data.total === 1 ? failed : null;
    });
    await rig.account('PUT', `/${id}`, { log_messages: false });
    const blind = (await rig.account('GET', `/${id}/message-logs`)).json() as { data: { data: Record<string, unknown>[] } };
    expect(blind.data.data[0]).toMatchObject({ to: null, content: null });
  });
});

describe('other calls with the session key', () => {
  it('return info before WhatsApp has an id: without one, or 404', async () => {
    await start({ settings: { keyAfterMs: 60_000 } });
    const { msgId } = ((await rig.send()).json() as { data: { msgId: number } }).data;
    const { data } = (await rig.api('GET', `/messages/${msgId}/info`)).json() as { data: object };
    expect(data).not.toHaveProperty('key');
    await rig.control('PATCH', '/config', { infoBeforeKey: '404' });
    expect((await rig.api('GET', `/messages/${msgId}/info`)).status).toBe(404);
    expect((await rig.api('GET', `/messages/${msgId}/info`, undefined, rig.session(1).apiKey)).status).toBe(404);
  });

  it('edit, delete and resend failed messages', async () => {
    await start();
    await rig.control('POST', '/faults', { kind: 'fail-later', times: 1 });
    const { msgId } = ((await rig.send()).json() as { data: { msgId: number } }).data;
    expect((await rig.api('PUT', `/messages/${msgId}`, { text: 'Better' })).text).toContain('"type":14');
    const old = rig.simulator.ledger.lines[0]?.keyId;
    await until(async () => ((await rig.api('POST', `/messages/${msgId}/resend`)).status === 200 ? true : null));
    expect(rig.simulator.ledger.lines[0]?.keyId).not.toBe(old);
    expect((await rig.api('DELETE', `/messages/${msgId}`)).status).toBe(200);
  });

  it('look up people, privacy ids and groups', async () => {
    await start({ settings: { notOnWhatsAppSuffixes: ['0000'] } });
    expect((await rig.api('GET', '/on-whatsapp/+447700900101')).json()).toEqual({ success: true, data: { exists: true } });
    expect((await rig.api('GET', '/on-whatsapp/447700900000@s.whatsapp.net')).json()).toEqual({ success: true, data: { exists: false } });
    await rig.control('PATCH', '/config', { onWhatsApp: 'null' });
    expect((await rig.api('GET', '/on-whatsapp/+447700900101')).json()).toEqual({ success: true, data: { exists: null } });
    const { lid } = ((await rig.api('GET', '/lid-from-pn/447700900101%40s.whatsapp.net')).json() as { data: { lid: string } }).data;
    expect((await rig.api('GET', `/pn-from-lid/${lid}`)).json()).toEqual({ success: true, data: { pn: '447700900101@s.whatsapp.net' } });
    expect((await rig.api('GET', '/contacts?paginated=true&limit=1')).json()).toMatchObject({
      data: { pagination: { total: 2, totalPages: 2 } },
    });
    expect((await rig.api('GET', '/groups')).json()).toMatchObject({ data: [{ jid: '120363040000000001@g.us' }] });
    expect((await rig.api('GET', '/nowhere')).status).toBe(404);
  });

  it('take files as base64 and as raw bytes of the declared type, and serve them until they expire', async () => {
    await start();
    const png = Buffer.from('iVBORw0KGgo=', 'base64');
    const raw = async (body: Buffer, type: string, key = rig.session().apiKey) => {
      const headers = { authorization: `Bearer ${key}`, 'content-type': type };
      const answer = await fetch(`${rig.simulator.url}/api/upload`, { method: 'POST', headers, body: new Uint8Array(body) });
      return { status: answer.status, body: (await answer.json()) as { publicUrl: string } };
    };
    const { body } = await raw(png, 'image/png');
    const fetched = await fetch(body.publicUrl);
    expect([fetched.headers.get('content-type'), Buffer.from(await fetched.arrayBuffer()).equals(png)]).toEqual(['image/png', true]);
    const base64 = { base64: 'data:image/png;base64,iVBORw0KGgo=' };
    expect((await rig.api('POST', '/upload', base64)).json()).toMatchObject({ success: true, publicUrl: expect.any(String) as string });
    expect((await raw(png, 'image/jpeg')).status).toBe(422);
    expect((await raw(png, 'font/woff')).status).toBe(415);
    expect((await raw(Buffer.concat([png, Buffer.alloc(16 * 1024 * 1024)]), 'image/png')).status).toBe(413);
    expect((await raw(Buffer.alloc(0), 'image/png')).status).toBe(422);
    expect((await raw(png, 'image/png', 'another')).status).toBe(401);
    expect(rig.simulator.uploads.accepted.map(({ type }) => type)).toEqual(['image/png', 'image/png']);
    await rig.control('PATCH', '/config', { uploadLivesMs: 0 });
    expect((await fetch((await raw(png, 'image/png')).body.publicUrl)).status).toBe(404);
  });

  it('refuse uploads as they are set to, and hold them', async () => {
    await start();
    const upload = () => rig.api('POST', '/upload', { base64: 'data:image/png;base64,iVBORw0KGgo=' });
    for (const [uploads, status] of [
      ['refused', 422],
      ['unauthorised', 401],
      ['not-connected', 400],
      ['rate', 429],
      ['error', 502],
    ] as const) {
      await rig.control('PATCH', '/config', { uploads });
      expect([uploads, (await upload()).status]).toEqual([uploads, status]);
    }
    await rig.control('PATCH', '/config', { uploads: 'hold' });
    const held = upload();
    await until(() => (rig.simulator.uploads.arrived === 6 ? true : null));
    expect(rig.simulator.uploads.accepted).toEqual([]);
    await rig.control('PATCH', '/config', { uploads: 'accept' });
    expect((await held).status).toBe(200);
  });

  it('decrypt media', async () => {
    await start();
    const message = { imageMessage: { url: 'https://mmg.example.test/1', mediaKey: 'k' } };
    expect((await rig.api('POST', '/decrypt-media', { data: { messages: { key: { id: 'A' }, message } } })).status).toBe(200);
    expect((await rig.api('POST', '/decrypt-media', {})).status).toBe(422);
  });
});
