import { resolve } from 'node:path';
import { until } from '@heliograph/kernel/testing';
import { totpCode } from '@heliograph/staff/testing';
import type { Page } from 'playwright-core';
import { passwordOfPeople, text } from '../api/api-rig';
import { axe, describePanel, PanelRig, sideways, widths } from './panel-rig';

interface Screen {
  name: string;
  path: string;
  of?: string;
  open?: boolean;
  allClients?: boolean;
  ofAgency?: boolean;
  make?: unknown;
  press?: (string | RegExp)[];
}
/** A width and a theme in which a page is looked at. */
type Look = readonly [width: keyof typeof widths, theme: 'light' | 'dark', about?: 'colours'];
// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, which admin:tour reads too
const { screens, openScreen } = require(resolve('scripts/lib/admin-screens.cjs')) as {
  screens: Screen[];
  openScreen: (page: Page, screen: Screen, tenantId: string) => Promise<void>;
};

/** Screens that are looked at in Arabic too, where the page is turned round. */
const turned = [
  'sign-in',
  'overview',
  'numbers',
  'number',
  'messages',
  'message',
  'dead-letters',
  'contacts',
  'campaigns',
  'campaign',
  'campaign-message',
  'campaign-schedule',
  'campaign-review',
  'campaign-flight',
  'campaign-people',
  'campaign-replies',
  'campaign-report',
  'campaign-calendar',
  'report',
  'imports',
  'import-columns',
  'import-check',
  'import-done',
  'segment',
  'list',
  'templates',
  'template',
];

/** Widths between those of `widths` at which the layout changes. */
const between = [768, 1_024, 1_920];
const pages = screens.filter(({ press }) => !press);
const overlays = screens.filter(({ press }) => press);
/** Lists and forms of one client, which a new client sees empty. */
const ofClient = pages.filter(({ of, make, open, allClients, ofAgency }) => !of && !make && !open && !allClients && !ofAgency);

