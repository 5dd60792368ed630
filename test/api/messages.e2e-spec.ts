import { randomUUID } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let session: Awaited<ReturnType<ApiRig['session']>>;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  tenant = await rig.tenant();
  session = await rig.session(tenant.id);
});

const of = '/v1/messages';
const send = (body: unknown, headers: Record<string, string> = {}, pod = 0) =>
  rig.call('POST', of, { key: tenant.key, body, headers, pod, of });
const bulk = (body: unknown, query = '', headers: Record<string, string> = {}) =>
  rig.call('POST', `${of}/bulk${query}`, { key: tenant.key, body, headers, of: `${of}/bulk` });
const ndjson = { 'content-type': 'application/x-ndjson' };
const lines = (reply: { text: string }) =>
  reply.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const count = async (where = 'true') =>
  Number(
    (await rig.get(Database).query<{ n: string }>(`SELECT count(*) AS n FROM messages WHERE tenant_id = $1 AND ${where}`, [tenant.id]))[0]
      ?.n,
  );

describe('a message that quotes another', () => {
  const reply = (over: object) => text('+447700900181', { reply_to: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff', ...over });
  const refused = { code: 'reply_to_unknown', path: 'reply_to' };

  it('is refused when there is no such message of its session, and takes the session of the one it quotes', async () => {
    const other = await rig.session(tenant.id);
    const first = (await send(text('+447700900181', { session_id: other.id }))).body;
    const stranger = await rig.tenant();
    await rig.session(stranger.id);
    const foreign = await rig.call('POST', of, { key: stranger.key, body: text('+447700900181') });
    for (const over of [{}, { reply_to: foreign.body.id }, { reply_to: first.id, session_id: session.id }]) {
      const answer = await rig.call('POST', of, { key: tenant.key, body: reply(over) });
      expect([answer.status, answer.body.code, answer.body.errors]).toMatchObject([422, 'reply_to_unknown', [refused]]);
    }
    // Whatever the routing rule would pick.
    for (const to of ['+447700900182', '+447700900183', '+447700900184', '+447700900185'])
      expect((await send(reply({ to, reply_to: first.id }))).body.session_id).toBe(other.id);
    const many = await bulk({ messages: [reply({}), reply({ reply_to: first.id }), text('+447700900186')] });
    expect(many.body.results).toMatchObject([{ status: 'refused', errors: [refused] }, { status: 'accepted' }, { status: 'accepted' }]);
  });

  it('is refused when that one was taken back, but a repeat of it is a repeat', async () => {
    const first = (await send(text('+447700900181'))).body.id as string;
    const accepted = await send(reply({ reply_to: first }), { 'idempotency-key': 'quote-1' });
    const many = [reply({ reply_to: first, idempotency_key: 'quote-2' }), reply({ reply_to: first, text: 'Again' })];
    const bulked = await bulk({ messages: many }, '', { 'idempotency-key': 'quotes' });
    await rig.call('POST', `${of}/${first}/cancel`, { key: tenant.key });
    expect((await rig.call('POST', of, { key: tenant.key, body: reply({ reply_to: first }) })).body.code).toBe('reply_to_unknown');
    const repeated = await send(reply({ reply_to: first }), { 'idempotency-key': 'quote-1' });
    expect([repeated.status, repeated.body.id]).toEqual([202, accepted.body.id]);
    const again = await bulk({ messages: many }, '', { 'idempotency-key': 'quotes' });
    const ids = (answer: typeof again) => (answer.body.results as { id: string }[]).map(({ id }) => id);
    expect(ids(again)).toEqual(ids(bulked));
    expect(ids(await bulk({ messages: many.slice(0, 1) }))).toEqual(ids(bulked).slice(0, 1));
  });
});

describe('one message', () => {
  it('is shown with the names it was sent with', async () => {
    for (const content of [
      { type: 'text', text: 'Hello' },
      { type: 'image', url: 'https://example.com/a.jpg', caption: 'A', view_once: true },
      { type: 'document', url: 'https://example.com/a.pdf', file_name: 'a.pdf' },
      { type: 'poll', question: 'When?', options: ['7', '8'], multi_select: true },
    ]) {
      const sent = (await rig.call('POST', of, { key: tenant.key, body: { to: '+447700900101', ...content } })).body;
      expect(sent.type).toBe(content.type);
      const detail = await rig.call('GET', `${of}/${sent.id as string}`, { key: tenant.key });
      expect(detail.body).toMatchObject({ type: content.type, message: { content } });
      expect(detail.body).not.toHaveProperty('kind');
      expect(JSON.stringify(detail.body.message)).not.toMatch(/"kind"|viewOnce|fileName|multiSelect/);
    }
  });

  it('is found by any spelling of its recipient', async () => {
    const found = async (spelling: string) => {
      const reply = await rig.call('GET', `/v1/messages?to=${encodeURIComponent(spelling)}`, { key: tenant.key });
      return (reply.body.data as { to: string }[]).map(({ to }) => to);
    };
    await send(text('+447700900177'));
    await send(text('+5491112345678'));
    for (const spelling of ['+447700900177', '+44 7700 900177', '07700 900177', '00447700900177', '447700900177'])
      expect([spelling, await found(spelling)]).toEqual([spelling, ['+447700900177']]);
    for (const spelling of ['+5491112345678', '+54 11 1234-5678']) expect(await found(spelling)).toEqual(['+5491112345678']);
    expect(await found('+447700900178')).toEqual([]);
    const nobody = await rig.call('GET', '/v1/messages?to=nobody', { key: tenant.key });
    expect([nobody.status, nobody.body.code, nobody.body.errors]).toMatchObject([422, 'invalid_address', [{ path: 'to' }]]);
  });

  it('is refused with the facts of each fault, beside a sentence in English', async () => {
    const refused = await send({ to: '+447700900101', type: 'text', text: 'x'.repeat(5_000), class: 'urgent', send_at: 'soon', tags: 7 });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_body']);
    const message = expect.any(String) as string;
    expect(refused.body.errors).toEqual(
      expect.arrayContaining([
        { path: 'text', code: 'too_big', message, params: { maximum: 4_096, unit: 'characters' } },
        { path: 'class', code: 'invalid_value', message, params: { allowed: ['transactional', 'reply', 'drip', 'broadcast'] } },
        { path: 'send_at', code: 'invalid_format', message, params: { format: 'datetime' } },
        { path: 'send_at', code: 'custom', message: 'A time is within the years 1 to 9999.' },
        { path: 'tags', code: 'invalid_type', message, params: { expected: 'array' } },
      ]),
    );
  });

  it('is accepted, listed, looked up, explained and taken back', async () => {
    const accepted = await send(text('07700 900101', { client_ref: 'a-1', tags: ['x'], text: 'Grüße aus Köln' }));
    expect([accepted.status, accepted.body]).toMatchObject([202, { state: 'queued', to: '+447700900101' }]);
    const id = accepted.body.id as string;
    const path = `/v1/messages/${id}`;
    const get = (what = '') => rig.call('GET', path + what, { key: tenant.key, of: `/v1/messages/{id}${what}` });
    expect((await get()).body).toMatchObject({ id, to: '+447700900101', client_ref: 'a-1' });
    expect((await get('/why')).body).toMatchObject({ state: 'queued', ahead: 0 });
    for (const query of ['client_ref=a-1', 'tag=x', 'text=AUS%20KOLN', `session_id=${session.id}`, 'to=%2B447700900101', 'state=queued'])
      expect((await rig.call('GET', `${of}?${query}`, { key: tenant.key, of })).body.data).toMatchObject([{ id }]);
    for (const query of ['state=sent', 'text=aus%20Bonn'])
      expect((await rig.call('GET', `${of}?${query}`, { key: tenant.key, of })).body.data).toEqual([]);
    expect((await rig.call('GET', `${of}?text=%20a`, { key: tenant.key, of })).body).toMatchObject({
      status: 400,
      errors: [{ path: 'text' }],
    });
    const cancel = () => rig.call('POST', `${path}/cancel`, { key: tenant.key, of: '/v1/messages/{id}/cancel' });
    expect((await cancel()).body).toMatchObject({ state: 'cancelled' });
    expect((await cancel()).body).toMatchObject({ state: 'cancelled' });
    expect((await get('/why')).body).toMatchObject({ state: 'cancelled' });
  });

  it('with media at an address that users may not reach is refused, alone and in a row of many', async () => {
    const image = (url: string) => ({ to: '+447700900101', type: 'image', url });
    for (const url of [
      'http://169.254.169.254/latest/meta-data',
      'http://[::ffff:7f00:1]/a.png',
      'http://localhost/a.png',
      'https://u:p@example.com/a.png',
    ]) {
      const refused = await rig.call('POST', of, { key: tenant.key, of, body: image(url) });
      expect([refused.status, refused.body.errors]).toMatchObject([422, [{ path: 'url', code: 'url_not_allowed' }]]);
      const row = await rig.call('POST', '/v1/messages/bulk', { key: tenant.key, body: { messages: [image(url)] } });
      expect(row.text).toContain('url_not_allowed');
    }
  });

  it('says what it waits for, and until when', async () => {
    const { id } = (await send(text('+447700900101', { class: 'broadcast' }))).body as { id: string };
    const why = async () =>
      (await rig.call('GET', `/v1/messages/${id}/why`, { key: tenant.key, of: '/v1/messages/{id}/why' })).body as {
        waits_for: string[];
        earliest_slot_at: string;
      };
    const limits = (body: object) =>
      rig.call('PATCH', `/v1/sessions/${session.id}/limits`, { key: tenant.key, body, of: '/v1/sessions/{id}/limits' });
    const inMs = (at: string) => Date.parse(at) - Date.now();
    const hourMs = 3_600_000;

    const inThreeDays = new Date(Date.now() + 72 * hourMs).getUTCDay() || 7;
    await limits({ send_window: { days: [inThreeDays], from: '09:00', to: '18:00' } });
    let said = await why();
    expect(said.waits_for).toEqual(['send_window']);
    expect(inMs(said.earliest_slot_at)).toBeGreaterThan(47 * hourMs);
    await limits({ send_window: null });
    expect((await why()).waits_for).toEqual([]);

    expect(await limits({ cap_pool: 'uk' })).toMatchObject({ status: 422, body: { code: 'unknown_cap_pool' } });
    const pools = (method: string, body?: object) =>
      rig.call(method, '/v1/cap-pools/uk', { key: tenant.key, ...(body && { body }), of: '/v1/cap-pools/{name}' });
    await pools('PUT', { daily_cap: 40 });
    expect((await limits({ cap_pool: 'uk', daily_cap: 100 })).body).toMatchObject({ cap_pool: 'uk', left_today: 40 });
    await rig
      .get(Database)
      .query(`UPDATE cap_pools SET day_at = date_trunc('day', heliograph_now(), 'UTC'), day_used = 40 WHERE tenant_id = $1`, [tenant.id]);
    said = await why();
    expect(said.waits_for).toEqual(['hourly_or_daily_cap']);
    expect(new Date(said.earliest_slot_at).toISOString()).toMatch(/T00:00:00.000Z$/);
    expect((await rig.call('GET', '/v1/cap-pools', { key: tenant.key, of: '/v1/cap-pools' })).body.data).toMatchObject([
      { name: 'uk', left_today: 0, left_this_hour: null, sessions: 1 },
    ]);
    expect(await pools('DELETE')).toMatchObject({ status: 409, body: { code: 'cap_pool_in_use' } });
    await limits({ cap_pool: null });
    expect((await pools('DELETE')).status).toBe(204);
    expect((await pools('DELETE')).status).toBe(404);
  });

  it('comes in pages that neither repeat nor miss a row', async () => {
    await bulk({ messages: Array.from({ length: 25 }, (_, i) => text(`+4477009002${String(i).padStart(2, '0')}`)) });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { data: { id: string }[]; next_cursor: string | null } = (
        await rig.call('GET', `${of}?limit=10${cursor && `&cursor=${cursor}`}`, { key: tenant.key, of })
      ).body as never;
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect([seen.length, new Set(seen).size]).toEqual([25, 25]);
  });

  it('is stored once however often and wherever it is asked for with one key', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => send(text('+447700900101'), headers, i % 2)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect(replies.filter((reply) => reply.headers.get('idempotency-replayed') !== 'true')).toHaveLength(1);
    expect(await count()).toBe(1);
    const other = await send(text('+447700900102'), headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await send(text('+447700900101'), { 'idempotency-key': 'with space' })).status).toBe(400);
  });
});

