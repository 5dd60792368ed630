import { until } from '@heliograph/kernel/testing';
import { text } from '../api/api-rig';
import { axe, describePanel, PanelRig, widths } from './panel-rig';
import { readQr } from './read-qr';

describePanel('in the panel', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  describe('the owner of a phone', () => {
    let account: string;
    beforeAll(async () => {
      const { accessToken } = panel.api.provider.simulator.accounts;
      const body = { name: 'Main', access_token: accessToken };
      account = (await panel.api.call('POST', '/v1/provider-accounts', { key: tenant.key, body })).body.id as string;
    });

    /** A number that nobody has linked, and how the simulator knows it. */
    async function number(name: string, phone: string) {
      const body = { mode: 'create', account_id: account, name, phone };
      const { session } = (await panel.api.call('POST', '/v1/sessions', { key: tenant.key, body })).body as {
        session: { id: string; provider_session_id: string };
      };
      const there = panel.api.provider.simulator.accounts.sessions.get(Number(session.provider_session_id));
      if (!there) throw new Error('The simulator does not know the session.');
      return { id: session.id, there };
    }

    it.each([
      ['a computer in light colours', widths.wide, 'light', '+447700900701'],
      ['a phone in dark colours', widths.narrow, 'dark', '+447700900702'],
    ] as const)('links it with the one-time link on %s, and both pages say so', async (_where, viewport, colorScheme, phone) => {
      const { id, there } = await number('Reception', phone);
      const page = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });
      await page.goto(`/admin/numbers/${id}`);
      await page.getByRole('button', { name: 'Make a one-time link' }).click();
      const link = await page.getByText('/admin/link-phone#').innerText();

      const owner = await panel.open(link, { viewport, colorScheme });
      await owner.getByRole('heading', { name: 'Link your phone as Reception' }).waitFor();
      expect(await axe(owner)).toEqual([]);
      // The page of the number may have asked for a code already.
      const show = owner.getByRole('button', { name: 'Show the code' });
      const code = owner.getByRole('img', { name: 'QR code to link Reception' });
      await show.or(code).first().waitFor();
      if (await show.isVisible()) await show.click();
      await code.waitFor();
      expect(await axe(owner)).toEqual([]);
      const qr = await until(async () => {
        const read = await readQr(owner);
        return read !== null && read === there.qr ? read : null;
      });
      expect(await owner.content()).not.toContain(phone.slice(-6));
      expect((await panel.api.provider.control('POST', `/sessions/${there.id}/scan`, { qr })).status).toBe(200);
      await owner.getByText('It worked.', { exact: true }).waitFor();
      expect(await axe(owner)).toEqual([]);
      await page.getByText('Connected', { exact: true }).first().waitFor();

      // The link has done its work: it shows no code to anybody.
      const again = await panel.open(link, { viewport, colorScheme });
      await again.getByText('It worked.', { exact: true }).waitFor();
      expect(await again.getByRole('img', { name: /QR code/ }).count()).toBe(0);
    });

    it('sees the brand of the client, and chooses the language', async () => {
      const { id } = await number('Front desk', '+447700900704');
      const admin = await panel.api.person([{ role: 'owner', tenantId: null }]);
      const brand = { name: 'Kettle Coffee', colour_light: '#0B5D66', support_url: 'https://kettle.example/help' };
      await admin.call('PATCH', `/admin/v1/tenants/${tenant.id}/branding`, { body: brand });
      const invited = await panel.api.call('POST', `/v1/sessions/${id}/link-invitations`, { key: tenant.key });
      const owner = await panel.open(`/admin/link-phone#${String(invited.body.url).split('#')[1]}`, { viewport: widths.narrow });
      await owner.getByText('Kettle Coffee', { exact: true }).waitFor();
      expect(await owner.title()).toBe('Link your phone as Front desk · Kettle Coffee');
      expect(await owner.getByRole('link', { name: 'Support' }).getAttribute('href')).toBe('https://kettle.example/help');
      await owner.getByRole('button', { name: 'Show the code' }).waitFor();
      const colour = `getComputedStyle(document.querySelector('.first-code button')).backgroundColor`;
      expect(await owner.evaluate(colour)).toBe('rgb(11, 93, 102)');
      expect(await owner.content()).not.toContain('Heliograph');
      await owner.getByRole('combobox', { name: 'Language' }).selectOption('Français');
      await owner.locator('html[lang=fr]').waitFor();
      expect(await axe(owner)).toEqual([]);
      await admin.call('PATCH', `/admin/v1/tenants/${tenant.id}/branding`, { body: { name: null, colour_light: null, support_url: null } });
    });

    it('is told that a link was revoked', async () => {
      const { id } = await number('Sales', '+447700900703');
      const page = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });
      await page.goto(`/admin/numbers/${id}`);
      await page.getByRole('button', { name: 'Make a one-time link' }).click();
      const link = await page.getByText('/admin/link-phone#').innerText();
      await page.getByRole('button', { name: 'End the link' }).click();
      await page.getByRole('button', { name: 'Make a one-time link' }).waitFor();
      const owner = await panel.open(link, { viewport: widths.narrow });
      await owner.getByText('This link does not work.').waitFor();
      expect(await axe(owner)).toEqual([]);
    });
  });

  describe('somebody who tries Heliograph', () => {
    it('plays with the simulator: a number fails, a contact writes, and the list shows what was sent', async () => {
      const { id, there } = await panel.api.session(tenant.id);
      const page = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });
      await page.getByRole('link', { name: 'Simulator', exact: true }).click();
      await page.getByRole('heading', { name: 'Make sends fail' }).waitFor();
      await page.getByRole('button', { name: 'Add this fault' }).click();
      await page.getByText('applied 0 times').waitFor();
      const send = (to: string, words: string) =>
        panel.api.call('POST', '/v1/messages', { key: tenant.key, body: text(to, { text: words, session_id: id }) });
      const ledgerRow = (words: string) => page.getByRole('row').filter({ hasText: words });
      await send('+447700900711', 'This one is refused');
      await page.getByText('applied 1 time', { exact: false }).waitFor();
      await ledgerRow('This one is refused').getByText('Refused, 422').waitFor();
      await page.getByRole('button', { name: 'Remove all faults' }).click();
      await page.getByText('Every send goes well.').waitFor();
      await send('+447700900712', 'This one arrives');
      await ledgerRow('This one arrives')
        .getByText(/^(?:Sent|Delivered|Read)$/)
        .waitFor();

      const write = page.locator('section', { has: page.getByRole('heading', { name: 'Write as a contact' }) });
      await write.getByRole('combobox', { name: 'To the number' }).click();
      await page.getByRole('option', { name: there.name }).click();
      await write.getByLabel('From the phone').fill('+447700900712');
      await write.getByLabel('Name of the person').fill('Bo');
      await write.getByLabel('Text', { exact: true }).fill('Is it still open?');
      await write.getByRole('button', { name: 'Send to the number' }).click();
      const inbox = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });
      await inbox.getByRole('link', { name: 'Inbox', exact: true }).click();
      await inbox.getByText('Is it still open?').first().click();
      await inbox.getByText('This one arrives').waitFor();

      await page.getByRole('searchbox', { name: 'Find by name, phone or number' }).fill(there.phone);
      await page.getByRole('button', { name: `Do something to ${there.name}` }).click();
      await page.getByRole('menuitem', { name: 'Log it out on the phone' }).click();
      await until(() => there.status === 'logged_out');
      await page.getByText('Logged out', { exact: true }).waitFor();
    });

    it('is led to the first message by steps that tick themselves', async () => {
      const client = await panel.api.tenant();
      const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: client.id });
      await page.goto('/admin/');
      const guide = page
        .getByRole('region', { name: 'Get going' })
        .or(page.locator('section', { hasText: 'Get going' }))
        .first();
      await guide.getByText('1 of 4 done').waitFor();
      await panel.api.session(client.id);
      await guide.getByText('2 of 4 done').waitFor();
      await guide.getByRole('textbox', { name: 'Your phone' }).fill('+44 7700 900123');
      await guide.getByRole('button', { name: 'Send test' }).click();
      await guide.getByText('3 of 4 done').waitFor();
      await guide.getByRole('textbox', { name: 'Address' }).fill('https://core.example.com/heliograph');
      await guide.getByRole('button', { name: 'Add endpoint' }).click();
      await guide.getByText('whsec_').waitFor();
      await guide.getByRole('button', { name: 'I have kept it' }).click();
      await page.getByText('Get going').waitFor({ state: 'detached' });
      await page.reload();
      await page.getByRole('navigation').first().waitFor();
      expect(await page.getByText('Get going').count()).toBe(0);
    });
  });
});
