import { randomUUID } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, type Reply } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let own: Awaited<ReturnType<ApiRig['session']>>;
let campaign: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
  await rig.session(tenant.id);
  own = await rig.session(tenant.id);
  const template = await call('POST', '/v1/templates', {
    name: 'Sale',
    content: { type: 'text', text: 'Hi {{ contact.name }}: {{ coupon }}' },
  });
  campaign = (
    await call('POST', '/v1/campaigns', {
      name: 'Summer sale',
      message: { template_id: template.body.id },
      numbers: { session_ids: [own.id] },
    })
  ).body.id as string;
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });
const test = (body: object = {}) => call('POST', `/v1/campaigns/${campaign}/test`, body);
const seen = ({ status, body }: Reply) => [status, body.code];
let last = 447_700_902_000;
const contact = async (body: object) => (await call('PUT', '/v1/contacts', { addresses: [`+${++last}`], ...body })).body.id as string;
const list = async (ids: string[]) => {
  const { id } = (await call('POST', '/v1/contact-lists', { name: `Seeds ${last}` })).body as { id: string };
  await call('POST', `/v1/contact-lists/${id}/members`, { ids });
  return id;
};

describe('a test to a seed list', () => {
  it('sends each person their own text through a session of the campaign, and says whom it left out', async () => {
    const [ann, bob, gone] = [await contact({ name: 'Ann' }), await contact({ name: 'Bob' }), await contact({ name: 'Cleo' })];
    await call('POST', `/v1/contacts/${gone}/consents`, { purpose: 'marketing', action: 'opt_out', source: 'api' });
    await rig
      .get(Database)
      .query(
        `INSERT INTO suppressions (tenant_id, address, reason, actor) SELECT tenant_id, address, 'manual', 'Test' FROM contact_addresses WHERE contact_id = $1`,
        [gone],
      );
    expect(seen(await test())).toEqual([409, 'no_seed_list']);
    await call('PATCH', '/v1/tenant', { settings: { seed_list_id: await list([ann, bob, gone]) } });
    const { status, body } = await test({ variables: { coupon: 'SUN20' } });
    expect(status).toBe(202);
    const data = body.data as { contact_id: string; message: { id: string; session_id: string } | null; reason: string | null }[];
    expect(data.map((one) => [one.contact_id, one.message?.session_id ?? null]).toSorted()).toEqual(
      [
        [ann, own.id],
        [bob, own.id],
        [gone, null],
      ].toSorted(),
    );
    expect(data.find((one) => one.contact_id === gone)).toMatchObject({
      message: null,
      reason: expect.stringMatching(/opted_out|suppressed/) as string,
    });
    await rig.work({ WORKER_ROLES: ['lanes'] });
    const sent = () => rig.provider.simulator.ledger.acceptedOf(own.there.id).map(({ content }) => content.text);
    await until(() => Promise.resolve(sent().length === 2));
    expect(sent().toSorted()).toEqual(['Hi Ann: SUN20', 'Hi Bob: SUN20']);
    // It is no part of the campaign.
    expect(await rig.get(Database).query(`SELECT 1 FROM messages WHERE tenant_id = $1 AND group_id IS NOT NULL`, [tenant.id])).toEqual([]);
    expect((await call('GET', `/v1/campaigns/${campaign}`)).body).toMatchObject({ state: 'draft', run: null });
  });

  it('says for each person what keeps the message from being made', async () => {
    const [ann, bare] = [await contact({ name: 'Ann' }), await contact({})];
    const { body } = await test({ list_id: await list([ann, bare]), variables: { coupon: 'X' } });
    expect((body.data as object[]).length).toBe(2);
    expect((body.data as { contact_id: string }[]).find((one) => one.contact_id === bare)).toMatchObject({
      message: null,
      reason: 'missing_variable',
    });
    const none = await test({ list_id: await list([ann]) });
    expect(none.body.data).toMatchObject([{ message: null, reason: 'missing_variable' }]);
  });

  it('goes to at most 20 people of an own list, by who may read them, and once with a key', async () => {
    const ids = [];
    for (let i = 0; i < 21; i++) ids.push(await contact({ name: `P${i}` }));
    const full = await list(ids);
    expect(seen(await test({ list_id: full, variables: { coupon: 'X' } }))).toEqual([422, 'too_many_people']);
    const other = await rig.tenant();
    const theirs = (await rig.call('POST', '/v1/contact-lists', { key: other.key, body: { name: 'Theirs' } })).body.id;
    for (const list_id of [theirs, randomUUID()]) expect(seen(await test({ list_id }))).toEqual([422, 'unknown_source']);
    expect((await rig.call('POST', `/v1/campaigns/${campaign}/test`, { key: other.key, body: {} })).status).toBe(404);
    const key = await rig.key(tenant.id, ['campaigns:launch']);
    expect((await rig.call('POST', `/v1/campaigns/${campaign}/test`, { key, body: {} })).status).toBe(403);
    const one = await list([ids[0] as string]);
    const again = () =>
      rig.call('POST', `/v1/campaigns/${campaign}/test`, {
        key: tenant.key,
        headers: { 'idempotency-key': 'once' },
        body: { list_id: one, variables: { coupon: 'X' } },
      });
    expect((await again()).body).toEqual((await again()).body);
  });
});
