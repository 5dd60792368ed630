import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaLinks, ProviderCopies } from '@heliograph/campaigns';
import { Database, systemActor } from '@heliograph/kernel';
import { moveClock, until } from '@heliograph/kernel/testing';
import { type FileAddress, MessageIntake } from '@heliograph/messaging';
import { Sessions } from '@heliograph/tenants';
import { aSourcedRow } from '../libs/messaging/testing';
import { ApiRig, fileForm } from './api/api-rig';

const hour = 3_600_000;
/** An address that the provider cannot fetch from: nothing but copies can work. */
const unreachable = 'http://127.0.0.1:9';

let rig: ApiRig;
let db: Database;
beforeAll(async () => {
  rig = await ApiRig.start({ MEDIA_DELIVERY: 'provider', PUBLIC_URL: unreachable });
  db = rig.get(Database);
});
afterEach(async () => {
  await moveClock(db, 0);
  await set({ uploads: 'accept', retryAfterS: null });
});
afterAll(() => rig.stop());

const set = (settings: object) => rig.provider.control('PATCH', '/config', settings);
const uploads = () => rig.provider.simulator.uploads;
const png = (mark: string) =>
  Buffer.concat([
    Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'),
    Buffer.from(mark),
  ]);

/** A tenant with a file. */
async function aFile(content = png(crypto.randomUUID())) {
  const tenant = await rig.tenant();
  const { body } = await rig.call('POST', '/v1/media', { key: tenant.key, ...fileForm(content, { name: 'a.png' }) });
  const id = body.id as string;
  return { tenant, id, content, url: body.url as string, ofFile: uploadsOf(body.sha256 as string) };
}
const uploadsOf = (sha256: string) => () => uploads().accepted.filter((one) => one.sha256 === sha256);

