import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Subjects } from '@heliograph/contacts';
import { BrokerPoison, brokersConfig, EventIntake, Events, type RabbitmqSourceConfig } from '@heliograph/ingestion';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { Tenants } from '@heliograph/tenants';
import { Receiver } from '@heliograph/webhooks/testing';
import { RabbitmqSource } from '../libs/ingestion/src/brokers/rabbitmq-source';
import { redact } from '../libs/kernel/src/logging/redact';
import { ApiRig } from './api/api-rig';
import { wrongWith } from './api/document';

let receiver: Receiver;
let rig: ApiRig;
beforeAll(async () => {
  receiver = await Receiver.start();
  rig = await ApiRig.start({ EGRESS_ALLOWED: receiver.address, CALLBACK_SCHEDULE_S: '0.2' });
  // Two workers: only one of them reads events.
  await rig.work();
  await rig.work();
});
afterAll(async () => {
  await rig.stop();
  await receiver.close();
});

const phone = '+447700900101';
const schema = {
  type: 'object',
  properties: { first_name: { type: 'string' }, plan: { enum: ['free', 'pro'] } },
  required: ['first_name'],
};

/** A tenant with a session, a known event and one rule. */
async function anAgency(rule: object | null = {}) {
  const tenant = await rig.tenant();
  const session = await rig.session(tenant.id);
  const call = async (method: string, path: string, body?: unknown, of = path.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/g, '{id}')) =>
    rig.call(method, path, { key: tenant.key, of, ...(body !== undefined && { body }) });
  const known = (name = 'user_onboarded', over: object = {}) =>
    call('PUT', `/v1/event-types/${name}`, { schema, ...over }, '/v1/event-types/{name}');
  expect((await known()).status).toBe(200);
  await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_limit: 0 });
  const make = (over: object) =>
    call('POST', '/v1/event-rules', {
      name: 'Welcome',
      event: 'user_onboarded',
      actions: [{ type: 'send_message', message: { type: 'text', text: 'Welcome, {{ payload.first_name }}!' } }],
      ...over,
    });
  const made = rule && (await make(rule));
  if (made) expect(made.status).toBe(201);
  const send = (over: object = {}) =>
    call('POST', '/v1/events', { name: 'user_onboarded', id: randomUUID(), subject: { phone }, payload: { first_name: 'Priya' }, ...over });
  const read = (id: unknown) =>
    until(async () => {
      const event = (await call('GET', `/v1/events/${id as string}`)).body;
      return event.state !== 'received' && (event as unknown as EventBody);
    });
  const texts = () => rig.provider.simulator.ledger.acceptedOf(session.there.id).map((line) => line.content.text);
  return { tenant, session, call, known, make, rule: made?.body as unknown as { id: string; version: number }, send, read, texts };
}

/** A schema that takes 2^steps checks. */
function doubling(steps: number) {
  const twice = (i: number) => ({ allOf: [{ $ref: `#/$defs/a${i}` }, { $ref: `#/$defs/a${i}` }] });
  const defs = Array.from({ length: steps }, (_, i) => [`a${i}`, i + 1 < steps ? twice(i + 1) : { minProperties: 0 }]);
  return { ...twice(0), $defs: Object.fromEntries(defs) as object };
}

interface EventBody {
  state: string;
  reason: string | null;
  detail: string | null;
  contact_id: string;
  results: { rule_id: string; rule_version: number; outcome: string; detail: string | null; message_ids: string[] }[];
}

