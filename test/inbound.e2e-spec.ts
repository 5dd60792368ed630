import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { Receiver } from '@heliograph/webhooks/testing';
import { ApiRig, text } from './api/api-rig';
import { wrongWithCallback } from './api/document';

let receiver: Receiver;
let rig: ApiRig;
beforeAll(async () => {
  receiver = await Receiver.start();
  rig = await ApiRig.start({ EGRESS_ALLOWED: receiver.address });
  await rig.work();
});
afterAll(async () => {
  await rig.stop();
  await receiver.close();
});

/** A tenant with a session, an endpoint that hears everything, and a way for people to write. */
async function agency(settings?: object, endpoint: object = {}) {
  const tenant = await rig.tenant();
  const call = (method: string, path: string, body?: object, of = path) =>
    rig.call(method, path, { key: tenant.key, of, ...(body && { body }) });
  if (settings) expect((await call('PATCH', '/v1/tenant', { settings })).status).toBe(200);
  const session = await rig.session(tenant.id);
  const made = await call('POST', '/v1/callback-endpoints', { name: 'Core', url: `${receiver.url}/${tenant.id}`, ...endpoint });
  expect(made.status).toBe(201);
  const heard = (type: string) => receiver.at(`/${tenant.id}`).filter((post) => post.json.type === type);
  const write = (body: object) => rig.provider.control('POST', `/inject/${session.there.id}/inbound`, body);
  return { tenant, session, call, heard, write };
}

