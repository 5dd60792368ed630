import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import type { FaultKind } from '../apps/simulator/src/faults';
import { ApiRig, text } from './api/api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start({ WASENDER_SEND_TIMEOUT_MS: '1000', API_SURFACES: 'public,hooks' });
  await rig.work();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const of = '/v1/messages';
async function aSession() {
  const session = await rig.session(tenant.id);
  await rig.call('PATCH', `/v1/sessions/${session.id}/limits`, {
    key: tenant.key,
    body: { window_ms: 1_000, window_limit: 1_000, jitter_ms: 0 },
    of: '/v1/sessions/{id}/limits',
  });
  return session;
}
async function send(sessionId: string, to = '+447700900101', over: object = {}) {
  const answer = await rig.call('POST', of, { key: tenant.key, body: text(to, { session_id: sessionId, ...over }), of });
  if (answer.status !== 202) throw new Error(`Sending answered ${answer.status}: ${answer.text}`);
  return answer.body.id as string;
}
async function get(id: string) {
  const answer = await rig.call('GET', `${of}/${id}`, { key: tenant.key, of: `${of}/{id}` });
  if (answer.status !== 200) throw new Error(`Message ${id} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}
const reaches = (id: string, states: string[]) =>
  until(async () => {
    const message = await get(id);
    return states.includes(message.state as string) && message;
  }, 20_000);
const took = (sessionId: number) => rig.provider.simulator.ledger.acceptedOf(sessionId).length;
const timeline = (message: Record<string, unknown>) => message.timeline as { from: string; to: string; cause: string | null }[];

describe('a message on its way', () => {
  it('is called for, taken, bound to its WhatsApp id and read', async () => {
    const { id: sessionId, there } = await aSession();
    const message = await reaches(await send(sessionId), ['read']);
    expect(message).toMatchObject({
      attempts: 1,
      cause: null,
      provider_message_id: String(rig.provider.simulator.ledger.acceptedOf(there.id)[0]?.msgId),
    });
    const steps = timeline(message).map(({ from, to }) => `${from}>${to}`);
    expect(steps.slice(0, 2)).toEqual(['queued>calling', 'calling>sent']);
    expect(message.whatsapp_ids).toMatchObject([{ id: rig.provider.simulator.ledger.acceptedOf(there.id)[0]?.keyId }]);
    for (const at of ['sent_at', 'delivered_at', 'read_at']) expect(message[at]).not.toBeNull();
  });

  // What the provider does, whether it has the message, and what we know in the end.
  const faults: [FaultKind, number, string, string | null][] = [
    ['refuse-422', 0, 'failed', 'invalid_recipient'],
    ['refuse-success-false', 0, 'failed', 'refused'],
    ['refuse-error-member', 0, 'failed', 'refused'],
    ['accept-500', 1, 'read', null],
    ['accept-502-html', 1, 'read', null],
    ['accept-408', 1, 'read', null],
    ['accept-hang', 1, 'read', null],
    ['accept-cut', 1, 'read', null],
    ['accept-reset', 1, 'read', null],
    ['accept-cut-body', 1, 'read', null],
    ['accept-late', 1, 'read', null],
    ['accept-no-id', 1, 'read', null],
    ['accept-truncated', 1, 'read', null],
    ['accept-html-200', 1, 'read', null],
    ['fail-later', 1, 'failed', 'provider_error'],
    ['refuse-500', 0, 'uncertain', 'answer_lost'],
    ['refuse-hang', 0, 'uncertain', 'answer_lost'],
    ['refuse-cut', 0, 'uncertain', 'answer_lost'],
  ];
  // Six at once, each in a session of its own: ten sessions without an answer would open the breaker.
  const settled = new Map<FaultKind, { cause: string | null; copies: number; lines: number; calls: Record<string, unknown>[] }>();
  beforeAll(async () => {
    const settle = async ([kind, , state]: (typeof faults)[number]) => {
      const { id: sessionId, there } = await aSession();
      await rig.provider.control('POST', '/faults', { kind, sessionId: there.id, times: 1, delayMs: 1_500 });
      // A number that is not on WhatsApp is not written to again.
      const to = kind === 'refuse-422' ? '+447700900422' : '+447700900101';
      const { cause, calls } = await reaches(await send(sessionId, to, { text: `On ${kind}` }), [state]);
      // Another message of the lane is not held up by it, and its arrival shows that nobody tries the first again.
      await reaches(await send(sessionId, '+447700900102'), ['read']);
      const lines = rig.provider.simulator.ledger.lines.filter(
        (line) => line.sessionId === there.id && line.recipient.endsWith(to.slice(1)),
      );
      settled.set(kind, {
        cause: cause as string | null,
        calls: calls as Record<string, unknown>[],
        copies: took(there.id) - 1,
        lines: lines.length,
      });
    };
    for (let at = 0; at < faults.length; at += 6) await Promise.all(faults.slice(at, at + 6).map(settle));
  });

  it.each(faults)('on %s is in WhatsApp %i times and ends as %s', (kind, copies, _state, cause) => {
    expect(settled.get(kind)).toMatchObject({ copies, lines: 1, ...(cause && { cause }) });
  });

  it('shows each call with what the provider answered, but the answer only to who may see bodies', async () => {
    const callOf = (kind: FaultKind) => settled.get(kind)?.calls[0];
    expect(callOf('refuse-422')).toMatchObject({ attempt: 1, outcome: 'failed', http_status: 422, request: { to: '+447700900422' } });
    expect(JSON.parse(callOf('refuse-422')?.answer as string)).toMatchObject({ success: false });
    expect(callOf('accept-502-html')).toMatchObject({
      outcome: 'uncertain',
      http_status: 502,
      answer: expect.stringContaining('<html') as string,
    });
    expect(callOf('accept-hang')).toMatchObject({ outcome: 'uncertain', http_status: null, answer: null });
    expect(callOf('accept-hang')?.duration_ms).toBeGreaterThanOrEqual(1_000);

    const { id: sessionId, there } = await aSession();
    await rig.provider.control('POST', '/faults', { kind: 'refuse-success-false', sessionId: there.id, times: 1 });
    const id = await send(sessionId);
    const { calls } = await reaches(id, ['failed']);
    expect(calls).toMatchObject([{ http_status: 200, answer: expect.any(String) as string }]);
    const key = await rig.key(tenant.id, ['messages:read']);
    const { body } = await rig.call('GET', `${of}/${id}`, { key, of: `${of}/{id}` });
    expect(body.calls).toEqual((calls as object[]).map((call) => ({ ...call, answer: null })));
  });

  it('keeps the hooks that report on it, and shows them to its tenant alone', async () => {
    const { id: sessionId, there } = await aSession();
    const [id, neighbour] = [await send(sessionId), await send(sessionId, '+447700900102')];
    const { whatsapp_ids: keys } = await reaches(id, ['read']);
    await reaches(neighbour, ['read']);
    const hooksOf = (key: string) => rig.call('GET', `${of}/${id}/hooks`, { key, of: `${of}/{id}/hooks` });
    const hooks = (await hooksOf(tenant.key)).body.data as { event: string; says: string[]; body: string; received_at: string }[];
    expect(hooks.flatMap(({ says }) => says)).toEqual(expect.arrayContaining(['delivered', 'read']));
    for (const { body } of hooks) expect(body).toContain((keys as { id: string }[])[0]?.id);
    expect(hooks.map(({ received_at: at }) => at)).toEqual(hooks.map(({ received_at: at }) => at).toSorted());
    expect(JSON.stringify(hooks)).not.toContain(there.apiKey);

    const reader = await rig.key(tenant.id, ['messages:read']);
    expect((await hooksOf(reader)).body.data).toEqual(hooks.map((hook) => ({ ...hook, body: null })));
    const stranger = await rig.tenant();
    expect(await hooksOf(stranger.key)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('waits when the provider says 429, as long as it says, and costs no try', async () => {
    const { id: sessionId, there } = await aSession();
    await rig.provider.control('POST', '/faults', { kind: 'refuse-429', sessionId: there.id, times: 1, retryAfterS: 2 });
    const message = await reaches(await send(sessionId), ['read']);
    expect(timeline(message).map(({ cause }) => cause)).toContain('throttled');
    expect(message.calls).toMatchObject([
      { http_status: 429, retry_after_ms: 2_000 },
      { outcome: 'sent', http_status: 200, answer: null },
    ]);
    const why = await rig.call('GET', `${of}/${message.id as string}/why`, { key: tenant.key, of: `${of}/{id}/why` });
    const waits = why.body.waited as { reason: string; duration_ms: number }[];
    expect(waits.find(({ reason }) => reason === 'provider')?.duration_ms).toBeGreaterThanOrEqual(2_000);
    const lines = rig.provider.simulator.ledger.lines.filter((line) => line.sessionId === there.id);
    expect(lines.map(({ decision }) => decision)).toEqual([429, 'accepted']);
    expect(lines[1]!.monoMs - lines[0]!.monoMs).toBeGreaterThanOrEqual(2_000);
  });

  it('waits when calls before it were not answered: three in a row pause the lane, not lose the broadcast', async () => {
    const { id: sessionId, there } = await aSession();
    await rig.provider.control('POST', '/faults', { kind: 'refuse-500', sessionId: there.id, times: 3 });
    const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => send(sessionId, `+44770090012${i}`)));
    await until(async () => {
      const lane = (await rig.call('GET', `/v1/sessions/${sessionId}/lane`, { key: tenant.key, of: '/v1/sessions/{id}/lane' })).body;
      return lane.closed_reason === 'answer_lost';
    });
    const states = async () => (await Promise.all(ids.map(get))).map(({ state }) => state);
    expect((await states()).toSorted()).toEqual([...Array<string>(5).fill('queued'), ...Array<string>(3).fill('uncertain')]);
    await until(async () => (await states()).filter((state) => state === 'read').length === 5, 20_000);
    expect(took(there.id)).toBe(5);
  });

  it('waits while its session is disconnected or logged out, and goes when that is back', async () => {
    await Promise.all(
      (['disconnected', 'logged_out'] as const).map(async (status) => {
        const { id: sessionId, there } = await aSession();
        await rig.provider.control('PATCH', `/sessions/${there.id}`, { status });
        const ids = await Promise.all(Array.from({ length: 5 }, (_, i) => send(sessionId, `+44770090011${i}`)));
        // What a turn had claimed when the status was read is given back.
        await until(async () => {
          const answer = (await rig.call('GET', `${of}/${ids[4]}/why`, { key: tenant.key, of: `${of}/{id}/why` })).body;
          return answer.session_status === status && answer.state === 'queued';
        });
        expect(took(there.id)).toBe(0);
        await rig.provider.control('PATCH', `/sessions/${there.id}`, { status: 'connected' });
        for (const id of ids) await reaches(id, ['read']);
        expect(took(there.id)).toBe(5);
      }),
    );
  });

  it('waits when the key is refused, until there is another', async () => {
    const { id: sessionId, there } = await aSession();
    rig.provider.simulator.accounts.renewKey(there);
    const id = await send(sessionId);
    await until(
      async () =>
        (await rig.call('GET', `/v1/sessions/${sessionId}`, { key: tenant.key, of: '/v1/sessions/{id}' })).body.status === 'unauthorised',
    );
    expect((await get(id)).state).toBe('queued');
    await rig.call('PATCH', `/v1/sessions/${sessionId}`, { key: tenant.key, body: { api_key: there.apiKey }, of: '/v1/sessions/{id}' });
    await reaches(id, ['read']);
    expect(took(there.id)).toBe(1);
  });

  it('that expires before its turn is never called for', async () => {
    const { id: sessionId, there } = await aSession();
    await rig.call('POST', `/v1/sessions/${sessionId}/pause`, { key: tenant.key, of: '/v1/sessions/{id}/pause' });
    const id = await send(sessionId, '+447700900101', { expires_at: new Date(Date.now() + 1_500).toISOString() });
    const later = await send(sessionId, '+447700900102');
    await until(
      async () =>
        Number(
          (
            await rig
              .get(Database)
              .query<{ n: string }>(`SELECT count(*) AS n FROM messages WHERE id = $1 AND expires_at < heliograph_now()`, [id])
          )[0]?.n,
        ) === 1,
    );
    await rig.call('POST', `/v1/sessions/${sessionId}/resume`, { key: tenant.key, of: '/v1/sessions/{id}/resume' });
    await reaches(id, ['expired']);
    await reaches(later, ['read']);
    expect(took(there.id)).toBe(1);
  });

  it('of the same words to the same person goes once within the window; the other is refused with its reason', async () => {
    const { id: sessionId, there } = await aSession();
    const ids = await Promise.all(Array.from({ length: 20 }, () => send(sessionId, '+447700900101', { class: 'broadcast' })));
    const states = await Promise.all(ids.map((id) => reaches(id, ['read', 'suppressed', 'failed'])));
    expect(states.filter(({ state }) => state === 'read')).toHaveLength(1);
    expect(new Set(states.filter(({ state }) => state !== 'read').map(({ cause }) => cause))).toEqual(new Set(['duplicate_content']));
    expect(took(there.id)).toBe(1);
  });

  it('is handled once, whatever hooks are lost, doubled or out of order', async () => {
    const { id: sessionId, there } = await aSession();
    await rig.provider.control('PATCH', '/config', { hookDuplicateRate: 0.5, hookDisorderMs: 200 });
    const ids = await Promise.all(Array.from({ length: 50 }, (_, i) => send(sessionId, `+447700901${String(i).padStart(3, '0')}`)));
    for (const id of ids) await reaches(id, ['read']);
    await rig.provider.control('PATCH', '/config', { hookDuplicateRate: 0, hookDisorderMs: 0 });
    expect(took(there.id)).toBe(50);
  });
});

describe('channels', () => {
  it('that hooks name are listed, with whether the session may post', async () => {
    const { id: sessionId, there } = await aSession();
    const [mine, theirs] = ['120363990000000001@newsletter', '120363990000000002@newsletter'];
    await reaches(await send(sessionId, mine), ['sent', 'delivered', 'read']);
    await rig.provider.control('POST', `/inject/${there.id}/inbound`, {
      from: theirs,
      text: 'A post',
      events: ['messages-newsletter.received'],
    });
    const list = (query: string, key = tenant.key) => rig.call('GET', `/v1/channels?${query}`, { key, of: '/v1/channels' });
    const all = await until(async () => {
      const { data } = (await list(`session_id=${sessionId}`)).body as { data: object[] };
      return data.length === 2 && data;
    }, 20_000);
    const at = expect.any(String) as string;
    expect(all).toMatchObject([
      { id: mine, session_id: sessionId, posted_at: at },
      { id: theirs, session_id: sessionId, posted_at: null, heard_at: at },
    ]);
    const first = (await list('limit=1')).body;
    const second = (await list(`limit=1&cursor=${encodeURIComponent(first.next_cursor as string)}`)).body;
    expect([first.data, second.data].flat()).toEqual(all);
    expect(second.next_cursor).toBeNull();
    expect((await list('', (await rig.tenant()).key)).body.data).toEqual([]);
    expect(await list('cursor=nonsense')).toMatchObject({ status: 400, body: { errors: [{ path: 'cursor' }] } });
  });
});
