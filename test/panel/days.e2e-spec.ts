import { until } from '@heliograph/kernel/testing';
import type { Grant } from '@heliograph/staff';
import type { Locator, Page } from 'playwright-core';
import { passwordOfPeople, text } from '../api/api-rig';
import { describePanel, PanelRig, sideways, widths } from './panel-rig';
import { readQr } from './read-qr';

/** True when the element, or something in it, has the focus. */
const hasFocus = async (element: Locator) =>
  (await element.and(element.page().locator(':focus')).or(element.locator(':focus')).count()) > 0;
/** Elements that a person passes with Tab before looking for another way. */
const maxPresses = 80;

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await element.waitFor();
  for (let presses = 0; presses < maxPresses; presses++) {
    if (await hasFocus(element)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${String(element)}.`);
}

describePanel('a day', () => {
  let panel: PanelRig;
  beforeAll(async () => {
    panel = await PanelRig.start();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  const control = (method: string, path: string, body: object) => panel.api.provider.control(method, path, body);
  const menu = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  const row = (page: Page, words: string) => page.getByRole('row').filter({ hasText: words });
  const sentTo = (number: { there: { id: number } }) =>
    panel.api.provider.simulator.ledger.acceptedOf(number.there.id).map(({ recipient }) => recipient);

  /** A client with a number that sends, and calls with its key. */
  async function client() {
    const { api } = panel;
    const { id, key } = await api.tenant();
    const line = await api.session(id);
    const call = async (method: string, path: string, body?: object) => {
      const answer = await api.call(method, path, { key, ...(body && { body }) });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    };
    await call('PATCH', `/v1/sessions/${line.id}/limits`, { window_ms: 1_000, window_limit: 50, jitter_ms: 0 });
    const list = async (path: string) => (await call('GET', path)).data as Record<string, unknown>[];
    /** Dead letters of one cause: messages that the provider refused. */
    const letters = async (phones: string[]) => {
      await control('POST', '/faults', { kind: 'refuse-success-false', sessionId: line.there.id, times: phones.length });
      for (const phone of phones) await call('POST', '/v1/messages', text(phone, { session_id: line.id }));
      await until(async () => (await list('/v1/dead-letters')).length === phones.length);
    };
    /** A number that was added for this phone. Nobody has linked it. */
    const added = async (name: string, phone: string) => {
      const { accessToken, sessions } = api.provider.simulator.accounts;
      const account = await call('POST', '/v1/provider-accounts', { name: `Account of ${name}`, access_token: accessToken });
      const made = await call('POST', '/v1/sessions', { mode: 'create', account_id: account.id, name, phone });
      const session = made.session as { id: string; provider_session_id: string };
      const there = sessions.get(Number(session.provider_session_id));
      if (!there) throw new Error('The simulator does not know the session.');
      return { id: session.id, there };
    };
    return { id, line, call, list, letters, added };
  }
  const person = (roles: Grant['role'][], tenantId: string, options: object = {}) =>
    panel.person(
      roles.map((role) => ({ role, tenantId: null })),
      { tenantId, ...options },
    );

  it('without a mouse: from the alert on the overview to a redriven dead letter, and the focus stays where it was', async () => {
    const { id, letters, list, line } = await client();
    await letters(['+447700900111', '+447700900112']);
    const page = await person(['engineer'], id);
    await tabTo(page, page.getByRole('link', { name: /^Open cause: 2 dead letters/ }));
    await page.keyboard.press('Enter');
    const rows = page.locator('table.rows tbody tr');
    const nameOf = (nr: number) => rows.nth(nr).getByRole('link').first();
    await nameOf(1).waitFor();
    for (const [key, nr] of [
      ['j', 0],
      ['j', 1],
      ['k', 0],
    ] as const) {
      await page.keyboard.press(key);
      await until(() => hasFocus(nameOf(nr)));
    }
    await page.keyboard.press(' ');
    await page.locator('table.rows tbody tr[aria-selected=true]').waitFor();
    const redriven = (await nameOf(0).innerText()).replace(/\s/g, '');

    const drawer = page.getByRole('dialog');
    await page.keyboard.press('r');
    await drawer.waitFor();
    await until(() => hasFocus(drawer));
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await until(() => hasFocus(nameOf(0)));

    await page.keyboard.press('r');
    await tabTo(page, drawer.getByRole('button', { name: 'Redrive 1 letter' }));
    await page.keyboard.press('Enter');
    await drawer.getByText('Done', { exact: true }).waitFor();
    await tabTo(page, drawer.getByRole('button', { name: 'Close', exact: true }));
    await page.keyboard.press('Enter');
    await drawer.waitFor({ state: 'detached' });
    await until(() => Promise.resolve(sentTo(line).length === 1));
    expect(`+${sentTo(line)[0]}`).toBe(redriven);
    expect(await list('/v1/dead-letters')).toHaveLength(1);
    // The row is gone, and the keys go on with the one that is left.
    await until(async () => (await rows.count()) === 1);
    await page.keyboard.press('j');
    await until(() => hasFocus(nameOf(0)));
  });

  it('of an administrator: a client is added, a person invited, a role changed, a brand saved, the client suspended and resumed', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }]);
    const dialog = page.getByRole('dialog');
    await menu(page, 'Clients');
    await page.getByRole('button', { name: 'Add client' }).first().click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Maple Dental');
    await dialog.getByRole('button', { name: /Teal$/ }).click();
    await dialog.getByRole('button', { name: 'Add the client' }).click();
    await page.getByRole('heading', { name: 'Maple Dental' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const key = await panel.api.key(id);
    const status = async () => (await panel.api.call('GET', '/v1/messages', { key })).status;
    expect(await status()).toBe(200);
    await page.getByRole('button', { name: 'Work for this client' }).click();
    await page.getByText('You work for this client now.').waitFor();

    await menu(page, 'Users and roles');
    await page.getByRole('button', { name: 'Invite a person' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Rosa Delaney');
    await dialog.getByRole('textbox', { name: 'Email' }).fill('rosa@agency.example');
    await dialog.getByRole('combobox', { name: /^Role/ }).click();
    await page.getByRole('option', { name: 'Agent' }).click();
    await dialog.getByRole('combobox', { name: /^At/ }).click();
    await page.getByRole('option', { name: 'Maple Dental' }).click();
    await dialog.getByRole('button', { name: 'Invite the person' }).click();
    await dialog.getByText('The invitation of Rosa Delaney is ready.').waitFor();
    const link = await dialog.getByRole('group', { name: 'Link' }).locator('.code').innerText();
    await dialog.getByRole('button', { name: 'I have handed it over' }).click();

    const rosa = await panel.open(link);
    await rosa.getByLabel('New password').fill(passwordOfPeople);
    await rosa.getByRole('button', { name: 'Set the password' }).click();
    const pages = rosa.getByRole('navigation', { name: 'Pages' });
    await pages.getByRole('link', { name: 'Inbox' }).waitFor();
    expect(await pages.getByRole('link', { name: 'Numbers' }).count()).toBe(0);

    await page.getByRole('link', { name: 'Rosa Delaney' }).click();
    await page.getByText('Agent at Maple Dental').waitFor();
    await page.getByRole('button', { name: 'Change roles' }).click();
    await dialog.getByRole('combobox', { name: /^Role/ }).click();
    await page.getByRole('option', { name: 'Operator' }).click();
    await dialog.getByRole('button', { name: 'Save the roles' }).click();
    await page.getByText('Operator at Maple Dental').waitFor();
    await rosa.reload();
    await pages.getByRole('link', { name: 'Numbers' }).waitFor();

    await menu(page, 'Settings');
    await page.getByRole('tab', { name: 'Brand' }).click();
    const brand = page.locator('section', { has: page.getByRole('heading', { name: 'The chosen client' }) });
    const save = brand.getByRole('button', { name: 'Save' });
    await brand.getByRole('textbox', { name: 'Name' }).fill('Maple');
    await brand.getByRole('textbox', { name: 'Colour in the light theme' }).fill('#FFFF00');
    await save.click();
    await brand.getByText('This was not saved.').waitFor();
    await brand.getByRole('textbox', { name: 'Colour in the light theme' }).fill('#0B5D66');
    await save.click();
    await brand.getByText('Nothing was changed').waitFor();
    await rosa.reload();
    await pages.getByRole('link', { name: 'Maple', exact: true }).waitFor();
    // Who sees all clients keeps the brand of the installation.
    await page.reload();
    await page.getByRole('navigation', { name: 'Pages' }).getByText('Heliograph', { exact: true }).first().waitFor();

    await menu(page, 'Clients');
    await page.getByRole('link', { name: 'Maple Dental' }).click();
    await page.getByRole('button', { name: 'Suspend' }).click();
    const suspend = dialog.getByRole('button', { name: 'Suspend Maple Dental' });
    const typed = dialog.getByRole('textbox', { name: 'Type the name of the client to suspend it' });
    await typed.fill('Maple');
    await suspend.click();
    await dialog.getByText('This is not the name: Maple Dental').waitFor();
    expect(await status()).toBe(200);
    await typed.fill('maple dental');
    await suspend.click();
    await page.getByText('Maple Dental has been suspended since', { exact: false }).waitFor();
    await until(async () => (await status()) === 403);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Maple Dental has been suspended since', { exact: false }).waitFor({ state: 'detached' });
    await until(async () => (await status()) === 200);

    await menu(page, 'Audit log');
    await row(page, 'Suspended a client').first().waitFor();
  });

  describe('of an operator', () => {
    let of: Awaited<ReturnType<typeof client>>;
    let page: Page;
    beforeAll(async () => {
      of = await client();
    });
    beforeEach(async () => {
      page = await person(['operator', 'engineer'], of.id);
    });
    const writes = (from: string, words: string) => control('POST', `/inject/${of.line.there.id}/inbound`, { from, text: words });

    it('another phone than the expected one was linked: it is compared and confirmed, and the number sends', async () => {
      const { id, there } = await of.added('Reception', '+447700900598');
      Object.assign(there, { phone: '+447700900599', status: 'connected' });
      await page.goto(`/admin/numbers/${id}`);
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Check now' }).click();
      const note = page.getByText('Another phone is linked.');
      await note.waitFor();
      await page.getByText('Number changed', { exact: true }).first().waitFor();
      await page.getByRole('button', { name: 'Compare' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('+44 7700 900598').waitFor();
      await dialog.getByText('+44 7700 900599').waitFor();
      await dialog.getByRole('button', { name: 'Keep it held' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await of.call('GET', `/v1/sessions/${id}`)).toMatchObject({ held_reason: 'phone_changed' });
      await page.getByRole('button', { name: 'Compare' }).click();
      await dialog.getByRole('button', { name: 'Send from the new phone' }).click();
      await note.waitFor({ state: 'detached' });
      await page.getByText('Connected', { exact: true }).first().waitFor();
      expect(await of.call('GET', `/v1/sessions/${id}`)).toMatchObject({ held_reason: null, confirmed_phone: '+447700900599' });
    });

    it('somebody wrote: the answer is written with R and sent with Enter', async () => {
      await writes('447700900105', 'Is it open today?');
      await menu(page, 'Inbox');
      await page.getByText('Is it open today?').first().click();
      const box = page.getByRole('textbox', { name: /^Answer to/ });
      await box.waitFor();
      await page.keyboard.press('r');
      await until(() => hasFocus(box));
      await page.keyboard.type('Until six.');
      await page.keyboard.press('Enter');
      await until(() => Promise.resolve(sentTo(of.line).includes('447700900105')));
      await page.getByRole('region', { name: 'Conversation' }).getByText('Until six.').first().waitFor();
      await until(async () => (await box.inputValue()) === '');
      const [sent] = await of.list('/v1/messages?to=%2B447700900105');
      expect(sent).toMatchObject({ class: 'reply' });
    });

    it('two people wrote what may be an opt-out: one is opted out, the other is not', async () => {
      for (const from of ['447700900106', '447700900107']) await writes(from, 'Please stop sending me messages');
      await until(async () => (await of.list('/v1/opt-out-reviews?state=open')).length === 2);
      const decided = async () => (await of.list('/v1/opt-out-reviews')).map(({ address, state }) => [address, state]);
      await menu(page, 'Opt-outs');
      const optOut = { name: 'Opt out', exact: true };
      await row(page, '+44 7700 900106').getByRole('button', optOut).click();
      await page.getByRole('dialog').getByRole('button', optOut).click();
      await row(page, '+44 7700 900106').getByRole('button', optOut).waitFor({ state: 'detached' });
      await row(page, '+44 7700 900107').getByRole('button', { name: 'Not an opt-out' }).click();
      await row(page, '+44 7700 900107').getByRole('button', optOut).waitFor({ state: 'detached' });
      expect(new Map((await decided()) as [string, string][])).toEqual(
        new Map([
          ['+447700900106', 'confirmed'],
          ['+447700900107', 'dismissed'],
        ]),
      );
      await page.getByRole('link', { name: 'Suppressed addresses' }).click();
      await row(page, '+44 7700 900106').getByText('Opted out', { exact: true }).waitFor();
      const phones = (await of.list('/v1/suppressions')).map(({ address }) => String(address)).filter((address) => address.startsWith('+'));
      expect(phones).toEqual(['+447700900106']);
    });

    it('an event was rejected: it is corrected and replayed, and the rule that it met is tried', async () => {
      const schema = { type: 'object', properties: { first_name: { type: 'string' } }, required: ['first_name'] };
      await of.call('PUT', '/v1/event-types/user_onboarded', { description: 'A user finished the onboarding.', schema });
      const message = { type: 'text', text: 'Welcome, {{ payload.first_name }}!', session_id: of.line.id };
      await of.call('POST', '/v1/event-rules', { name: 'Welcome', event: 'user_onboarded', actions: [{ type: 'send_message', message }] });
      const event = { name: 'user_onboarded', id: 'onboarding-1', subject: { phone: '+447700900108' }, payload: {} };
      await of.call('POST', '/v1/events', event);
      await until(async () => (await of.list('/v1/events?state=rejected')).length === 1);

      await menu(page, 'Events');
      await row(page, 'user_onboarded').getByText('Rejected', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'user_onboarded' }).click();
      await page.getByText('The payload does not fit the schema of its type.', { exact: false }).waitFor();
      await page.getByRole('button', { name: 'Correct and replay' }).click();
      const drawer = page.getByRole('dialog');
      await drawer.getByLabel('Payload').fill('{"first_name": "Priya"');
      await drawer.getByRole('button', { name: 'Correct and replay' }).click();
      await drawer.getByText('This is not a JSON object', { exact: false }).waitFor();
      await drawer.getByLabel('Payload').fill('{"first_name": "Priya"}');
      await drawer.getByRole('button', { name: 'Correct and replay' }).click();
      await drawer.waitFor({ state: 'detached' });
      await page.locator('.verdict').getByText('1 message came of it.', { exact: false }).waitFor();
      await page.getByRole('heading', { name: 'As it was sent' }).waitFor();
      await until(() => Promise.resolve(sentTo(of.line).includes('447700900108')));

      await menu(page, 'Rules');
      await page.getByRole('link', { name: 'Welcome' }).click();
      const trial = page.locator('section', { has: page.getByRole('heading', { name: 'Dry run' }) });
      await until(async () => (await trial.getByRole('textbox', { name: 'Event' }).inputValue()).includes('+447700900108'));
      await trial.getByRole('button', { name: 'Try it' }).click();
      await trial.getByText('The rule would do this:').waitFor();
      expect(await trial.locator('.bubble').innerText()).toBe('Welcome, Priya!');
      expect(sentTo(of.line).filter((phone) => phone === '447700900108')).toHaveLength(1);
    });
  });

  it('away from the desk: on a phone, see what is wrong, link a number, find a message, and redrive a cause', async () => {
    const { id, call, letters, line, added } = await client();
    await letters(['+447700900121', '+447700900122']);
    await call('POST', '/v1/messages', text('+447700900123', { session_id: line.id }));
    const { there } = await added('Reception', '+447700900597');
    const page = await person(['operator', 'engineer'], id, { hasTouch: true });
    await page.setViewportSize(widths.narrow);
    const fits = async () => expect(await sideways(page)).toEqual([]);
    const go = async (name: string) => {
      await page.getByRole('button', { name: 'Pages' }).click();
      await menu(page, name);
    };
    const cause = page.getByRole('link', { name: /^Open cause: 2 dead letters/ });
    await cause.waitFor();
    await fits();

    await go('Numbers');
    await page
      .getByRole('link', { name: /Reception/ })
      .first()
      .click();
    const show = page.getByRole('button', { name: 'Show the QR code' });
    const code = page.getByRole('img', { name: 'QR code to link Reception' });
    await show.or(code).first().waitFor();
    if (await show.isVisible()) await show.click();
    await code.waitFor();
    await fits();
    await until(async () => {
      const qr = await readQr(page);
      return qr !== null && (await control('POST', `/sessions/${there.id}/scan`, { qr })).status === 200;
    });
    await page.getByText('Connected', { exact: true }).first().waitFor();

    await go('Messages');
    await page.getByRole('searchbox', { name: 'Phone, id or idempotency key' }).fill('+44 7700 900123');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '+44 7700 900122' }).waitFor({ state: 'detached' });
    await fits();
    await page.getByRole('link', { name: '+44 7700 900123' }).click();
    await page.locator('.verdict').waitFor();
    await fits();

    await go('Overview');
    await cause.click();
    await page.getByRole('button', { name: 'Redrive 2…' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Redrive 2 letters' }).click();
    await drawer.getByText('Done', { exact: true }).waitFor();
    await fits();
    await until(() => Promise.resolve(sentTo(line).length === 3));
  });
});
