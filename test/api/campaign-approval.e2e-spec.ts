import { Database } from '@heliograph/kernel';
import { Tenants } from '@heliograph/tenants';
import { ApiRig, Browser, type Reply } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let campaign: string;
let template: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
  await rig.session(tenant.id);
  const list = (await call('POST', '/v1/contact-lists', { name: 'Customers' })).body.id as string;
  for (const phone of ['+447700900101', '+447700900102']) {
    const { id } = (await call('PUT', '/v1/contacts', { addresses: [phone], name: 'Ann' })).body;
    await call('POST', `/v1/contact-lists/${list}/members`, { ids: [id] });
  }
  template = (await call('POST', '/v1/templates', { name: 'Sale', content: { type: 'text', text: 'Hi {{ contact.name }}' } })).body
    .id as string;
  const body = {
    name: 'Summer sale',
    audience: { include: [{ kind: 'list', id: list }] },
    message: { template_id: template },
    requires_consent: false,
  };
  campaign = (await call('POST', '/v1/campaigns', body)).body.id as string;
  await call('PATCH', '/v1/tenant', { settings: { campaign_approval: 'client' } });
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });
const of = (path: string) => `/v1/campaigns/${campaign}${path}`;
const client = () => new Browser(rig);
const tokenOf = ({ body }: Reply) => String(body.url).split('#')[1] ?? '';
const show = (token: string) => client().call('POST', '/admin/v1/campaign-approval', { body: { token } });
const decide = (token: string, body: object, headers = {}) =>
  client().call('POST', '/admin/v1/campaign-approval/decide', {
    body: { token, verdict: 'approved', name: 'Jo Fields', ...body },
    headers,
  });
const seen = ({ status, body }: Reply) => [status, body.code];

describe('an approval link', () => {
  it('shows the plan without a sign-in, takes one decision, and the launch goes on', async () => {
    const check = (await call('POST', of('/check'))).body;
    expect(check).toMatchObject({ approval: 'client', needs_approval: true });
    expect(seen(await call('POST', of('/launch'), {}))).toEqual([409, 'approval_required']);
    expect(seen(await call('POST', of('/approval-links'), { expect_hash: '0'.repeat(64) }))).toEqual([409, 'plan_changed']);
    const made = await call('POST', of('/approval-links'), { expect_hash: check.hash, expires_in_days: 3 });
    expect(made).toMatchObject({
      status: 201,
      body: { decision: null, url: expect.stringMatching(/\/admin\/approval#[\w-]{43}$/) as string },
    });
    const shown = await show(tokenOf(made));
    expect(shown).toMatchObject({
      status: 200,
      body: {
        name: 'Summer sale',
        state: 'open',
        plan: { people: 2, skips: {} },
        samples: [{ body: { type: 'text', text: 'Hi Ann' } }, {}],
      },
    });
    for (const secret of [tenant.id, campaign, template, '4477009', 'hash', 'session_id']) expect(shown.text).not.toContain(secret);

    const decided = await decide(tokenOf(made), { note: 'Go.' });
    expect(decided).toMatchObject({
      status: 200,
      body: { state: 'decided', decision: { verdict: 'approved', name: 'Jo Fields', note: 'Go.' } },
    });
    expect(seen(await decide(tokenOf(made), { verdict: 'changes_asked' }))).toEqual([409, 'already_decided']);
    expect((await call('GET', of('/approval-links'))).body).toMatchObject({ data: [{ id: made.body.id, decision: { note: 'Go.' } }] });
    expect((await call('GET', of(''))).body).toMatchObject({ approved_by: { kind: 'system', id: 'approval_link', name: 'Jo Fields' } });
    expect((await call('POST', of('/check'))).body).toMatchObject({ needs_approval: false, hash: check.hash });

    // By name, link and address of who decided; the note is told of, not kept.
    const [entry] = await rig
      .get(Database)
      .query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(a) AS row FROM audit_log a WHERE action = 'campaign.decided_by_client' AND for_tenant_id = $1`,
        [tenant.id],
      );
    expect(entry?.row).toMatchObject({
      ...{ subject_kind: 'campaign', subject_id: campaign, actor_id: 'approval_link', actor_name: 'Jo Fields' },
      address: expect.any(String) as string,
      details: { link_id: made.body.id, decision: 'approved', name: 'Jo Fields' },
    });
    expect(JSON.stringify(entry?.row)).not.toContain('Go.');
  });

  it('is of what it shows, and says when that has changed', async () => {
    const [one, two] = [await call('POST', of('/approval-links'), {}), await call('POST', of('/approval-links'), {})];
    await decide(tokenOf(one), {});
    await call('PATCH', `/v1/templates/${template}`, { content: { type: 'text', text: 'Hello {{ contact.name }}' } });
    expect((await show(tokenOf(one))).body).toMatchObject({ state: 'changed', plan: null, samples: [], decision: { verdict: 'approved' } });
    expect(seen(await decide(tokenOf(two), {}))).toEqual([409, 'plan_changed']);
    // A refused decision leaves no entry, although its link was opened for the first time.
    const entries = await rig
      .get(Database)
      .query(`SELECT for_tenant_id AS tenant, subject_id AS subject FROM audit_log WHERE action = 'campaign.decided_by_client'`);
    expect(entries).toEqual([campaign, campaign].map((subject) => ({ tenant: tenant.id, subject })));
    expect(seen(await call('POST', of('/launch'), {}))).toEqual([409, 'approval_required']);
    expect((await call('DELETE', of(`/approval-links/${two.body.id as string}`))).status).toBe(204);
    expect(seen(await show(tokenOf(two)))).toEqual([410, 'link_revoked']);
  });

  it('is not used from another site, with a wrong token, without a name, or for another page', async () => {
    const made = await call('POST', of('/approval-links'), {});
    const token = tokenOf(made);
    expect(seen(await decide(token, {}, { 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'foreign_origin']);
    expect(seen(await decide('A'.repeat(43), {}))).toEqual([404, 'not_found']);
    for (const body of [{ name: ' ' }, { verdict: 'launched' }, { note: 'x'.repeat(1_001) }, { hash: '0' }])
      expect((await decide(token, body)).status).toBe(400);
    expect(seen(await client().call('POST', '/admin/v1/campaign-report', { body: { token } }))).toEqual([404, 'not_found']);
    expect((await call('DELETE', of(`/report-links/${made.body.id as string}`))).status).toBe(404);
    expect((await show(token)).body).toMatchObject({ state: 'open' });
  });

  it('belongs to its tenant, and ends with it', async () => {
    const made = await call('POST', of('/approval-links'), {});
    const other = await rig.tenant();
    for (const [method, path] of [
      ['POST', of('/approval-links')],
      ['GET', of('/approval-links')],
      ['DELETE', of(`/approval-links/${made.body.id as string}`)],
    ] as const)
      expect((await rig.call(method, path, { key: other.key, body: method === 'POST' ? {} : undefined })).status).toBe(404);
    await rig.get(Tenants).update(tenant.id, { settings: { campaign_approval: 'person' } });
    expect(seen(await call('POST', of('/approval-links'), {}))).toEqual([409, 'approval_not_by_client']);
  });

  it('stops guesses of one address', async () => {
    const guesser = client();
    const guess = () => guesser.call('POST', '/admin/v1/campaign-approval', { body: { token: 'B'.repeat(43) } });
    const answers: number[] = [];
    while (answers.at(-1) !== 429 && answers.length < 40) answers.push((await guess()).status);
    expect(new Set(answers.slice(0, -1))).toEqual(new Set([404]));
    expect(answers.at(-1)).toBe(429);
  });
});
