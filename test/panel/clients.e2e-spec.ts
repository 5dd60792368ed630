import { until } from '@heliograph/kernel/testing';
import type { Page } from 'playwright-core';
import { text } from '../api/api-rig';
import { axe, describePanel, PanelRig } from './panel-rig';

type Tenant = { id: string; key: string };

/** Address of a list with a filter. */
const listed = (path: string, filter: object, more = ''): string =>
  `/admin${path}?filter=${encodeURIComponent(JSON.stringify(filter))}${more}`;

describePanel('the client that is chosen', () => {
  let panel: PanelRig;
  let one: Tenant;
  let other: Tenant;
  let number: string;
  beforeAll(async () => {
    panel = await PanelRig.start();
    [one, other] = [await panel.api.tenant(), await panel.api.tenant()];
    number = await waiting(one, '+4477009001');
    await waiting(other, '+4477009002');
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  /** A number that is paused, with two messages that wait. @returns its id */
  async function waiting({ id, key }: Tenant, phones: string): Promise<string> {
    const { id: session_id } = await panel.api.session(id);
    await panel.api.call('POST', `/v1/sessions/${session_id}/pause`, { key });
    for (const last of ['01', '02']) await panel.api.call('POST', '/v1/messages', { key, body: text(`${phones}${last}`, { session_id }) });
    return session_id;
  }

  const menu = (page: Page) => page.getByRole('navigation', { name: 'Pages' });
  const pagesOf = (page: Page) => menu(page).getByRole('link').filter({ hasNotText: 'Heliograph' }).allInnerTexts();
  const chosen = (page: Page) => page.evaluate(`localStorage.getItem('heliograph.client')`);
  const rows = (page: Page) => page.locator('table.rows tbody tr');
  const choose = async (page: Page, name: string | RegExp): Promise<void> => {
    await page.getByRole('button', { name: /^Client:/ }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  const nameOf = async ({ id }: Tenant): Promise<string> => {
    const { call } = await panel.api.person([{ role: 'owner', tenantId: null }]);
    return String((await call('GET', `/admin/v1/tenants/${id}`)).body.name);
  };

  it('is the only one of a person who has one, from the first sign-in, whatever another person chose in this browser', async () => {
    for (const left of [undefined, other.id, '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff']) {
      const page = await panel.person([{ role: 'agent', tenantId: one.id }], left ? { tenantId: left } : {});
      await menu(page).getByRole('link', { name: 'Inbox' }).waitFor();
      expect(await chosen(page)).toBe(one.id);
      expect(await pagesOf(page)).toEqual(['Inbox', 'Contacts', 'Segments', 'Opt-outs', 'Messages', 'Jobs', 'Clients']);
      await page.goto('/admin/messages');
      await rows(page).first().waitFor();
    }
  });

  it('is left when the person does not see it: an owner sees all clients, and an old link leads nowhere else', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff' });
    await page.getByRole('button', { name: 'Client: All clients' }).waitFor();
    await until(() => page.evaluate(`localStorage.getItem('heliograph.client') === null`));
    await page.goto('/admin/messages?client=0192f0c1-2f6e-7cc3-98c4-dc0c0c0739ff');
    await rows(page).first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('is not needed to find a page: of a person with some clients, every page that one of them opens is in the menu', async () => {
    const page = await panel.person(
      [one, other].map(({ id }) => ({ role: 'operator', tenantId: id }) as const),
      {},
    );
    await menu(page).getByRole('link', { name: 'Numbers' }).click();
    await rows(page).nth(1).waitFor();
    await menu(page).getByRole('link', { name: 'Contacts' }).click();
    await page.getByText('Choose a client').waitFor();
    expect(await menu(page).getByRole('link', { name: 'Users and roles' }).count()).toBe(0);
  });

  it('decides which filters a list keeps: those that the list of all clients does not have leave the address, for good', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: one.id });
    await page.goto(listed('/messages', { session_id: number, state: 'queued' }, '&page=1'));
    await rows(page).nth(1).waitFor();
    await choose(page, 'All clients');
    await rows(page).nth(3).waitFor();
    await menu(page).getByRole('link', { name: 'Messages' }).click();
    await rows(page).nth(3).waitFor();
    await page.reload();
    await rows(page).nth(3).waitFor();

    await page.goto(listed('/numbers', { tenant_id: other.id }));
    await rows(page).first().waitFor();
    await choose(page, await nameOf(one));
    await rows(page).first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.goto(listed('/dead-letters', { subject_id: number }));
    await choose(page, 'All clients');
    await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
    await page.getByText('No open dead letters').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('comes with a link: what waits for a number leads from all clients to exactly its messages', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }]);
    await page.goto('/admin/numbers');
    await page.getByRole('link', { name: '2', exact: true }).first().waitFor();
    await page.locator(`a[href*="${number}"]`, { hasText: /^2$/ }).click();
    await page.getByRole('heading', { name: 'Messages' }).waitFor();
    await page.getByRole('button', { name: /^Clear the filter State: / }).waitFor();
    await rows(page).nth(1).waitFor();
    expect(await rows(page).count()).toBe(2);
    expect(await chosen(page)).toBe(one.id);
  });

  it('or all of them: each figure of the overview and of the list of clients opens a list of as many rows', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }]);
    /** Opens each link with a figure, counts the rows, and comes back. @returns the figures */
    const followed = async (links: string): Promise<number[]> => {
      const all = page.locator(links);
      await all.first().waitFor();
      const found = await page.evaluate<[string, string][]>(
        `[...document.querySelectorAll(${JSON.stringify(links)})].map((a) => [a.getAttribute('href'), (a.querySelector('.figure') ?? a).textContent])`,
      );
      // A time is no count.
      const figures = found.flatMap(([href, text]) =>
        /^(of\s)?\d+$/.test(text.trim()) ? [[href, Number(/\d+/.exec(text))] as const] : [],
      );
      for (const [href, count] of figures) {
        await page
          .locator(
            links
              .split(',')
              .map((one) => `${one.trim()}[href=${JSON.stringify(href)}]`)
              .join(','),
          )
          .first()
          .click();
        const rowsOf = page.getByText(count === 0 ? /^(Nothing matches these filters|No open dead letters)$/ : `1 to ${count} of ${count}`);
        await rowsOf.waitFor();
        await page.goBack();
        await all.first().waitFor();
      }
      return figures.map(([, count]) => count);
    };
    const figures = '.strip a, .by-client tfoot a, .engine a';
    await page.goto('/admin/');
    await page.locator('.strip a', { hasText: 'Waiting' }).filter({ hasText: '4' }).waitFor();
    // The six counts; lanes due, dead letters, numbers that send, all numbers; the sum of all, and the six again.
    expect(await followed(figures)).toEqual([0, 0, 0, 0, 4, 0, 2, 0, 0, 2, 4, 0, 0, 0, 0, 4, 0]);
    await page.goto('/admin/clients');
    // Of each client: connected numbers, all numbers, dead letters, messages of today.
    expect(await followed('table.rows a.linked')).toEqual([1, 1, 0, 2, 1, 1, 0, 2]);
    await page.goto('/admin/');
    await choose(page, await nameOf(one));
    await page.locator('.strip a', { hasText: 'Waiting' }).filter({ hasText: '2' }).waitFor();
    expect(await followed(figures)).toEqual([0, 0, 0, 0, 2, 0, 1, 0, 0, 1]);
  }, 180_000);

  it('comes with what the search finds: a number by its id or its name, from all clients', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }]);
    const find = async (what: string, option: RegExp): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill(what);
      await page.getByRole('option', { name: option }).first().waitFor();
    };
    await find(number, /^Number Line/);
    expect(await axe(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Line', level: 1 }).waitFor();
    expect([new URL(page.url()).pathname, await chosen(page)]).toEqual([`/admin/numbers/${number}`, one.id]);
    // The page that it opens offers its acts there.
    await find('test', /^Send a test/);
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    // A key that comes before the focus is inside reaches the page below.
    await until(async () => {
      await page.keyboard.press('Escape');
      return (await dialog.count()) === 0;
    });
    await choose(page, 'All clients');
    await find('lin', /^Line/);
    expect(await page.getByRole('group', { name: 'Numbers' }).getByRole('option').count()).toBe(2);
    const name = await nameOf(other);
    await page.getByRole('option', { name: new RegExp(`^Line .*${name}`) }).click();
    await page.getByRole('button', { name: `Client: ${name}` }).waitFor();
  });

  it('is needed for a phone: over all clients the search offers none that would find nothing', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }]);
    const found = async (): Promise<string[]> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('+447700900101');
      const hits = await page.getByRole('option').allInnerTexts();
      await page.keyboard.press('Escape');
      return hits;
    };
    expect((await found()).join()).not.toContain('Messages to');
    await choose(page, await nameOf(one));
    expect((await found()).join()).toContain('Messages to +447700900101');
  });

  it('has its own rows: those of the client before are not shown under the name of the next', async () => {
    const page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId: one.id });
    const name = await nameOf(other);
    await page.goto('/admin/messages');
    await rows(page).nth(1).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: `Client: ${name}` }).waitFor();
    await rows(page).filter({ hasText: '900201' }).waitFor();
    expect(await rows(page).filter({ hasText: '900101' }).count()).toBe(0);
  });
});
