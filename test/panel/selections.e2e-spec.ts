import { until } from '@heliograph/kernel/testing';
import type { Page } from 'playwright-core';
import { text } from '../api/api-rig';
import { describePanel, PanelRig } from './panel-rig';

/** Address of a list with a filter. */
const listed = (path: string, filter: object): string => `/admin${path}?filter=${encodeURIComponent(JSON.stringify(filter))}`;

describePanel('a selection', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  const rows = (page: Page) => page.locator('table.rows tbody tr');
  const selectPage = (page: Page) => page.getByRole('checkbox', { name: 'Select all rows of this page' }).check();
  const selectFirst = (page: Page) => page.getByRole('checkbox', { name: 'Select this row' }).first().check();

  describe('of messages', () => {
    beforeAll(async () => {
      const { id: session_id } = await panel.api.session(tenant.id);
      await panel.api.call('POST', `/v1/sessions/${session_id}/pause`, { key: tenant.key });
      const messages = Array.from({ length: 30 }, (_, i) =>
        text(`+4477009001${String(i).padStart(2, '0')}`, { session_id, tags: [i < 28 ? 'sale' : 'news'] }),
      );
      await panel.api.call('POST', '/v1/messages/bulk', { key: tenant.key, body: { messages } });
    });

    it('of everything that a filter matches ends with the filter: a row that is ticked after that is the only one', async () => {
      const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: tenant.id });
      await page.goto(listed('/messages', { state: 'queued', tag: 'sale' }));
      await rows(page).nth(24).waitFor();
      await selectPage(page);
      await page.getByRole('button', { name: 'Select all 28 that match' }).click();
      await page.getByText('All 28 of this filter are selected').waitFor();
      await page.getByRole('button', { name: /^Clear the filter Tag/ }).click();
      await rows(page).filter({ hasText: '900129' }).waitFor();
      expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
      await selectFirst(page);
      await page.getByText('1 on this page is selected.').waitFor();
    });

    it('ends with its page, with its filter and with the visit, so that nothing is acted on that is not seen', async () => {
      const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: tenant.id });
      const none = async (): Promise<void> => {
        await rows(page).first().waitFor();
        await page.getByText(/on this page (is|are) selected/).waitFor({ state: 'detached' });
        expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
      };
      await page.goto(listed('/messages', { state: 'queued' }));
      await rows(page).nth(24).waitFor();
      await selectPage(page);
      await page.getByText('25 on this page are selected.').waitFor();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByText('26 to 30').waitFor();
      await none();
      await selectPage(page);
      await page.getByText('5 on this page are selected.').waitFor();
      await page.reload();
      await none();
    });
  });

  it('of all numbers that a search finds is these numbers', async () => {
    const { id, key } = await panel.api.tenant();
    for (let i = 0; i < 52; i++) {
      const { id: number } = await panel.api.session(id);
      if (i % 26 > 0) await panel.api.call('PATCH', `/v1/sessions/${number}`, { key, body: { name: `Sales ${i}`, tags: ['uk'] } });
    }
    await panel.api.session(id);
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: id });
    await page.goto(listed('/numbers', { search: 'line' }));
    await rows(page).nth(2).waitFor();
    expect(await rows(page).count()).toBe(3);
    // A page holds 50.
    await page.goto(listed('/numbers', { search: 'sales' }));
    await rows(page).nth(49).waitFor();
    await panel.api.call('PATCH', `/v1/sessions/${(await panel.api.session(id)).id}`, { key, body: { name: 'Sales late' } });
    await page.reload();
    await rows(page).nth(49).waitFor();
    await selectPage(page);
    await page.getByRole('button', { name: 'Select all that match' }).click();
    await page.getByText('51 numbers selected').waitFor();
    await page.getByRole('button', { name: 'Pause 51 numbers' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause 51 numbers' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { matched } = (await panel.api.call('POST', '/v1/sessions/resume', { key, body: { filter: {}, dry_run: true } })).body;
    const numbers = (await panel.api.call('GET', '/v1/sessions?limit=100', { key })).body.data as { held_reason: string | null }[];
    expect([matched, numbers.filter(({ held_reason }) => held_reason === 'paused').length]).toEqual([54, 51]);
  });

  it('is not needed for one number: the menu of its row has the acts of its page, and columns are shown at will', async () => {
    const { id, key } = await panel.api.tenant();
    const { id: number } = await panel.api.session(id);
    await panel.api.session(id);
    await panel.api.call('PATCH', `/v1/sessions/${number}`, { key, body: { name: 'Sales' } });
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: id });
    await page.goto('/admin/numbers');
    await page.getByText('2 numbers').waitFor();
    const row = rows(page).filter({ hasText: 'Sales' });
    await row.getByRole('button', { name: 'More for Sales' }).click();
    await page.getByRole('menuitem', { name: 'Pause sending' }).click();
    await row.getByRole('button', { name: 'Resume' }).waitFor();
    await row.getByRole('button', { name: 'More for Sales' }).click();
    await page.getByRole('menuitem', { name: 'Rename and tag' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Viewings');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await rows(page).filter({ hasText: 'Viewings' }).waitFor();
    expect(await page.getByRole('columnheader', { name: 'Last error' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Last error' }).click();
    await page.getByRole('columnheader', { name: 'Last error', includeHidden: true }).waitFor();
  });

  it('of letters is counted for whoever may redrive them; a reader is told why not', async () => {
    const { id: session_id, there } = await panel.api.session(tenant.id);
    await panel.api.provider.control('POST', '/faults', { kind: 'refuse-success-false', sessionId: there.id, times: 1 });
    await panel.api.call('POST', '/v1/messages', { key: tenant.key, body: text('+447700900101', { session_id }) });
    const page = await panel.person([{ role: 'analyst', tenantId: null }], { tenantId: tenant.id });
    await page.goto(listed('/dead-letters', { session_id }));
    await rows(page).first().waitFor();
    await page.getByText('You may see dead letters but not redrive or discard them. Engineers and admins may.').first().waitFor();
    const button = page.getByRole('button', { name: /^Redrive/ }).first();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
  });
});

describePanel('language and theme', () => {
  let panel: PanelRig;
  beforeAll(async () => {
    panel = await PanelRig.start();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  it('are the choice of the browser: they outlive the sign-in', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }]);
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.getByRole('button', { name: 'Language' }).click();
    await page.getByRole('menuitem', { name: 'Español' }).click();
    await until(() => page.evaluate(`document.documentElement.lang === 'es'`));
    await page.locator('header button[aria-haspopup="menu"]').last().click();
    await page.getByRole('menuitem').last().click();
    await page.locator('input[name="password"]').waitFor();
    const stays = (): Promise<unknown> =>
      until(() => page.evaluate(`document.documentElement.lang === 'es' && localStorage.getItem('RaStore.theme') === '"dark"'`));
    await stays();
    await page.reload();
    await page.locator('input[name="password"]').waitFor();
    await stays();
  });
});
