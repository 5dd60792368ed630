import { randomUUID } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { Tenants } from '@heliograph/tenants';
import { ApiRig, Browser, type Reply, text } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let campaign: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
  const session = await rig.session(tenant.id);
  campaign = (await call('POST', '/v1/campaigns', { name: 'Summer sale' })).body.id as string;
  const contact = await call('PUT', '/v1/contacts', { addresses: ['+447700900101'], name: '=HYPERLINK("http://example.com")' });
  const numbers = ['+447700900101', '+447700900102', '+447700900103'];
  await call('POST', '/v1/messages/bulk', { messages: numbers.map((to) => text(to, { session_id: session.id })) });
  // As a launch leaves it: the messages are of the campaign's group, and some people are left out.
  const db = rig.get(Database);
  await db.query(`INSERT INTO message_groups (tenant_id, id, kind, standing) VALUES ($1, $2, 'campaign', 'apart')`, [tenant.id, campaign]);
  await db.query(
    `UPDATE messages SET group_id = $2, origin = jsonb_build_object('kind', 'campaign', 'contactId', $3::text) WHERE tenant_id = $1`,
    [tenant.id, campaign, contact.body.id],
  );
  await db.query(`INSERT INTO message_group_counts (tenant_id, group_id, shard, state, count) VALUES ($1, $2, 0, 'queued', 3)`, [
    tenant.id,
    campaign,
  ]);
  await db.query(
    `WITH counted AS (INSERT INTO campaign_skip_counts (tenant_id, campaign_id, reason, count) VALUES ($1, $2, 'no_consent', 2))
     INSERT INTO campaign_skips (tenant_id, campaign_id, contact_id, reason) SELECT $1, $2, gen_random_uuid(), 'no_consent' FROM generate_series(1, 2)`,
    [tenant.id, campaign],
  );
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });
const of = (path: string) => `/v1/campaigns/${campaign}${path}`;

