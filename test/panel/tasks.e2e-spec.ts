import { readFile } from 'node:fs/promises';
import { until } from '@heliograph/kernel/testing';
import { Receiver } from '@heliograph/webhooks/testing';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { text } from '../api/api-rig';
import { describePanel, PanelRig } from './panel-rig';
import { readQr } from './read-qr';

describePanel('the tasks', () => {
  let panel: PanelRig;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
    panel = await PanelRig.start({ EGRESS_ALLOWED: receiver.address });
  });
  afterEach(() => panel.closePages());
  afterAll(async () => {
    await receiver.close();
    await panel.stop();
  });

  const control = (method: string, path: string, body: object) => panel.api.provider.control(method, path, body);
  const menu = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();

  describe('of an operator', () => {
    let tenant: { id: string; key: string };
    beforeAll(async () => {
      tenant = await panel.api.tenant();
      const { accessToken } = panel.api.provider.simulator.accounts;
      await panel.api.call('POST', '/v1/provider-accounts', { key: tenant.key, body: { name: 'Main', access_token: accessToken } });
    });

    it('begin with adding a number, linking it by the code on the screen, and linking it again after the phone has logged out', async () => {
      const page = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });
      await menu(page, 'Numbers');
      await page.getByRole('button', { name: 'Add number' }).first().click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Reception');
      await page.getByRole('textbox', { name: 'Phone' }).fill('+44 7700 900321');
      await page.getByRole('button', { name: 'Add number' }).click();
      await page.getByRole('heading', { name: 'Reception' }).waitFor();

      const there = await until(() =>
        [...panel.api.provider.simulator.accounts.sessions.values()].find(({ name }) => name === 'Reception'),
      );
      /** Shows a code, and scans the one that can be read on the screen. */
      const scan = async (): Promise<void> => {
        const show = page.getByRole('button', { name: 'Show the QR code' });
        const code = page.getByRole('img', { name: 'QR code to link Reception' });
        await show.or(code).first().waitFor();
        if (await show.isVisible()) await show.click();
        await code.waitFor();
        await until(async () => {
          const qr = await readQr(page);
          return qr !== null && (await control('POST', `/sessions/${there.id}/scan`, { qr })).status === 200;
        });
      };
      const connected = page.getByText('Connected', { exact: true }).first();
      await scan();
      await connected.waitFor();

      await control('PATCH', `/sessions/${there.id}`, { status: 'logged_out' });
      await page.getByText('Logged out', { exact: true }).first().waitFor();
      await scan();
      await connected.waitFor();
    });
  });

  describe('of an engineer', () => {
    let tenant: { id: string; key: string };
    /** A number that fails, and one that works: their ids here and at the simulator. */
    let failing: Awaited<ReturnType<PanelRig['api']['session']>>;
    let working: typeof failing;
    beforeAll(async () => {
      tenant = await panel.api.tenant();
      failing = await number('Reception');
      working = await number('Orders');
    });
    afterEach(() => control('DELETE', '/faults', {}));

    async function call(
      method: string,
      path: string,
      body?: object,
      headers: Record<string, string> = {},
    ): Promise<Record<string, unknown>> {
      const answer = await panel.api.call(method, path, { key: tenant.key, ...(body && { body }), headers });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    }
    async function number(name: string) {
      const session = await panel.api.session(tenant.id);
      await call('PATCH', `/v1/sessions/${session.id}`, { name });
      await call('PATCH', `/v1/sessions/${session.id}/limits`, { window_ms: 1_000, window_limit: 50, jitter_ms: 0 });
      return session;
    }
    const engineer = () => panel.person([{ role: 'engineer', tenantId: null }], { tenantId: tenant.id });
    const row = (page: Page, name: string | RegExp) => page.getByRole('row').filter({ hasText: name });

    it('find out in three clicks why a message was not delivered, from its idempotency key', async () => {
      await control('POST', '/faults', { kind: 'refuse-422', sessionId: failing.there.id, times: 1 });
      await call('POST', '/v1/messages', text('+447700900101', { session_id: failing.id }), { 'idempotency-key': 'order-88213-shipped' });
      await call('POST', '/v1/messages', text('+447700900102', { session_id: working.id }), { 'idempotency-key': 'order-88214-shipped' });

      const page = await engineer();
      await menu(page, 'Messages');
      await row(page, '+44 7700 900102').waitFor();
      await page.getByRole('searchbox', { name: 'Phone, id or idempotency key' }).fill('order-88213-shipped');
      await page.keyboard.press('Enter');
      await row(page, '+44 7700 900102').waitFor({ state: 'detached' });
      await page.getByRole('link', { name: '+44 7700 900101' }).click();
      const verdict = page.locator('.verdict');
      await verdict.getByText('It failed', { exact: false }).waitFor();
      expect(await verdict.innerText()).toContain('not on WhatsApp');
      await verdict.getByRole('link').click();
      await page.getByRole('heading', { name: 'What to do' }).waitFor();
    });

    it('read on the page of a message what the provider answered to each attempt, why it waited, and the hook that brought its receipt', async () => {
      await control('POST', '/faults', { kind: 'refuse-429', sessionId: working.there.id, times: 1, retryAfterS: 2 });
      const { id } = await call('POST', '/v1/messages', text('+447700900103', { session_id: working.id }));
      await until(async () => (await call('GET', `/v1/messages/${id as string}`)).state === 'read');
      const page = await engineer();
      await menu(page, 'Messages');
      await page.getByRole('link', { name: '+44 7700 900103' }).click();
      const timeline = page.locator('.timeline');
      await timeline.getByText('answer 429', { exact: false }).waitFor();
      await timeline.getByText(/^Waited [23](\.\d)?\ss for the end of a pause of Orders/).waitFor();
      expect(await timeline.locator('.said').allInnerTexts()).toEqual([expect.stringContaining('retry_after')]);
      const receipt = timeline.getByRole('link', { name: 'Receipt by hook' }).first();
      const hook = page.locator((await receipt.getAttribute('href')) ?? '');
      await hook.getByText('messages.update').or(hook.getByText('message-receipt.update')).first().click();
      const body = JSON.parse(await hook.getByRole('region').innerText()) as { event: string };
      expect(body.event).toMatch(/^message/);
    });

    it('watch the dead letters of a failing number grow, and redrive them by filter, with their job', async () => {
      const page = await engineer();
      await menu(page, 'Dead letters');
      await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
      const before = ((await call('GET', '/v1/dead-letters')).data as object[]).length;
      for (const { there } of [failing, working])
        await control('POST', '/faults', { kind: 'refuse-success-false', sessionId: there.id, times: 3 });
      for (const i of [0, 1, 2]) {
        await call('POST', '/v1/messages', text(`+4477009002${i}0`, { session_id: failing.id }));
        await call('POST', '/v1/messages', text(`+4477009002${i}1`, { session_id: working.id }));
      }
      await page.getByText(`${before + 6} open`).waitFor();

      await page.getByRole('list', { name: 'Causes of open dead letters' }).getByRole('button').filter({ hasText: '6' }).first().click();
      await page.getByRole('button', { name: 'Number', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Reception' }).click();
      await page.getByRole('button', { name: 'Redrive 3…' }).click();
      const drawer = page.getByRole('dialog');
      await drawer
        .getByRole('status')
        .filter({ hasText: /3\s*go on now/ })
        .waitFor();
      await drawer.getByRole('button', { name: 'Redrive 3 letters' }).click();
      await drawer.getByText('Done', { exact: true }).waitFor();
      await drawer.getByText('3 sent on').waitFor();
      await drawer.getByRole('button', { name: 'Close', exact: true }).click();
      await page.getByText(`${before + 3} open`).waitFor();
      await page.getByText('Nothing matches these filters').waitFor();
      const sent = () => panel.api.provider.simulator.ledger.acceptedOf(failing.there.id).map(({ recipient }) => recipient);
      await until(() => Promise.resolve(sent().length >= 3));
      expect(sent().sort()).toEqual(['447700900200', '447700900210', '447700900220']);

      await menu(page, 'Jobs');
      await page.getByRole('link', { name: 'Redrive 3 dead letters' }).click();
      await page.getByRole('dialog').getByText('Asked for by Ines', { exact: false }).waitFor();
    });

    it('redrive a cause in three clicks from what waits for a person on the overview', async () => {
      const open = async () => (await call('GET', '/v1/dead-letters?session_id=' + working.id)).data as object[];
      expect(await open()).toHaveLength(3);
      const page = await engineer();
      await page.getByRole('link', { name: /^Open cause: 3 dead letters/ }).click();
      await page.getByRole('button', { name: 'Redrive 3…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Redrive 3 letters' }).click();
      await page.getByRole('dialog').getByText('Done', { exact: true }).waitFor();
      expect(await open()).toHaveLength(0);
    });

    it('part a cause, and send one part on through another number, to other people, with another text', async () => {
      const lost = async () =>
        (await call('GET', '/v1/dead-letters?cause=refused&session_id=' + failing.id)).data as { subject_id: string }[];
      const before = (await lost()).length;
      await control('POST', '/faults', { kind: 'refuse-success-false', sessionId: failing.there.id, times: 4 });
      for (const to of ['+447700900401', '+447700900402', '+447700900403', '+12025550123'])
        await call('POST', '/v1/messages', text(to, { session_id: failing.id }));
      await until(async () => (await lost()).length === before + 4);
      const page = await engineer();
      await menu(page, 'Dead letters');
      await page
        .getByRole('list', { name: 'Causes of open dead letters' })
        .getByRole('button')
        .filter({ hasText: 'refused' })
        .first()
        .click();
      const parts = page.getByRole('region', { name: 'What they have in common' });
      await parts.getByRole('button', { name: 'By country code' }).click();
      await parts.getByRole('button', { name: /^\+1 / }).click();
      await page.getByRole('button', { name: 'Clear the filter Country code: +1' }).waitFor();
      await page.getByText('1 to 1 of 1').waitFor();
      await page.getByRole('button', { name: 'Redrive 1…' }).click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText('Change something first').click();
      await drawer.getByRole('combobox', { name: 'Number that sends them' }).click();
      await page.getByRole('option', { name: 'Orders' }).click();
      await drawer.getByRole('button', { name: 'Redrive 1 letter' }).click();
      await drawer.getByText('Done', { exact: true }).waitFor();
      await drawer.getByRole('button', { name: 'Close', exact: true }).click();
      const sent = () => panel.api.provider.simulator.ledger.acceptedOf(working.there.id);
      await until(() => Promise.resolve(sent().some(({ recipient }) => recipient === '12025550123')));

      await page.getByRole('button', { name: 'Clear the filter Country code: +1' }).click();
      await row(page, '+44 7700 900401').getByRole('link').first().click();
      await drawer.getByRole('button', { name: 'Redrive', exact: true }).click();
      await drawer.getByRole('textbox', { name: 'Text' }).fill('Your table is booked for 20:00.');
      await drawer.getByRole('button', { name: 'Redrive this letter' }).click();
      const copies = async () => (await call('GET', '/v1/messages?to=%2B447700900401')).data as { id: string }[];
      await until(async () => (await copies()).length === 2);
      const [copy] = await copies();
      expect((await call('GET', `/v1/messages/${copy?.id}`)).message).toMatchObject({
        content: { text: 'Your table is booked for 20:00.' },
      });
    });

    it('make a key with one right and an endpoint, send it a test event, read the attempt, and rotate its secret', async () => {
      const page = await engineer();
      await menu(page, 'API keys');
      await page.getByRole('button', { name: 'Create key' }).first().click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Dashboard');
      await page.getByRole('button', { name: 'Create the key' }).click();
      const key = await page.getByRole('group', { name: 'API key' }).locator('.code').innerText();
      await page.getByRole('button', { name: 'I have copied it' }).click();
      await row(page, 'Dashboard').getByText('1 right').waitFor();
      expect((await panel.api.call('GET', '/v1/messages', { key })).status).toBe(200);
      expect((await panel.api.call('POST', '/v1/messages', { key, body: text('+447700900109') })).status).toBe(403);

      await menu(page, 'Endpoints');
      await page.getByRole('button', { name: 'Add endpoint' }).first().click();
      const drawer = page.getByRole('dialog');
      await drawer.getByLabel('Name', { exact: true }).fill('Core');
      await drawer.getByLabel('URL', { exact: true }).fill(`${receiver.url}/core`);
      await drawer.getByRole('button', { name: 'Add endpoint' }).click();
      const secrets = [await page.getByRole('region', { name: 'Signing secret' }).innerText()];
      await page.getByRole('button', { name: 'I have copied it' }).click();
      await page.getByRole('heading', { name: 'Core' }).waitFor();

      await page.getByRole('button', { name: 'Send a test event' }).click();
      await drawer.getByRole('button', { name: 'Send the test event' }).click();
      await drawer.getByText('Accepted', { exact: true }).waitFor();
      const first = await until(() => receiver.at('/core').find(({ json }) => json.type === 'endpoint.test'));
      new Webhook(secrets[0] ?? '').verify(first.body, first.headers as Record<string, string>);
      await drawer.getByRole('link', { name: 'See the delivery' }).click();
      await page.getByText('Attempt 1').waitFor();
      await page.getByText('200').first().waitFor();

      await page.getByRole('link', { name: 'Core' }).click();
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Rotate the secret…' }).click();
      await page.getByRole('button', { name: 'Make a new secret' }).click();
      secrets.push(await page.getByRole('region', { name: 'Signing secret' }).innerText());
      await page.getByRole('button', { name: 'I have copied it' }).click();
      await page.getByRole('button', { name: 'Send a test event' }).click();
      await drawer.getByRole('button', { name: 'Send the test event' }).click();
      await drawer.getByText('Accepted', { exact: true }).waitFor();
      const again = await until(() => receiver.at('/core').filter(({ json }) => json.type === 'endpoint.test')[1]);
      // For a day both secrets sign.
      for (const secret of secrets) new Webhook(secret).verify(again.body, again.headers as Record<string, string>);
    });

    it('limit a key to one number, which then reads and uses that number alone', async () => {
      const page = await engineer();
      await menu(page, 'API keys');
      await page.getByRole('button', { name: 'Create key' }).first().click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Branch');
      await page.getByRole('combobox', { name: 'Limit to numbers' }).fill('Ord');
      await page.getByRole('option', { name: /^Orders/ }).click();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Create the key' }).click();
      const key = await page.getByRole('group', { name: 'API key' }).locator('.code').innerText();
      await page.getByRole('button', { name: 'I have copied it' }).click();
      await row(page, 'Branch').getByText('1 number').waitFor();
      await row(page, 'Branch').getByRole('button', { name: 'Branch', exact: true }).click();
      await page.getByRole('dialog').getByText('Orders', { exact: true }).waitFor();
      const read = async (id: string) => (await panel.api.call('GET', `/v1/messages?session_id=${id}`, { key })).body.data as unknown[];
      expect(await read(failing.id)).toEqual([]);
      expect((await read(working.id)).length).toBeGreaterThan(0);
      expect((await panel.api.call('GET', '/v1/jobs', { key })).status).toBe(403);
    });

    it('revoke a key, which is shown so, and whose calls are refused', async () => {
      const { secret } = await call('POST', '/v1/api-keys', { name: 'Old shop', scopes: ['messages:read'] });
      const status = async () => (await panel.api.call('GET', '/v1/messages', { key: secret as string })).status;
      expect(await status()).toBe(200);
      const page = await engineer();
      await menu(page, 'API keys');
      await page.getByRole('button', { name: 'More about Old shop' }).click();
      await page.getByRole('menuitem', { name: 'Revoke' }).click();
      await page.getByRole('button', { name: 'Revoke the key' }).click();
      await row(page, 'Old shop').getByText('Revoked', { exact: true }).waitFor();
      await until(async () => (await status()) === 401);
      await page.getByRole('button', { name: 'Old shop', exact: true }).click();
      expect(await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).getAttribute('aria-disabled')).toBe('true');
      await page.getByText('It was revoked or has expired.').first().waitFor();
    });

    it('watch a provider slow down one number and not the other', async () => {
      const page = await engineer();
      await menu(page, 'Numbers');
      await row(page, 'Reception').getByText('Connected', { exact: true }).waitFor();
      await control('POST', '/faults', { kind: 'refuse-429', sessionId: failing.there.id, retryAfterS: 90, times: 1 });
      await call('POST', '/v1/messages', text('+447700900301', { session_id: failing.id }));
      await row(page, 'Reception').getByText('Asked to wait', { exact: true }).waitFor();
      await row(page, 'Reception').getByText('until', { exact: false }).waitFor();
      await call('POST', '/v1/messages', text('+447700900302', { session_id: working.id }));
      const sent = () => panel.api.provider.simulator.ledger.acceptedOf(working.there.id).map(({ recipient }) => recipient);
      await until(() => Promise.resolve(sent().includes('447700900302')));
      await row(page, 'Orders').getByText('Connected', { exact: true }).waitFor();

      await page.getByRole('link', { name: 'Reception' }).click();
      await page.getByText('The provider asked to wait until', { exact: false }).waitFor();
      await menu(page, 'Messages');
      await row(page, '+44 7700 900301').getByText('Queued').waitFor();
      await row(page, '+44 7700 900302')
        .getByText(/^(Sent|Delivered|Read)$/)
        .waitFor();
      await page.getByRole('link', { name: '+44 7700 900301' }).click();
      await page.locator('.verdict').getByText('It waits for the provider', { exact: false }).waitFor();
    });

    it('read who redrove what, and take the log with them', async () => {
      const page = await engineer();
      await menu(page, 'Audit log');
      const redrives = page.getByRole('link', { name: /Started to redrive dead letters/ });
      await redrives.nth(2).click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText('Ines').first().waitFor();
      await drawer.getByRole('button', { name: 'Close the panel' }).first().click();
      await page.getByRole('button', { name: 'Export' }).click();
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'As CSV' }).click()]);
      const csv = await readFile(await file.path(), 'utf8');
      expect(csv).toContain('dead_letter.redrive_started');
      expect(csv).toContain('api_key.revoked');

      await redrives.nth(2).click();
      await drawer.locator('a[href*="/jobs?look="]').click();
      await drawer.getByText('Redrive 3 dead letters').waitFor();
      await drawer.getByText(failing.id).waitFor();
    });
  });
});
