import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { type FieldInput, fieldInputs } from '../../libs/providers/testing/field-inputs';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work();
});
afterAll(() => rig.stop());

const written = { key: { id: 'TARGET1', fromMe: false, remoteJid: '447700900101@s.whatsapp.net' }, message: { conversation: 'Stpo' } };

/** Returns the rows of a tenant of its own after somebody wrote a message and then this came. */
async function takeIn({ body }: FieldInput) {
  const db = rig.get(Database);
  const { id: tenantId } = await rig.tenant();
  const { id: sessionId } = await rig.session(tenantId);
  const now = Math.floor(Date.now() / 1_000);
  for (const hook of [{ event: 'messages.received', timestamp: now, data: { messages: written } }, body])
    await db.query(`INSERT INTO hook_inbox (tenant_id, session_id, body) VALUES ($1, $2, $3)`, [
      tenantId,
      sessionId,
      JSON.stringify(hook).replaceAll('1795305602', String(now)),
    ]);
  await until(
    async () => (await db.query(`SELECT 1 FROM hook_inbox WHERE tenant_id = $1 AND processed_at IS NULL`, [tenantId])).length === 0,
  );
  const [found] = await db.query(
    `SELECT (SELECT count(*)::int FROM entries WHERE tenant_id = $1 AND direction = 'in') AS entries,
       (SELECT coalesce(sum(unread), 0)::int FROM conversations WHERE tenant_id = $1) AS unread,
       (SELECT count(*)::int FROM contacts WHERE tenant_id = $1 AND merged_into IS NULL) AS contacts,
       (SELECT count(*)::int FROM consents WHERE tenant_id = $1 AND action = 'opt_out') AS opt_outs,
       (SELECT count(*)::int FROM entries WHERE tenant_id = $1 AND deleted_at IS NOT NULL) AS deleted,
       (SELECT count(*)::int FROM dead_letters WHERE tenant_id = $1) AS letters,
       (SELECT unreadable FROM hook_inbox WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1) AS unreadable`,
    [tenantId],
  );
  return found;
}

describe('what the field sends, after somebody wrote a message', () => {
  it.each(fieldInputs.map((input) => [input.name, input] as const))('is taken in: %s', async (_name, input) => {
    const of = (type: string) =>
      input.facts.filter((fact) => fact.type === type) as { text: string | null; sender?: { chat?: string; lid?: string } }[];
    const inbound = of('inbound');
    const isStop = (said: string | null) => /^stop/i.test(said ?? '');
    const posts = inbound.filter(({ sender }) => sender?.chat?.endsWith('@newsletter')); // never unread
    const strangers = inbound.filter(({ sender }) => sender?.lid);
    expect(await takeIn(input)).toEqual({
      entries: 1 + inbound.length,
      unread: 1 + inbound.length - posts.length,
      contacts: 1 + strangers.length,
      opt_outs: [...inbound, ...of('edited')].filter((fact) => isStop(fact.text)).length,
      deleted: of('deleted').length,
      letters: input.facts.length === 0 && !input.contentless ? 1 : 0,
      unreadable: input.unreadable ?? null,
    });
  });
});

describe('a file that its sender limited to one view', () => {
  it('is marked in the conversation and in the callback', async () => {
    const tenant = await rig.tenant();
    const { there } = await rig.session(tenant.id);
    await rig.call('POST', '/v1/callback-endpoints', { key: tenant.key, body: { name: 'Core', url: 'https://core.example.com/hook' } });
    const image = { url: 'https://x.example/y.enc', mimetype: 'image/jpeg', mediaKey: 'k', caption: 'Look' };
    const write = (id: string, message: object) =>
      rig.provider.control('POST', `/inject/${there.id}/event`, {
        event: 'messages.received',
        data: { messages: { key: { id, fromMe: false, remoteJid: '447700900101@s.whatsapp.net' }, message } },
      });
    await write('ONCE', { viewOnceMessageV2: { message: { imageMessage: image } } });
    await write('OFTEN', { imageMessage: image });
    const get = async (path: string) => (await rig.call('GET', path, { key: tenant.key })).body.data as Record<string, unknown>[];
    const entries = async () => {
      const [conversation] = await get('/v1/conversations');
      return conversation ? await get(`/v1/conversations/${conversation.id as string}/entries`) : [];
    };
    await until(async () => (await entries()).length === 2);
    expect((await entries()).map((entry) => entry.view_once).sort()).toEqual([false, true]);
    const reported = () =>
      rig.get(Database).query(
        `SELECT b->>'whatsapp_id' AS id, b->'media'->'view_once' AS once FROM callback_events e CROSS JOIN LATERAL (SELECT e.body::jsonb->'data' AS b) d
           WHERE tenant_id = $1 AND type = 'message.received' ORDER BY 1`,
        [tenant.id],
      );
    await until(async () => (await reported()).length === 2);
    expect(await reported()).toEqual([
      { id: 'OFTEN', once: false },
      { id: 'ONCE', once: true },
    ]);
  });
});

describe('a message that is shown', () => {
  it('tells how far it came with each member of its group, and what each person voted', async () => {
    const tenant = await rig.tenant();
    const { there } = await rig.session(tenant.id);
    const send = async (to: string, over: object) => {
      const { body } = await rig.call('POST', '/v1/messages', { key: tenant.key, body: text(to, over) });
      const show = async () =>
        (await rig.call('GET', `/v1/messages/${body.id as string}`, { key: tenant.key })).body as Record<string, object[]>;
      await until(async () => (await show()).whatsapp_ids?.length === 1);
      return { show, keyId: ((await show()).whatsapp_ids as { id: string }[])[0]!.id };
    };
    const hook = (event: string, data: unknown) => rig.provider.control('POST', `/inject/${there.id}/event`, { event, data });
    const [asha, lid, bela] = ['447700900101@s.whatsapp.net', '230000000000007@lid', '447700900102@s.whatsapp.net'];
    await hook('contacts.upsert', [{ id: lid, phoneNumber: asha }]);

    const group = '120363040000000001@g.us';
    const sent = await send(group, {});
    for (const [userJid, time] of [
      [lid, 'readTimestamp'],
      [asha, 'receiptTimestamp'],
      [bela, 'receiptTimestamp'],
    ] as const)
      await hook('message-receipt.update', [
        { message: { key: { id: sent.keyId, remoteJid: group, fromMe: true }, receipt: { userJid, [time]: 1_795_305_602 } } },
      ]);
    // Beside a member that the simulator makes up.
    const told = async () =>
      ((await sent.show()).members as { address: string; state: string }[]).map((m) => `${m.address} ${m.state}`).sort();
    await until(
      async () =>
        (await told()).length === 3 && (await told())[1] === '+447700900102 delivered' && (await told())[0] === '+447700900101 read',
    );
    expect((await told())[2]).toMatch(/@lid read$/);

    const poll = await send('+447700900101', { type: 'poll', text: undefined, question: 'When?', options: ['Morning', 'Noon'] });
    await hook('poll.results', {
      key: { id: poll.keyId, remoteJid: asha, fromMe: true },
      pollResult: [
        { name: 'Morning', voters: [] },
        { name: 'Noon', voters: [lid] },
      ],
    });
    await until(async () => (await poll.show()).votes?.length === 1);
    expect((await poll.show()).votes).toMatchObject([{ voter: '+447700900101', options: ['Noon'] }]);
  });
});