describe('the results of a campaign', () => {
  it('are six counts that add up to the audience', async () => {
    const { status, body } = await call('GET', of('/results'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      campaign_id: campaign,
      audience: 5,
      counts: { read: 0, delivered: 0, sent: 0, failed: 0, waiting: 3, left_out: 2 },
      failed: { failed: 0, cancelled: 0, expired: 0 },
      left_out: { skipped: 2, suppressed: 0 },
      skips: { no_consent: 2 },
      estimated_end_at: null,
    });
    expect((await call('GET', of('/series'))).body).toEqual({ step_minutes: 1, points: [] });
    expect((await call('GET', of('/failures'))).body).toEqual({ data: [] });
  });

  it('lead to the people behind each count', async () => {
    const waiting = await call('GET', of('/people?outcome=waiting'));
    expect(waiting.body.data).toHaveLength(3);
    expect(waiting.body.data).toContainEqual(expect.objectContaining({ outcome: 'waiting', state: 'queued', phone: '+447700900101' }));
    const skipped = await call('GET', of('/people?outcome=left_out&reason=no_consent,opted_out'));
    expect(skipped.body.data).toHaveLength(2);
    expect(skipped.body.data).toContainEqual(
      expect.objectContaining({ outcome: 'left_out', state: 'skipped', reason: 'no_consent', phone: null, message_id: null }),
    );
    expect((await call('GET', of('/people?outcome=left_out&reason=opted_out'))).body).toEqual({ data: [], next_cursor: null });
  });

  it('are exported as CSV, in which no cell is a formula', async () => {
    const { status, text: csv } = await call('GET', of('/export'));
    expect(status).toBe(200);
    const [heading, ...lines] = csv.trim().split('\r\n');
    expect(heading).toContain('contact_id,name,external_id,phone,outcome,state,reason');
    expect(lines).toHaveLength(5);
    expect(csv).toContain(`"'=HYPERLINK(""http://example.com"")"`);
    expect(csv).toContain(`'+447700900101`);
    expect((await call('GET', of('/export?outcome=left_out'))).text.trim().split('\r\n')).toHaveLength(3);
  });

  it('list who answered, with what they wrote and their conversation, for those who may read conversations', async () => {
    const db = rig.get(Database);
    const people = (await call('GET', of('/people?outcome=waiting'))).body.data as { message_id: string; contact_id: string }[];
    const [one, two] = people as [(typeof people)[0], (typeof people)[0]];
    const conversationId = randomUUID();
    await db.query(
      `INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, last_entry_at)
       SELECT $1, $2, id, 'person', $3, '+447700900101', heliograph_now() FROM sessions WHERE tenant_id = $1`,
      [tenant.id, conversationId, one.contact_id],
    );
    await db.query(
      `INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text, received_at)
       SELECT $1, id, k, gen_random_uuid(), $2, 'in', '+447700900101', 'text', t, '2026-11-24T09:31:00.123456Z'::timestamptz + d * interval '1 minute'
       FROM sessions, (VALUES ('k1', 'Can we come at eight?', 0), ('k2', 'Later words', 1)) x(k, t, d) WHERE tenant_id = $1`,
      [tenant.id, conversationId],
    );
    await db.query(
      `WITH counted AS (INSERT INTO message_outcome_counts (tenant_id, group_id, shard, kind, count) VALUES ($1, $2, 0, 'reply', 1), ($1, $2, 0, 'opt_out', 1))
       INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) VALUES ($1, $3, 'reply', $2, '2026-11-24T09:31:00.123Z'), ($1, $4, 'opt_out', $2, '2026-11-24T08:00:00Z')`,
      [tenant.id, campaign, one.message_id, two.message_id],
    );
    const first = await call('GET', of('/replies?limit=1'));
    expect(first.body.data).toEqual([
      expect.objectContaining({
        kind: 'reply',
        at: '2026-11-24T09:31:00.123Z',
        contact_id: one.contact_id,
        name: '=HYPERLINK("http://example.com")',
        type: 'text',
        text: 'Can we come at eight?',
        conversation_id: conversationId,
        message_id: one.message_id,
      }),
    ]);
    const rest = await call('GET', of(`/replies?limit=1&cursor=${String(first.body.next_cursor)}`));
    // Nothing is stored of that moment; the conversation is the person's.
    expect(rest.body).toMatchObject({
      data: [{ kind: 'opt_out', type: null, text: null, conversation_id: conversationId, message_id: two.message_id }],
      next_cursor: null,
    });
    expect((await call('GET', of('/replies?kind=opt_out'))).body.data).toHaveLength(1);
    const key = await rig.key(tenant.id, ['campaigns:read']);
    expect((await rig.call('GET', of('/replies'), { key })).status).toBe(403);
  });

  it.each(['/results', '/series', '/failures', '/people', '/replies', '/export'])(
    'are a 404 of another tenant and of no campaign: %s',
    async (path) => {
      const other = await rig.tenant();
      expect((await rig.call('GET', of(path), { key: other.key })).status).toBe(404);
      expect((await call('GET', `/v1/campaigns/${randomUUID()}${path}`)).status).toBe(404);
    },
  );
});

