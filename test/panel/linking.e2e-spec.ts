import { readFileSync } from 'node:fs';
import { until } from '@heliograph/kernel/testing';
import type { Page } from 'playwright-core';
import { describePanel, PanelRig } from './panel-rig';

const qrReader = readFileSync(require.resolve('jsqr'), 'utf8');

/** The text of the QR code that the page shows, read from a picture of the screen; null when there is none. */
async function readQr(page: Page): Promise<string | null> {
  const picture = (await page.locator('.qr').screenshot()).toString('base64');
  const reader = await page.context().newPage();
  await reader.evaluate(qrReader);
  const read = await reader.evaluate(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${picture}';
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return jsQR(data, image.width, image.height)?.data ?? null;
  })()`);
  await reader.close();
  return read as string | null;
}

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