describePanel('every screen', () => {
  let panel: PanelRig;
  let tenantId: string;
  let newClient: string;
  let page: Page;
  let stranger: Page;
  beforeAll(async () => {
    panel = await PanelRig.start();
    tenantId = await withOneOfEach();
    newClient = (await panel.api.tenant()).id;
    // From nine clients on, the menu of clients has a field to find one.
    for (let others = 0; others < 7; others++) await panel.api.tenant();
    page = await panel.person([{ role: 'owner', tenantId: null }], { tenantId });
    stranger = await panel.open('/admin/login');
  });
  afterAll(async () => {
    await panel.closePages();
    await panel.stop();
  });

  /** A tenant with a record on every page: numbers, messages, a dead letter, conversations, an event with its rule, an endpoint, a job. */
  async function withOneOfEach(): Promise<string> {
    const { api } = panel;
    const { id, key } = await api.tenant();
    const call = async (method: string, path: string, body: object) => {
      const answer = await api.call(method, path, { key, body });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
      return answer.body;
    };
    const { id: session_id, there } = await api.session(id);
    await api.provider.control('POST', '/faults', { kind: 'refuse-success-false', sessionId: there.id, times: 1 });
    await call('POST', '/v1/messages', text('+447700900101', { session_id }));
    const count = async (path: string) => ((await api.call('GET', path, { key })).body.data as unknown[]).length;
    await until(async () => (await count('/v1/dead-letters')) > 0);
    await call('POST', '/v1/messages', text('+447700900102', { session_id }));
    const contact = await call('PUT', '/v1/contacts', { addresses: ['+447700900103'], name: 'Priya', attributes: { plan: 'pro' } });
    const list = await call('POST', '/v1/contact-lists', { name: 'Recall, November' });
    await call('POST', `/v1/contact-lists/${String(list.id)}/members`, { addresses: ['+447700900103'] });
    const template = await call('POST', '/v1/templates', {
      name: 'Recall',
      content: { type: 'text', text: 'Hi {{ contact.first_name }}: *{{ coupon }}*', variants: ['Hello {{ contact.first_name }}'] },
      languages: [{ language: 'es', content: { type: 'poll', question: '{{ coupon }}?', options: ['Sí', 'No'] } }],
      defaults: { 'contact.first_name': 'friend' },
    });
    const campaign = await call('POST', '/v1/campaigns', {
      name: 'Recall',
      audience: { include: [{ kind: 'list', id: list.id }] },
      message: { template_id: template.id, variables: { coupon: 'NOV' } },
      requires_consent: false,
    });
    await call('POST', `/v1/campaigns/${String(campaign.id)}/launch`, {});
    await until(async () => (await count('/v1/campaigns?state=processing,completed')) > 0);
    await call('POST', '/v1/callback-endpoints', { name: 'Core', url: 'https://core.example.com/heliograph', paused: true });
    await call('PUT', '/v1/event-types/user_onboarded', { description: 'A user finished the onboarding.', schema: { type: 'object' } });
    await call('POST', '/v1/event-rules', {
      name: 'Welcome',
      event: 'user_onboarded',
      actions: [{ type: 'send_message', message: { type: 'text', text: 'Welcome!' } }],
    });
    await call('POST', '/v1/events', { name: 'user_onboarded', id: 'onboarding-1', subject: { phone: '+447700900104' }, payload: {} });
    await api.provider.control('POST', `/inject/${there.id}/inbound`, { from: '447700900105', text: 'Is it open today?' });
    await api.provider.control('POST', `/inject/${there.id}/inbound`, { from: '447700900106', text: 'Please stop sending me messages' });
    await until(async () => (await count('/v1/opt-out-reviews')) > 0 && (await count('/v1/conversations')) > 1);
    await call('PUT', '/v1/cap-pools/uk', { daily_cap: 20_000 });
    await call('POST', '/v1/suppressions', { addresses: ['+447700900107'], note: 'Asked by phone' });
    await call('POST', '/v1/contacts/bulk-edit', { selection: { ids: [contact.id] }, changes: { add_tags: ['vip'] } });
    await until(async () => (await count('/v1/events?state=done')) > 0);
    await call('POST', '/v1/events/bulk-replay', { filter: { state: 'done' }, expect: 1 });
    return id;
  }

  /** Faults that axe-core finds in these looks, and elements for which the page scrolls sideways. */
  async function looked(on: Page, looks: readonly Look[]): Promise<string[]> {
    const found: string[] = [];
    for (const [width, colorScheme, about] of looks) {
      await on.setViewportSize(widths[width]);
      await on.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      found.push(...(await axe(on, about)).map((fault) => `${width} ${colorScheme} ${fault}`));
      found.push(...(await sideways(on)).map((place) => `${width} scrolls sideways: ${place}`));
    }
    return found;
  }
  const [wide, narrow] = [['wide', 'light'] as const, ['narrow', 'dark'] as const];
  /** Both themes in both widths. In the second theme of a width only the colours are others. */
  const allLooks: Look[] = [wide, ['wide', 'dark', 'colours'], narrow, ['narrow', 'light', 'colours']];
  /** Gives each screen one of two looks that have no width and no theme in common: their pages are looked at in all. */
  const inTurn = (some: Screen[]) => some.map((screen, i) => ({ ...screen, look: i % 2 === 0 ? wide : narrow }));

  it.each(pages)('$name has nothing that axe-core finds, in both themes and both widths', async (screen) => {
    const on = screen.open ? stranger : page;
    await openScreen(on, screen, tenantId);
    const found = await looked(on, allLooks);
    // In between and on a large screen only the width is another one.
    for (const width of between) {
      await on.setViewportSize({ width, height: 1_080 });
      found.push(...(await sideways(on)).map((place) => `${width} px scrolls sideways: ${place}`));
    }
    expect(found).toEqual([]);
  });

  it.each(inTurn(overlays))(
    'nor has $name, over its page; Escape closes it, and the focus is back where it was',
    async ({ look, ...screen }) => {
      await page.setViewportSize(widths.wide);
      await openScreen(page, screen, tenantId);
      expect(await looked(page, [look])).toEqual([]);
      await page.setViewportSize(widths.wide);
      await page.keyboard.press('Escape');
      await page.locator('[role=dialog], [role=menu], [role=listbox]').first().waitFor({ state: 'detached' });
      const { press = [] } = screen;
      // One that an address opened leaves the focus to the page.
      if (press.length === 0) return;
      const named = `(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim()`;
      await until(async () => {
        const focused = await page.evaluate<string>(named);
        return press.some((name) => (typeof name === 'string' ? focused === name : name.test(focused)));
      });
    },
  );

  it.each(inTurn(ofClient))('nor has $name of a client that has nothing yet', async ({ look, ...screen }) => {
    await openScreen(page, screen, newClient);
    expect(await looked(page, [look])).toEqual([]);
  });

  it('nor has the list of a field that offers choices', async () => {
    for (const viewport of Object.values(widths)) {
      await page.setViewportSize(viewport);
      await openScreen(page, { name: 'keys', path: '/keys' }, tenantId);
      await page.getByRole('button', { name: 'Create key' }).first().click();
      await page.getByRole('combobox', { name: 'Limit to numbers' }).click();
      await page.getByRole('option').first().waitFor();
      expect(await axe(page)).toEqual([]);
      await openScreen(page, { name: 'contacts', path: '/contacts' }, tenantId);
      await page.getByRole('button', { name: 'On the list' }).click();
      await page.getByRole('option').first().waitFor();
      expect(await axe(page)).toEqual([]);
    }
  });

  it('nor has the step of sign-in that asks for a code', async () => {
    const person = await panel.api.person([{ role: 'engineer', tenantId: null }]);
    const { uri } = (await person.call('POST', '/admin/v1/me/totp', { body: { password: passwordOfPeople } })).body as { uri: string };
    await person.call('POST', '/admin/v1/me/totp/confirm', { body: { code: totpCode(uri) } });
    const at = await panel.open('/admin/login');
    await at.getByLabel('Email').fill(person.email);
    await at.getByRole('textbox', { name: 'Password' }).fill(passwordOfPeople);
    await at.getByRole('button', { name: 'Sign in' }).click();
    const found: string[] = [];
    for (const step of ['code', 'recovery code']) {
      await at.getByLabel(step === 'code' ? /^Code/ : 'Recovery code').waitFor();
      found.push(...(await looked(at, allLooks)).map((fault) => `${step}, ${fault}`));
      if (step === 'code') await at.getByRole('button', { name: 'Use a recovery code' }).click();
    }
    expect(found).toEqual([]);
  });

  it.each(pages.filter(({ name }) => turned.includes(name)))('$name has nothing either when it is turned round', async (screen) => {
    const on = screen.open ? stranger : page;
    await on.evaluate(`localStorage.setItem('RaStore.locale', '"ar"')`);
    await openScreen(on, screen, tenantId);
    expect(await on.evaluate('document.documentElement.dir')).toBe('rtl');
    const found: string[] = [];
    for (const [width, viewport] of Object.entries(widths)) {
      await on.setViewportSize(viewport);
      found.push(...(await axe(on)).map((fault) => `${width} ${fault}`));
      found.push(...(await sideways(on)).map((place) => `${width} scrolls sideways: ${place}`));
    }
    expect(found).toEqual([]);
  });
});