describe('what people write', () => {
  it('is told once, whichever events tell of it, with the message it answers', async () => {
    const { session, call, heard, write } = await agency();
    const sent = await call('POST', '/v1/messages', text('+447700900101', { session_id: session.id, client_ref: 'offer-1' }));
    await until(() => heard('message.sent').length === 1);
    await write({
      from: '447700900101',
      text: 'How much is it?',
      events: ['messages.received', 'messages.upsert', 'messages-personal.received'],
    });
    await until(() => heard('message.received').length > 0);
    const [post] = heard('message.received');
    expect(wrongWithCallback(post?.json as { type: string })).toBeNull();
    expect(post?.json.data).toMatchObject({
      text: 'How much is it?',
      chat: '+447700900101',
      from: { phone: '+447700900101' },
      in_reply_to: { message_id: sent.body.id, by: 'latest', client_ref: 'offer-1' },
      actionable: true,
      reasons: ['reply', 'question'],
    });
    await write({ from: '447700900101', text: 'Thanks.' });
    await until(() => heard('message.received').length === 2);
    expect(heard('message.received').map((p) => p.json.data.text)).toEqual(['How much is it?', 'Thanks.']);
  });

  it('is taken in in its order, though two readers read at once: after START and STOP it is STOP that holds', async () => {
    const { tenant, session, call, heard } = await agency();
    // Some of them: a session may share its lock with another.
    const others = [await agency(), await agency(), await agency()];
    const [phone, lid] = ['447700900107', '230000900107@lid'];
    const post = (of: typeof session, id: string, said: string, extra: object = {}) =>
      rig.call('POST', of.hookPath, {
        body: {
          event: 'messages.received',
          timestamp: Math.floor(Date.now() / 1_000),
          data: {
            messages: {
              key: { id, fromMe: false, remoteJid: `${phone}@s.whatsapp.net`, cleanedSenderPn: phone, ...extra },
              message: { conversation: said },
            },
          },
        },
        headers: { 'x-webhook-signature': of.secret },
        of: '/hooks/wasender/{token}',
      });
    const db = rig.get(Database);
    await db.transaction(async (tx) => {
      // Holds up whoever reads the first one.
      await tx.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, $2, $3)`, [tenant.id, lid, `+${phone}`]);
      await post(session, '3AFIRST', 'START', { senderPn: `${phone}@s.whatsapp.net`, senderLid: lid });
      await until(
        async () =>
          (await db.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%address_pairs%'`)).length > 0,
      );
      await post(session, '3ASECOND', 'STOP');
      for (const other of others) await post(other.session, '3AOTHER', 'Hello');
      const heardBy = async (other: (typeof others)[number]) => (await other.call('GET', '/v1/conversations')).body.data as unknown[];
      await until(async () => (await Promise.all(others.map(heardBy))).some((conversations) => conversations.length === 1));
    });
    await until(() => heard('message.received').length === 2);
    expect(heard('message.received').map((p) => p.json.data.text)).toEqual(['START', 'STOP']);
    expect((await call('GET', '/v1/suppressions')).body.data).toMatchObject([{ address: `+${phone}` }, { address: lid }]);
  });

  it('is told before the answer it got, and after the message it answers, also to who hears of all of it at once', async () => {
    const { session, call, heard, write, tenant } = await agency(undefined, { ordered: true });
    await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_limit: 0 }, '/v1/sessions/{id}/limits');
    await call('POST', '/v1/messages', text('+447700900108', { session_id: session.id }));
    await until(() => heard('message.delivered').length === 1);
    const stateOf = async (id: unknown) => (await call('GET', `/v1/messages/${id as string}`, undefined, '/v1/messages/{id}')).body.state;
    await rig.get(Database).transaction(async (tx) => {
      // Nothing is told while an older transaction is open.
      await tx.query(`SELECT pg_current_xact_id()`);
      await write({ from: '447700900108', text: 'STOP' });
      await until(async () => ((await call('GET', '/v1/suppressions')).body.data as unknown[]).length > 0);
      const second = await call('POST', '/v1/messages', text('+447700900108', { session_id: session.id, class: 'reply' }));
      await until(async () => /^(sent|delivered|read)$/.test(String(await stateOf(second.body.id))));
      await write({ from: '447700900108', text: 'Thanks' });
      await until(async () => (await call('GET', '/v1/conversations/unread')).body.messages === 2);
    });
    await until(() => heard('message.received').length === 2);
    const types = ['message.sent', 'message.received', 'contact.opted_out'];
    const told = receiver.at(`/${tenant.id}`).map((p) => p.json.type);
    expect(told.filter((type) => types.includes(type))).toEqual([
      'message.sent',
      'message.received',
      'contact.opted_out',
      'message.sent',
      'message.received',
    ]);
  });

  it('stops everything but answers the moment it says STOP, is confirmed once, and START brings it back', async () => {
    const { session, call, heard, write } = await agency({ opt_out: { confirm_opt_out: 'You will hear no more from us.' } });
    await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 1 }, '/v1/sessions/{id}/limits');
    await write({ from: '447700900102', text: 'hello', address: 'lid' });
    await until(() => heard('message.received').length === 1);
    for (const said of ['Stop!', 'STOP']) await write({ from: '447700900102', text: said });
    await until(() => heard('contact.opted_out').length === 1 && heard('message.received').length === 3);
    const late = await call('POST', '/v1/messages', text('+447700900102', { session_id: session.id, class: 'broadcast' }));
    await until(() => heard('message.failed').length === 1);
    expect(heard('message.failed')[0]?.json.data).toMatchObject({ message_id: late.body.id, state: 'suppressed', cause: 'opted_out' });
    const to = () =>
      rig.provider.simulator.ledger.lines.filter((line) => line.sessionId === session.there.id).map((line) => line.content.text);
    await until(() => to().length === 1);
    expect(to()).toEqual(['You will hear no more from us.']);
    await write({ from: '447700900102', text: 'Start' });
    await until(() => heard('contact.opted_in').length === 1);
    const again = await call(
      'POST',
      '/v1/messages',
      text('+447700900102', { session_id: session.id, class: 'broadcast', text: 'Welcome back' }),
    );
    await until(() => heard('message.sent').some((p) => p.json.data.message_id === again.body.id));
    expect(heard('contact.opted_out')).toHaveLength(1);
  });

  it('that is near to STOP stops nothing before a person confirms it; then it does all that STOP does, once', async () => {
    const { session, call, heard, write } = await agency({ opt_out: { confirm_opt_out: 'You will hear no more from us.' } });
    await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 10 }, '/v1/sessions/{id}/limits');
    await write({ from: '447700900103', text: 'Pls unsubscirbe me' });
    await until(() => heard('message.received').length === 1);
    await write({ from: '447700900103', text: 'Please stop sending me messages' });
    await write({ from: '447700900104', text: 'Stop by tomorrow' });
    await until(() => heard('message.received').length === 3);
    expect(heard('message.received').map((p) => [p.json.data.text, p.json.data.actionable, p.json.data.reasons])).toEqual(
      expect.arrayContaining([
        ['Pls unsubscirbe me', true, ['keyword_near']],
        ['Please stop sending me messages', true, ['keyword_near']],
        ['Stop by tomorrow', false, []],
      ]),
    );
    for (const post of heard('message.received')) expect(wrongWithCallback(post.json)).toBeNull();
    const send = (said: string) =>
      call('POST', '/v1/messages', text('+447700900103', { session_id: session.id, class: 'broadcast', text: said }));
    await send('Before');
    await until(() => heard('message.sent').length === 1);
    expect((await call('GET', '/v1/suppressions')).body.data).toEqual([]);

    const open = await call('GET', '/v1/opt-out-reviews?state=open', undefined, '/v1/opt-out-reviews');
    // The second joined the first.
    expect(open.body).toMatchObject({
      data: [
        {
          text: 'Please stop sending me messages',
          keyword: 'stop',
          language: 'en',
          address: '+447700900103',
          state: 'open',
          decided_by: null,
        },
      ],
      next_cursor: null,
    });
    const [review] = open.body.data as { id: string; entry_id: string; contact_id: string }[];
    expect(heard('message.received').map((p) => p.json.data.entry_id)).toContain(review?.entry_id);
    const decide = (how: string) =>
      call('POST', `/v1/opt-out-reviews/${review?.id as string}/${how}`, undefined, `/v1/opt-out-reviews/{id}/${how}`);
    const confirmed = await Promise.all([1, 2, 3, 4].map(() => decide('confirm')));
    for (const reply of confirmed) expect([reply.status, reply.body]).toEqual([200, confirmed[0]?.body]);
    expect(confirmed[0]?.body).toMatchObject({ state: 'confirmed', decided_by: 'Test' });
    expect(await decide('dismiss')).toMatchObject({ status: 409, body: { code: 'review_decided' } });
    expect((await call('GET', '/v1/suppressions')).body.data).toMatchObject([
      { address: '+447700900103', reason: 'opt_out' },
      { address: expect.stringMatching(/@lid$/) as string, reason: 'opt_out' },
    ]);

    await send('After');
    await until(
      () => heard('message.failed').length === 1 && heard('contact.opted_out').length === 1 && heard('message.sent').length === 2,
    );
    expect(heard('message.failed')[0]?.json.data).toMatchObject({ state: 'suppressed', cause: 'opted_out' });
    expect(heard('contact.opted_out')[0]?.json.data).toMatchObject({
      contact_id: review?.contact_id,
      source: 'keyword_review',
      text: 'Please stop sending me messages',
      actor: 'Test',
      session_id: session.id,
    });
    expect(rig.provider.simulator.ledger.acceptedOf(session.there.id).map((l) => l.content.text)).toEqual([
      'Before',
      'You will hear no more from us.',
    ]);
    const [proved] = (await call('GET', `/v1/contacts/${review?.contact_id as string}/consents`, undefined, '/v1/contacts/{id}/consents'))
      .body.data as object[];
    expect(proved).toMatchObject({ proof: { review_id: review?.id, entry_id: review?.entry_id, keyword: 'stop', language: 'en' } });
  });
});
