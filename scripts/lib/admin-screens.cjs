'use strict';
const { setTimeout } = require('node:timers/promises');

// Screens of the panel, for the tests that look at all of them and for `npm run admin:tour`.

/** Launched campaigns, the one that is over first where there is one. */
const launched = '/v1/campaigns?state=completed,processing,paused';

/**
 * A screen: its name, its address below /admin, and for the page of one record the list of the API whose first row fills `{id}`.
 * `open`: opened without a sign-in. `allClients`: shown while all clients are chosen. `ofAgency`: looks the same whatever client is chosen.
 * `make`: makes what is shown; its answer fills `{made}`. `press`: names of buttons, entries of menus and boxes that are pressed one after
 * another until a drawer, a menu or a dialog is open; empty: the address opens it.
 * @type {{ name: string, path: string, of?: string, open?: boolean, allClients?: boolean, ofAgency?: boolean, make?: (call: Call) => Promise<string>, press?: (string | RegExp)[] }[]}
 * @typedef {(method: string, path: string, options?: object) => Promise<any>} Call
 */
const screens = [
  { name: 'sign-in', path: '/login', open: true },
  { name: 'forgot-password', path: '/forgot-password', open: true },
  { name: 'set-password', path: '/set-password#token', open: true },
  { name: 'sign-in-link', path: '/sign-in-link#token', open: true },
  { name: 'link-phone', path: '/link-phone#token', open: true },
  { name: 'overview', path: '/' },
  { name: 'overview-all', path: '/', allClients: true },
  { name: 'numbers', path: '/numbers' },
  { name: 'numbers-all', path: '/numbers', allClients: true },
  { name: 'number', path: '/numbers/{id}', of: '/v1/sessions' },
  { name: 'add-number', path: '/numbers/create' },
  { name: 'pools', path: '/pools' },
  { name: 'conversations', path: '/conversations' },
  { name: 'conversation', path: '/conversations/{id}', of: '/v1/conversations' },
  { name: 'campaigns', path: '/campaigns' },
  { name: 'campaign', path: '/campaigns/{made}?step=audience', make: draft },
  { name: 'campaign-message', path: '/campaigns/{made}?step=message', make: draft },
  { name: 'campaign-schedule', path: '/campaigns/{made}?step=schedule', make: draft },
  { name: 'campaign-review', path: '/campaigns/{made}?step=review', make: draft },
  { name: 'campaign-flight', path: '/campaigns/{id}', of: launched },
  { name: 'campaign-people', path: '/campaigns/{id}?tab=people', of: launched },
  { name: 'campaign-failures', path: '/campaigns/{id}?tab=failures', of: launched },
  { name: 'campaign-skipped', path: '/campaigns/{id}?tab=skipped', of: launched },
  { name: 'campaign-replies', path: '/campaigns/{id}?tab=replies', of: launched },
  { name: 'campaign-log', path: '/campaigns/{id}?tab=log', of: launched },
  { name: 'campaign-calendar', path: '/campaigns/calendar' },
  { name: 'campaign-report', path: '/campaigns/{id}/report', of: launched },
  { name: 'report', path: '/report#{made}', make: report },
  { name: 'contacts', path: '/contacts' },
  { name: 'contact', path: '/contacts/{id}', of: '/v1/contacts' },
  { name: 'contact-edits', path: '/contacts/edits' },
  { name: 'imports', path: '/contacts/imports' },
  { name: 'new-import', path: '/contacts/imports/new' },
  { name: 'import-columns', path: '/contacts/imports/{made}', make: (call) => importUpTo(call, 'uploaded') },
  { name: 'import-check', path: '/contacts/imports/{made}', make: (call) => importUpTo(call, 'checked') },
  { name: 'import-done', path: '/contacts/imports/{made}', make: (call) => importUpTo(call, 'done') },
  { name: 'segments', path: '/segments' },
  { name: 'segment', path: '/segments/{made}', make: segment },
  { name: 'new-segment', path: '/segments/new' },
  { name: 'lists', path: '/lists' },
  { name: 'list', path: '/lists/{id}', of: '/v1/contact-lists' },
  { name: 'templates', path: '/templates' },
  { name: 'template', path: '/templates/{id}', of: '/v1/templates' },
  { name: 'template-versions', path: '/templates/{id}?tab=versions', of: '/v1/templates' },
  { name: 'new-template', path: '/templates/new' },
  { name: 'opt-outs', path: '/opt-outs' },
  { name: 'suppressions', path: '/opt-outs/suppressions' },
  { name: 'keywords', path: '/opt-outs/keywords' },
  { name: 'messages', path: '/messages' },
  { name: 'messages-all', path: '/messages', allClients: true },
  { name: 'message', path: '/messages/{id}', of: '/v1/messages' },
  { name: 'dead-letters', path: '/dead-letters' },
  { name: 'dead-letters-all', path: '/dead-letters', allClients: true },
  { name: 'dead-letter-look', path: '/dead-letters?look={id}', of: '/v1/dead-letters' },
  { name: 'dead-letter', path: '/dead-letters/{id}', of: '/v1/dead-letters' },
  { name: 'jobs', path: '/jobs' },
  { name: 'events', path: '/events' },
  { name: 'event', path: '/events/{id}', of: '/v1/events' },
  { name: 'rules', path: '/rules' },
  { name: 'rule', path: '/rules/{id}', of: '/v1/event-rules' },
  { name: 'new-rule', path: '/rules/new' },
  { name: 'event-types', path: '/event-types' },
  { name: 'endpoints', path: '/endpoints' },
  { name: 'endpoint', path: '/endpoints/{id}', of: '/v1/callback-endpoints' },
  { name: 'delivery', path: '/endpoints/{made}', make: delivery },
  { name: 'queues', path: '/queues' },
  { name: 'keys', path: '/keys' },
  { name: 'simulator', path: '/simulator', ofAgency: true },
  { name: 'clients', path: '/clients', ofAgency: true },
  { name: 'client', path: '/clients/{id}', of: '/admin/v1/tenants' },
  { name: 'accounts', path: '/accounts', ofAgency: true },
  { name: 'staff', path: '/staff', ofAgency: true },
  { name: 'roles', path: '/staff/roles', ofAgency: true },
  { name: 'person', path: '/staff/{id}', of: '/admin/v1/staff' },
  { name: 'audit', path: '/audit', ofAgency: true },
  { name: 'settings', path: '/settings' },
  { name: 'brand', path: '/settings/brand', ofAgency: true },
  { name: 'configuration', path: '/settings/configuration', ofAgency: true },
  { name: 'account', path: '/account', ofAgency: true },
  { name: 'not-found', path: '/no-such-page', ofAgency: true },
  // Drawers, menus and dialogs.
  { name: 'search', path: '/', press: ['Find a phone, number, id or page'] },
  { name: 'bell', path: '/', press: [/needs? you$/] },
  { name: 'client-menu', path: '/', press: [/^Client:/] },
  { name: 'person-menu', path: '/', press: [/^Account of/] },
  { name: 'number-menu', path: '/numbers/{id}', of: '/v1/sessions', press: ['More'] },
  { name: 'number-limits', path: '/numbers/{id}', of: '/v1/sessions', press: ['Change limits'] },
  { name: 'number-rename', path: '/numbers/{id}', of: '/v1/sessions', press: ['More', 'Rename and tag'] },
  { name: 'send-test', path: '/numbers/{id}', of: '/v1/sessions', press: ['Send a test message'] },
  { name: 'pool-form', path: '/pools', press: ['Create pool'] },
  { name: 'add-contact', path: '/contacts', press: ['Add a contact'] },
  { name: 'contacts-edit', path: '/contacts', press: ['Select all rows of this page', 'Edit…'] },
  { name: 'contacts-opt-out', path: '/contacts', press: ['Select all rows of this page', 'Opt out…'] },
  { name: 'contact-edit', path: '/contacts/{id}', of: '/v1/contacts', press: ['Edit'] },
  { name: 'opt-out-confirm', path: '/opt-outs', press: ['Opt out'] },
  { name: 'suppress', path: '/opt-outs/suppressions', press: ['Suppress addresses'] },
  { name: 'suppression-lift', path: '/opt-outs/suppressions', press: ['Lift…'] },
  { name: 'keywords-change', path: '/opt-outs/keywords', press: ['Change'] },
  { name: 'message-filter', path: '/messages', press: ['State'] },
  { name: 'message-look', path: '/messages', press: [/^Quick look at the message/] },
  { name: 'redrive', path: '/dead-letters', press: [/^Redrive \d/] },
  { name: 'discard', path: '/dead-letters', press: ['Select all rows of this page', 'Discard…'] },
  { name: 'job', path: '/jobs?look={id}', of: '/v1/jobs', press: [] },
  { name: 'events-replay', path: '/events', press: ['Replay…'] },
  { name: 'event-type-form', path: '/event-types', press: ['Add type'] },
  { name: 'endpoint-form', path: '/endpoints', press: ['Add endpoint'] },
  { name: 'endpoint-test', path: '/endpoints/{id}', of: '/v1/callback-endpoints', press: ['Send a test event'] },
  { name: 'endpoint-rotate', path: '/endpoints/{id}', of: '/v1/callback-endpoints', press: ['More actions', 'Rotate the secret…'] },
  { name: 'key-form', path: '/keys', press: ['Create key'] },
  { name: 'key-revoke', path: '/keys', press: [/^More about/, 'Revoke'] },
  { name: 'add-client', path: '/clients', press: ['Add client'] },
  { name: 'client-suspend', path: '/clients/{id}', of: '/admin/v1/tenants', press: ['Suspend'] },
  { name: 'add-account', path: '/accounts', press: ['Add account'] },
  { name: 'invite', path: '/staff', press: ['Invite a person'] },
  { name: 'person-roles', path: '/staff/{id}', of: '/admin/v1/staff', press: ['Change roles'] },
  { name: 'audit-entry', path: '/audit/{id}', of: '/admin/v1/audit', press: [] },
  { name: 'totp', path: '/account', press: ['Set up an app'] },
];

