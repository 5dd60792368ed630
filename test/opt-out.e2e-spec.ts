import { Database, newId } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, text } from './api/api-rig';

/** Ms after a STOP was read from which nothing is accepted for the person any more. How soon a hook is read, `npm run bench -- k` measures. */
const promiseMs = 5_000;
const [queued, stopping, lines] = [1_000, 100, 4];

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work();
});
afterAll(() => rig.stop());

describe('a STOP while a message is being typed', () => {
  it('stops it: whom nothing is sent to is asked again before the call', async () => {
    const { id: tenantId, key } = await rig.tenant();
    const session = await rig.session(tenantId);
    const call = (method: string, path: string, of: string, body?: object) => rig.call(method, path, { key, of, ...(body && { body }) });
    await call('PATCH', `/v1/sessions/${session.id}/limits`, '/v1/sessions/{id}/limits', { typing_ms: 4_000 });
    const made = await call('POST', '/v1/messages', '/v1/messages', text('+447700900109', { session_id: session.id, class: 'broadcast' }));
    const message = async () => (await call('GET', `/v1/messages/${made.body.id as string}`, '/v1/messages/{id}')).body;
    await until(async () => (await message()).state === 'claimed');
    await rig.provider.control('POST', `/inject/${session.there.id}/inbound`, { from: '447700900109', text: 'STOP' });
    await until(async () => !['queued', 'claimed', 'calling'].includes(String((await message()).state)), 20_000);
    expect(await message()).toMatchObject({ state: 'suppressed', cause: 'opted_out' });
    expect(rig.provider.simulator.ledger.acceptedOf(session.there.id)).toEqual([]);
  });
});

