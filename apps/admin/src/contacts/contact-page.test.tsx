import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { chooseTenant } from '../providers/tenant';
import { refusal, server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { ContactPage } from './contact-page';

const contact = {
  id: 'c1',
  name: 'Ada',
  addresses: ['+447700900123'],
  tags: [],
  attributes: {},
  external_id: null,
  consent: null,
  opted_out: false,
  created_at: '2026-11-24T09:00:00.000Z',
  updated_at: '2026-11-24T09:00:00.000Z',
};

it('says of each part that it could not be read, and never shows an address as free meanwhile', async () => {
  chooseTenant('kettle');
  let isDown = true;
  server.answer = ({ path }) => {
    if (path === '/v1/contacts/c1') return withTag(contact, '"1"');
    if (isDown && /suppressions|consents|conversations|reviews/.test(path)) return refusal(503, 'unavailable', `${path} is down`);
    return { data: [], next_cursor: null };
  };
  show(
    <Routes>
      <Route path="/contacts/:id" element={<ContactPage />} />
    </Routes>,
    { at: '/contacts/c1', permissions: ['contacts:read'] },
  );
  const cardOf = async (title: string) => (await screen.findByRole('heading', { name: title })).closest('section') as HTMLElement;
  for (const title of ['Addresses', 'Consents', 'Conversations'])
    await waitFor(async () => expect(within(await cardOf(title)).getByRole('alert').textContent).toContain('is down'));
  expect(screen.getByText('/v1/opt-out-reviews is down')).toBeDefined();
  isDown = false;
  for (const button of screen.getAllByRole('button', { name: 'Try again' })) await userEvent.click(button);
  await waitFor(() => expect(screen.queryAllByRole('alert')).toEqual([]));
});

it('shows the campaigns and events of the person, page after page', async () => {
  chooseTenant('kettle');
  const at = '2026-11-24T09:00:00.000Z';
  const campaign = (n: number, over: object = {}) => ({
    ...{ campaign_id: `k${n}`, name: `Sale ${n}`, outcome: 'read', state: 'read', reason: null, message_id: `m${n}`, at, sent_at: at },
    ...over,
  });
  const skipped = campaign(3, { outcome: 'left_out', state: 'skipped', reason: 'no_consent', message_id: null, sent_at: null });
  server.answer = ({ path, query }) => {
    if (path === '/v1/contacts/c1') return withTag(contact, '"1"');
    if (path === '/v1/contacts/c1/campaigns')
      return query.get('cursor') ? { data: [skipped], next_cursor: null } : { data: [campaign(1), campaign(2)], next_cursor: 'more' };
    if (path === '/v1/events' && query.get('contact_id') === 'c1')
      return { data: [{ id: 'e1', name: 'user_onboarded', state: 'done', occurred_at: at }], next_cursor: null };
    return { data: [], next_cursor: null };
  };
  show(
    <Routes>
      <Route path="/contacts/:id" element={<ContactPage />} />
    </Routes>,
    { at: '/contacts/c1', permissions: ['contacts:read', 'campaigns:read', 'events:read'] },
  );
  const card = within((await screen.findByRole('heading', { name: 'Campaigns' })).closest('section') as HTMLElement);
  expect((await card.findByRole('link', { name: 'Sale 1' })).getAttribute('href')).toBe('/campaigns/k1');
  expect(card.queryByText('Skipped')).toBeNull();
  await userEvent.click(card.getByRole('button', { name: 'Show older ones' }));
  expect(await card.findByText('Skipped')).toBeVisible();
  expect((await screen.findByRole('link', { name: 'user_onboarded' })).getAttribute('href')).toBe('/events/e1');
});
