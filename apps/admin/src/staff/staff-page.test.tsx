import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { en } from '../i18n/en';
import { type Asked, refusal, server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { StaffPage } from './staff-page';

const theo = {
  id: 'theo',
  name: 'Theo',
  email: 'theo@agency.example',
  grants: [{ role: 'operator', tenant_id: null }],
  has_totp: true,
  is_ready: true,
  disabled_at: null,
  created_at: '2026-11-24T09:00:00.000Z',
  last_seen_at: null,
  guessed_at: null as string | null,
};

/** Shows the page of Theo, whose record may change meanwhile. */
function shown() {
  const stored = { person: theo, tag: '"1"' };
  const sent: Asked[] = [];
  server.answer = (asked) => {
    if (asked.method !== 'GET') sent.push(asked);
    if (asked.path.endsWith('/acknowledge-guesses')) stored.person = { ...stored.person, guessed_at: null };
    if (asked.method === 'PATCH') return refusal(412, 'precondition_failed');
    return /^\/admin\/v1\/staff\/theo(\/ack.*)?$/.test(asked.path) ? withTag(stored.person, stored.tag) : { data: [], next_cursor: null };
  };
  const open = () =>
    show(
      <Routes>
        <Route path="/staff/:id" element={<StaffPage />} />
      </Routes>,
      { at: '/staff/theo', permissions: ['staff:read', 'staff:manage'] },
    );
  return { stored, sent, open };
}

describe('the page of a person', () => {
  it('saves roles over the version that its form was opened with, whatever was read since', async () => {
    const { stored, sent, open } = shown();
    const { queries } = open();
    await userEvent.click(await screen.findByRole('button', { name: en.staff.change_grants }));
    Object.assign(stored, { person: { ...theo, name: 'Theodore' }, tag: '"2"' });
    await act(() => queries.invalidateQueries({ queryKey: ['staff'] }));
    await screen.findByRole('heading', { name: 'Theodore', hidden: true });
    await userEvent.click(screen.getByRole('button', { name: en.staff.save_grants }));
    await waitFor(() => expect(sent.map(({ headers }) => headers.get('if-match'))).toEqual(['"1"']));
    expect(await screen.findByText(en.form.changed)).toBeVisible();
  });

  it('says that somebody guesses the password, and acknowledges what it showed', async () => {
    const { stored, sent, open } = shown();
    stored.person = { ...theo, guessed_at: '2026-11-30T09:00:00.000Z' };
    open();
    const title = en.alerts.account_guessed.title.replace('%{name}', 'Theo');
    expect(await screen.findByText(title)).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: en.staff.acknowledge }));
    await waitFor(() => expect(screen.queryByText(title)).toBeNull());
    expect(sent.map(({ path, body }) => [path, body])).toEqual([
      ['/admin/v1/staff/theo/acknowledge-guesses', { guessed_at: '2026-11-30T09:00:00.000Z' }],
    ]);
  });
});
