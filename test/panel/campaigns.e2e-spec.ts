import { until } from '@heliograph/kernel/testing';
import { Tenants } from '@heliograph/tenants';
import type { Page } from 'playwright-core';
import { axe, describePanel, PanelRig, widths } from './panel-rig';

/** People on the list of each test. */
const people = 12;

describePanel('a campaign', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenant = await panel.api.tenant();
    const { id } = await panel.api.session(tenant.id);
    await call('PATCH', `/v1/sessions/${id}/limits`, { window_ms: 1_000, window_limit: 50, jitter_ms: 0 });
    const addresses = Array.from({ length: people }, (_, i) => `+4477009008${String(i).padStart(2, '0')}`);
    for (const address of addresses) await call('PUT', '/v1/contacts', { addresses: [address], name: 'Amara Hollis' });
    const list = await call('POST', '/v1/contact-lists', { name: 'Recall, November' });
    await call('POST', `/v1/contact-lists/${String(list.id)}/members`, { addresses });
    await call('POST', '/v1/templates', {
      name: 'Recall',
      content: { type: 'text', text: 'Hello {{ contact.first_name }}, shall we find you a time?' },
    });
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await panel.api.call(method, path, { key: tenant.key, ...(body && { body }) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
  const campaign = (id: string) => call('GET', `/v1/campaigns/${id}`);
  const idOf = (page: Page): string => /campaigns\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
  const operator = () => panel.person([{ role: 'operator', tenantId: null }], { tenantId: tenant.id });

  /** A draft for everybody on the list, without the start. */
  async function draft(name: string, perMinute: number): Promise<string> {
    const lists = (await call('GET', '/v1/contact-lists')).data as { id: string }[];
    const templates = (await call('GET', '/v1/templates')).data as { id: string }[];
    const { id } = await call('POST', '/v1/campaigns', {
      name,
      audience: { include: [{ kind: 'list', id: lists[0]?.id }] },
      message: { template_id: templates[0]?.id },
      pace: { window_ms: 60_000, window_limit: perMinute },
      requires_consent: false,
    });
    return id as string;
  }

  /** Waits until a state of the campaign stands in its title. */
  const shows = (page: Page, state: string) => page.locator('.head .chip', { hasText: state }).waitFor();
  const gone = async (page: Page): Promise<number> => Number(await page.locator('.flight-head .big').innerText());

  it('is written in four steps, started, watched, paused, slowed down and resumed', async () => {
    const page = await operator();
    await page.goto('/admin/campaigns');
    await page.getByRole('button', { name: 'Create campaign' }).first().click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Six-month recall');
    await page.getByRole('button', { name: 'Create the draft' }).click();
    await page.getByRole('heading', { name: 'Six-month recall' }).waitFor();

    // The button is never grey: it says what is missing.
    await page.getByRole('button', { name: 'Continue to message' }).click();
    await page.getByRole('status').filter({ hasText: 'Choose who gets it' }).waitFor();
    await page.getByLabel('Send to').click();
    await page.getByRole('option', { name: /Recall, November/ }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: /Only people who opted in/ }).click();
    await page.getByText(`of ${people} get it`).waitFor();
    await page.getByRole('button', { name: 'Continue to message' }).click();

    await page.getByLabel('Template').click();
    await page.getByRole('option', { name: 'Recall' }).click();
    await page.getByText('Hello Amara, shall we find you a time?').waitFor();
    await page.getByRole('button', { name: 'Continue to schedule' }).click();
    await page.getByLabel('Messages a minute (optional)').fill('30');
    await page.getByRole('button', { name: 'Continue to review' }).click();

    const start = page.getByRole('button', { name: `Start ${people} messages` });
    await start.waitFor();
    await page.getByText('get one message each', { exact: false }).waitFor();
    expect(await axe(page)).toEqual([]);
    await start.click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await start.waitFor();
    expect((await campaign(idOf(page))).launched_at).toBeNull();
    await start.click();
    await page.getByRole('button', { name: 'Start at once' }).click();

    await shows(page, 'Running');
    await until(async () => (await gone(page)) >= 1);
    await page.getByRole('button', { name: 'Pause' }).click();
    await shows(page, 'Paused');
    await page.getByText('Paused by Ines', { exact: false }).first().waitFor();
    expect(await axe(page)).toEqual([]);
    const counts = await page.locator('.strip.cells .figure').allInnerTexts();
    expect(counts.reduce((sum, count) => sum + Number(count), 0)).toBe(people);

    await page.getByRole('button', { name: 'Change pace' }).click();
    await page.getByLabel('Messages a minute (optional)').fill('20');
    await page.getByRole('button', { name: 'Save the pace' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await campaign(idOf(page))).pace).toMatchObject({ window_ms: 60_000, window_limit: 20 });
    await page.getByRole('button', { name: 'Resume' }).click();
    await shows(page, 'Running');
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByText('Pace or numbers changed by Ines', { exact: false }).waitFor();
    await page.getByText('Resumed by Ines', { exact: false }).waitFor();
  });

  it('can be watched and paused on a phone', async () => {
    const id = await draft('Whitening offer', 30);
    await call('POST', `/v1/campaigns/${id}/launch`, {});
    const page = await operator();
    await page.setViewportSize(widths.narrow);
    await page.goto(`/admin/campaigns/${id}`);
    await shows(page, 'Running');
    await until(async () => (await gone(page)) >= 1);
    expect(await axe(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.getByRole('button', { name: 'Pause' }).click();
    await shows(page, 'Paused');
    expect(await campaign(id)).toMatchObject({ state: 'paused', reason: 'person' });
  });

  it('is not overwritten by a page that was read before somebody else changed it', async () => {
    const id = await draft('Autumn', 30);
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}?step=audience`);
    const name = page.getByRole('textbox', { name: 'Name' });
    await name.waitFor();
    const other = await operator();
    await other.goto(`/admin/campaigns/${id}?step=audience`);
    await other.getByRole('textbox', { name: 'Name' }).fill('Autumn, theirs');
    await other.getByText('Saved', { exact: false }).waitFor();
    await name.fill('Autumn, mine');
    await page.getByText('Somebody else changed this campaign.').waitFor();
    expect((await campaign(id)).name).toBe('Autumn, theirs');
    await page.getByRole('button', { name: 'Load their version' }).click();
    await page.getByRole('heading', { name: 'Autumn, theirs' }).waitFor();

    await call('PATCH', `/v1/campaigns/${id}`, { requires_consent: true });
    await name.fill('Autumn, mine');
    await page.getByRole('button', { name: 'Save mine on top' }).click();
    await until(async () => (await campaign(id)).name === 'Autumn, mine');
    expect((await campaign(id)).requires_consent).toBe(true);
  });

  afterEach(() => panel.api.get(Tenants).update(tenant.id, { settings: { campaign_approval: 'off' } }));

  it('asks a second person, and again after the text has changed', async () => {
    await panel.api.get(Tenants).update(tenant.id, { settings: { campaign_approval: 'person' } });
    const author = await operator();
    await author.goto('/admin/campaigns');
    await author.getByRole('button', { name: 'Create campaign' }).first().click();
    await author.getByRole('textbox', { name: 'Name' }).fill('Winter');
    await author.getByRole('button', { name: 'Create the draft' }).click();
    await author.getByRole('heading', { name: 'Winter' }).waitFor();
    const id = idOf(author);
    const { audience, message, requires_consent } = await campaign(await draft('As Winter', 30));
    await call('PATCH', `/v1/campaigns/${id}`, { audience, message, requires_consent });
    const second = await operator();
    const asks = (page: Page) => page.getByText('A second person must approve it.').first().waitFor();
    // The author's page looks every 10 s.
    const approved = (page: Page) => page.getByText('Approved by Ines', { exact: false }).waitFor({ timeout: 40_000 });
    const approve = async () => {
      await second.goto(`/admin/campaigns/${id}?step=review`);
      await asks(second);
      await second.getByRole('button', { name: 'Approve it as it is' }).click();
      await approved(second);
    };

    await author.goto(`/admin/campaigns/${id}?step=review`);
    await asks(author);
    await author.getByText('You wrote it: another person must approve it.').waitFor();
    await author.getByRole('button', { name: `Start ${people} messages` }).click();
    expect((await campaign(id)).launched_at).toBeNull();
    await approve();
    await approved(author);

    const template = String((message as { template_id: string }).template_id);
    await call('PATCH', `/v1/templates/${template}`, { content: { type: 'text', text: 'Hello {{ contact.first_name }}, it is time.' } });
    await author.reload();
    await asks(author);
    await approve();
    await approved(author);
    await author.getByRole('button', { name: `Start ${people} messages` }).click();
    await author.getByRole('button', { name: 'Start at once' }).click();
    await until(async () => (await campaign(id)).launched_at !== null);
  });

  it.each([
    ['a computer in light colours', widths.wide, 'light'],
    ['a phone in dark colours', widths.narrow, 'dark'],
  ] as const)('is sent back and then approved by the client on %s, by links', async (_where, viewport, colorScheme) => {
    await panel.api.get(Tenants).update(tenant.id, { settings: { campaign_approval: 'client' } });
    const id = await draft(`Spring, ${colorScheme}`, 30);
    const author = await operator();
    await author.goto(`/admin/campaigns/${id}?step=review`);
    await author.getByText('The client must approve it.').first().waitFor();
    const linkOf = async () => {
      await author.getByRole('button', { name: 'Link for approval' }).click();
      await author.getByRole('button', { name: 'Make a link' }).click();
      const link = await author.getByText('/admin/approval#').innerText();
      await author.getByRole('button', { name: 'Close', exact: true }).first().click();
      return link;
    };
    const opened = async () => {
      const client = await panel.open(await linkOf(), { viewport, colorScheme });
      await client.getByRole('heading', { name: `Spring, ${colorScheme}` }).waitFor();
      await client.getByText(`${people} people get the message`).waitFor();
      await client
        .getByText(/^Hello Amara,/)
        .first()
        .waitFor();
      return client;
    };

    const first = await opened();
    expect(await axe(first)).toEqual([]);
    expect(await first.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await first.getByRole('button', { name: 'Ask for changes' }).click();
    await first.getByText('Type your name first.').waitFor();
    await first.getByRole('textbox', { name: 'Your name' }).fill('Jo Fields');
    await first.getByRole('textbox', { name: /Note/ }).fill('Please say goodbye at the end.');
    await first.getByRole('button', { name: 'Ask for changes' }).click();
    await first.getByText('Jo Fields asked for changes', { exact: false }).waitFor();
    expect(await first.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    await author.getByText('Please say goodbye at the end.').waitFor({ timeout: 40_000 });

    const second = await opened();
    await second.getByRole('textbox', { name: 'Your name' }).fill('Jo Fields');
    await second.getByRole('button', { name: 'Approve' }).click();
    await second.getByText('Approved by Jo Fields', { exact: false }).waitFor();
    expect(await axe(second)).toEqual([]);
    await author.getByText('Approved by Jo Fields', { exact: false }).first().waitFor({ timeout: 40_000 });

    // What it was of is no longer so.
    await call('PATCH', `/v1/campaigns/${id}`, { pace: { window_ms: 60_000, window_limit: 20 } });
    await second.reload();
    await second.getByText('The plan has changed.').waitFor();
    await author.reload();
    const third = await opened();
    await third.getByRole('textbox', { name: 'Your name' }).fill('Jo Fields');
    await third.getByRole('button', { name: 'Approve' }).click();
    // The author's page looks every 10 s.
    await author.getByText('The client must approve it.').first().waitFor({ state: 'detached', timeout: 40_000 });
    await author.getByRole('button', { name: `Start ${people} messages` }).click();
    await author.getByRole('button', { name: 'Start at once' }).click();
    await until(async () => (await campaign(id)).launched_at !== null);
    await call('POST', `/v1/campaigns/${id}/cancel`);
    await author.getByRole('tab', { name: 'Log' }).click();
    await author.getByText('Jo Fields asked for changes', { exact: false }).waitFor();
  });

  it('is scheduled for a local time, stands in the calendar on that day, and is copied', async () => {
    const id = await draft('New year', 30);
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}?step=schedule`);
    await page.getByRole('radio', { name: /At a local time/ }).click();
    await page.getByRole('button', { name: 'Continue to review' }).click();
    await page.getByRole('status').filter({ hasText: 'Choose the day and the time of the start.' }).waitFor();
    const year = new Date().getFullYear() + 1;
    await page.getByLabel('Start, local time').fill(`${year}-01-04T09:30`);
    await page.getByRole('button', { name: 'Continue to review' }).click();
    await page.getByRole('button', { name: `Schedule ${people} messages` }).click();
    await shows(page, 'Scheduled');
    await page.getByText('where each person lives', { exact: false }).waitFor();
    expect(await campaign(id)).toMatchObject({ state: 'scheduled', schedule: { start: 'local', local: `${year}-01-04T09:30` } });

    await page.getByRole('navigation').getByRole('link', { name: 'Campaigns' }).first().click();
    await page.getByRole('link', { name: 'Calendar' }).click();
    await page.goto(`/admin/campaigns/calendar?month=${year}-01`);
    const day = page.getByRole('cell').filter({ has: page.locator(`time[datetime="${year}-01-04"]`) });
    await day.getByRole('link', { name: /09:30.*New year.*Scheduled/s }).click();
    await shows(page, 'Scheduled');

    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Copy as a new draft' }).click();
    await page.getByRole('heading', { name: 'New year, copy' }).waitFor();
    expect(idOf(page)).not.toBe(id);
    expect(await campaign(idOf(page))).toMatchObject({ schedule: { start: 'local' }, launched_at: null });
    await call('POST', `/v1/campaigns/${id}/cancel`);
  });

  it('is followed by another one for those who had some outcome', async () => {
    const id = await draft('Offer', 600);
    // Other words than those that the same people got a moment ago.
    const { template_id: template } = (await campaign(id)).message as { template_id: string };
    await call('PATCH', `/v1/templates/${template}`, {
      content: { type: 'text', text: 'Hello {{ contact.first_name }}, our offer ends soon.' },
    });
    await call('POST', `/v1/campaigns/${id}/launch`, {});
    const page = await operator();
    await page.goto(`/admin/campaigns/${id}`);
    await shows(page, 'Completed');
    await until(async () => ((await call('GET', `/v1/campaigns/${id}/people?outcome=read`)).data as unknown[]).length > 0, 20_000);
    await page.getByRole('link', { name: /^Read/ }).click();
    await page
      .getByRole('row', { name: /Amara Hollis/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'New campaign for them' }).click();
    await page.getByRole('heading', { name: 'Offer (read)' }).waitFor();
    await page.getByRole('button', { name: /^Start \d+ messages?$/ }).waitFor();
    expect(await campaign(idOf(page))).toMatchObject({ state: 'checked', launched_at: null });
  });
});
