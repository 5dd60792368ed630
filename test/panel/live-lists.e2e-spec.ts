import { DeadLetters } from '@heliograph/dead-letters';
import { Database, newId } from '@heliograph/kernel';
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
