import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { MessageIntake } from '@heliograph/messaging';
import { aSourcedRow } from '../libs/messaging/testing';
import { ApiRig, fileForm } from './api/api-rig';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work({ WORKER_ROLES: ['lanes'] });
});
afterAll(() => rig.stop());

interface Sent {
  recipient: string;
  content: Record<string, unknown>;
}
const lastPhone = 447_700_902_000;

/** A tenant with a fast number, and the messages of a campaign. */
async function aCampaign() {
  const tenant = await rig.tenant();
  const { id: sessionId, there } = await rig.session(tenant.id);
  await rig.call('PATCH', `/v1/sessions/${sessionId}/limits`, {
    key: tenant.key,
    body: { window_ms: 1_000, window_limit: 1_000, jitter_ms: 0 },
    of: '/v1/sessions/{id}/limits',
  });
  const db = rig.get(Database);
  return {
    tenant,
    sent: () => rig.provider.simulator.ledger.acceptedOf(there.id) as unknown as Sent[],
    async template(content: object, over: object = {}) {
      const { status, body, text } = await rig.call('POST', '/v1/templates', { key: tenant.key, body: { name: 'T', content, ...over } });
      if (status !== 201) throw new Error(text);
      return { t: body.id as string, v: 1 };
    },
    async store(sources: object[]) {
      const rows = sources.map((source, i) =>
        aSourcedRow({
          tenantId: tenant.id,
          sessionId,
          recipient: `+${lastPhone + i}`,
          source: { l: null, s: i, vars: {}, ...source },
          contentWindowS: 3_600,
        }),
      );
      await db.transaction((tx) =>
        rig.get(MessageIntake).storeWithin(
          tx,
          tenant.id,
          rows.map(({ groupId: _, ...row }) => row),
        ),
      );
    },
    states: () =>
      db.query<{ to: string; state: string; cause: string | null; detail: string | null }>(
        `SELECT recipient AS to, state, cause, detail FROM messages WHERE tenant_id = $1 ORDER BY recipient`,
        [tenant.id],
      ),
  };
}

const over = ['sent', 'delivered', 'read', 'played', 'failed'];

describe('messages of a campaign', () => {
  it('that cannot be made fail alone, whatever their number, and the others are sent', async () => {
    const campaign = await aCampaign();
    const greeting = await campaign.template(
      { type: 'text', text: 'Hi {{ contact.first_name }}: {{ coupon }}', variants: ['Hello {{ contact.first_name }}: {{ coupon }}'] },
      { languages: [{ language: 'es', content: { type: 'text', text: 'Hola {{ contact.first_name }}' } }] },
    );
    const slow = await campaign.template({ type: 'text', text: '{% for i in list %}{% assign n = i | times: 2 %}{% endfor %}done' });
    const vars = { 'contact.first_name': 'Ada', coupon: 'A1' };
    const long = Array.from({ length: 2_000 }, () => 1);
    await campaign.store([
      { ...greeting, vars },
      { ...greeting, vars },
      { ...greeting, vars, l: 'es' },
      { ...greeting, vars: { coupon: 'A1' } },
      { ...greeting, vars: { ...vars, coupon: 'x'.repeat(4_096) } },
      { t: campaign.tenant.id, v: 1 },
      { ...greeting, v: 9 },
      { ...slow, vars: { list: [1, 2] } },
      { ...slow, vars: { list: long } },
    ]);
    const states = await until(async () => {
      const all = await campaign.states();
      return all.every(({ state }) => over.includes(state)) && all;
    }, 60_000);
    expect(states.map(({ state, cause }) => (state === 'failed' ? cause : 'sent'))).toEqual([
      'sent',
      'sent',
      'sent',
      'template_failed',
      'template_failed',
      'template_failed',
      'template_failed',
      'sent',
      'sent',
    ]);
    expect(states.flatMap(({ detail, cause }) => (cause === 'template_failed' ? [detail] : []))).toEqual([
      'undefined variable: contact.first_name, line:1, col:10',
      'text: The text has more than 4096 characters (Unicode code points).',
      'The template of the message does not exist.',
      'The template of the message does not exist.',
    ]);
    expect(campaign.sent().map(({ recipient, content }) => [Number(recipient) - lastPhone, content.text])).toEqual(
      expect.arrayContaining([
        [0, 'Hi Ada: A1'],
        [1, 'Hello Ada: A1'],
        [2, 'Hola Ada'],
        [7, 'done'],
      ]),
    );
    const { body } = await rig.call('GET', '/v1/dead-letters?kind=message', { key: campaign.tenant.key });
    expect((body.data as { cause: string }[]).map(({ cause }) => cause)).toEqual(Array(4).fill('template_failed'));
  }, 120_000);

  it('of every kind are taken by the provider, and equal files have equal links', async () => {
    const campaign = await aCampaign();
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    const file = await rig.call('POST', '/v1/media', { key: campaign.tenant.key, ...fileForm(png, { name: 'a.png' }) });
    const media_id = file.body.id;
    const contents = [
      { type: 'image', media_id, caption: 'Hi {{ contact.phone }}' },
      { type: 'document', media_id, file_name: '{{ x }}.png' },
      { type: 'video', url: 'https://files.example.com/{{ x }}.mp4' },
      { type: 'audio', url: 'https://files.example.com/a.ogg' },
      { type: 'location', latitude: 51.5, longitude: -0.1, name: '{{ x }}' },
      { type: 'contact', name: '{{ x }}', phone: '+447700900199' },
      { type: 'poll', question: '{{ x }}?', options: ['Yes', '{{ x }}'] },
    ];
    const sources = [];
    for (const content of contents) sources.push({ ...(await campaign.template(content)), vars: { x: 'X' } });
    await campaign.store(sources);
    await until(() => Promise.resolve(campaign.sent().length === contents.length), 60_000);
    const bodies = await rig
      .get(Database)
      .query<{ content: Record<string, unknown> }>(
        `SELECT body->'content' AS content FROM messages WHERE tenant_id = $1 ORDER BY recipient`,
        [campaign.tenant.id],
      );
    const [image, document] = bodies.map(({ content }) => content);
    expect(bodies.map(({ content: { kind } }) => kind)).toEqual(contents.map(({ type }) => type));
    expect(image).toMatchObject({ caption: `Hi +${lastPhone}` });
    expect(document).toMatchObject({ fileName: 'X.png', url: image?.url });
    const fetched = await fetch(`${rig.urls[0]}${new URL(image?.url as string).pathname}`);
    expect(Buffer.from(await fetched.arrayBuffer()).equals(png)).toBe(true);
  }, 120_000);
});
