import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant, currentTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { CampaignsCard } from './campaigns-card';

const campaign = (id: string, tenant_id: string, state: string, at: string | null = null) => ({
  ...{ id, tenant_id, state, name: `Campaign ${id}`, reason: null, ended_at: null },
  schedule: { start: at ? 'at' : 'now', at, local: null },
});

/** Campaigns of two clients; what is asked for is noted. */
function serve() {
  const asked: Asked[] = [];
  server.answer = (request) => {
    asked.push(request);
    if (request.path === '/admin/v1/tenants') return { data: [{ id: 'kettle', name: 'Copper Kettle' }], next_cursor: null };
    if (request.path !== '/admin/v1/campaigns')
      return { counts: { waiting: 9, sent: 1, delivered: 0, read: 0, failed: 0, left_out: 0 }, failed: { cancelled: 0, expired: 0 } };
    const of = request.query.get('tenant_id');
    const rows =
      request.query.get('state') === 'scheduled'
        ? [campaign('c2', 'dental', 'scheduled', '2026-12-01T09:00:00Z'), campaign('c3', 'kettle', 'scheduled', '2026-12-02T09:00:00Z')]
        : [campaign('c1', 'kettle', 'processing')];
    return { data: rows.filter(({ tenant_id }) => !of || tenant_id === of), next_cursor: null };
  };
  return asked;
}

describe('campaigns on the overview', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('are those of all clients while none is chosen, the next one first, each with the figures of its own client', async () => {
    const asked = serve();
    show(<CampaignsCard />, { permissions: ['campaigns:read'] });
    expect(await screen.findByRole('heading', { name: en.overview.next_campaigns })).toBeVisible();
    await screen.findByText('Campaign c1');
    expect(screen.getAllByRole('link').map(({ textContent }) => textContent)).toEqual(['Campaign c1', 'Campaign c2', 'Campaign c3']);
    expect(await screen.findAllByText('Copper Kettle')).toHaveLength(2);
    const results = asked.filter(({ path }) => path === '/v1/campaigns/c1/results');
    expect(new Set(results.map(({ headers }) => headers.get('heliograph-tenant')))).toEqual(new Set(['kettle']));
    await userEvent.click(screen.getByRole('link', { name: 'Campaign c2' }));
    expect(currentTenant()).toBe('dental');
  });

  it('are those of the client that is chosen', async () => {
    chooseTenant('kettle');
    serve();
    show(<CampaignsCard />, { permissions: ['campaigns:read'] });
    expect(await screen.findByText('Campaign c3')).toBeVisible();
    expect(screen.queryByText('Campaign c2')).toBeNull();
  });

  it('are not asked for by who may not see any', async () => {
    const asked = serve();
    show(<CampaignsCard />, { permissions: ['overview:read'] });
    await act(async () => {});
    expect(asked.filter(({ path }) => path === '/admin/v1/campaigns')).toEqual([]);
  });
});
