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
