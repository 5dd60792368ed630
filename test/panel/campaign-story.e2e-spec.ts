import { readFileSync } from 'node:fs';
import { until } from '@heliograph/kernel/testing';
import { Tenants } from '@heliograph/tenants';
import type { Page } from 'playwright-core';
import { axe, describePanel, PanelRig, widths } from './panel-rig';

/** Rows of the file, and those whose phones a spreadsheet has ruined. */
const people = 5_000;
const ruined = 8;
/** Every second person lives in the city that the campaign is for. */
const chosen = people / 2;
/** Sends that the provider refuses. */
const refusals = 3;

const rows = Array.from({ length: people }, (_, i) => {
  const phone = i % 500 === 1 && i < ruined * 500 ? '4.47911E+11' : `07911 ${100_000 + i}`;
  return `${phone};Amara ${i} Hollis;${i % 2 === 0 ? 'Leeds' : 'York'}`;
});
const format = (figure: number): string => figure.toLocaleString('en-GB');

describePanel('from a file of people to a finished campaign', () => {
  let panel: PanelRig;
  let client: { id: string; name: string };
  let line: { id: string; there: { id: number } };
  beforeAll(async () => {
    panel = await PanelRig.start();
    const { id, key } = await panel.api.tenant();
    client = { id, name: (await panel.api.get(Tenants).get(id))?.name ?? '' };
    line = await panel.api.session(id);
    const limits = { window_ms: 1_000, window_limit: 50, jitter_ms: 0 };
    await panel.api.call('PATCH', `/v1/sessions/${line.id}/limits`, { key, body: limits });
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  const marketer = () => panel.person([{ role: 'operator', tenantId: client.id }], { tenantId: client.id });
  // Breadcrumbs are navigation too; the side bar comes first.
  const go = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).first().click();
  const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const pick = (page: Page, name: string | RegExp) => page.getByRole('option', { name }).click();
  const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
  const shows = (page: Page, state: string) => page.locator('.head .chip', { hasText: state }).waitFor();
  const gone = async (page: Page): Promise<number> => Number((await page.locator('.flight-head .big').innerText()).replaceAll(',', ''));

  /** Uploads a file, says where its people agreed, and writes them. */
  async function load(page: Page, name: string, text: string, taken: number): Promise<void> {
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await heading(page, name);
    await page.getByRole('combobox', { name: 'Use of the column city' }).click();
    await pick(page, 'Attribute …');
    await page.getByLabel('Yes: record their consent').click();
    await page.getByLabel('Where they agreed').fill('fair-2026');
    await press(page, 'Check all rows');
    await press(page, `Import ${format(taken)} people`);
    await page.getByText(`${format(taken)} people were added or brought up to date.`).waitFor();
  }

  it('a growth marketer gets there by clicking alone', async () => {
    const page = await marketer();

    // People: a file of 5,000, and those of its rows that a spreadsheet has ruined, fixed.
    await go(page, 'Contacts');
    await page.getByRole('link', { name: 'Imports' }).click();
    await press(page, 'Import a file');
    await load(page, 'fair.csv', ['mobile;name;city', ...rows].join('\n'), people - ruined);
    const download = page.waitForEvent('download');
    await press(page, `All ${ruined} as CSV`);
    let fixed = readFileSync(await (await download).path(), 'utf8');
    expect(fixed.split('4.47911E+11')).toHaveLength(ruined + 1);
    for (let i = 0; i < ruined; i++) fixed = fixed.replace('4.47911E+11', `07911 ${100_000 + i * 500 + 1}`);
    await page.getByRole('link', { name: 'Load the fixed rows' }).click();
    await load(page, 'fixed.csv', fixed, ruined);

    // A segment of them.
    await go(page, 'Segments');
    await press(page, 'New segment');
    await press(page, 'Add a rule');
    await page.getByRole('combobox', { name: 'Field' }).click();
    await pick(page, 'city');
    await page.getByRole('textbox', { name: 'Value' }).fill('Leeds');
    await page.locator('.reach:not(.old)', { hasText: format(chosen) }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('People in Leeds');
    await press(page, 'Create segment');
    await heading(page, 'People in Leeds');

    // What is said to them, tried on a phone first.
    await go(page, 'Templates');
    await press(page, 'New template');
    await page.getByLabel('Name', { exact: true }).fill('Autumn recall');
    await page.getByRole('textbox', { name: 'Text' }).fill('Hello {{ contact.first_name }}, shall we find you a time?');
    await press(page, 'Create the template');
    await page.getByRole('tab', { name: 'Versions' }).waitFor();
    await press(page, 'Send a test');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To').fill('07700 900172');
    await dialog.getByLabel('Value of contact.first_name').fill('Ines');
    await press(page, 'Send message');
    await dialog.getByText('The test is on its way').waitFor();
    await press(page, 'Close');
    const { ledger } = panel.api.provider.simulator;
    await until(() => Promise.resolve(ledger.acceptedOf(line.there.id).length === 1));

    // The campaign: people, message, time, and what will happen.
    const fault = { kind: 'refuse-success-false', sessionId: line.there.id, times: refusals };
    await panel.api.provider.control('POST', '/faults', fault);
    await go(page, 'Campaigns');
    await press(page, 'Create campaign');
    await page.getByRole('textbox', { name: 'Name' }).fill('Leeds, autumn');
    await press(page, 'Create the draft');
    await page.getByLabel('Send to').click();
    await pick(page, /People in Leeds/);
    await page.keyboard.press('Escape');
    await page.getByText(`of ${format(chosen)} get it`).waitFor();
    await press(page, 'Continue to message');
    await page.getByLabel('Template').click();
    await pick(page, 'Autumn recall');
    await page.getByText('Hello Amara, shall we find you a time?').waitFor();
    await press(page, 'Continue to schedule');
    await page.getByLabel('Messages a minute (optional)').fill('600');
    await press(page, 'Continue to review');
    await page.getByText('get one message each').waitFor();
    const start = page.getByRole('button', { name: `Start ${format(chosen)} messages` });
    await start.click();
    await page
      .getByRole('status')
      .filter({ hasText: `Type “${client.name}” to go on.` })
      .waitFor();
    await page.getByLabel('Type the client’s name to go on').fill(client.name);
    await start.click();
    await press(page, 'Start at once');

    // Watched at the desk, paused on a phone.
    await shows(page, 'Running');
    await until(async () => (await gone(page)) > refusals);
    const phone = await marketer();
    await phone.setViewportSize(widths.narrow);
    await press(phone, 'Pages');
    await go(phone, 'Campaigns');
    await phone.getByRole('link', { name: 'Leeds, autumn' }).click();
    await shows(phone, 'Running');
    await until(async () => (await gone(phone)) > refusals);
    expect(await axe(phone)).toEqual([]);
    expect(await phone.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await press(phone, 'Pause');
    await shows(phone, 'Paused');
    await shows(page, 'Paused');
    await page.getByText('Paused by Ines', { exact: false }).first().waitFor();

    // Slowed down, and resumed.
    await press(page, 'Change pace');
    await page.getByLabel('Messages a minute (optional)').fill('120');
    await press(page, 'Save the pace');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const before = await gone(page);
    await press(page, 'Resume');
    await shows(page, 'Running');
    await until(async () => (await gone(page)) > before);
    const counts = await page.locator('.strip.cells .figure').allInnerTexts();
    expect(counts.reduce((sum, count) => sum + Number(count.replaceAll(',', '')), 0)).toBe(chosen);

    // Those that failed get it by a campaign of their own.
    await press(page, `Retry the ${refusals} that may pass`);
    await press(page, `Start ${refusals} messages`);
    await press(page, 'Start at once');
    await shows(page, 'Completed');
    await page.getByText(`of ${refusals} sent or failed`).waitFor();
    expect(await page.locator('[data-cell=failed] .figure').innerText()).toBe('0');

    // The client reads the report, without an account.
    await go(page, 'Campaigns');
    await page.getByRole('link', { name: 'Leeds, autumn', exact: true }).click();
    await press(page, 'More actions');
    await page.getByRole('menuitem', { name: 'Link for the client' }).click();
    await press(page, 'Make a link');
    const address = await page.getByRole('group', { name: 'Address of the report' }).locator('.code').innerText();
    const report = await panel.open(address);
    await heading(report, 'Leeds, autumn');
    await report.getByText(client.name, { exact: true }).waitFor();
    expect(await axe(report)).toEqual([]);
    expect(await report.getByRole('row', { name: /^Everybody/ }).innerText()).toContain(format(chosen));
  }, 180_000);
});
