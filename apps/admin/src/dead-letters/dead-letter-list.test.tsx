import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { DeadLetterList } from './dead-letter-list';

const at = '2026-11-30T09:00:00.000Z';
const letter = {
  id: 'l1',
  kind: 'event',
  subject_id: 'e1',
  state: 'open',
  cause: 'refused',
  detail: null,
  session_id: null,
  created_at: at,
};
const cause = {
  kind: 'event',
  cause: 'refused',
  count: 1,
  first_at: at,
  last_at: at,
  trend: [0, 1],
  tenants: [{ id: 'kettle', count: 1 }],
};

/** Serves one letter; its causes cannot be read at first. */
function serve() {
  const down = { isOver: false };
  server.answer = ({ path }) => {
    if (path.endsWith('/causes')) return down.isOver ? { data: [cause] } : refusal(503, 'unavailable', 'The database is away.');
    if (path.endsWith('/redrive')) return { matching: 1 };
    return { data: path.endsWith('/dead-letters') ? [letter] : [], next_cursor: null };
  };
  return down;
}

describe('causes of dead letters that cannot be read', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it.each([null, 'kettle'])('are named with a retry, and no button waits for them (client: %s)', async (tenant) => {
    chooseTenant(tenant);
    const down = serve();
    show(<DeadLetterList />, { permissions: ['dead_letters:read', 'dead_letters:manage'] });
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The database is away.');
    await waitFor(() => expect(screen.getByRole('button', { name: /^Redrive/ })).toHaveAttribute('aria-busy', 'false'));
    down.isOver = true;
    await userEvent.click(screen.getByRole('button', { name: en.failed.retry }));
    expect(await screen.findByRole('list', { name: en.dead_letters.causes })).toBeVisible();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