/** A draft that has everything but its start. */
async function draft(call) {
  const { data: known } = await call('GET', '/v1/campaigns?state=draft,checked');
  if (known[0]) return known[0].id;
  const [{ data: lists }, { data: templates }] = [await call('GET', '/v1/contact-lists'), await call('GET', '/v1/templates')];
  const schedule = { start: 'local', local: '2030-06-01T09:00', windows: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }] };
  const audience = { include: [{ kind: 'list', id: lists[0].id }] };
  const data = { name: 'Summer sale', audience, message: { template_id: templates[0].id }, schedule };
  return (await call('POST', '/v1/campaigns', { data })).id;
}

/** A segment with a group of rules. */
async function segment(call) {
  const { data: known } = await call('GET', '/v1/segments');
  if (known[0]) return known[0].id;
  const rules = [
    { field: 'consent', operator: 'is_one_of', value: ['opt_in'] },
    {
      combinator: 'or',
      rules: [
        { field: 'last_reply', operator: 'in_last_days', value: 30 },
        { field: 'tags', operator: 'is_one_of', value: ['vip'] },
      ],
    },
  ];
  const data = { name: 'Wrote lately, or important', description: 'Everybody who agreed.', tree: { combinator: 'and', rules } };
  return (await call('POST', '/v1/segments', { data })).id;
}

