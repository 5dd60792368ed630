import { totpCode } from '@heliograph/staff/testing';
import type { Page } from 'playwright-core';
import { passwordOfPeople } from '../api/api-rig';
import { axe, describePanel, PanelRig } from './panel-rig';

describePanel('signing in', () => {
  let panel: PanelRig;
  beforeAll(async () => {
    panel = await PanelRig.start();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  async function typePassword(page: Page, email: string, password: string): Promise<void> {
    await page.getByLabel('Email').fill(email);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  it('begins with an invitation, which sets a password and works once', async () => {
    const { url } = await panel.invitation([{ role: 'operator', tenantId: null }]);
    const page = await panel.open(url);
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('alert').filter({ hasText: '12' }).waitFor();
    await page.getByLabel('New password').fill(passwordOfPeople);
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();

    const second = await panel.open(url);
    await second.getByLabel('New password').fill(passwordOfPeople);
    await second.getByRole('button', { name: 'Set the password' }).click();
    await second.getByRole('alert').waitFor();
  });

  it('takes the password, then a code of the authenticator app or a recovery code, each code once', async () => {
    const person = await panel.api.person([{ role: 'engineer', tenantId: null }]);
    const set = await person.call('POST', '/admin/v1/me/totp', { body: { password: passwordOfPeople } });
    const { uri, recovery_codes: recovery } = set.body as { uri: string; recovery_codes: string[] };
    await person.call('POST', '/admin/v1/me/totp/confirm', { body: { code: totpCode(uri) } });

    const page = await panel.open();
    await typePassword(page, person.email, 'not the password');
    await page.getByRole('alert').waitFor();
    await typePassword(page, person.email, passwordOfPeople);
    await page.getByLabel(/^Code/).fill(totpCode(uri));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Account of Ines' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();

    for (const isFirst of [true, false]) {
      await typePassword(page, person.email, passwordOfPeople);
      await page.getByRole('button', { name: 'Use a recovery code' }).click();
      await page.getByLabel('Recovery code').fill(recovery[0] as string);
      await page.getByRole('button', { name: 'Sign in' }).click();
      if (!isFirst) {
        await page.getByRole('alert').waitFor();
        break;
      }
      await page.getByRole('button', { name: 'Account of Ines' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
    }
  });

  it('leads a person who is signed out from any page to the sign-in page, and back', async () => {
    const person = await panel.api.person([{ role: 'operator', tenantId: null }]);
    const page = await panel.open('/admin/messages');
    await typePassword(page, person.email, passwordOfPeople);
    await page.waitForURL('**/admin/messages');
    await page.getByRole('heading', { name: 'Messages' }).waitFor();
  });

  it('speaks the language that is chosen before it, shows the password when asked, and is the same afterwards', async () => {
    const person = await panel.api.person([{ role: 'operator', tenantId: null }]);
    const page = await panel.open('/admin/messages');
    await page.getByRole('combobox', { name: 'Language' }).selectOption('Español');
    await page.getByRole('button', { name: 'Mostrar la contraseña' }).click();
    expect(await page.locator('#password').getAttribute('type')).toBe('text');
    expect(await axe(page)).toEqual([]);
    await page.locator('#email').fill(person.email);
    await page.locator('#password').fill(passwordOfPeople);
    await page.locator('#password').press('Enter');
    await page.getByRole('heading', { name: 'Mensajes' }).waitFor();
  });

  it('asks before what was typed is left, and says that it is over when it ended by itself', async () => {
    const person = await panel.api.person([{ role: 'admin', tenantId: null }]);
    const tenant = await panel.api.tenant();
    const page = await panel.open('/admin/');
    await typePassword(page, person.email, passwordOfPeople);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.goto(`/admin/templates/new?client=${tenant.id}`);
    const name = page.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('Recall');

    await page.getByRole('link', { name: 'Messages', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
    await dialog.waitFor();
    expect(await axe(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Stay here' }).click();
    expect(await name.inputValue()).toBe('Recall');

    await person.call('DELETE', '/admin/v1/me/sign-ins');
    await page.getByText('Your sign-in is over. Sign in again').waitFor();
    await typePassword(page, person.email, passwordOfPeople);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
  });
});