describe('an event', () => {
  it('makes the message its rule says, once however often it is sent, and the message says what made it', async () => {
    const { call, send, read, texts, rule } = await anAgency();
    const id = randomUUID();
    const first = await send({ id });
    expect(first).toMatchObject({ status: 202, body: { event_key: id, name: 'user_onboarded', state: 'received' } });
    const again = await Promise.all(Array.from({ length: 20 }, () => send({ id })));
    expect(new Set(again.map((reply) => reply.body.id))).toEqual(new Set([first.body.id]));
    expect(again.every((reply) => reply.headers.get('idempotency-replayed') === 'true')).toBe(true);
    await until(async () => (await call('GET', `/v1/events/${first.body.id as string}`)).body.repeats === 20);
    expect((await call('GET', '/v1/events?repeated=true')).body.data).toHaveLength(1);
    expect((await call('GET', '/v1/events?repeated=false')).body.data).toEqual([]);
    expect(await send({ id, payload: { first_name: 'Ada' } })).toMatchObject({ status: 422, body: { code: 'event_id_reused' } });
    const event = await read(first.body.id);
    expect(event).toMatchObject({ state: 'done', results: [{ rule_id: rule.id, rule_version: 1, outcome: 'acted' }] });
    await until(() => texts().length > 0);
    const [messageId] = event.results[0]?.message_ids as string[];
    const message = (await call('GET', `/v1/messages/${messageId}`)).body;
    expect(message.origin).toEqual({ kind: 'rule', event_id: first.body.id, rule_id: rule.id, rule_version: 1 });
    await send();
    await until(() => texts().length === 2);
    expect(texts()).toEqual(['Welcome, Priya!', 'Welcome, Priya!']);
  });

  it('that nobody knows, or that does not fit, is kept with the reason, is a dead letter, and acts after the fix when it is replayed', async () => {
    const { call, send, read, texts, known, make } = await anAgency();
    const unknown = await send({ name: 'cart_abandoned' });
    const invalid = await send({ payload: { plan: 'gold' } });
    expect(await read(unknown.body.id)).toMatchObject({ state: 'rejected', reason: 'unknown_event' });
    expect(await read(invalid.body.id)).toMatchObject({
      state: 'rejected',
      reason: 'invalid_payload',
      detail: expect.stringContaining('payload') as string,
    });
    const causes = (await call('GET', '/v1/dead-letters?kind=event')).body.data as { cause: string }[];
    expect(causes.map((letter) => letter.cause).toSorted()).toEqual(['invalid_payload', 'unknown_event']);
    expect((await call('GET', '/v1/events?state=rejected&reason=unknown_event')).body.data).toHaveLength(1);

    await known('cart_abandoned', { schema: {} });
    await make({ event: 'cart_abandoned', actions: [{ type: 'send_message', message: { type: 'text', text: 'Your cart waits' } }] });
    expect((await call('POST', '/v1/events/replay', { state: 'rejected', reason: 'unknown_event' })).body).toEqual({ replayed: 1 });
    expect(await read(unknown.body.id)).toMatchObject({ state: 'done' });
    await known('user_onboarded', { schema: {} });
    const letter = ((await call('GET', '/v1/dead-letters?kind=event')).body.data as { id: string }[])[0];
    await call('POST', `/v1/dead-letters/${letter?.id}/redrive`, {});
    // The template names what the payload lacks.
    expect(await read(invalid.body.id)).toMatchObject({
      state: 'failed',
      reason: 'rule_failed',
      detail: expect.stringContaining('first_name') as string,
    });
    await until(() => texts().length === 1);
    expect(texts()).toEqual(['Your cart waits']);
  });

  it('is followed by the rules that hold: a condition, an age, a version', async () => {
    const { call, send, read, rule } = await anAgency({ condition: "payload.plan == 'pro' && !('vip' in contact.tags)", max_age_s: 3_600 });
    const outcomeOf = async (over: object) => (await read((await send(over)).body.id)).results[0];
    expect(await outcomeOf({ payload: { first_name: 'A', plan: 'free' } })).toMatchObject({ outcome: 'not_matched' });
    expect(await outcomeOf({ payload: { first_name: 'A', plan: 'pro' } })).toMatchObject({ outcome: 'acted', rule_version: 1 });
    expect(await outcomeOf({ payload: { first_name: 'A', plan: 'pro' }, occurred_at: '2020-01-01T00:00:00Z' })).toMatchObject({
      outcome: 'not_matched',
    });
    expect(await outcomeOf({ payload: { first_name: 'A' } })).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('plan') as string,
    });
    const changed = await call('PATCH', `/v1/event-rules/${rule.id}`, { condition: null });
    expect(changed.body).toMatchObject({ version: 2, condition: null, max_age_s: 3_600 });
    expect(await outcomeOf({})).toMatchObject({ outcome: 'acted', rule_version: 2 });
    await call('PATCH', `/v1/event-rules/${rule.id}`, { is_active: false });
    expect((await read((await send()).body.id)).results).toEqual([]);
    expect((await call('GET', `/v1/event-rules/${rule.id}/versions`)).body.data).toMatchObject([
      { version: 3 },
      { version: 2 },
      { version: 1 },
    ]);
    expect((await call('DELETE', `/v1/event-rules/${rule.id}`)).status).toBe(204);
    expect((await call('GET', `/v1/event-rules/${rule.id}`)).status).toBe(404);
  });

  it('knows its subject by number, privacy id or the core application’s own id, and sets what its rules say of them', async () => {
    const { call, send, read, texts } = await anAgency({
      actions: [
        { type: 'set_attributes', attributes: { plan: 'payload.plan', logins: 'payload.logins * 2.0', visited: 'true' } },
        { type: 'send_message', message: { type: 'text', text: 'Seen: {{ contact.attributes.plan | default: "never" }}' } },
      ],
    });
    const payload = { first_name: 'Priya', plan: 'pro', logins: 2 };
    const first = await read((await send({ subject: { phone: '07700 900101', external_id: 'user-1' }, payload })).body.id);
    const second = await read((await send({ subject: { external_id: 'user-1' }, payload })).body.id);
    expect(second).toMatchObject({ state: 'done', contact_id: first.contact_id });
    const contact = (await call('GET', `/v1/contacts/${first.contact_id}`)).body;
    expect(contact).toMatchObject({ external_id: 'user-1', addresses: [phone], attributes: { plan: 'pro', logins: 4, visited: true } });
    expect(await read((await send({ subject: { external_id: 'user-2' }, payload })).body.id)).toMatchObject({
      state: 'rejected',
      reason: 'unknown_subject',
    });
    expect(await read((await send({ subject: { phone: '12' }, payload })).body.id)).toMatchObject({
      state: 'rejected',
      reason: 'invalid_subject',
    });
    const byLid = await read((await send({ subject: { lid: '109999@lid' }, payload })).body.id);
    expect(byLid.state).toBe('done');
    await until(() => texts().length === 3);
    expect(texts().toSorted()).toEqual(['Seen: never', 'Seen: never', 'Seen: pro']);
  });

  it('sets no attribute to what it is not declared to hold, says so, and does the rest', async () => {
    const { call, send, read } = await anAgency({
      actions: [{ type: 'set_attributes', attributes: { plan: 'payload.plan', visited: 'true' } }],
    });
    await call('PUT', '/v1/contact-attributes/plan', { type: 'number' }, '/v1/contact-attributes/{name}');
    const event = await read((await send({ subject: { phone }, payload: { first_name: 'Priya', plan: 'pro' } })).body.id);
    expect(event).toMatchObject({ state: 'done', results: [{ outcome: 'acted', detail: 'plan holds a number.' }] });
    expect((await call('GET', `/v1/contacts/${event.contact_id}`)).body.attributes).toEqual({ visited: true });
  });

  it('can be tried: what it would do is said, and nothing is done', async () => {
    const { tenant, call, session } = await anAgency();
    const event = { name: 'user_onboarded', id: 'try', subject: { phone: '+447700900177' }, payload: { first_name: 'Priya' } };
    const tried = await call('POST', '/v1/events/dry-run', { event });
    expect(tried.body).toMatchObject({
      rejected: null,
      contact: { address: '+447700900177' },
      rules: [
        {
          outcome: 'matched',
          actions: [
            { type: 'send_message', to: '+447700900177', message: { content: { text: 'Welcome, Priya!' } }, session_id: session.id },
          ],
        },
      ],
    });
    const rule = {
      name: 'New',
      event: 'user_onboarded',
      condition: 'payload.plan == "pro"',
      actions: [{ type: 'set_attributes', attributes: { a: '1' } }],
    };
    expect((await call('POST', '/v1/events/dry-run', { event, rule })).body.rules).toMatchObject([{ rule_version: 0, outcome: 'failed' }]);
    expect((await call('POST', '/v1/events/dry-run', { event: { ...event, name: 'nothing' } })).body.rejected).toMatchObject({
      reason: 'unknown_event',
    });
    const [rows] = await rig.get(Database).query<{ n: number }>(
      `SELECT (SELECT count(*) FROM events WHERE tenant_id = $1) + (SELECT count(*) FROM messages WHERE tenant_id = $1) + (SELECT count(*) FROM contacts WHERE tenant_id = $1)
         + (SELECT count(*) FROM contact_routes WHERE tenant_id = $1) AS n`,
      [tenant.id],
    );
    expect(Number(rows?.n)).toBe(0);
  });

  it('comes in batches, a verdict each, as JSON and as lines', async () => {
    const { tenant, call, texts, read } = await anAgency();
    const event = (i: number) => ({
      name: 'user_onboarded',
      id: `batch-${i}`,
      subject: { phone: `+4477009001${String(i).padStart(2, '0')}` },
      payload: { first_name: `N${i}` },
    });
    const batch = await call('POST', '/v1/events/batch', {
      events: [event(0), { ...event(1), subject: {} }, 7, event(0), { ...event(0), payload: {} }],
    });
    expect(batch.body).toMatchObject({ accepted: 1, duplicates: 1, refused: 3 });
    expect((batch.body.results as { errors?: { path: string }[] }[]).map((r) => r.errors?.[0]?.path)).toEqual([
      undefined,
      'subject',
      '',
      undefined,
      'id',
    ]);
    const lines = [event(0), event(2), event(3)].map((e) => JSON.stringify(e)).join('\n');
    const stream = await rig.call('POST', '/v1/events/batch', {
      key: tenant.key,
      of: '/v1/events/batch',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${lines}\nnonsense\n`,
    });
    const verdicts = stream.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status?: string; id?: string; summary?: object });
    expect(verdicts.map((v) => v.status)).toEqual(['duplicate', 'accepted', 'accepted', 'refused', undefined]);
    expect(verdicts.at(-1)?.summary).toEqual({ accepted: 2, duplicates: 1, refused: 1 });
    expect(wrongWith(['components', 'schemas', 'EventVerdict'], verdicts[1])).toBeNull();
    await read(verdicts[2]?.id);
    await until(() => texts().length === 3);
  });

  it('reaches only those who may be reached: opted out, the message is suppressed and told so', async () => {
    const { call, session, send, read } = await anAgency();
    await rig.provider.control('POST', `/inject/${session.there.id}/inbound`, { from: phone.slice(1), text: 'STOP' });
    await until(async () => ((await call('GET', '/v1/suppressions')).body.data as unknown[]).length > 0);
    const event = await read((await send()).body.id);
    const id = event.results[0]?.message_ids[0] as string;
    await until(async () => (await call('GET', `/v1/messages/${id}`)).body.cause === 'opted_out');
  });

  it('does not find a new number for who opts out meanwhile: that number is held back too', async () => {
    const { tenant, call, send, read, session } = await anAgency();
    await read((await send({ subject: { phone, external_id: 'user-1' } })).body.id);
    const db = rig.get(Database);
    const newNumber = '+447700900155';
    await db.transaction(async (tx) => {
      const subject = { tenantId: tenant.id, phone: newNumber, lid: null, externalId: 'user-1', contactId: null };
      expect((await rig.get(Subjects).find(tx, [subject])).found).toMatchObject([{ address: newNumber }]);
      await rig.provider.control('POST', `/inject/${session.there.id}/inbound`, { from: phone.slice(1), text: 'STOP' });
      await until(
        async () =>
          (await db.query(`SELECT FROM suppressions WHERE tenant_id = $1 UNION ALL SELECT FROM pg_locks WHERE NOT granted`, [tenant.id]))
            .length > 0,
      );
    });
    const suppressed = async () => ((await call('GET', '/v1/suppressions')).body.data as { address: string }[]).map((s) => s.address);
    await until(async () => (await suppressed()).includes(phone));
    expect(await suppressed()).toContain(newNumber);
  });

  it('of a suspended tenant waits, costs no try, and acts when the tenant is back', async () => {
    const { tenant, read } = await anAgency();
    await rig.get(Tenants).setSuspended(tenant.id, true);
    const body = { name: 'user_onboarded', id: 'held', subject: { phone }, payload: { first_name: 'Priya' } };
    const { id } = await rig.get(EventIntake).accept(tenant.id, body, { source: 'api' });
    expect((await rig.get(Events).waiting(1_000)).filter((event) => event.tenantId === tenant.id)).toEqual([]);
    expect((await rig.get(Events).get(tenant.id, id)).state).toBe('received');
    await rig.get(Tenants).setSuspended(tenant.id, false);
    expect(await read(id)).toMatchObject({ state: 'done', results: [{ outcome: 'acted' }] });
  });
});

describe('an event that is read again', () => {
  it('does not set again what was set since', async () => {
    const { call, read, send } = await anAgency({
      condition: "payload.plan == 'pro'",
      actions: [{ type: 'set_attributes', attributes: { plan: 'payload.plan', odd: '"\\u0000!"' } }],
    });
    const { id } = (await send({ payload: { first_name: 'Priya', plan: 'pro' } })).body;
    const { contact_id: contactId } = await read(id);
    await call('PATCH', `/v1/contacts/${contactId}`, { attributes: { plan: 'enterprise' } });
    expect((await call('POST', '/v1/events/replay', { event_ids: [id] })).body).toEqual({ replayed: 1 });
    expect(await read(id)).toMatchObject({ state: 'done', results: [{ outcome: 'acted' }] });
    expect((await call('GET', `/v1/contacts/${contactId}`)).body.attributes).toEqual({ plan: 'enterprise', odd: '!' });
  });
});

describe('an event that is corrected', () => {
  it('acts by its corrected parts, keeps what was sent, and is still known when it is sent again', async () => {
    const { call, send, read, texts } = await anAgency();
    const id = randomUUID();
    const sent = { id, name: 'user_onborded', payload: { first_name: 'Priya' } };
    const first = (await send(sent)).body.id as string;
    expect(await read(first)).toMatchObject({ state: 'rejected', reason: 'unknown_event' });
    const { status, body } = await call('PATCH', `/v1/events/${first}`, { name: 'user_onboarded', payload: { first_name: 'Ada' } });
    expect([status, body.state]).toEqual([200, 'received']);
    expect(await read(first)).toMatchObject({
      state: 'done',
      name: 'user_onboarded',
      payload: { first_name: 'Ada' },
      original: { name: 'user_onborded', subject: { phone }, payload: { first_name: 'Priya' } },
      corrected_by: { kind: 'key' },
      corrected_at: expect.any(String) as string,
    });
    await until(() => texts().length > 0);
    expect(texts()).toEqual(['Welcome, Ada!']);
    expect((await call('GET', '/v1/dead-letters?kind=event')).body.data).toEqual([]);
    expect((await send(sent)).body.id).toBe(first);
    expect(await send({ ...sent, name: 'user_onboarded' })).toMatchObject({ status: 422, body: { code: 'event_id_reused' } });
  });

  it('must be a rejected one, and a correction must be a sound event', async () => {
    const { call, send, read } = await anAgency();
    const done = (await send()).body.id as string;
    await read(done);
    expect(await call('PATCH', `/v1/events/${done}`, { payload: {} })).toMatchObject({ status: 409, body: { code: 'not_rejected' } });
    expect(await call('PATCH', `/v1/events/${randomUUID()}`, { payload: {} })).toMatchObject({ status: 404 });
    for (const body of [{}, { name: 'no name' }, { subject: {} }, { payload: [] }, { id: 'x' }])
      expect([body, (await call('PATCH', `/v1/events/${done}`, body)).status]).toEqual([body, 400]);
    expect((await call('POST', '/v1/events/replay', { state: 'done', dry_run: true })).body).toEqual({ replayed: 0, matching: 1 });
    expect(await call('POST', '/v1/events/replay', { dry_run: true })).toMatchObject({ status: 400 });
  });
});

describe('a rule that was asked', () => {
  it('says how often each of its versions matched, did not match and failed', async () => {
    const { call, send, read, rule } = await anAgency({ condition: "payload.plan == 'pro'" });
    const path = `/v1/event-rules/${rule.id}`;
    const counts = async () => (await call('GET', path)).body.counts;
    expect(await counts()).toEqual({ matched: 0, not_matched: 0, failed: 0, last_matched_at: null, last_at: null });
    for (const plan of ['pro', 'free', 'pro']) await read((await send({ payload: { first_name: 'Priya', plan } })).body.id);
    await read((await send()).body.id);
    expect(await counts()).toMatchObject({ matched: 2, not_matched: 1, failed: 1, last_matched_at: expect.any(String) as string });
    await call('PATCH', path, { condition: null });
    await read((await send()).body.id);
    expect(await counts()).toMatchObject({ matched: 1, not_matched: 0, failed: 0 });
    const versions = (await call('GET', `${path}/versions`)).body.data as { version: number; counts: { matched: number } }[];
    expect(versions.map(({ version, counts: { matched } }) => [version, matched])).toEqual([
      [2, 1],
      [1, 2],
    ]);
  });
});

describe('a dead letter that is pressed 20 times at once', () => {
  it('acts once: of an event, and of a message of a broker', async () => {
    const { tenant, call, make, send, read, texts } = await anAgency(null);
    await make({ event: 'late', actions: [{ type: 'send_message', message: { type: 'text', text: 'On {{ event.id }}' } }] });
    const { id } = (await send({ id: 'rest', name: 'late', payload: {} })).body;
    await read(id);
    const broker = (key: string) => ({
      tenantId: tenant.id,
      source: 'orders',
      naturalKey: 'message-1',
      contentType: null,
      headers: {},
      body: Buffer.from(
        JSON.stringify({ specversion: '1.0', type: 'event', source: '/shop', data: { id: key, name: 'late', subject: { phone } } }),
      ),
      reason: 'invalid_message',
    });
    const fault = { cause: 'refused_broker_message', reason: 'invalid_message', detail: '' } as const;
    const poison = rig.get(BrokerPoison);
    await poison.keep(broker('broker'), fault);
    await poison.keep(broker('broker'), fault);
    await call('PUT', '/v1/event-types/late', { schema: {} }, '/v1/event-types/{name}');
    const letters = (await call('GET', '/v1/dead-letters')).body.data as { id: string; kind: string }[];
    expect(letters.map((letter) => letter.kind).toSorted()).toEqual(['broker', 'event']);
    for (const letter of letters) {
      const pressed = await Promise.all(Array.from({ length: 20 }, () => call('POST', `/v1/dead-letters/${letter.id}/redrive`, {})));
      expect(pressed.map((reply) => reply.status).toSorted()).toEqual([200, ...Array<number>(19).fill(409)]);
    }
    // Another message under the key of one that is kept, as of a sender that put it right.
    await poison.keep(broker('first'), fault);
    await poison.setAside(broker('second'));
    await until(() => texts().length === 3);
    expect(texts().toSorted()).toEqual(['On broker', 'On rest', 'On second']);
    expect((await call('GET', '/v1/events?name=late')).body.data).toHaveLength(3);
  });
});

describe('a broker message that is no text', () => {
  it.each([
    [
      'Latin-1',
      '0',
      Buffer.from('{"specversion":"1.0","type":"event","source":"/shop","data":{"name":"user_onboarded","id":"José"}}', 'latin1'),
    ],
    ['a NUL', '1', Buffer.from('{"specversion":"1.0","type":"event","source":"/shop","data":{"name":"user_onboarded","id":"Jos\u0000"}}')],
  ])('because of %s is refused again by a redrive', async (_, naturalKey, body) => {
    const { tenant, call } = await anAgency();
    const message = { tenantId: tenant.id, source: 'orders', naturalKey, contentType: null, headers: {}, body, reason: 'invalid_json' };
    await rig.get(BrokerPoison).keep(message, { cause: 'unreadable_broker_message', reason: 'invalid_json', detail: 'first' });
    const letters = async () => (await call('GET', '/v1/dead-letters')).body.data as { id: string; state: string; detail: string }[];
    const [letter] = await letters();
    expect((await call('POST', `/v1/dead-letters/${letter?.id as string}/redrive`, {})).status).toBe(200);
    const [again] = await until(async () => {
      const open = (await letters()).filter(({ id, state }) => id !== letter?.id && state === 'open');
      return open.length > 0 && open;
    });
    expect(again?.detail).toMatch(/^invalid_json: /);
    expect((await call('GET', '/v1/events')).body.data).toEqual([]);
  });
});

describe('an event that cannot be read', () => {
  it('because its schema has no end for it is rejected, and holds up nothing', async () => {
    const { known, send, read } = await anAgency(null);
    const { $defs, ...bomb } = doubling(40);
    expect((await known('bomb', { schema: { $defs, properties: { a: bomb } } })).status).toBe(200);
    const [bad, good] = [(await send({ name: 'bomb', payload: { a: 1 } })).body.id, (await send({ name: 'bomb', payload: {} })).body.id];
    expect(await read(bad)).toMatchObject({ state: 'rejected', reason: 'invalid_payload' });
    expect(await read(good)).toMatchObject({ state: 'done' });
  });

  it('becomes a dead letter by itself: sound ones of other tenants are read at their first try', async () => {
    const db = rig.get(Database);
    const tenants = await Promise.all(Array.from({ length: 12 }, () => rig.tenant()));
    const ids = tenants.map(({ id }) => id);
    await db.query(
      `INSERT INTO events (tenant_id, id, key, request_hash, name, subject, payload, occurred_at, source)
       SELECT t, gen_random_uuid(), 'event-' || n, ''::bytea, 'sound', '{}'::jsonb, '{}'::jsonb, now(), 'api' FROM unnest($1::uuid[]) t, generate_series(1, 3) n
       UNION ALL SELECT $2, gen_random_uuid(), 'broken', ''::bytea, 'broken', '{"phone": 7}', '{}', now(), 'api'`,
      [ids, ids[0]],
    );
    await until(async () => (await db.query(`SELECT FROM events WHERE tenant_id = ANY ($1) AND state = 'received'`, [ids])).length === 0);
    const read = await db.query(
      `SELECT name, reason, count(*)::int AS events FROM events WHERE tenant_id = ANY ($1) GROUP BY 1, 2 ORDER BY 1`,
      [ids],
    );
    expect(read).toEqual([
      { name: 'broken', reason: 'unreadable_event', events: 1 },
      { name: 'sound', reason: 'unknown_event', events: 36 },
    ]);
  });
});

describe('what is told in confidence', () => {
  it('is in no log line, letter, attempt or metric of endpoints, events and brokers that fail', async () => {
    const planted = { header: 'planted-header', user: 'planted-user', password: 'planted-password', payload: 'planted-payload' };
    const number = '+447700900188';
    const lines: unknown[] = [];
    const keep = (...args: unknown[]) => void lines.push(...args.map((arg) => redact(arg)));
    const worker = rig.apps.at(-1) as NestFastifyApplication;
    Logger.overrideLogger({ log: keep, warn: keep, error: keep, debug: keep, verbose: keep, fatal: keep });
    try {
      const { tenant, call, send, read } = await anAgency({
        actions: [{ type: 'send_message', message: { type: 'text', text: '{{ payload.first_name }} {{ payload.nothing }}' } }],
      });
      const endpoint = { name: 'Core', url: `${receiver.url}/confidence`, headers: { authorization: `Bearer ${planted.header}` } };
      const { secret } = (await call('POST', '/v1/callback-endpoints', endpoint)).body as { secret: string };
      receiver.behave = (post, response) => void response.writeHead(500).end(JSON.stringify(post.headers));
      await read((await send({ subject: { phone: number }, payload: { first_name: planted.payload } })).body.id);
      const url = `amqp://${planted.user}:${planted.password}@127.0.0.1:1/%2F`;
      const [config] = brokersConfig.INGEST_SOURCES.parse(JSON.stringify([{ kind: 'rabbitmq', name: 'away', url, queue: 'away' }]));
      const source = new RabbitmqSource(config as RabbitmqSourceConfig);
      source.start(() => Promise.resolve([]));
      await until(() => JSON.stringify(lines).includes('broker.down'));
      await source.stop();
      await until(async () => ((await call('GET', '/v1/dead-letters?kind=callback')).body.data as unknown[]).length > 0);
      const kept = await rig
        .get(Database)
        .query(
          `SELECT to_jsonb(d) AS row FROM dead_letters d WHERE tenant_id = $1 UNION ALL SELECT to_jsonb(a) FROM callback_attempts a WHERE tenant_id = $1`,
          [tenant.id],
        );
      const metrics = (await worker.inject('/metrics')).body;
      for (const shown of [JSON.stringify(lines), JSON.stringify(kept), metrics]) {
        for (const confidence of [...Object.values(planted), secret, number, number.slice(1)]) expect(shown).not.toContain(confidence);
      }
      expect(JSON.stringify(kept)).toContain('authorization');
    } finally {
      receiver.behave = (_post, response) => void response.end();
      Logger.overrideLogger(false);
    }
  });
});