describe('many messages', () => {
  it('get a verdict per row; the good ones are stored', async () => {
    const rows = [text('+447700900101'), text('nobody'), { ...text('+447700900102'), text: 5 }, text('+447700900103')];
    const reply = await bulk({ messages: rows });
    expect(reply.body).toMatchObject({ accepted: 2, refused: 2 });
    expect((reply.body.results as { status: string }[]).map(({ status }) => status)).toEqual([
      'accepted',
      'refused',
      'refused',
      'accepted',
    ]);
    expect(await count()).toBe(2);
    const group = await rig.call('GET', `/v1/groups/${reply.body.group_id as string}`, { key: tenant.key, of: '/v1/groups/{id}' });
    expect(group.status).toBe(200);
  });

  it('are paused, resumed, weighed and cancelled as one', async () => {
    const reply = await bulk({ messages: [text('+447700900101'), text('+447700900102')] });
    const path = `/v1/groups/${reply.body.group_id as string}`;
    const act = (method: string, act: string, body?: unknown) =>
      rig.call(method, `${path}${act}`, { key: tenant.key, of: `/v1/groups/{id}${act}`, ...(body ? { body } : {}) });
    expect((await act('POST', '/pause')).body).toMatchObject({ state: 'paused', counts: { queued: 2 } });
    const results = reply.body.results as { id: string }[];
    const why = await rig.call('GET', `/v1/messages/${results[0]?.id as string}/why`, { key: tenant.key, of: '/v1/messages/{id}/why' });
    expect(why.body.waits_for).toContain('group_paused');
    expect((await act('POST', '/resume')).body).toMatchObject({ state: 'open', paused_at: null });
    expect((await act('PATCH', '', { weight: 5, window_limit: 100, daily_cap: 7 })).body).toMatchObject({
      weight: 5,
      window_ms: 60_000,
      window_limit: 100,
      daily_cap: 7,
    });
    expect((await act('PATCH', '', { weight: 0 })).status).toBe(400);
    expect((await act('PATCH', '', { time_zone: 'Europe/Nowhere' })).status).toBe(400);
    expect((await act('POST', '/cancel')).body).toMatchObject({ state: 'cancelled' });
    const late = await act('POST', '/resume');
    expect([late.status, late.body.code]).toEqual([409, 'group_cancelled']);
    expect((await act('GET', '')).body).toMatchObject({ state: 'cancelled', weight: 5, total: 2 });
  });

  it('are stored all or none when asked so', async () => {
    const reply = await bulk({ atomic: true, messages: [text('+447700900101'), text('nobody')] });
    expect([reply.status, await count()]).toEqual([422, 0]);
    expect((await bulk({ atomic: true, messages: [text('+447700900101'), text('+447700900102')] })).body).toMatchObject({ accepted: 2 });
    const streamed = await bulk(
      [text('+447700900105'), text('nobody')].map((row) => JSON.stringify(row)).join('\n'),
      '?atomic=true',
      ndjson,
    );
    expect(lines(streamed).at(-1)).toMatchObject({ error: { code: 'rows_refused' } });
    expect(await count()).toBe(2);
  });

  it('come as lines of any number, wrong ones among them', async () => {
    const good = (i: number) => JSON.stringify(text(`+44770${String(8_000_000 + i)}`));
    const rows = Array.from({ length: 25_000 }, (_, i) => (i % 5_000 === 7 ? '{"to":' : good(i)));
    const reply = await bulk(`${rows.join('\n')}\n`, '', ndjson);
    const verdicts = lines(reply);
    expect(verdicts).toHaveLength(25_001);
    expect(verdicts.at(-1)).toMatchObject({ summary: { accepted: 24_995, refused: 5 } });
    expect(await count()).toBe(24_995);
  });

  it('of more than 10,000 rows, none, or no list are refused whole', async () => {
    for (const messages of [Array.from({ length: 10_001 }, () => text('+447700900101')), [], 'x', undefined]) {
      const reply = await bulk({ messages });
      expect([reply.status, await count()]).toEqual([400, 0]);
    }
  });

  it('asked for twice with one key are stored once', async () => {
    const body = { messages: Array.from({ length: 300 }, (_, i) => text(`+44770091${String(i).padStart(4, '0')}`)) };
    const headers = { 'idempotency-key': randomUUID() };
    const replies = await Promise.all(Array.from({ length: 6 }, () => bulk(body, '', headers)));
    expect(new Set(replies.map(({ body: { group_id } }) => group_id)).size).toBe(1);
    expect(replies.map(({ body: { accepted } }) => accepted)).toEqual(replies.map(() => 300));
    expect(await count()).toBe(300);
  });
});

