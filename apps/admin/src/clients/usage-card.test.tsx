import { screen, within } from '@testing-library/react';
import { en } from '../i18n/en';
import type { Client } from '../providers/clients';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { KeptCard } from './kept-card';
import { monthBefore, usageFile } from './usage';
import { UsageCard } from './usage-card';

const client = { id: 'kettle', name: 'Copper Kettle' } as Client;
const november = { tenant_id: 'kettle', name: 'Copper Kettle', month: '2026-11', accepted: 1_100 };

describe('the usage of a client', () => {
  it('shows each month with counts that add up to those accepted', async () => {
    const asked: Asked[] = [];
    server.answer = (request) => {
      asked.push(request);
      const row = { ...november, read: 600, delivered: 250, sent: 50, failed: 30, waiting: 140, uncertain: 10, unsent: 20 };
      return { counted_from: null, data: [row, { ...row, month: '2026-10' }] };
    };
    show(<UsageCard client={client} />, { permissions: ['overview:read'] });
    const row = await screen.findByRole('row', { name: /November 2026/ });
    const figures = within(row)
      .getAllByRole('cell')
      .slice(1)
      .map((cell) => Number(cell.textContent?.replace(',', '')));
    expect(figures).toEqual([1_100, 900, 30, 150, 20]);
    expect(figures.slice(1).reduce((sum, figure) => sum + figure, 0)).toBe(figures[0]);
    expect(asked[0]?.query.get('tenant_id')).toBe('kettle');
    expect(screen.getByRole('link', { name: en.clients.usage.download }).getAttribute('href')).toBe(usageFile('kettle'));
  });

  it('is not asked for by people who may not see the overview', () => {
    server.answer = () => Promise.reject(new Error('asked'));
    show(<UsageCard client={client} />, { permissions: ['messages:read'] });
    expect(screen.queryByText(en.clients.usage.title)).toBeNull();
  });

  it('begins in the right month at the turn of a year', () => {
    expect(monthBefore(0, new Date('2026-12-31T23:59:59Z'))).toBe('2026-12');
    expect(monthBefore(5, new Date('2027-02-28T00:00:00Z'))).toBe('2026-09');
    expect(monthBefore(12, new Date('2026-01-31T00:00:00Z'))).toBe('2025-01');
  });
});

describe('how long data of a client is kept', () => {
  it('shows the days of the configuration and of the client', async () => {
    const key = (name: string, value: string) => ({ name, value });
    server.answer = ({ path, headers }) =>
      path === '/v1/tenant'
        ? { settings: { dead_letter_days: headers.get('heliograph-tenant') === 'kettle' ? 90 : null } }
        : { data: [{ title: 'Sending', keys: [key('MESSAGE_RETENTION_DAYS', '365'), key('AUDIT_RETENTION_DAYS', '0')] }] };
    show(<KeptCard client={client} />, { permissions: ['settings:manage'] });
    const { of, forever } = en.clients.kept;
    for (const [label, value] of [
      [of.message, '365 days'],
      [of.audit, forever],
      [of.letter, '90 days'],
    ])
      expect((await screen.findByText(String(label))).nextElementSibling?.textContent).toBe(value);
    expect(screen.queryByText(of.hook)).toBeNull();
  });
});
