import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { until } from '@heliograph/kernel/testing';
import { axe, describePanel, PanelRig, widths } from './panel-rig';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

describePanel('a template', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  let scanner: Server;
  let sent: () => { recipient: string; content: Record<string, unknown> }[];
  beforeAll(async () => {
    // It refuses what names a virus, and answers nothing that can be read to what asks it to.
    scanner = createServer((request, response) => {
      void buffer(request).then((file) => {
        const status = file.includes('VIRUS') ? 406 : file.includes('SILENCE') ? 500 : 200;
        response.writeHead(status).end(JSON.stringify([{ Status: status === 200 ? 'OK' : 'FOUND', Description: 'Test.Virus <b>' }]));
      });
    }).listen(0, '127.0.0.1');
    await once(scanner, 'listening');
    panel = await PanelRig.start({ MEDIA_SCAN_URL: `http://127.0.0.1:${(scanner.address() as AddressInfo).port}` });
    tenant = await panel.api.tenant();
    const { there } = await panel.api.session(tenant.id);
    sent = () => panel.api.provider.simulator.ledger.acceptedOf(there.id) as never;
    await call('PUT', '/v1/contacts', { addresses: ['+447700900171'], name: 'Amara Hollis', attributes: { language: 'es' } });
  });
  afterEach(() => panel.closePages());
  afterAll(async () => {
    await panel.stop();
    scanner.closeAllConnections();
    scanner.close();
  });

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await panel.api.call(method, path, { key: tenant.key, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
  const operator = () => panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });

  it('is written, seen as a contact gets it, tried on a phone, changed, and compared with its version before', async () => {
    const page = await operator();
    await page.goto('/admin/templates');
    await page.getByRole('button', { name: 'New template' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('Six-month recall');
    await page.getByRole('textbox', { name: 'Text' }).fill('Hello {{ contact.first_name }}, *your visit*: {{ coupon }}');

    const phone = page.locator('.phone-bubble');
    await phone.getByText('[contact.first_name]').waitFor();
    await page.getByText('coupon has no value here').waitFor();
    expect(await phone.locator('b').innerText()).toBe('your visit');
    await page.getByLabel('contact.first_name', { exact: true }).fill('friend');
    await page.getByLabel('Value of coupon for this preview').fill('NOV');
    await phone.getByText('Hello friend,').waitFor();
    await page.getByText('Nothing is wrong with this template.').waitFor();
    await page.getByLabel('As this contact gets it').click();
    await page.getByRole('option', { name: 'Amara Hollis' }).click();
    await phone.getByText('Hello Amara,').waitFor();
    await page.getByText('30 characters').waitFor();
    expect(await axe(page)).toEqual([]);

    await page.getByRole('button', { name: 'Create the template' }).click();
    await page.getByRole('tab', { name: 'Versions' }).waitFor();

    await page.getByRole('button', { name: 'Send a test' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To').fill('07700 900172');
    await dialog.getByRole('button', { name: 'Send message' }).click();
    await dialog.getByText('This has no value.').waitFor();
    await dialog.getByLabel('Value of coupon').fill('TEST');
    await dialog.getByRole('button', { name: 'Send message' }).click();
    await dialog.getByText('The test is on its way').waitFor();
    await until(() => Promise.resolve(sent().length === 1));
    expect(sent()[0]).toMatchObject({ recipient: '447700900172', content: { text: 'Hello friend, *your visit*: TEST' } });
    await dialog.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'Add a language' }).click();
    await page.getByRole('textbox', { name: 'Language' }).fill('es');
    await page.getByRole('textbox', { name: 'Text' }).fill('Hola {{ contact.first_name }}');
    await phone.getByText('Hola friend').waitFor();
    await page.getByRole('button', { name: 'Save as a new version' }).click();
    await page.getByText('Version 2').first().waitFor();
    await page.getByRole('tab', { name: 'Spanish' }).waitFor();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await page.locator('.word-diff ins', { hasText: 'Hola' }).waitFor();
    expect(await page.locator('.word-diff').count()).toBe(2);
    expect(await axe(page)).toEqual([]);
  }, 240_000);

  it('sends a file that is uploaded, shows it, and says where it is wrong', async () => {
    const page = await operator();
    await page.goto('/admin/templates/new');
    await page.getByLabel('Name', { exact: true }).fill('Poster');
    await page.getByLabel('Type').click();
    await page.getByRole('option', { name: 'Image' }).click();
    await page.locator('input[type=file]').setInputFiles({ name: 'poster.html', mimeType: 'text/html', buffer: Buffer.from('<html>') });
    await page.getByText('Files of this type cannot be sent.').waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'poster.png', mimeType: 'image/png', buffer: png });
    const shown = page.locator('img.phone-image');
    await shown.waitFor();
    expect(await page.evaluate(`document.querySelector('img.phone-image').decode().then(() => true)`)).toBe(true);
    await page.getByRole('textbox', { name: 'Caption' }).fill('{{ contact.first_name');
    await page.getByText('content', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Create the template' }).click();
    await page.getByText('The template was not saved').waitFor();
    await page.getByRole('textbox', { name: 'Caption' }).fill('For {{ contact.first_name | default: "you" }}');
    await page.getByRole('button', { name: 'Create the template' }).click();
    await page.getByRole('tab', { name: 'Versions' }).waitFor();
    await page.setViewportSize(widths.narrow);
    await shown.waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }, 120_000);

  it('says in words why a file was not stored: the scanner refused it, or did not answer', async () => {
    const page = await operator();
    await page.goto('/admin/templates/new');
    await page.getByLabel('Type').click();
    await page.getByRole('option', { name: 'Document' }).click();
    const choose = (content: string) =>
      page.locator('input[type=file]').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from(content) });
    await choose('VIRUS');
    const note = page.getByRole('alert');
    await page.getByText('The scanner refused this file.').waitFor();
    expect(await note.innerText()).toContain('It says: Test.Virus <b>. Nothing was stored. Choose another file.');
    expect(await axe(page)).toEqual([]);
    panel.provoked.add('503 POST /v1/media');
    await choose('SILENCE');
    await page.getByText('The file cannot be scanned right now.').waitFor();
    expect(await note.innerText()).toContain('Nothing was stored. Try again in some minutes.');
    await choose('Hello');
    await page.getByText('a.txt', { exact: true }).waitFor();
    expect(await note.count()).toBe(0);
  }, 120_000);

  it('is read by people who may not write it, with the reason', async () => {
    await call('POST', '/v1/templates', { name: 'Only read', content: { type: 'text', text: 'Hi' } });
    const page = await panel.person([{ role: 'viewer', tenantId: null }], { tenantId: tenant.id });
    await page.goto('/admin/templates');
    await page.getByRole('link', { name: 'Only read' }).click();
    await page.locator('.phone-bubble', { hasText: 'Hi' }).waitFor();
    expect(await page.getByRole('button', { name: 'Save as a new version' }).getAttribute('aria-disabled')).toBe('true');
    await page.getByText('You may see templates but not write them').first().waitFor();
  });
});