describe('a file for the provider', () => {
  /** Asks in the process of this number, as a worker with this session does. */
  async function aSession(tenantId: string, accountId?: string) {
    const there = rig.provider.simulator.accounts.add({ status: 'connected' });
    const { apiKey, webhookSecret, id: providerSessionId } = there;
    const { session } = await rig.get(Sessions).register(tenantId, systemActor('test'), {
      apiKey,
      webhookSecret,
      name: 'Line',
      ...(accountId && { accountId, providerSessionId: String(providerSessionId) }),
    });
    const ask = (url: string, waitMs = 20_000, pod = 0) =>
      (rig.apps[pod] as (typeof rig.apps)[0])
        .get(ProviderCopies, { strict: false })
        .addressFor({ tenantId, sessionId: session.id, url }, waitMs);
    return { id: session.id, there, ask };
  }
  const anAccount = async (key: string) => {
    const { accessToken } = rig.provider.simulator.accounts;
    return (await rig.call('POST', '/v1/provider-accounts', { key, body: { name: 'Main', access_token: accessToken } })).body.id as string;
  };
  const urlOf = (address: FileAddress) => ('url' in address ? address.url : JSON.stringify(address));
  const rowOf = async (mediaId: string) =>
    (
      await db.query<{ failures: number; detail: string | null; retryS: number | null; isUploading: boolean }>(
        `SELECT failures, detail, extract(epoch FROM retry_at - heliograph_now())::float8 AS "retryS", uploading_until > heliograph_now() AS "isUploading"
         FROM media_copies WHERE media_id = $1`,
        [mediaId],
      )
    )[0];

  it('is uploaded once for an account, whoever asks and however many at once, and is what was stored', async () => {
    const { tenant, url, content, ofFile } = await aFile();
    const account = await anAccount(tenant.key);
    const [one, two] = [await aSession(tenant.id, account), await aSession(tenant.id, account)];
    await set({ uploads: 'hold' });
    const asked = [0, 1].flatMap((pod) => [one, two].flatMap(({ ask }) => [ask(url, 20_000, pod), ask(url, 20_000, pod)]));
    await until(() => Promise.resolve(uploads().arrived > 0));
    // Whoever cannot wait gets its answer at once.
    expect(await one.ask(url, 0)).toMatchObject({ later: expect.stringContaining('being uploaded') as string, countsTry: false });
    await set({ uploads: 'accept' });
    const addresses = new Set((await Promise.all(asked)).map(urlOf));
    expect([...addresses]).toEqual(ofFile().map((copy) => copy.url));
    expect(ofFile()).toMatchObject([{ type: 'image/png', size: content.length }]);
    const [copy] = addresses;
    expect(Buffer.from(await (await fetch(copy as string)).arrayBuffer()).equals(content)).toBe(true);
    // A session of no account has its own copy.
    const alone = await aSession(tenant.id);
    expect(urlOf(await alone.ask(url))).not.toBe(copy);
    expect(ofFile()).toHaveLength(2);
  }, 60_000);

  it('is uploaded again before its copy expires, and messages name the old one until then', async () => {
    const { tenant, id, url, ofFile } = await aFile();
    const { ask } = await aSession(tenant.id);
    const first = urlOf(await ask(url));
    await moveClock(db, 17 * hour);
    expect(urlOf(await ask(url, 20_000, 1))).toBe(first);
    expect(ofFile()).toHaveLength(1);
    // As a process that did not ask within the last minute.
    const forget = () =>
      (Reflect.get((rig.apps[1] as (typeof rig.apps)[0]).get(ProviderCopies, { strict: false }), 'kept') as Map<string, unknown>).clear();
    await moveClock(db, 20 * hour);
    forget();
    expect(urlOf(await ask(url, 20_000, 1))).toBe(first);
    await until(() => Promise.resolve(ofFile().length === 2));
    await until(async () => !(await rowOf(id))?.isUploading);
    await moveClock(db, 35 * hour);
    forget();
    expect(urlOf(await ask(url, 20_000, 1))).toBe(ofFile()[1]?.url);
    // Nobody asked for long: the copy is gone, and there is a new one before anything names it.
    await moveClock(db, 90 * hour);
    forget();
    expect(urlOf(await ask(url, 20_000, 1))).toBe(ofFile()[2]?.url);
  }, 60_000);

  it('does not wait for big files of other tenants', async () => {
    const big = () => Buffer.concat([png(crypto.randomUUID()), Buffer.alloc(5_100_000)]);
    const others = [await aFile(big()), await aFile(big())];
    await set({ uploads: 'hold' });
    const asked: Promise<FileAddress>[] = [];
    for (const { tenant, url } of others) {
      const { ask } = await aSession(tenant.id);
      const { body } = await rig.call('POST', '/v1/media', { key: tenant.key, ...fileForm(big(), { name: 'b.png' }) });
      asked.push(ask(url), ask(body.url as string));
    }
    const uploading = `SELECT DISTINCT tenant_id FROM media_copies WHERE tenant_id = ANY ($1::uuid[]) AND uploading_until > heliograph_now()`;
    await until(async () => (await db.query(uploading, [others.map((one) => one.tenant.id)])).length === 2);
    const { tenant, id, url, ofFile } = await aFile();
    const { ask } = await aSession(tenant.id);
    asked.push(ask(url));
    await until(async () => (await rowOf(id))?.isUploading === true);
    await set({ uploads: 'accept' });
    expect((await Promise.all(asked)).map((address) => 'url' in address)).toEqual(asked.map(() => true));
    expect(ofFile()).toHaveLength(1);
  }, 60_000);

  it('that the provider refuses is not sent again and again', async () => {
    const { tenant, url, ofFile } = await aFile();
    const { ask } = await aSession(tenant.id);
    await set({ uploads: 'refused' });
    const before = uploads().arrived;
    for (const pod of [0, 1, 0]) expect(await ask(url, 20_000, pod)).toEqual({ refused: 'This file type is not supported' });
    expect(uploads().arrived).toBe(before + 1);
    await set({ uploads: 'accept' });
    await moveClock(db, hour);
    expect(urlOf(await ask(url))).toBe(ofFile()[0]?.url);
  }, 60_000);

  it('whose upload fails costs a try of those who waited for it, and rests longer each time', async () => {
    const { tenant, id, url, ofFile } = await aFile();
    const { ask } = await aSession(tenant.id);
    await set({ uploads: 'error' });
    expect(await ask(url)).toMatchObject({ later: expect.stringContaining('502') as string, countsTry: true });
    const before = uploads().arrived;
    // During the rest nothing is uploaded, and nobody pays for it.
    expect(await ask(url, 20_000, 1)).toMatchObject({ countsTry: false });
    expect(uploads().arrived).toBe(before);
    const rests: number[] = [];
    for (let failures = 1; failures <= 8; failures++) {
      const row = await rowOf(id);
      expect(row?.failures).toBe(failures);
      rests.push(Math.round(row?.retryS as number));
      await moveClock(db, failures * hour);
      expect(await ask(url)).toMatchObject({ countsTry: true });
    }
    expect(rests.map((rest, i) => Math.abs(rest - Math.min(300, 5 * 2 ** i)) <= 1)).toEqual(rests.map(() => true));
    await set({ uploads: 'accept' });
    await moveClock(db, 9 * hour);
    expect(urlOf(await ask(url))).toBe(ofFile()[0]?.url);
    expect(await rowOf(id)).toMatchObject({ failures: 0, detail: null, retryS: null });
  }, 60_000);

  it('waits as long as the provider asks, without a failure', async () => {
    const { tenant, id, url } = await aFile();
    const { ask } = await aSession(tenant.id);
    await set({ uploads: 'rate' });
    expect(await ask(url)).toMatchObject({ inMs: 5_000, countsTry: false });
    expect(await rowOf(id)).toMatchObject({ failures: 0 });
  });

  it('waits for an hour at most, whatever the provider asks', async () => {
    const { tenant, id, url } = await aFile();
    const { ask } = await aSession(tenant.id);
    await set({ uploads: 'rate', retryAfterS: 1e9 });
    expect(await ask(url)).toMatchObject({ inMs: hour, countsTry: false });
    expect((await rowOf(id))?.retryS).toBeLessThanOrEqual(3_600);
  });

  it('waits for a limit that is told in words alone, and is not given up for an answer that says nothing about it', async () => {
    const { tenant, id, url, ofFile } = await aFile();
    const { ask } = await aSession(tenant.id);
    await set({ uploads: 'limit-words' });
    expect(await ask(url)).toMatchObject({ later: expect.stringContaining('daily limit') as string, inMs: 60_000, countsTry: false });
    expect(await rowOf(id)).toMatchObject({ failures: 0 });
    await set({ uploads: 'bad-request' });
    await moveClock(db, hour);
    expect(await ask(url)).toMatchObject({ later: 'The upload cannot be taken', countsTry: true });
    expect(await rowOf(id)).toMatchObject({ failures: 1 });
    await set({ uploads: 'accept' });
    await moveClock(db, 2 * hour);
    expect(urlOf(await ask(url))).toBe(ofFile()[0]?.url);
  });

  it.each([
    ['unauthorised', 'unauthorised'],
    ['not-connected', 'disconnected'],
  ])('that a session cannot upload (%s) closes this session, and another one of the account uploads it', async (answer, status) => {
    const { tenant, url, ofFile } = await aFile();
    const account = await anAccount(tenant.key);
    const [down, up] = [await aSession(tenant.id, account), await aSession(tenant.id, account)];
    await set({ uploads: answer });
    expect(await down.ask(url)).toMatchObject({ countsTry: false });
    expect(await db.query(`SELECT status FROM sessions WHERE id = $1`, [down.id])).toEqual([{ status }]);
    await set({ uploads: 'accept' });
    expect(urlOf(await up.ask(url))).toBe(ofFile()[0]?.url);
  });

  it('is taken over from a worker that died, once its time is over', async () => {
    const { tenant, id, url, ofFile } = await aFile();
    const { ask } = await aSession(tenant.id);
    await set({ uploads: 'error' });
    await ask(url);
    await set({ uploads: 'accept' });
    // As if another process had taken the upload and had died in it.
    await db.query(
      `UPDATE media_copies SET retry_at = NULL, upload_id = gen_random_uuid(), uploading_until = heliograph_now() + interval '60 s' WHERE media_id = $1`,
      [id],
    );
    expect(await ask(url, 0)).toHaveProperty('later');
    await moveClock(db, 61_000);
    await until(async () => 'url' in (await ask(url, 1_000)));
    expect(ofFile()).toHaveLength(1);
  }, 30_000);

  it('is given up by a worker that ends, so that another one uploads it at once', async () => {
    const { tenant, id, url, ofFile } = await aFile();
    const { id: sessionId, ask } = await aSession(tenant.id);
    const worker = await rig.work({ WORKER_ROLES: ['lanes'] });
    rig.apps.splice(rig.apps.indexOf(worker), 1);
    await set({ uploads: 'hold' });
    void worker.get(ProviderCopies, { strict: false }).addressFor({ tenantId: tenant.id, sessionId, url }, 0);
    await until(async () => (await rowOf(id))?.isUploading === true);
    await worker.close();
    expect(await rowOf(id)).toMatchObject({ isUploading: null, failures: 0 });
    await set({ uploads: 'accept' });
    expect(urlOf(await ask(url))).toBe(ofFile().at(-1)?.url);
  }, 30_000);

  it('is none of another tenant’s, none that is deleted, and none whose content cannot be read', async () => {
    const [mine, other] = [await aFile(), await aFile()];
    const { ask } = await aSession(mine.tenant.id);
    expect(await ask(other.url)).toEqual({ refused: 'The file no longer exists.' });
    expect(other.ofFile()).toEqual([]);
    // The folder of the content is now something else.
    const { MEDIA_DIR } = rig.config as unknown as { MEDIA_DIR: string };
    const lost = await rig.call('POST', '/v1/media', { key: mine.tenant.key, ...fileForm('Hello', { name: 'a.txt' }) });
    const path = join(MEDIA_DIR, mine.tenant.id, (lost.body.sha256 as string).slice(0, 2));
    await rm(path, { recursive: true });
    await mkdir(join(path, lost.body.sha256 as string), { recursive: true });
    expect(await ask(lost.body.url as string)).toHaveProperty('later');
    // The folder of this worker has nothing at all: the file is not deleted for that, and the worker that has it uploads it.
    const far = await aFile();
    const { ask: askFar } = await aSession(far.tenant.id);
    const [folder, away] = [join(MEDIA_DIR, far.tenant.id), join(MEDIA_DIR, `${far.tenant.id}-away`)];
    await rename(folder, away);
    expect(await askFar(far.url)).toMatchObject({ later: expect.stringContaining('media store') as string, countsTry: true });
    expect(await rowOf(far.id)).toMatchObject({ failures: 1 });
    await rename(away, folder);
    await moveClock(db, hour);
    expect(urlOf(await askFar(far.url))).toBe(far.ofFile()[0]?.url);
    expect((await rig.call('DELETE', `/v1/media/${mine.id}`, { key: mine.tenant.key })).status).toBe(204);
    expect(await ask(mine.url)).toEqual({ refused: 'The file no longer exists.' });
  });

  it('is known by a link that has expired, below any origin, and by nothing else', () => {
    const [copies, links] = [rig.get(ProviderCopies), rig.get(MediaLinks)];
    const link = { tenantId: crypto.randomUUID(), mediaId: crypto.randomUUID() };
    const old = links.address(link, Date.now() - 90 * 24 * hour);
    expect([links.fileOf(old), copies.owns(old)]).toEqual([link, true]);
    expect(copies.owns(old.replace(unreachable, 'https://before.example.com'))).toBe(true);
    for (const url of [
      `${old}A`,
      `${old}?x`,
      old.replace('/media/', '/files/'),
      old.replace('/media/', '/media/x'),
      'https://a.example/media/',
      '',
    ])
      expect([url, copies.owns(url)]).toEqual([url, false]);
  });
});

