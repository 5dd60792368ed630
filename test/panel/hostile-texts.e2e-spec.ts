import { DeadLetters } from '@heliograph/dead-letters';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import type { Page } from 'playwright-core';
import { fileForm } from '../api/api-rig';
import { hostileTexts, ranMark, strangerHost, vcardOf } from './hostile-texts';
import { describePanel, PanelRig, widths } from './panel-rig';

interface Row {
  id: string;
  contact_id: string;
}

/** Elements and attributes that a text would have to make in order to run or load anything. The panel's own pages have none in their content but our mark. */
const foreign =
  'script, iframe, object, embed, img:not([src="/admin/mark.svg"]), video, audio, source, link, style, meta, base, marquee, details, template, math, form[action], [srcdoc], [onerror], [onload], [onfocus], [onmouseover]';

/** Ms that a page may take on a busy machine. */
const patience = 30_000;

describePanel('texts that people write to break the panel', () => {
  let panel: PanelRig;
  let tenant: { id: string; key: string };
  let conversations: Row[];
  /** The person who wrote all of the texts. */
  let writer: Row;
  /** Addresses of pages that show what other people and systems hand in. */
  let records: string[];

  beforeAll(async () => {
    panel = await PanelRig.start();
    const { api } = panel;
    tenant = await api.tenant();
    const { there } = await api.session(tenant.id);
    const write = (body: object) => api.provider.control('POST', `/inject/${there.id}/inbound`, body);
    const call = (method: string, path: string, body?: unknown) =>
      api.call(method, path, { key: tenant.key, ...(body !== undefined && { body }) });
    const list = async (path: string) => (await call('GET', path)).body.data as Row[];

    for (const [i, said] of hostileTexts.entries()) await write({ from: `4477009${60_000 + i}`, text: said, pushName: said.slice(0, 255) });
    for (const said of hostileTexts) await write({ from: '447700900731', text: said, pushName: 'Rosa Delaney' });
    const image = { imageMessage: { url: 'https://mmg.whatsapp.net/x', mimetype: 'image/jpeg', caption: hostileTexts[4] } };
    await write({ from: '447700900731', text: '', message: image });
    await write({
      from: '447700900731',
      text: '',
      message: { contactMessage: { displayName: hostileTexts[4], vcard: vcardOf(hostileTexts[4] ?? '') } },
    });
    await write({ from: '120363000000000001@g.us', participant: '447700900732', text: hostileTexts[0], pushName: hostileTexts[4] });
    await write({ from: '447700900733', text: 'Please stop sending me messages' });

    conversations = await until(async () => {
      const rows = await list('/v1/conversations?limit=500');
      return rows.length === hostileTexts.length + 3 ? rows : null;
    });
    writer = await until(async () =>
      (await list('/v1/conversations?limit=500')).find((row) => 'contact_name' in row && row.contact_name === 'Rosa Delaney'),
    );
    const entries = () => list(`/v1/conversations/${writer.id}/entries?limit=500`);
    await until(async () => (await entries()).length === hostileTexts.length + 2);

    // What people of the agency and the core application type stands on the same pages.
    const said = hostileTexts[4] ?? '';
    await call('PUT', '/v1/contact-attributes/plan', { type: 'text', label: said });
    await call('PATCH', `/v1/contacts/${writer.contact_id}`, {
      tags: hostileTexts.slice(0, 20).map((text) => text.slice(0, 60)),
      external_id: said,
      attributes: { plan: said, other: hostileTexts[62]?.slice(0, 1_000) },
    });
    await call('POST', `/v1/contacts/${writer.contact_id}/consents`, {
      action: 'opt_out',
      source: said.slice(0, 64),
      text: said,
      text_version: said.slice(0, 64),
    });
    await call('POST', '/v1/suppressions', { addresses: ['+447700900799'], note: said });
    await call('PUT', '/v1/opt-keywords/en', { opt_out: ['stop', said.slice(0, 60)], opt_in: [said.slice(0, 60)] });
    await until(async () => (await list('/v1/opt-out-reviews')).length === 1);
    await api
      .get(Database)
      .query(`UPDATE opt_out_reviews SET text = $2, keyword = $3 WHERE tenant_id = $1`, [tenant.id, hostileTexts[62], said]);
    records = await recordsOf();
  }, 300_000);
  afterEach(() => panel.closePages());
  afterAll(() => panel.stop());

  /** Makes records whose names, bodies and causes are such texts. @returns the addresses of their pages */
  async function recordsOf(): Promise<string[]> {
    const { api } = panel;
    const call = async (method: string, path: string, body: unknown, more: { headers?: Record<string, string> } = {}) => {
      const reply = await api.call(method, path, { key: tenant.key, body, ...more });
      if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.text}`);
      return reply.body as { id: string };
    };
    const said = hostileTexts[4] ?? '';
    // Texts that fit a name. Braces would be read as variables of a template.
    const names = [...hostileTexts.filter((text) => text.length <= 200 && text.trim() !== '' && !/[{}%]/.test(text)), 'W'.repeat(200)];

    for (const name of names) await call('POST', '/v1/contact-lists', { name, description: name });
    const list = await call('POST', '/v1/contact-lists', { name: said, description: said });
    await call('POST', `/v1/contact-lists/${list.id}/members`, {
      ids: [...new Set(conversations.flatMap(({ contact_id: of }) => of ?? []))],
    });
    const rules = [{ field: 'name', operator: 'contains', value: said }];
    const segment = await call('POST', '/v1/segments', { name: said, description: said, tree: { rules } });
    for (const name of names) await call('POST', '/v1/templates', { name, content: { type: 'text', text: name } });
    const template = await call('POST', '/v1/templates', { name: said, content: { type: 'text', text: `${said} {{ contact.name }}` } });
    const campaign = await call('POST', '/v1/campaigns', {
      name: said,
      audience: { include: [{ kind: 'list', id: list.id }] },
      message: { template_id: template.id },
      requires_consent: false,
    });
    await call('POST', `/v1/campaigns/${campaign.id}/launch`, {});
    await until(async () => {
      const { body } = await api.call('GET', `/v1/campaigns/${campaign.id}/people`, { key: tenant.key });
      return (body.data as unknown[]).length > 30;
    });

    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = names.map((text) => `${quoted(text)},${quoted(text)}`).join('\n');
    const form = fileForm(`phone,${quoted(said)}\n+447700900741,Ann\n${rows}\n`, { name: 'people.csv' });
    const file = await call('POST', '/v1/imports', form.body, { headers: form.headers });
    const columns = [
      { column: 'phone', to: 'phone' },
      { column: said, to: 'name' },
    ];
    await call('PUT', `/v1/imports/${file.id}/mapping`, { columns, consent: null });
    await call('POST', `/v1/imports/${file.id}/check`, {});
    await until(async () => (await api.call('GET', `/v1/imports/${file.id}`, { key: tenant.key })).body.state === 'checked');

    await call('PUT', '/v1/event-types/user_onboarded', { description: said, schema: { type: 'object', title: said } });
    const rule = await call('POST', '/v1/event-rules', {
      name: said,
      event: 'user_onboarded',
      actions: [{ type: 'send_message', message: { type: 'text', text: said } }],
    });
    const event = await call('POST', '/v1/events', {
      ...{ name: 'user_onboarded', id: hostileTexts[0], subject: { phone: '+447700900742' } },
      payload: Object.fromEntries(names.map((text, i) => [`${i} ${text}`, text])),
    });
    const endpoint = await call('POST', '/v1/callback-endpoints', { name: said, url: 'https://core.example.com/x', paused: true });
    await call('PATCH', `/v1/callback-endpoints/${endpoint.id}`, { name: `${said} ${said}`.slice(0, 100) });
    await call('PATCH', `/v1/contact-lists/${list.id}`, { name: `${said} 2`, description: names.join(' ').slice(0, 1_000) });
    await call('POST', '/v1/api-keys', { name: said, scopes: ['messages:read'] });
    await api.get(DeadLetters).open(api.get(Database), [
      { tenantId: tenant.id, kind: 'event', subjectId: event.id, sessionId: null, cause: 'rule_failed', detail: said },
      { tenantId: tenant.id, kind: 'event', subjectId: said, sessionId: null, cause: 'x', detail: names.join(' ') },
    ]);
    const letters = (await api.call('GET', '/v1/dead-letters', { key: tenant.key })).body.data as Row[];

    // The brand stands on every page; a link of it is one to the web or to a mail.
    const owner = await api.person([{ role: 'owner', tenantId: null }]);
    const brand = '/admin/v1/settings/branding';
    for (const link of [`javascript:window.${ranMark}=1`, `data:text/html,<script>window.${ranMark}=1</script>`])
      expect((await owner.call('PATCH', brand, { body: { support_url: link, imprint_url: link } })).status).toBe(400);
    expect((await owner.call('PATCH', brand, { body: { name: said.slice(0, 60) } })).status).toBe(200);
    await owner.call('PATCH', `/admin/v1/tenants/${tenant.id}`, { body: { name: said } });
    const { body: log } = await owner.call('GET', `/admin/v1/audit?tenant_id=${tenant.id}&limit=100`);
    const entries = (log.data as { id: string; action: string }[]).filter(({ action }) => action.endsWith('.changed'));
    expect(entries.length).toBeGreaterThanOrEqual(3);

    return [
      ...['/lists', '/segments', '/templates', '/campaigns', '/events', '/rules', '/event-types', '/endpoints', '/dead-letters'],
      ...['/keys', '/audit', '/clients', '/contacts/imports', '/contacts/edits', '/overview', '/settings/brand'],
      ...[`/lists/${list.id}`, `/segments/${segment.id}`, `/templates/${template.id}`, `/rules/${rule.id}`, `/events/${event.id}`],
      ...['', '?tab=people', '?tab=log', '?tab=skipped', '?tab=failures'].map((tab) => `/campaigns/${campaign.id}${tab}`),
      ...[`/contacts/imports/${file.id}`, `/endpoints/${endpoint.id}`, `/clients/${tenant.id}`],
      ...letters.flatMap(({ id }) => [`/dead-letters/${id}`, `/dead-letters?look=${id}`]),
      ...entries.map(({ id }) => `/audit/${id}`),
    ].map((path) => (path === '/overview' ? '/' : path));
  }

  /** Opens the panel as an admin, and notes what the page does that no text may make it do. */
  async function open(): Promise<{ page: Page; go: (path: string) => Promise<void>; check: () => Promise<void> }> {
    const page = await panel.person([{ role: 'admin', tenantId: null }], { tenantId: tenant.id });
    const done: string[] = [];
    page.on('dialog', (dialog) => {
      done.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url().includes(strangerHost)) done.push(`asked: ${request.url()}`);
    });
    page.on('popup', (popup) => done.push(`popup: ${popup.url()}`));
    const origin = new URL(page.url()).origin;
    /** Goes to another page without loading the panel anew, with the place in the history that the panel's router gives. */
    const go = async (path: string) => {
      await page.evaluate(
        `history.pushState({ idx: (history.state?.idx ?? 0) + 1 }, '', ${JSON.stringify(`/admin${path}`)}); dispatchEvent(new PopStateEvent('popstate'))`,
      );
      // Asked from outside: the page's own policy lets nothing be evaluated in it.
      const [pathname] = path.split('?');
      const isShown = `location.pathname === ${JSON.stringify(`/admin${pathname}`)} && !!document.querySelector('h1') && !document.querySelector('.skeleton')`;
      await until(() => page.evaluate(isShown), patience);
    };
    const check = async () => {
      const found = await page.evaluate<{ ran: unknown; foreign: string[]; links: string[]; isWide: boolean; isLong: boolean }>(`({
        ran: window.${ranMark} ?? null,
        foreign: [...document.querySelectorAll('#main-content, [role=dialog]')].flatMap((at) => [...at.querySelectorAll(${JSON.stringify(foreign)})].map((one) => one.outerHTML.slice(0, 200))),
        links: [...document.querySelectorAll('#main-content a')].map((one) => one.href).filter((href) => !href.startsWith(location.origin + '/admin/')),
        isWide: document.documentElement.scrollWidth > innerWidth,
        isLong: document.title.length > 400,
      })`);
      expect({ at: page.url(), ...found, done }).toEqual({
        at: expect.stringContaining(`${origin}/admin/`) as string,
        ran: null,
        foreign: [],
        links: [],
        isWide: false,
        isLong: false,
        done: [],
      });
    };
    return { page, go, check };
  }

  it('run nothing and move nothing on the pages of people, wide and narrow', async () => {
    const { page, go, check } = await open();
    for (const viewport of [widths.wide, widths.narrow]) {
      await page.setViewportSize(viewport);
      await go('/contacts');
      for (let more = true; more;) {
        await page.getByRole('table').waitFor();
        await check();
        const next = page.getByRole('button', { name: 'Next' });
        more = (await next.count()) > 0 && (await next.isEnabled());
        if (more) await Promise.all([page.waitForResponse(/\/v1\/contacts\?/), next.click()]);
      }
      for (const { contact_id } of conversations.filter((row) => row.contact_id)) {
        await go(`/contacts/${contact_id}`);
        await check();
      }
      await go(`/contacts/${writer.contact_id}`);
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByRole('dialog').waitFor();
      await check();
    }
  }, 600_000);

  it('run nothing and move nothing in the inbox, wide and narrow', async () => {
    const { page, go, check } = await open();
    for (const viewport of [widths.wide, widths.narrow]) {
      await page.setViewportSize(viewport);
      await go('/conversations');
      await check();
      for (const { id } of conversations) {
        await go(`/conversations/${id}`);
        await check();
      }
      await go(`/conversations/${writer.id}`);
      const log = page.getByRole('log');
      await until(() => log.evaluate((at: { scrollTop: number }) => at.scrollTop > 0), patience);
      // From the newest to the oldest, as far as each part of the way is drawn.
      const seen = new Set<string>();
      await until(async () => {
        for (const bubble of await log.locator('.bubble').allInnerTexts()) seen.add(bubble);
        await check();
        await log.evaluate((at: { scrollTop: number }) => {
          at.scrollTop = Math.max(0, at.scrollTop - 400);
        });
        return seen.has(hostileTexts[0] ?? '');
      }, 4 * patience);
      expect([...seen].filter((text) => text.includes(ranMark)).length).toBeGreaterThan(30);
    }
  }, 600_000);

  it('run nothing and move nothing in campaigns, imports, events, dead letters, the audit log and the brand, wide and narrow', async () => {
    const { go, check, page } = await open();
    for (const viewport of [widths.wide, widths.narrow]) {
      await page.setViewportSize(viewport);
      for (const path of records) {
        await go(path);
        await check();
      }
    }
    // The brand is shown before anybody signs in, too.
    const stranger = await panel.open('/admin/login');
    await stranger.getByText((hostileTexts[4] ?? '').slice(0, 60)).waitFor();
    expect(await stranger.evaluate(`window.${ranMark} ?? null`)).toBeNull();
  }, 600_000);

  it('run nothing and move nothing among opt-outs, wide and narrow', async () => {
    const { page, go, check } = await open();
    for (const viewport of [widths.wide, widths.narrow]) {
      await page.setViewportSize(viewport);
      await go('/opt-outs');
      await check();
      await page.getByRole('button', { name: 'Opt out' }).click();
      await page.getByRole('dialog').waitFor();
      await check();
      await page.keyboard.press('Escape');
      await go('/opt-outs/suppressions');
      await check();
      await go('/opt-outs/keywords');
      await page.getByLabel('Text of a message').fill(hostileTexts[4] ?? '');
      await page.getByRole('button', { name: 'Test' }).click();
      await page.getByText('takes effect at once').waitFor();
      await check();
    }
  }, 300_000);
});