describe('a rule', () => {
  it.each([
    ['a condition that cannot be read', { condition: 'payload.plan ==' }, 'condition'],
    ['loops in loops', { condition: 'payload.a.all(x, payload.a.all(y, x == y))' }, 'condition'],
    [
      'a template that cannot be read',
      { actions: [{ type: 'send_message', message: { type: 'text', text: '{{ payload.a' } }] },
      'actions/0',
    ],
    [
      'a template that reads files',
      { actions: [{ type: 'send_message', message: { type: 'text', text: "{% include '/etc/passwd' %}" } }] },
      'actions/0',
    ],
    [
      'a message without its content',
      { actions: [{ type: 'send_message', message: { type: 'image', caption: 'x' } }] },
      'actions/0/message/url',
    ],
    [
      'a message with a member that is not known',
      { actions: [{ type: 'send_message', message: { type: 'text', text: 'x', colour: 'red' } }] },
      'actions/0/message/colour',
    ],
    ['an attribute that cannot be read', { actions: [{ type: 'set_attributes', attributes: { a: '1 +' } }] }, 'actions/0'],
    ['a drip, of which there are none,', { actions: [{ type: 'start_drip', drip_id: randomUUID() }] }, 'actions/0/drip_id'],
  ])('with %s is refused with the place of the fault', async (_name, over, path) => {
    const { make } = await anAgency(null);
    const reply = await make(over);
    expect(reply.status).toBe(422);
    expect((reply.body.errors as { path: string }[]).map((e) => e.path)).toContain(path);
  });

  it('whose template is filled in without end ends as a failed event', async () => {
    const { send, read } = await anAgency({
      actions: [
        {
          type: 'send_message',
          message: { type: 'text', text: '{% for i in (1..100000) %}{% for j in (1..100000) %}x{% endfor %}{% endfor %}' },
        },
      ],
    });
    expect(await read((await send()).body.id)).toMatchObject({ state: 'failed', reason: 'rule_failed' });
  });

  it('and its events are no other tenant’s business', async () => {
    const [mine, theirs] = [await anAgency(), await anAgency()];
    const event = await theirs.send();
    await theirs.read(event.body.id);
    for (const path of [
      `/v1/events/${event.body.id as string}`,
      `/v1/event-rules/${theirs.rule.id}`,
      `/v1/event-rules/${theirs.rule.id}/versions`,
    ])
      expect((await mine.call('GET', path)).status).toBe(404);
    expect((await mine.call('PATCH', `/v1/event-rules/${theirs.rule.id}`, { is_active: false })).status).toBe(404);
    expect((await mine.call('POST', '/v1/events/replay', { event_ids: [event.body.id] })).body).toEqual({ replayed: 0 });
  });
});