describe('hooks', () => {
  const hook = (body: unknown, headers: Record<string, string> = { 'x-webhook-signature': session.secret }, path = session.hookPath) =>
    rig.call('POST', path, { body, headers, of: '/hooks/wasender/{token}' });
  const stored = () => rig.get(Database).query<{ body: string }>('SELECT body FROM hook_inbox WHERE tenant_id = $1', [tenant.id]);

  it('are stored as they come, without the secrets in them', async () => {
    const body = `{"event":"session.status", "sessionId":"${session.apiKey}","data":{"note":"${session.secret}"}}`;
    expect((await hook(body)).status).toBe(200);
    expect((await hook('not json at all')).status).toBe(200);
    const rows = await stored();
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(session.apiKey);
    expect(JSON.stringify(rows)).not.toContain(session.secret);
  });

  it('with a forged, missing or foreign secret, or for no session, are refused and not stored', async () => {
    const another = await rig.session(tenant.id);
    expect((await hook('{}', { 'x-webhook-signature': 'guess' })).status).toBe(401);
    expect((await hook('{}', {})).status).toBe(401);
    expect((await hook('{}', { 'x-webhook-signature': another.secret })).status).toBe(401);
    expect((await hook('{}', { 'x-webhook-signature': session.secret }, '/hooks/wasender/unknown')).status).toBe(404);
    expect((await hook(`"${'x'.repeat(1_100_000)}"`)).status).toBe(413);
    expect((await hook('')).status).toBe(400);
    expect(await stored()).toEqual([]);
  });
});

describe('keys', () => {
  it('that are revoked stop working on every pod', async () => {
    const made = await rig.call('POST', '/v1/api-keys', {
      key: tenant.key,
      body: { name: 'Short', scopes: ['messages:read'] },
      of: '/v1/api-keys',
    });
    const { secret: key, id } = made.body as { secret: string; id: string };
    const ask = (pod: number) => rig.call('GET', of, { key, pod, of });
    expect([(await ask(0)).status, (await ask(1)).status]).toEqual([200, 200]);
    expect((await rig.call('GET', '/v1/api-keys', { key: tenant.key, of: '/v1/api-keys' })).text).not.toContain(key);
    await rig.call('DELETE', `/v1/api-keys/${id}`, { key: tenant.key, of: '/v1/api-keys/{id}' });
    await until(async () => (await ask(0)).status === 401 && (await ask(1)).status === 401, 5_000);
  });
});
