import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { NumberList } from './number-list';
import { NumberPage } from './number-page';

const number = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  account_id: null,
  provider: 'wasender',
  name: 'Sales',
  phone: '+447700900001',
  status: 'connected',
  status_since: '2026-11-23T08:00:00.000Z',
  status_reason: null,
  held_reason: null,
  tags: [],
  weight: 1,
  lane: null,
  health: null,
};
/** Answers the reads of a number with these members, and keeps what else is asked for. */
function answer(of: Record<string, object> = {}): Asked[] {
  const asked: Asked[] = [];
  server.answer = (request) => {
    asked.push(request);
    const { path } = request;
    if (path === '/v1/sessions') return { data: [number], next_cursor: null, total: 16 };
    if (path === `/v1/sessions/${number.id}`) return { ...number, ...of.number };
    if (path.endsWith('/lane')) return { waiting: 0, ...of.lane };
    if (path.endsWith('/health')) return { people: 0, sent: 0, failed: 0, losses: 0, lost_at: null, first_expires_at: null, ...of.health };
    return { data: [], next_cursor: null };
  };
  return asked;
}

describe('the list of numbers', () => {
  beforeEach(() => chooseTenant('kettle'));

  it('counts all numbers, and offers in a row what the page of the number does', async () => {
    const asked = answer();
    show(<NumberList />, { at: '/numbers', permissions: ['sessions:manage'] });
    expect(await screen.findByText(/16 numbers/)).toBeVisible();
    await userEvent.click(await screen.findByRole('button', { name: 'More for Sales' }));
    const names = screen.getAllByRole('menuitem').map(({ textContent }) => textContent);
    expect(names).toEqual([
      en.numbers.pause_sending,
      en.numbers.change_limits,
      en.numbers.act.check,
      en.numbers.act.rename,
      en.numbers.act.give_key,
      en.numbers.act.restart + en.numbers.no_account,
      en.numbers.act.disconnect + en.numbers.no_account,
      en.numbers.act.end,
    ]);
    await userEvent.click(screen.getByRole('menuitem', { name: en.numbers.pause_sending }));
    await waitFor(() => expect(asked.map(({ path }) => path)).toContain(`/v1/sessions/${number.id}/pause`));
  });

  it('hides columns that are seldom wanted until a person shows them', async () => {
    answer();
    show(<NumberList />, { at: '/numbers', permissions: ['sessions:manage'] });
    const heads = async () =>
      within(await screen.findByRole('table'))
        .getAllByRole('columnheader')
        .map(({ textContent }) => textContent);
    expect(await heads()).not.toContain(en.numbers.last_error);
    expect(await heads()).not.toContain(en.numbers.answered);
    await userEvent.click(screen.getByRole('button', { name: en.numbers.columns }));
    await userEvent.click(screen.getByRole('menuitemcheckbox', { name: en.numbers.last_error }));
    await userEvent.click(screen.getByRole('menuitemcheckbox', { name: en.numbers.phone }));
    await userEvent.keyboard('{Escape}');
    expect(await heads()).toContain(en.numbers.last_error);
    expect(await heads()).not.toContain(en.numbers.phone);
  });
});

describe('the page of a number', () => {
  beforeEach(() => chooseTenant('kettle'));

  const open = (health: object, waiting: number) => {
    answer({ number: { status: 'need_scan' }, lane: { waiting }, health });
    show(
      <Routes>
        <Route path="/numbers/:id" element={<NumberPage />} />
      </Routes>,
      { at: `/numbers/${number.id}` },
    );
  };

  it('that waits to be scanned says when the link ended, what waits, and when that expires', async () => {
    open({ lost_at: '2026-11-23T13:47:06.000Z', first_expires_at: '2026-11-24T13:48:00.000Z' }, 318);
    expect(await screen.findByText(/^The link ended at /)).toBeVisible();
    expect(await screen.findByText(/^318 messages wait and keep their place .* The first of them expires at /)).toBeVisible();
  });

  it('says only what applies to one that was never linked', async () => {
    open({}, 0);
    expect(await screen.findByText(en.numbers.link_title)).toBeVisible();
    expect(screen.queryByText(/The link ended|keep their place|expires/)).toBeNull();
  });
});
