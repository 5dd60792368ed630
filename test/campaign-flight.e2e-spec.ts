import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig } from './api/api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start({ API_SURFACES: 'public,hooks' });
  await rig.work();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const call = async (method: string, path: string, body?: unknown) => {
  const reply = await rig.call(method, path, { key: tenant.key, ...(body !== undefined && { body }) });
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
  return reply.body;
};

async function aSession(over: object) {
  const session = await rig.session(tenant.id);
  await rig.call('PATCH', `/v1/sessions/${session.id}/limits`, {
    key: tenant.key,
    body: { jitter_ms: 0, ...over },
    of: '/v1/sessions/{id}/limits',
  });
  return session;
}

/** A list of new contacts who agreed to marketing. */
async function aList(count: number, from: number): Promise<string> {
  const list = await call('POST', '/v1/contact-lists', { name: `List ${from}` });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const { id } = await call('PUT', '/v1/contacts', { addresses: [`+${from + i}`], name: `Person ${i}` });
    await call('POST', `/v1/contacts/${id as string}/consents`, { action: 'opt_in', source: 'form' });
    ids.push(id as string);
  }
  await call('POST', `/v1/contact-lists/${list.id as string}/members`, { ids });
  return list.id as string;
}

async function aCampaign(listId: string, sessionIds: string[], over: object = {}): Promise<string> {
  const template = await call('POST', '/v1/templates', { name: 'Summer', content: { type: 'text', text: 'Hello {{ contact.name }}!' } });
  const campaign = await call('POST', '/v1/campaigns', {
    name: 'Summer sale',
    audience: { include: [{ kind: 'list', id: listId }] },
    message: { template_id: template.id },
    numbers: { session_ids: sessionIds },
    ...over,
  });
  return campaign.id as string;
}

const stateOf = async (id: string) => (await call('GET', `/v1/campaigns/${id}`)).state as string;
const accepted = (sessions: { there: { id: number } }[]) =>
  sessions.flatMap(({ there }) => rig.provider.simulator.ledger.acceptedOf(there.id));

/** Ms after the acknowledgement of a pause or a cancellation from which nothing is accepted any more, as the product promises. */
const promiseMs = 2_000;

/** A number besides, which sends a message a second. @returns the function that waits until it has sent some more, for longer than the promise */
async function othersGoOn(count: number, from: number): Promise<() => Promise<void>> {
  const besides = await aSession({ window_ms: 1_000, window_limit: 1 });
  const messages = Array.from({ length: count }, (_, i) => ({
    ...{ to: `+${from + i}`, type: 'text', text: 'Besides', session_id: besides.id, class: 'broadcast' },
  }));
  const { accepted: taken } = await call('POST', '/v1/messages/bulk', { messages });
  expect(taken).toBe(count);
  return async () => {
    const before = accepted([besides]).length;
    await until(() => accepted([besides]).length >= before + 4, 60_000);
  };
}

describe('a campaign', () => {
  it('is checked, launched and sent to each person once', async () => {
    const session = await aSession({ window_ms: 1_000, window_limit: 1_000 });
    const id = await aCampaign(await aList(5, 447_700_910_000), [session.id]);
    const check = await call('POST', `/v1/campaigns/${id}/check`);
    expect(check).toMatchObject({ audience: 5, sendable: 5, skips: {}, ready: true, needs_approval: false, state: 'checked' });
    const launched = await call('POST', `/v1/campaigns/${id}/launch`, { expect_people: 5 });
    expect(launched).toMatchObject({ state: 'scheduled', run: { template_version: 1, messages: 0 } });
    await until(async () => (await stateOf(id)) === 'completed', 60_000);
    const texts = accepted([session]).map(({ content }) => content.text);
    expect(texts.sort()).toEqual(Array.from({ length: 5 }, (_, i) => `Hello Person ${i}!`));
    const kinds = ((await call('GET', `/v1/campaigns/${id}/log`)).data as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds.reverse()).toEqual(['created', 'checked', 'launched', 'started', 'expanded', 'completed']);
  }, 120_000);

  it('that is paused and resumed at random moments repeats nobody and skips nobody', async () => {
    const cycles = 100;
    const sessions = [await aSession({ window_ms: 1_000, window_limit: 10 }), await aSession({ window_ms: 1_000, window_limit: 10 })];
    const people = 60;
    const ids = sessions.map((one) => one.id);
    const id = await aCampaign(await aList(people, 447_700_920_000), ids);
    const goOn = await othersGoOn(400, 447_700_981_000);
    await call('POST', `/v1/campaigns/${id}/launch`, {});
    const held: { fromMs: number; untilMs: number }[] = [];
    const calling = async () =>
      (await rig.get(Database).query(`SELECT 1 FROM messages WHERE group_id = $1 AND state IN ('claimed', 'calling')`, [id])).length;
    for (let i = 0; i < cycles && (await stateOf(id)) !== 'completed'; i++) {
      const paused = await rig.call('POST', `/v1/campaigns/${id}/pause`, { key: tenant.key });
      const fromMs = Date.now();
      // The last message may have been sent in between.
      if (paused.status === 409) break;
      // Calls under way end; nothing follows them, also in the time of several messages.
      await until(async () => (await calling()) === 0, 10_000);
      if (i % 10 === 0) {
        await goOn();
        held.push({ fromMs, untilMs: Date.now() });
      }
      if ((await rig.call('POST', `/v1/campaigns/${id}/resume`, { key: tenant.key })).status === 409) break;
      await rig.get(Database).query(`SELECT pg_sleep($1::float8)`, [Math.random() * 0.1]);
    }
    await until(async () => (await stateOf(id)) === 'completed', 60_000);
    expect(held.some(({ fromMs, untilMs }) => untilMs > fromMs + promiseMs)).toBe(true);
    const late = accepted(sessions).filter(({ wallMs }) =>
      held.some(({ fromMs, untilMs }) => wallMs > fromMs + promiseMs && wallMs < untilMs),
    );
    expect(late).toEqual([]);
    const recipients = accepted(sessions).map(({ recipient }) => recipient);
    expect(recipients).toHaveLength(people);
    expect(new Set(recipients).size).toBe(people);
  }, 240_000);

  it('that is cancelled sends nothing later than 2 s after the answer, and its messages end', async () => {
    const session = await aSession({ window_ms: 1_000, window_limit: 10 });
    const people = 80;
    const id = await aCampaign(await aList(people, 447_700_930_000), [session.id]);
    const goOn = await othersGoOn(20, 447_700_985_000);
    await call('POST', `/v1/campaigns/${id}/launch`, {});
    await until(() => accepted([session]).length > 5, 30_000);
    expect((await call('POST', `/v1/campaigns/${id}/cancel`)).state).toBe('cancelled');
    const fromMs = Date.now();
    await goOn();
    expect(Date.now()).toBeGreaterThan(fromMs + promiseMs);
    await until(async () => {
      const { counts } = await call('GET', `/v1/groups/${id}`);
      const { cancelled = 0, queued = 0, claimed = 0, calling = 0 } = counts as Record<string, number>;
      return cancelled > 0 && queued + claimed + calling === 0;
    }, 60_000);
    expect(accepted([session]).filter(({ wallMs }) => wallMs > fromMs + promiseMs)).toEqual([]);
    expect(accepted([session]).length).toBeLessThan(people);
    expect((await rig.call('POST', `/v1/campaigns/${id}/resume`, { key: tenant.key })).body).toMatchObject({ code: 'campaign_state' });
  }, 120_000);
});
