import { DeadLetters } from '@heliograph/dead-letters';
import { Database, newId } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import type { Page } from 'playwright-core';
import { text } from '../api/api-rig';
import { axe, describePanel, PanelRig } from './panel-rig';

describePanel('a list of dead letters that is read', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
    await letter();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  const letter = () => {
    const one = { tenantId: tenant.id, kind: 'event', subjectId: newId(), sessionId: null, cause: 'rule_failed', detail: null };
    return panel.api.get(DeadLetters).open(panel.api.get(Database), [one]);
  };

  it.each([
    ['of one client', true],
    ['of all clients', false],
  ])('%s, stays as it was when others come, and offers them', async (_whose, isChosen) => {
    const page = await panel.person([{ role: 'owner', tenantId: null }], isChosen ? { tenantId: tenant.id } : {});
    await page.goto('/admin/dead-letters');
    const rows = page.locator('table.rows tbody tr');
    await rows.first().waitFor();
    const before = await rows.count();
    await letter();
    await page.getByText('New since the list was read: 1.').waitFor();
    expect(await rows.count()).toBe(before);
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show the list as it is now' }).click();
    await rows.nth(before).waitFor();
    await page.getByText('New since the list was read').waitFor({ state: 'detached' });
  });

  it('is opened by its figure without the filter of the last visit', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: tenant.id });
    await page.goto(`/admin/dead-letters?filter=${encodeURIComponent(JSON.stringify({ state: 'discarded' }))}`);
    await page.getByText('Nothing matches').first().waitFor();
    await page.goto('/admin/');
    const figure = page.locator('dl.engine a[href*="dead-letters"]');
    const count = Number(await figure.textContent());
    await figure.click();
    await page
      .locator('table.rows tbody tr')
      .nth(count - 1)
      .waitFor();
  });
});

describePanel('a list of traffic that is read', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  let session: string;
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
    session = (await panel.api.session(tenant.id)).id;
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  const call = (path: string, body: object) => panel.api.call('POST', path, { key: tenant.key, body });
  const send = (to: string) => call('/v1/messages', text(to, { session_id: session }));
  const fresh = (page: Page, count: number) => page.getByText(`New since the list was read: ${count}.`);

  it.each([
    ['messages of one client', true],
    ['messages of all clients', false],
  ])('%s: shows what becomes of its rows, offers new ones, and keeps its places', async (_whose, isChosen) => {
    const page = await panel.person([{ role: 'owner', tenantId: null }], isChosen ? { tenantId: tenant.id } : {});
    await call(`/v1/sessions/${session}/pause`, {});
    await send(isChosen ? '+447700900501' : '+447700900511');
    await page.goto('/admin/messages');
    const rows = page.locator('table.rows tbody tr');
    await rows.first().getByText('Queued', { exact: true }).waitFor();
    const before = await rows.count();
    await call(`/v1/sessions/${session}/resume`, {});
    await rows
      .first()
      .getByText(/^(?:Sent|Delivered|Read)$/)
      .waitFor();
    expect(await rows.count()).toBe(before);
    await send(isChosen ? '+447700900502' : '+447700900512');
    await fresh(page, 1).waitFor();
    expect(await rows.count()).toBe(before);
    await page.getByRole('button', { name: 'Show the list as it is now' }).click();
    await rows.nth(before).waitFor();
    await page.getByText('New since the list was read').waitFor({ state: 'detached' });
  });

  it('deliveries of an endpoint', async () => {
    const { id } = (await call('/v1/callback-endpoints', { name: 'Core', url: 'https://core.example.com/heliograph' })).body;
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: tenant.id });
    await send('+447700900521');
    await until(async () => {
      const { data } = (await panel.api.call('GET', `/v1/callback-endpoints/${String(id)}/callbacks`, { key: tenant.key })).body;
      return (data as object[]).length > 0;
    });
    await page.goto(`/admin/endpoints/${String(id)}`);
    const rows = page.locator('table.rows tbody tr');
    await rows.first().waitFor();
    const before = await rows.count();
    await send('+447700900522');
    await page.getByText('New since the list was read').waitFor();
    expect(await rows.count()).toBe(before);
    await page.getByRole('button', { name: 'Show the list as it is now' }).click();
    await rows.nth(before).waitFor();
  });
});