describe('messages of an installation that nobody can reach', () => {
  beforeAll(() => rig.work({ WORKER_ROLES: ['lanes', 'hooks', 'events'] }));

  /** A tenant with a fast number and a file. */
  async function aSender() {
    const file = await aFile();
    const { id: sessionId, there } = await rig.session(file.tenant.id);
    const limits = { window_ms: 1_000, window_limit: 1_000, jitter_ms: 0 };
    await rig.call('PATCH', `/v1/sessions/${sessionId}/limits`, { key: file.tenant.key, body: limits, of: '/v1/sessions/{id}/limits' });
    const call = (method: string, path: string, body: object) => rig.call(method, path, { key: file.tenant.key, body });
    const sent = () =>
      (rig.provider.simulator.ledger.acceptedOf(there.id) as unknown as { recipient: string; content: Record<string, unknown> }[]).map(
        ({ content }) => content.imageUrl ?? content.documentUrl ?? null,
      );
    const states = () =>
      db.query<{ state: string; cause: string | null; url: string | null }>(
        `SELECT state, cause, body->'content'->>'url' AS url FROM messages WHERE tenant_id = $1 ORDER BY id`,
        [file.tenant.id],
      );
    return { ...file, sessionId, there, call, sent, states };
  }
  const campaign = async ({ tenant, sessionId, id, call }: Awaited<ReturnType<typeof aSender>>, count: number) => {
    const { body } = await call('POST', '/v1/templates', {
      name: 'T',
      content: { type: 'image', media_id: id, caption: 'Hi {{ contact.phone }}' },
    });
    const rows = Array.from({ length: count }, (_, i) => {
      const source = { t: body.id as string, v: 1, l: null, s: i, vars: {} };
      const { groupId: _group, ...row } = aSourcedRow({ tenantId: tenant.id, sessionId, recipient: `+${447_700_903_000 + i}`, source });
      return row;
    });
    await db.transaction((tx) => rig.get(MessageIntake).storeWithin(tx, tenant.id, rows));
    return body.id as string;
  };

  it('name the copy, of a campaign, a rule, a template’s test and a request alike, and keep their own address', async () => {
    const sender = await aSender();
    const { url, ofFile, call, sent, states } = sender;
    const template = await campaign(sender, 30);
    const tested = await call('POST', `/v1/templates/${template}/test`, { to: '+447700904000', variables: { 'contact.phone': 'you' } });
    expect([tested.status, tested.text]).toEqual([202, tested.text]);
    const asked = await call('POST', '/v1/messages', { to: '+447700904001', type: 'document', url, file_name: 'a.png' });
    expect([asked.status, asked.text]).toEqual([202, asked.text]);
    await call('PUT', '/v1/event-types/upgraded', { schema: {} });
    const message = { type: 'template', template_id: template };
    await call('POST', '/v1/event-rules', { name: 'Upgrade', event: 'upgraded', actions: [{ type: 'send_message', message }] });
    const event = await call('POST', '/v1/events', { name: 'upgraded', id: 'u-1', subject: { phone: '+447700904003' } });
    expect([event.status, event.text]).toEqual([202, event.text]);
    await until(() => Promise.resolve(sent().length === 33), 60_000);
    expect(new Set(sent())).toEqual(new Set(ofFile().map((copy) => copy.url)));
    expect(ofFile()).toHaveLength(1);
    const rows = await until(async () => {
      const all = await states();
      return all.every(({ state }) => ['sent', 'delivered', 'read'].includes(state)) && all;
    });
    expect(new Set(rows.map((row) => row.url))).toEqual(new Set([url]));
    // Any other private address is refused as before.
    const foreign = await call('POST', '/v1/messages', { to: '+447700904001', type: 'image', url: `${unreachable}/media/x` });
    expect(foreign.status).toBe(422);
  }, 90_000);

  it('wait for an upload that takes long, and texts of the same number do not', async () => {
    const sender = await aSender();
    await set({ uploads: 'hold' });
    const before = uploads().arrived;
    await campaign(sender, 3);
    await until(() => Promise.resolve(uploads().arrived > before), 30_000);
    await sender.call('POST', '/v1/messages', { to: '+447700904002', type: 'text', text: 'Hello' });
    await until(() => Promise.resolve(sender.sent().length === 1), 30_000);
    expect(sender.sent()).toEqual([null]);
    await set({ uploads: 'accept' });
    await until(() => Promise.resolve(sender.sent().length === 4), 60_000);
    expect(sender.ofFile()).toHaveLength(1);
  }, 120_000);

  it('fail alone when the provider refuses the file', async () => {
    const sender = await aSender();
    await set({ uploads: 'refused' });
    await campaign(sender, 3);
    const rows = await until(async () => {
      const all = await sender.states();
      return all.every(({ state }) => state === 'failed') && all;
    }, 60_000);
    expect(rows.map(({ cause }) => cause)).toEqual(Array(3).fill('file_failed'));
    const { body } = await rig.call('GET', '/v1/dead-letters?kind=message', { key: sender.tenant.key });
    expect((body.data as { cause: string; detail: string }[]).map(({ detail }) => detail)).toEqual(
      Array(3).fill('This file type is not supported'),
    );
  }, 90_000);
});
