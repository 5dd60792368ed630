import { randomUUID } from 'node:crypto';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { axe, describePanel, PanelRig, widths } from './panel-rig';

/** People on the list. */
const people = 6;

describePanel('the results of a campaign', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  let id: string;
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
    const sessions = [await panel.api.session(tenant.id), await panel.api.session(tenant.id)];
    for (const session of sessions)
      await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 50, jitter_ms: 0 });
    const addresses = Array.from({ length: people + 1 }, (_, i) => `+4477009009${String(i).padStart(2, '0')}`);
    for (const address of addresses) await call('PUT', '/v1/contacts', { addresses: [address], name: 'Amara Hollis' });
    const list = await call('POST', '/v1/contact-lists', { name: 'Recall' });
    await call('POST', `/v1/contact-lists/${String(list.id)}/members`, { addresses });
    const template = await call('POST', '/v1/templates', {
      name: 'Recall',
      content: { type: 'text', text: 'Hello {{ contact.first_name }}' },
    });
    const draft = await call('POST', '/v1/campaigns', {
      name: 'Six-month recall',
      audience: { include: [{ kind: 'list', id: list.id }] },
      message: { template_id: template.id },
      pace: { window_ms: 60_000, window_limit: 30 },
      requires_consent: false,
    });
    id = draft.id as string;
    // One of them is suppressed after the plan.
    await call('GET', `/v1/campaigns/${id}/plan`);
    await call('POST', '/v1/suppressions', { addresses: [addresses[people]] });
    await call('POST', `/v1/campaigns/${id}/launch`, {});
    // Before the audience is gone through, nobody waits.
    await until(async () => {
      const { waiting } = await counts();
      return waiting > 0 && waiting < people;
    });
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await panel.api.call(method, path, { key: tenant.key, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
  const counts = async () => (await call('GET', `/v1/campaigns/${id}/results`)).counts as Record<string, number> & { waiting: number };
  const operator = () => panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });

  it('have the numbers beside the pace, which can be chosen and weighed while it runs', async () => {
    await call('POST', `/v1/campaigns/${id}/pause`);
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}`);
    await page.getByRole('button', { name: 'Change pace' }).click();
    await page.getByRole('radio', { name: 'Chosen numbers' }).click();
    const drawer = page.getByRole('dialog');
    const ticks = drawer.getByRole('list').getByRole('checkbox');
    await ticks.first().click();
    await ticks.nth(1).click();
    await drawer
      .getByLabel(/^Share of/)
      .first()
      .fill('3');
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save the pace' }).click();
    await drawer.waitFor({ state: 'detached' });
    const { numbers, pace } = (await call('GET', `/v1/campaigns/${id}`)) as {
      numbers: { session_ids: string[]; weights: object };
      pace: object;
    };
    expect(numbers.session_ids).toHaveLength(2);
    expect(Object.values(numbers.weights)).toContain(3);
    // What was not touched stays.
    expect(pace).toMatchObject({ window_ms: 60_000, window_limit: 30 });
  });

  it('show who replied, with what they wrote and the way to the conversation, and when the provider asked to wait', async () => {
    const db = panel.api.get(Database);
    const person = await until(async () => {
      const { data } = await call('GET', `/v1/campaigns/${id}/people`);
      return (data as { message_id: string; contact_id: string; session_id: string }[])[0];
    });
    const conversationId = randomUUID();
    await db.query(
      `INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, last_entry_at) VALUES ($1, $2, $3, 'person', $4, '+447700900900', heliograph_now())`,
      [tenant.id, conversationId, person.session_id, person.contact_id],
    );
    await db.query(
      `WITH said AS (INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text, received_at)
         VALUES ($1, $3, 'k1', gen_random_uuid(), $2, 'in', '+447700900900', 'text', 'Can we come at eight?', heliograph_now()) RETURNING received_at),
       counted AS (INSERT INTO message_outcome_counts (tenant_id, group_id, shard, kind, count) VALUES ($1, $5, 0, 'reply', 1)),
       waited AS (INSERT INTO group_flow AS f (tenant_id, group_id, minute, throttled) VALUES ($1, $5, date_trunc('minute', heliograph_now()), 2)
         ON CONFLICT (tenant_id, group_id, minute) DO UPDATE SET throttled = 2)
       INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) SELECT $1, $4, 'reply', $5, received_at FROM said`,
      [tenant.id, conversationId, person.session_id, person.message_id, id],
    );
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}`);
    await page.locator('.pause-bands [data-kind="wait"]', { hasText: 'Asked to wait (429)' }).first().waitFor();
    await page.getByRole('tab', { name: /Replies/ }).click();
    await page.getByText('Can we come at eight?').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.setViewportSize(widths.narrow);
    await until(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
    await page.getByRole('link', { name: 'Conversation' }).click();
    await page.waitForURL(`**/conversations/${conversationId}`);
  });

  it('say who was left out since the plan', async () => {
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}?tab=skipped`);
    await page.getByText('1 person more than in the plan').waitFor();
    expect(await page.getByText('Whoever has another reason').count()).toBe(0);
    expect(await axe(page)).toEqual([]);
  });

  it('list as many people behind a reason as the launch left out, without those who were suppressed for it since', async () => {
    await call('POST', '/v1/suppressions', {
      addresses: Array.from({ length: people }, (_, i) => `+4477009009${String(i).padStart(2, '0')}`),
    });
    await call('POST', `/v1/campaigns/${id}/resume`);
    await until(async () => (await counts()).waiting === 0, 30_000);
    expect((await counts()).left_out).toBeGreaterThan(1);
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}`);
    await page.getByRole('tab', { name: /Skipped/ }).click();
    const row = page.locator('table.reasons tbody tr').filter({ has: page.getByRole('button', { name: 'Suppressed' }) });
    // Behind the drawer that opens, roles are hidden.
    const count = Number(await row.locator('.num').textContent());
    await row.getByRole('button').click();
    const listed = page.getByRole('dialog').getByRole('listitem');
    await listed.first().waitFor();
    expect([count, await listed.count()]).toEqual([1, 1]);
  });

  it('are a report that everybody can read in both themes, on a phone and on paper', async () => {
    if ((await counts()).waiting > 0) await call('POST', `/v1/campaigns/${id}/cancel`);
    await until(async () => (await counts()).waiting === 0);
    const { url } = await call('POST', `/v1/campaigns/${id}/report-links`, {});
    const path = new URL(String(url)).pathname + new URL(String(url)).hash;
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await panel.open(path, { colorScheme });
      await page.getByRole('heading', { name: 'Six-month recall' }).waitFor();
      await page.getByText(/left out since the plan/).waitFor();
      for (const size of [widths.wide, widths.narrow]) {
        await page.setViewportSize(size);
        expect(await axe(page)).toEqual([]);
        await until(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      }
      // Paper is white whatever the screen is, and has no buttons.
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByRole('button').count()).toBe(0);
      const look = `(of) => { const style = getComputedStyle(document.querySelector(of)); return [style.backgroundColor, style.color]; }`;
      expect(await page.evaluate(`(${look})('.report')`)).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
      expect(await page.evaluate(`(${look})('html')[0]`)).toBe('rgb(255, 255, 255)');
      const paper = await page.pdf({ format: 'A4', printBackground: true });
      expect(paper.toString('latin1').match(/\/Type \/Page\b/g)?.length).toBeLessThanOrEqual(2);
    }
  });

  it('are the same report for staff, without a link', async () => {
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}`);
    await page.getByRole('button', { name: 'Report', exact: true }).click();
    await page.waitForURL(`**/campaigns/${id}/report`);
    await page.getByRole('heading', { name: 'Six-month recall' }).waitFor();
    await page.getByRole('button', { name: 'Print' }).waitFor();
    expect(await page.getByText('This link works until').count()).toBe(0);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('link', { name: 'Back to the campaign' }).click();
    await page.waitForURL(`**/campaigns/${id}`);
    // Whoever is not signed in is asked to.
    const stranger = await panel.open(`/admin/campaigns/${id}/report`);
    await stranger.waitForURL('**/admin/login**');
  });
});
