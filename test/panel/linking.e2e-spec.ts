import { until } from '@heliograph/kernel/testing';
import { describePanel, PanelRig } from './panel-rig';
import { readQr } from './read-qr';

describePanel('the first task of an operator', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
    const { accessToken } = panel.api.provider.simulator.accounts;
    await panel.api.call('POST', '/v1/provider-accounts', { key: tenant.key, body: { name: 'Main', access_token: accessToken } });
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  it('is to add a number, link it by the code on the screen, and link it again after the phone has logged out', async () => {
    const page = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });
    await page.getByRole('link', { name: 'Numbers' }).click();
    await page.getByRole('button', { name: 'Add number' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Reception');
    await page.getByRole('textbox', { name: 'Phone' }).fill('+44 7700 900321');
    await page.getByRole('button', { name: 'Add number' }).click();
    await page.getByRole('heading', { name: 'Reception' }).waitFor();

    const there = await until(() => [...panel.api.provider.simulator.accounts.sessions.values()].find(({ name }) => name === 'Reception'));
    /** Shows a code, and scans the one that can be read on the screen. */
    const scan = async (): Promise<void> => {
      const show = page.getByRole('button', { name: 'Show the QR code' });
      const code = page.getByRole('img', { name: 'QR code to link Reception' });
      await show.or(code).first().waitFor();
      if (await show.isVisible()) await show.click();
      await code.waitFor();
      await until(async () => {
        const qr = await readQr(page);
        return qr !== null && (await panel.api.provider.control('POST', `/sessions/${there.id}/scan`, { qr })).status === 200;
      });
    };
    const connected = page.getByText('Connected', { exact: true }).first();
    await scan();
    await connected.waitFor();

    await panel.api.provider.control('PATCH', `/sessions/${there.id}`, { status: 'logged_out' });
    await page.getByText('Logged out', { exact: true }).first().waitFor();
    await scan();
    await connected.waitFor();
  });
});
