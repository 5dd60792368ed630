import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, refusal, server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { PoolList } from './pool-list';

const pool = (daily_cap: number) => ({
  name: 'main',
  daily_cap,
  hourly_cap: null,
  left_today: daily_cap,
  left_this_hour: null,
  time_zone: 'UTC',
  sessions: 1,
  session_ids: [],
});

/** Serves a pool `main` for each client, with its tag, and keeps what is saved. */
function serve(pools: Record<string, { cap: number; tag: string }>): Asked[] {
  const saved: Asked[] = [];
  server.answer = (asked) => {
    const of = pools[asked.headers.get('heliograph-tenant') ?? ''] ?? { cap: 1, tag: '"none"' };
    if (asked.path === '/v1/cap-pools') return { data: [pool(of.cap)], next_cursor: null };
    if (asked.method === 'GET') return withTag(pool(of.cap), of.tag);
    saved.push(asked);
    return asked.headers.get('if-match') === of.tag ? withTag(pool(of.cap), of.tag) : refusal(412, 'precondition_failed');
  };
  return saved;
}

async function edit(): Promise<HTMLElement> {
  await userEvent.click(await screen.findByRole('button', { name: en.pools.more.replace('%{name}', 'main') }));
  await userEvent.click(await screen.findByRole('menuitem', { name: en.pools.edit }));
  return screen.findByLabelText(en.pools.form.day);
}
const leave = async () => {
  await userEvent.click(screen.getByRole('button', { name: en.form.leave }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
};
const save = () => userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: en.pools.save }));

describe('the form of a pool', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('begins with the pool of the client that is chosen, where another client has one of that name', async () => {
    const saved = serve({ kettle: { cap: 100, tag: '"k1"' }, dental: { cap: 7, tag: '"d1"' } });
    chooseTenant('kettle');
    show(<PoolList />, { permissions: ['sessions:read', 'sessions:manage'] });
    expect(await edit()).toHaveValue(100);
    await leave();
    act(() => chooseTenant('dental'));
    expect(await edit()).toHaveValue(7);
    await save();
    await waitFor(() => expect(saved).toHaveLength(1));
    expect([saved[0]?.headers.get('heliograph-tenant'), saved[0]?.headers.get('if-match'), saved[0]?.body]).toMatchObject([
      'dental',
      '"d1"',
      { daily_cap: 7 },
    ]);
  });

  it('begins with the pool as it is now, when somebody else changed it since the form was closed', async () => {
    const pools = { kettle: { cap: 100, tag: '"k1"' } };
    serve(pools);
    chooseTenant('kettle');
    show(<PoolList />, { permissions: ['sessions:read', 'sessions:manage'] });
    expect(await edit()).toHaveValue(100);
    await leave();
    pools.kettle = { cap: 50, tag: '"k2"' };
    expect(await edit()).toHaveValue(50);
  });

  it('is saved over the version of somebody else only after a note says so', async () => {
    const pools = { kettle: { cap: 100, tag: '"k1"' } };
    const saved = serve(pools);
    chooseTenant('kettle');
    const { queries } = show(<PoolList />, { permissions: ['sessions:read', 'sessions:manage'] });
    await edit();
    pools.kettle = { cap: 50, tag: '"k2"' };
    await act(() => queries.invalidateQueries());
    await save();
    expect(await screen.findByText(en.pools.form.changed)).toBeVisible();
    expect(saved.map(({ headers }) => headers.get('if-match'))).toEqual(['"k1"']);
    await save();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(saved.map(({ headers }) => headers.get('if-match'))).toEqual(['"k1"', '"k2"']);
  });
});
