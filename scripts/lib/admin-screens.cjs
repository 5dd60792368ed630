'use strict';
// Screens of the panel, for the tests that look at all of them and for `npm run admin:tour`.

/**
 * A screen: its name, its address below /admin, and for the page of one record the list of the API whose first row fills `{id}`.
 * `open`: opened without a sign-in. `allClients`: shown while all clients are chosen.
 * @type {{ name: string, path: string, of?: string, open?: boolean, allClients?: boolean }[]}
 */
const screens = [
  { name: 'sign-in', path: '/login', open: true },
  { name: 'forgot-password', path: '/forgot-password', open: true },
  { name: 'set-password', path: '/set-password#token', open: true },
  { name: 'link-phone', path: '/link-phone#token', open: true },
  { name: 'overview', path: '/' },
  { name: 'overview-all', path: '/', allClients: true },
  { name: 'numbers', path: '/numbers' },
  { name: 'number', path: '/numbers/{id}', of: '/v1/sessions' },
  { name: 'add-number', path: '/numbers/create' },
  { name: 'pools', path: '/pools' },
  { name: 'conversations', path: '/conversations' },
  { name: 'conversation', path: '/conversations/{id}', of: '/v1/conversations' },
  { name: 'campaigns', path: '/campaigns' },
  { name: 'campaign', path: '/campaigns/{id}', of: '/v1/campaigns' },
  { name: 'campaign-message', path: '/campaigns/{id}?step=message', of: '/v1/campaigns' },
  { name: 'campaign-schedule', path: '/campaigns/{id}?step=schedule', of: '/v1/campaigns' },
  { name: 'campaign-review', path: '/campaigns/{id}?step=review', of: '/v1/campaigns' },
  { name: 'campaign-calendar', path: '/campaigns/calendar' },
  { name: 'contacts', path: '/contacts' },
  { name: 'contact', path: '/contacts/{id}', of: '/v1/contacts' },
  { name: 'contact-edits', path: '/contacts/edits' },
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
  { name: 'queues', path: '/queues' },
  { name: 'keys', path: '/keys' },
  { name: 'simulator', path: '/simulator' },
  { name: 'clients', path: '/clients' },
  { name: 'client', path: '/clients/{id}', of: '/admin/v1/tenants' },
  { name: 'accounts', path: '/accounts' },
  { name: 'staff', path: '/staff' },
  { name: 'roles', path: '/staff/roles' },
  { name: 'person', path: '/staff/{id}', of: '/admin/v1/staff' },
  { name: 'audit', path: '/audit' },
  { name: 'settings', path: '/settings' },
  { name: 'brand', path: '/settings/brand' },
  { name: 'configuration', path: '/settings/configuration' },
  { name: 'account', path: '/account' },
  { name: 'not-found', path: '/no-such-page' },
];

/**
 * Opens a screen and waits until it has what it shows.
 * @param {import('playwright-core').Page} page of a person who may see it
 * @param {(typeof screens)[number]} screen
 * @param {string} tenantId the client that is chosen
 */
async function openScreen(page, { path, of, allClients }, tenantId) {
  let to = path;
  if (of) {
    const answer = await page.request.get(of, { headers: { 'heliograph-tenant': tenantId, 'sec-fetch-site': 'same-origin' } });
    const { data } = await answer.json();
    if (!data?.[0]) throw new Error(`There is nothing in ${of} to show at ${path}.`);
    to = path.replace('{id}', data[0].id);
  }
  const chosen = allClients ? 'localStorage.removeItem("heliograph.client")' : `localStorage.setItem("heliograph.client", "${tenantId}")`;
  await page.evaluate(chosen);
  await page.goto(`/admin${to}`);
  // A fragment alone does not load the page anew.
  if (to.includes('#')) await page.reload();
  await page.locator('h1').first().waitFor({ state: 'attached' });
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
}

module.exports = { screens, openScreen };