describe('a report link', () => {
  const launched = () =>
    rig.get(Database).query(`UPDATE campaigns SET state = 'processing', launched_at = heliograph_now() WHERE id = $1`, [campaign]);
  const show = (token: string) => new Browser(rig).call('POST', '/admin/v1/campaign-report', { body: { token } });
  const tokenOf = ({ body }: Reply) => String(body.url).split('#')[1] ?? '';
  const seen = ({ status, body }: Reply) => [status, body.code];

  it('shows the figures of its campaign and nothing else, to somebody without a sign-in', async () => {
    expect(seen(await call('POST', of('/report-links'), {}))).toEqual([409, 'campaign_not_launched']);
    await launched();
    // By its plan, one person less is left out.
    await rig.get(Database).query(
      `WITH run AS (INSERT INTO campaign_runs (tenant_id, campaign_id, starts_at, messages, skipped) VALUES ($1, $2, heliograph_now(), 3, 2))
         INSERT INTO campaign_plans (tenant_id, campaign_id, made_at, plan, cells) VALUES ($1, $2, heliograph_now(), '{"skips": {"no_consent": 1}}', '[]')`,
      [tenant.id, campaign],
    );
    expect((await call('GET', of('/results'))).body).toMatchObject({ left_out_since_plan: 1, skipped_since_plan: { no_consent: 1 } });
    const made = await call('POST', of('/report-links'), { expires_in_days: 7 });
    expect(made.status).toBe(201);
    expect(String(made.body.url)).toMatch(/\/admin\/report#[A-Za-z0-9_-]{43}$/);
    const { status, body } = await show(tokenOf(made));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'Summer sale',
      audience: 5,
      counts: { waiting: 3, left_out: 2 },
      left_out_since_plan: 1,
      link_expires_at: made.body.expires_at,
    });
    expect(body).toMatchObject({ counts: (await call('GET', of('/report'))).body.counts });
    for (const secret of ['+4477', 'HYPERLINK', campaign, tenant.id]) expect(JSON.stringify(body)).not.toContain(secret);
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    await owner.call('PATCH', `/admin/v1/tenants/${tenant.id}/branding`, { body: { name: 'Kettle Coffee' } });
    expect((await show(tokenOf(made))).body).toMatchObject({ brand: { name: 'Kettle Coffee' } });
    // The token is stored nowhere, and opens nothing else.
    const [stored] = await rig.get(Database).query<{ row: string }>(`SELECT to_jsonb(r)::text AS row FROM campaign_report_links r`);
    expect(stored?.row).not.toContain(tokenOf(made));
    expect((await rig.call('GET', of('/results'), { key: tokenOf(made) })).status).toBe(401);
    expect((await call('GET', of('/report-links'))).body).toMatchObject({
      data: [{ id: made.body.id, opened_at: expect.any(String) as string }],
    });
  });

  it('ends when it expires and when it is revoked', async () => {
    await launched();
    const [one, two] = [await call('POST', of('/report-links'), {}), await call('POST', of('/report-links'), {})];
    expect((await call('DELETE', of(`/report-links/${one.body.id as string}`))).status).toBe(204);
    expect((await call('DELETE', of(`/report-links/${one.body.id as string}`))).status).toBe(204);
    expect(seen(await show(tokenOf(one)))).toEqual([410, 'link_revoked']);
    expect((await show(tokenOf(two))).status).toBe(200);
    await rig.get(Database).query(`UPDATE campaign_report_links SET expires_at = heliograph_now() WHERE id = $1`, [two.body.id]);
    expect(seen(await show(tokenOf(two)))).toEqual([410, 'link_expired']);
    expect(seen(await show('A'.repeat(43)))).toEqual([404, 'not_found']);
  });

  it('is one of at most 20 that are open, also when they are made at the same time', async () => {
    await launched();
    const endAll = () => rig.get(Database).query(`UPDATE campaign_report_links SET expires_at = heliograph_now()`);
    await endAll();
    const made = await Promise.all(Array.from({ length: 25 }, () => call('POST', of('/report-links'), {})));
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(seen(made.find(({ status }) => status !== 201) as (typeof made)[number])).toEqual([409, 'too_many_links']);
    await endAll();
  });

  it('belongs to its tenant', async () => {
    await launched();
    const made = await call('POST', of('/report-links'), {});
    const other = await rig.tenant();
    for (const [method, path] of [
      ['POST', of('/report-links')],
      ['GET', of('/report-links')],
      ['GET', of('/report')],
      ['DELETE', of(`/report-links/${made.body.id as string}`)],
    ] as const)
      expect((await rig.call(method, path, { key: other.key, body: method === 'POST' ? {} : undefined })).status).toBe(404);
    expect((await show(tokenOf(made))).status).toBe(200);
    await rig.get(Tenants).setSuspended(tenant.id, true);
    await until(async () => (await show(tokenOf(made))).status === 404);
  });
});
