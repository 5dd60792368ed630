import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { axe, describePanel, PanelRig, widths } from './panel-rig';

describePanel('importing contacts', () => {
  let rig: PanelRig;
  beforeAll(async () => {
    rig = await PanelRig.start();
  });
  afterAll(() => rig.stop());
  afterEach(() => rig.closePages());

  const operator = async () => {
    const { id } = await rig.api.tenant();
    return rig.person([{ role: 'operator', tenantId: id }], { tenantId: id });
  };
  const file = (text: string, name = 'people.csv') => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  const choose = (page: Page, text: string, name?: string) => page.locator('input[type=file]').setInputFiles(file(text, name));
  const figure = (page: Page, label: string) => page.locator('.strip > div', { hasText: label }).locator('.figure').innerText();
  const check = async (page: Page): Promise<void> => {
    await page.getByLabel('Yes: record their consent').click();
    await page.getByLabel('Where they agreed').fill('fair-2026');
    await page.getByRole('button', { name: 'Check all rows' }).click();
    await page.getByText('Nothing has been written yet. If you go on').waitFor();
  };

  it('uploads a file, shows the refused rows, and loads them again after they are fixed', async () => {
    const page = await operator();
    await page.getByRole('link', { name: 'Contacts' }).click();
    await page.getByRole('link', { name: 'Imports' }).click();
    await page.getByRole('button', { name: 'Import a file' }).click();
    await choose(page, 'mobile;name;city\n07700 900101;Amara Hollis;Leeds\n4.47701E+11;Ben Okafor;York\n');
    await page.getByRole('heading', { name: 'people.csv' }).waitFor();
    await page.getByText('{{ city }}').waitFor();
    await page.getByRole('combobox', { name: 'Use of the column city' }).click();
    await page.getByRole('option', { name: 'Attribute …' }).click();
    expect(await axe(page)).toEqual([]);
    await check(page);
    expect(await figure(page, 'New')).toBe('1');
    expect(await figure(page, 'Refused')).toBe('1');
    await page.getByText('A spreadsheet made it a power of ten; digits are lost').waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: 'Import 1 person' }).click();
    await page.getByText('1 person was added or brought up to date.').waitFor();
    await page.getByText('Variables of messages').waitFor();
    expect(await axe(page)).toEqual([]);

    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /as CSV/ }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('people-refused.csv');
    const refused = readFileSync(await saved.path(), 'utf8');
    expect(refused).toContain('4.47701E+11,Ben Okafor,York,3,lost_digits: mobile');
    await page.getByRole('link', { name: 'Load the fixed rows' }).click();
    await choose(page, refused.replace('4.47701E+11', '07700 900102'), 'fixed.csv');
    await page.getByRole('heading', { name: 'fixed.csv' }).waitFor();
    await check(page);
    await page.getByText('No row stays out', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Import 1 person' }).click();
    await page.getByText('1 person was added or brought up to date.').waitFor();
    await page.getByRole('link', { name: 'To the contacts' }).click();
    await page.getByRole('link', { name: 'Ben Okafor' }).waitFor();
    await page.getByRole('link', { name: 'Amara Hollis' }).waitFor();
  }, 240_000);

  it('takes pasted rows, says what a mapping lacks, and undoes an import', async () => {
    const page = await operator();
    await page.goto('/admin/contacts/imports/new');
    await page.getByLabel('Rows, with the names of the columns first').fill('who\tnote\nn/a\tx\n+447700900101\ty');
    await page.getByRole('button', { name: 'Use these rows' }).click();
    await page.getByRole('heading', { name: 'pasted-rows.csv' }).waitFor();
    await page.getByRole('button', { name: 'Check all rows' }).click();
    await page.getByText('Choose the column of the phone or of your id.').waitFor();
    await page.getByRole('combobox', { name: 'Use of the column who' }).click();
    await page.getByRole('option', { name: 'Phone' }).click();
    await check(page);
    await page.getByRole('button', { name: 'Import 1 person' }).click();
    await page.getByRole('button', { name: 'Undo the import' }).click();
    await page.getByText('The import was undone.').waitFor();
    await page.goto('/admin/contacts');
    await page.getByText('No contacts yet').waitFor();
  });

  it('fits a phone, and refuses a file of another kind in words', async () => {
    const page = await operator();
    await page.setViewportSize(widths.narrow);
    await page.goto('/admin/contacts/imports/new');
    await choose(page, '\u0000\u0001', 'picture.png');
    await page.getByText('The file was not taken.').waitFor();
    await choose(page, 'phone,name\n+447700900101,Amara\n123,Ben\n');
    await page.getByRole('heading', { name: 'people.csv' }).waitFor();
    await check(page);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await axe(page)).toEqual([]);
  });
});
