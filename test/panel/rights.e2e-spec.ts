import { until } from '@heliograph/kernel/testing';
import { text } from '../api/api-rig';
import { describePanel, PanelRig } from './panel-rig';

describePanel('what a person may not do', () => {
  let panel: PanelRig;
  let mine: { id: string; key: string; message: string; letter: string };
  let theirs: typeof mine;
  beforeAll(async () => {
    panel = await PanelRig.start();
    mine = await withLetter();
    theirs = await withLetter();
  });
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  /** A tenant with one message, which failed and left a dead letter. */
  async function withLetter() {
    const { api } = panel;
    const tenant = await api.tenant();
    const { id: session_id, there } = await api.session(tenant.id);
    await api.provider.control('POST', '/faults', { kind: 'refuse-success-false', sessionId: there.id, times: 1 });
    const sent = await api.call('POST', '/v1/messages', { key: tenant.key, body: text('+447700900101', { session_id }) });
    const letters = async () => (await api.call('GET', '/v1/dead-letters', { key: tenant.key })).body.data as { id: string }[];
    const letter = await until(async () => (await letters())[0]);
    return { ...tenant, message: String(sent.body.id), letter: letter.id };
  }

  it('is said: an operator sees dead letters, and beside the button why it is off', async () => {
    const page = await panel.person([{ role: 'operator', tenantId: null }], { tenantId: mine.id });
    await page.getByRole('link', { name: 'Dead letters' }).click();
    await page.getByText('1 open').waitFor();
    const reason = 'You may see dead letters but not redrive or discard them. Engineers and admins may.';
    await page.getByText(reason).waitFor();
    const button = page.getByRole('button', { name: /^Redrive 1/ });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await button.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);

    await page.goto(`/admin/dead-letters/${mine.letter}`);
    await page.getByText(reason).waitFor();
    expect(await page.getByRole('button', { name: 'Discard' }).count()).toBe(0);
  });

  it('is not offered: an agent has no entry for dead letters, and the address refuses', async () => {
    const page = await panel.person([{ role: 'agent', tenantId: null }], { tenantId: mine.id });
    const menu = page.getByRole('navigation', { name: 'Pages' });
    await menu.getByRole('link', { name: 'Messages' }).waitFor();
    expect(await menu.getByRole('link', { name: 'Dead letters' }).count()).toBe(0);
    for (const path of ['/admin/dead-letters', `/admin/dead-letters/${mine.letter}`]) {
      await page.goto(path);
      await page.getByRole('alert').getByText('You may not see this').first().waitFor();
      expect(await page.getByText('1 open').count()).toBe(0);
    }
  });

  it('has no way round: a person of one client finds nothing of another, whatever address is typed', async () => {
    const page = await panel.person([{ role: 'admin', tenantId: mine.id }], { tenantId: mine.id });
    await page.goto(`/admin/messages/${mine.message}`);
    await page.getByRole('heading', { name: /Message to/ }).waitFor();

    await page.getByRole('button', { name: /^Client:/ }).click();
    await page.getByRole('menuitem', { name: 'All clients' }).waitFor();
    // All clients, and the only one.
    expect(await page.getByRole('menuitem').count()).toBe(2);
    await page.keyboard.press('Escape');

    for (const path of [`/admin/messages/${theirs.message}`, `/admin/dead-letters/${theirs.letter}`]) {
      await page.goto(path);
      await page.getByRole('alert').getByText('This is not here').first().waitFor();
    }
    // The choice of the client is the browser's: one that is written by hand opens nothing, and gives way to the person's own client.
    for (const path of ['/admin/messages', '/admin/numbers', '/admin/dead-letters']) {
      await page.evaluate(`localStorage.setItem('heliograph.client', ${JSON.stringify(theirs.id)})`);
      await page.goto(path);
      await until(async () => (await page.evaluate(`localStorage.getItem('heliograph.client')`)) === mine.id);
      await page.getByRole('table').first().waitFor();
      const text = await page.locator('main').innerHTML();
      for (const id of [theirs.id, theirs.message, theirs.letter]) expect(text).not.toContain(id);
    }
    await page.evaluate(`localStorage.setItem('heliograph.client', ${JSON.stringify(theirs.id)})`);
    await page.goto(`/admin/messages/${theirs.message}`);
    await page.getByRole('alert').getByText('This is not here').first().waitFor();
  });
});
