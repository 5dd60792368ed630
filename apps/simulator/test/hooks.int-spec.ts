import { Rig, until } from './rig';

let rig: Rig;
const start = async (options = {}) => (rig = await Rig.start(options));
afterEach(() => rig.stop());

describe('hooks of a send', () => {
  it('report the echo and every state, with the secret in the header', async () => {
    await start();
    await rig.send();
    const updates = await rig.hooks('messages.update', 3);
    const steps = updates.map(({ body }) => (body.data.update as { status: number }).status);
    expect(steps.toSorted()).toEqual([2, 3, 4]);
    await rig.hooks('message.sent');
    await rig.hooks('messages.upsert');
    const { keyId } = rig.simulator.ledger.lines[0] ?? {};
    expect(rig.received.map(({ text }) => text.includes(`"${keyId}"`))).toEqual(rig.received.map(() => true));
    expect(new Set(rig.received.map(({ headers }) => headers['x-webhook-signature']))).toEqual(new Set([rig.session().webhookSecret]));
  });

  it('report a failure without an id, and every group member', async () => {
    await start({ settings: { notOnWhatsAppSuffixes: ['0000'] } });
    await rig.send({ to: '+447700900000', text: 'x' });
    const [failed] = await rig.hooks('message.sent');
    expect(failed?.body.data).toEqual({ success: false, error: expect.stringContaining('+447700900000') as string });
    await rig.send({ to: '120363040000000001@g.us', text: 'x' });
    const members = await rig.hooks('message-receipt.update', 2);
    expect(members[0]?.body.data).toMatchObject({ message: { receipt: { userJid: expect.stringMatching(/@lid$/) as string } } });
  });

  it('may be lost, repeated, out of order and in bursts', async () => {
    await start({ settings: { hookLossRate: 1 } });
    await rig.send();
    await until(() => (rig.simulator.hooks.stats.lost === 5 ? true : null));
    expect(rig.received).toHaveLength(0);
    await rig.control('PATCH', '/config', { hookLossRate: 0, hookDuplicateRate: 1 });
    await rig.send();
    await until(() => (rig.simulator.hooks.pending === 0 && rig.received.length === 10 ? true : null));
    await rig.control('PATCH', '/config', { hookDuplicateRate: 0, hookDisorderMs: 60 });
    rig.received.length = 0;
    for (let i = 0; i < 20; i++) await rig.send({ to: '+447700900101', text: `No. ${i}` });
    await rig.hooks('messages.update', 60);
    const statuses = rig.received.flatMap(({ body, event }) =>
      event === 'messages.update' ? [(body.data.update as { status: number }).status] : [],
    );
    expect(statuses).not.toEqual(statuses.toSorted());
    await rig.control('PATCH', '/config', { hookDisorderMs: 0, hookBurstMs: 100 });
    rig.received.length = 0;
    await rig.send();
    await rig.hooks('messages.update', 3);
  });

  it('are repeated until acknowledged, or dropped', async () => {
    await start({ settings: { echoEvents: ['message.sent'], receiptEvents: false } });
    rig.answers = [503, 503, 200];
    await rig.send();
    await until(() => (rig.simulator.hooks.stats.acked === 1 ? true : null));
    expect(new Set(rig.received.map(({ text }) => text)).size).toBe(1);
    rig.answers = [500, 500, 500];
    await rig.send();
    await until(() => (rig.simulator.hooks.stats.gaveUp === 1 ? true : null));
    expect(rig.received).toHaveLength(6);
  });

  it('are sent for subscribed events only, and not at all when switched off', async () => {
    await start();
    await rig.account('PUT', `/${rig.session().id}`, { webhook_events: ['messages.update'] });
    await rig.send();
    await rig.hooks('messages.update', 3);
    await rig.account('PUT', `/${rig.session().id}`, { webhook_enabled: false });
    await rig.send({ to: '+447700900102', text: 'x' });
    await until(() => (rig.simulator.hooks.pending === 0 && rig.simulator.ledger.lines[1]?.status === 4 ? true : null));
    expect(new Set(rig.received.map(({ event }) => event))).toEqual(new Set(['messages.update']));
    expect(rig.received).toHaveLength(3);
  });

  it.each([
    ['none', {}, {}],
    ['data.id', { id: expect.any(Number) as number }, {}],
    ['key.msgId', {}, { msgId: expect.any(String) as string }],
  ])('carry the numeric id at %s', async (msgIdIn, data, key) => {
    await start({ settings: { msgIdIn } });
    await rig.send();
    const [sent] = await rig.hooks('message.sent');
    expect(sent?.body.data).toMatchObject({ ...data, key });
    expect('id' in (sent?.body.data ?? {})).toBe(msgIdIn === 'data.id');
  });

  it('can have a wrong signature or none', async () => {
    await start({ settings: { hookSignature: 'wrong', receiptEvents: false, echoEvents: ['message.sent'] } });
    await rig.send();
    await rig.hooks('message.sent');
    await rig.control('PATCH', '/config', { hookSignature: 'absent' });
    await rig.send();
    await rig.hooks('message.sent', 2);
    expect(rig.received.map(({ headers }) => headers['x-webhook-signature'])).toEqual(['not-the-secret', undefined]);
  });
});

