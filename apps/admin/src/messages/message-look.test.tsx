import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { MessageList } from './message-list';

const row = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a1',
  to: '+447700900101',
  state: 'delivered',
  class: 'transactional',
  type: 'text',
  tags: [],
  client_ref: null,
  cause: null,
  session_id: 'one',
  created_at: '2026-11-23T09:30:00.000Z',
};
const whole = {
  ...row,
  message: { content: { type: 'text', text: 'Your table is booked.' } },
  votes: [],
  send_at: null,
  provider_message_id: null,
  calls: [],
  timeline: [{ at: '2026-11-23T09:30:01.000Z', from: 'queued', to: 'delivered', attempt: 1, cause: null, detail: null, actor: null }],
};

describe('the quick look at a message', () => {
  it.each(['kettle', null])('shows its text and its timeline beside the list (client: %s)', async (tenant) => {
    chooseTenant(tenant);
    const asked: Asked[] = [];
    server.answer = (request) => {
      asked.push(request);
      if (request.path.endsWith(row.id)) return whole;
      const rows = request.path.endsWith('/messages') ? [{ ...row, ...(!tenant && { tenant_id: 'bakery' }) }] : [];
      return { data: rows, next_cursor: null };
    };
    show(<MessageList />, { permissions: ['messages:read'], at: '/messages' });
    await userEvent.click(await screen.findByRole('button', { name: /^Quick look/ }));
    await screen.findByText('Your table is booked.');
    expect(screen.getByText(en.message_page.timeline)).toBeTruthy();
    const of = tenant ?? 'bakery';
    expect(asked.find(({ path }) => path.endsWith(row.id))?.headers.get('heliograph-tenant')).toBe(of);
    expect(screen.getByRole('link', { name: en.messages.open_page }).getAttribute('href')).toBe(`/messages/${row.id}?client=${of}`);
    await userEvent.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByText('Your table is booked.')).toBeNull());
  });
});