describe('a STOP while messages to the person are queued', () => {
  /** Sends a message to each number, through these sessions. @returns the group of the messages */
  type Send = (tenant: { id: string; key: string }, sessionIds: string[], numbers: string[]) => Promise<string>;

  const byBulk: Send = async ({ key }, sessionIds, numbers) => {
    const messages = numbers.map((number, i) => text(`+${number}`, { session_id: sessionIds[i % lines], class: 'broadcast' }));
    const bulk = await rig.call('POST', '/v1/messages/bulk', { key, body: { messages }, of: '/v1/messages/bulk' });
    expect(bulk.body).toMatchObject({ accepted: numbers.length });
    return bulk.body.group_id as string;
  };

  // Its weight puts the group of a campaign apart.
  const byCampaign: Send = async ({ id: tenantId, key }, sessionIds, numbers) => {
    const post = async (path: string, of: string, body: object) => (await rig.call('POST', path, { key, body, of })).body;
    const list = await post('/v1/contact-lists', '/v1/contact-lists', { name: 'All' });
    await rig.get(Database).query(
      `WITH made AS (INSERT INTO contacts (tenant_id, id, name) SELECT $1, id, 'Ann' FROM unnest($2::uuid[]) id),
         placed AS (INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, '+' || number, id FROM unnest($2::uuid[], $3::text[]) u(id, number))
       INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $4, id FROM unnest($2::uuid[]) id`,
      [tenantId, numbers.map(() => newId()), numbers, list.id],
    );
    const template = await post('/v1/templates', '/v1/templates', { name: 'Sale', content: { type: 'text', text: 'Hello' } });
    const campaign = await post('/v1/campaigns', '/v1/campaigns', {
      name: 'Sale',
      audience: { include: [{ kind: 'list', id: list.id }] },
      message: { template_id: template.id },
      numbers: { session_ids: sessionIds },
      pace: { weight: 2 },
      requires_consent: false,
      stop_rules: [],
    });
    const id = campaign.id as string;
    await post(`/v1/campaigns/${id}/launch`, '/v1/campaigns/{id}/launch', { expect_people: numbers.length });
    return id;
  };

  it.each([
    ['of a bulk call', byBulk],
    ['of a campaign', byCampaign],
  ])(
    'stops those %s: none of 100 who write during a run of 1,000 is sent anything later than 5 s after the hook was read',
    async (_, send) => {
      const { id: tenantId, key } = await rig.tenant();
      const sessions = await Promise.all(Array.from({ length: lines }, () => rig.session(tenantId)));
      const lineOf = (i: number) => sessions[i % lines] as (typeof sessions)[number];
      const limits = (window_limit: number) =>
        Promise.all(
          sessions.map(({ id }) =>
            rig.call('PATCH', `/v1/sessions/${id}/limits`, {
              key,
              body: { window_ms: 1_000, window_limit },
              of: '/v1/sessions/{id}/limits',
            }),
          ),
        );
      await limits(5);
      const numberOf = (i: number) => `4477009${String(i).padStart(5, '0')}`;
      const numbers = Array.from({ length: queued }, (_, i) => numberOf(i));
      const groupId = await send(
        { id: tenantId, key },
        sessions.map(({ id }) => id),
        numbers,
      );
      const { ledger } = rig.provider.simulator;
      const accepted = () => sessions.flatMap(({ there }) => ledger.acceptedOf(there.id));
      await until(() => accepted().length > 0);

      // All over the queue, those at its head among them; some known by their privacy id alone when they write.
      const acknowledged = new Set<string>();
      const people = Array.from({ length: stopping }, (_, i) => 5 + Math.floor((i * (queued - 5)) / stopping));
      for (let at = 0; at < people.length; at += 10) {
        await Promise.all(
          people.slice(at, at + 10).map(async (i, k) => {
            const [phone, lid] = [numberOf(i), `23000000${numberOf(i).slice(-6)}@lid`];
            const both = { senderPn: `${phone}@s.whatsapp.net`, cleanedSenderPn: phone, senderLid: lid };
            const message = {
              key: { id: `3ASTOP${i}`, fromMe: false, remoteJid: k % 2 ? lid : `${phone}@s.whatsapp.net`, ...both },
              message: { conversation: 'STOP' },
            };
            // To whichever line: what was said to one holds for all.
            const session = lineOf(at / 10);
            const reply = await rig.call('POST', session.hookPath, {
              body: { event: 'messages.received', timestamp: Math.floor(Date.now() / 1_000), data: { messages: message } },
              headers: { 'x-webhook-signature': session.secret },
              of: '/hooks/wasender/{token}',
            });
            expect(reply.status).toBe(200);
            acknowledged.add(phone);
          }),
        );
        const sent = accepted().length;
        await until(() => accepted().length >= sent + 5);
      }

      // The rest at full speed: what is held back must not depend on a slow lane.
      await limits(250);
      const of = '/v1/groups/{id}';
      const states = async () => (await rig.call('GET', `/v1/groups/${groupId}`, { key, of })).body.counts as Record<string, number>;
      await until(() => accepted().length >= queued - stopping, 90_000);
      await until(async () => {
        const { queued: left = 0, claimed = 0, calling = 0 } = await states();
        return left + claimed + calling === 0;
      }, 20_000);

      expect(acknowledged.size).toBe(stopping);
      const reads = await rig
        .get(Database)
        .query<{ phone: string; at: Date | null }>(
          `SELECT body::jsonb #>> '{data,messages,key,cleanedSenderPn}' AS phone, processed_at AS at FROM hook_inbox WHERE tenant_id = $1 AND body LIKE '%3ASTOP%'`,
          [tenantId],
        );
      const readMs = new Map(reads.map(({ phone, at }) => [phone, at?.getTime() ?? NaN]));
      expect([...readMs.keys()].toSorted()).toEqual([...acknowledged].toSorted());
      const late = accepted().filter(
        (line) => acknowledged.has(line.recipient) && !(line.wallMs <= readMs.get(line.recipient)! + promiseMs),
      );
      expect(late.map((line) => line.recipient)).toEqual([]);
      const reached = new Set(accepted().map((line) => line.recipient));
      const held = [...acknowledged].filter((phone) => !reached.has(phone));
      // Most of them stood far enough behind.
      expect(held.length).toBeGreaterThan(stopping / 2);
      expect(accepted()).toHaveLength(queued - held.length);
      for (const phone of held) {
        const list = await rig.call('GET', `/v1/messages?to=%2B${phone}`, { key, of: '/v1/messages' });
        expect(list.body.data).toMatchObject([{ state: 'suppressed', cause: 'opted_out' }]);
      }
    },
    150_000,
  );
});