/** The newest callback of an endpoint, as its address below that of endpoints. */
async function delivery(call) {
  const { data: endpoints } = await call('GET', '/v1/callback-endpoints');
  const { data: callbacks } = await call('GET', `/v1/callback-endpoints/${endpoints[0].id}/callbacks`);
  if (!callbacks[0]) throw new Error('There is no callback to show.');
  return `${endpoints[0].id}/deliveries/${callbacks[0].event_id}`;
}

/** The token of a new link to the report of a campaign. */
async function report(call) {
  const { data: campaigns } = await call('GET', launched);
  const { url } = await call('POST', `/v1/campaigns/${campaigns[0].id}/report-links`, { data: { expires_in_days: 1 } });
  return new URL(url).hash.slice(1);
}

const importFile =
  'mobile;full name;town\n07700 900151;Amara Hollis;Leeds\n4.47701E+11;Ben Okafor;York\n07700 90;Tom Reed;York\n07700 900151;Amara H.;Leeds\n';

/** An import with refused rows, in the state that is wanted. */
async function importUpTo(call, state) {
  const file = { name: 'recall-november.csv', mimeType: 'text/csv', buffer: Buffer.from(importFile) };
  const { id } = await call('POST', '/v1/imports', { multipart: { file } });
  if (state === 'uploaded') return id;
  const columns = [
    { column: 'mobile', to: 'phone' },
    { column: 'full name', to: 'name' },
    { column: 'town', to: 'attribute', attribute: 'town' },
  ];
  await call('PUT', `/v1/imports/${id}/mapping`, { data: { columns, consent: { source: 'fair-2026' } } });
  await call('POST', `/v1/imports/${id}/${state === 'checked' ? 'check' : 'run'}`);
  while ((await call('GET', `/v1/imports/${id}`)).state !== state) await setTimeout(100);
  return id;
}

/**
 * Opens a screen and waits until it has what it shows.
 * @param {import('playwright-core').Page} page of a person who may see it
 * @param {(typeof screens)[number]} screen
 * @param {string} tenantId the client that is chosen
 */
async function openScreen(page, { path, of, allClients, make, press }, tenantId) {
  let to = path;
  /** @type {Call} */
  const call = async (method, address, options = {}) => {
    const headers = { 'heliograph-tenant': tenantId, 'sec-fetch-site': 'same-origin' };
    const answer = await page.request.fetch(address, { method, headers, ...options });
    if (!answer.ok()) throw new Error(`${method} ${address}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  if (of) {
    const { data } = await call('GET', of);
    if (!data?.[0]) throw new Error(`There is nothing in ${of} to show at ${path}.`);
    to = path.replace('{id}', data[0].id);
  }
  if (make) to = path.replace('{made}', await make(call));
  const chosen = allClients ? 'localStorage.removeItem("heliograph.client")' : `localStorage.setItem("heliograph.client", "${tenantId}")`;
  await page.evaluate(chosen);
  await page.goto(`/admin${to}`);
  // A fragment alone does not load the page anew.
  if (to.includes('#')) await page.reload();
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  for (const name of press ?? []) {
    const exact = { name, exact: true };
    await page.getByRole('button', exact).or(page.getByRole('menuitem', exact)).or(page.getByRole('checkbox', exact)).first().click();
  }
  if (press) {
    await page.locator('[role=dialog], [role=menu], [role=listbox]').first().waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  }
}

module.exports = { screens, openScreen };