describe('a schema', () => {
  it.each([
    ['nonsense', { type: 'nonsense' }],
    ['a reference outside', { $ref: 'https://example.com/schema.json' }],
    ['a pattern that runs without end elsewhere', { properties: { a: { pattern: '(?=a)' } } }],
    ['itself within', { allOf: [{ $ref: '#' }] }],
    ['twice as much to check at each step', doubling(40)],
  ])('with %s is refused', async (_name, given) => {
    const { call } = await anAgency(null);
    expect(await call('PUT', '/v1/event-types/other', { schema: given }, '/v1/event-types/{name}')).toMatchObject({
      status: 422,
      body: { code: 'invalid_schema' },
    });
  });

  it('takes an example that fits, and no other', async () => {
    const { call } = await anAgency(null);
    const put = (example: object) => call('PUT', '/v1/event-types/other', { schema, example }, '/v1/event-types/{name}');
    expect((await put({ plan: 'pro' })).body.code).toBe('example_does_not_fit');
    expect((await put({ first_name: 'Priya' })).status).toBe(200);
    expect((await call('GET', '/v1/event-types')).body.data).toMatchObject([{ name: 'other' }, { name: 'user_onboarded' }]);
    expect((await call('DELETE', '/v1/event-types/other', undefined, '/v1/event-types/{name}')).status).toBe(204);
  });
});