describe('an injection', () => {
  it('is an inbound message by phone, by LID or both, from a person, a group or a channel', async () => {
    await start();
    const { id } = rig.session();
    for (const address of ['phone', 'lid', 'lid-with-phone'])
      await rig.control('POST', `/inject/${id}/inbound`, { from: '447700900101', address });
    const people = await rig.hooks('messages.received', 3);
    const keys = people.map(({ body }) => (body.data.messages as { key: Record<string, unknown> }).key);
    expect(keys.map((key) => ['remoteJid', 'cleanedSenderPn'].map((name) => key[name]))).toEqual([
      ['447700900101@s.whatsapp.net', '447700900101'],
      [expect.stringMatching(/@lid$/), undefined],
      [expect.stringMatching(/@lid$/), '447700900101'],
    ]);
    await rig.control('POST', `/inject/${id}/inbound`, { from: '120363040000000001@g.us', participant: '447700900105', quotes: '3EB0A' });
    await rig.control('POST', `/inject/${id}/inbound`, { from: '120363990000000001@newsletter' });
    const [, , , group, channel] = await rig.hooks('messages.received', 5);
    expect(group?.text).toContain('"participant":"447700900105@s.whatsapp.net"');
    expect(group?.text).toContain('"stanzaId":"3EB0A"');
    expect(channel?.text).toContain('"remoteJid":"120363990000000001@newsletter"');
  });

  it('is typed on the phone, any event with a sample, or any bytes', async () => {
    await start();
    const { id } = rig.session();
    await rig.control('POST', `/inject/${id}/phone-typed`, { to: '447700900101', text: 'From my phone' });
    expect((await rig.hooks('messages.upsert'))[0]?.text).toContain('"fromMe":true');
    await rig.control('POST', `/inject/${id}/event`, { event: 'poll.results' });
    await rig.hooks('poll.results');
    await rig.control('POST', `/inject/${id}/raw`, { body: '{"event":"x","data":{}}' });
    await rig.hooks('x');
    expect((await rig.control('POST', `/inject/${id}/event`, { event: 'unheard.of' })).status).toBe(422);
    expect((await rig.control('POST', `/inject/${id}/other`, {})).status).toBe(422);
  });

  it('a person answers a read message', async () => {
    await start({ settings: { replyRate: 1, echoAddress: 'lid-with-phone' } });
    await rig.send();
    const [reply] = await rig.hooks('messages.received');
    expect(reply?.text).toContain(`"stanzaId":"${rig.simulator.ledger.lines[0]?.keyId}"`);
  });
});

describe('settings', () => {
  it('apply completely or not at all', async () => {
    await start();
    const wrong = await rig.control('PATCH', '/config', { readRate: 0.25, forms: { wrapper: 'triangle' } });
    expect(wrong.json()).toEqual({ error: expect.stringContaining('wrapper must be one of docs, array') as string });
    expect((await rig.control('PATCH', '/config', { readrate: 1 })).status).toBe(422);
    expect((await rig.control('PATCH', '/config', { latencyMs: [5] })).status).toBe(422);
    expect((await rig.control('GET', '/config')).json()).toMatchObject({ readRate: 1, forms: { wrapper: 'docs' } });
    expect((await rig.control('GET', '/config/choices')).text).toContain('lid-with-phone');
  });

  it('of a session refuse unknown members', async () => {
    await start();
    const { id } = rig.session();
    expect((await rig.control('PATCH', `/sessions/${id}`, { inFlight: 3 })).status).toBe(422);
    expect((await rig.control('PATCH', '/sessions/1', {})).status).toBe(404);
    expect((await rig.control('GET', `/sessions/${id}`)).json()).toMatchObject({ id, status: 'connected' });
    expect((await rig.control('GET', '/sessions')).text).not.toContain('windows');
  });
});
