import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { en } from '../i18n/en';
import { ContactListPage } from '../lists/contact-list-page';
import { chooseTenant } from '../providers/tenant';
import { type Asked, refusal, server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { ContactList } from './contact-list';

const contacts = Array.from({ length: 25 }, (_, i) => ({
  ...{ id: `c${i}`, name: `Ines ${i}`, addresses: [`+4477009001${10 + i}`], tags: [], attributes: {}, consent: null, opted_out: false },
  ...{ external_id: null, suppressions: [], created_at: '2026-11-24T09:00:00.000Z', last_sent_at: null, last_reply_at: null },
}));
const list = { id: 'l1', name: 'News', description: null, members: 4_812, created_at: '2026-11-24T09:00:00.000Z' };
const edit = {
  ...{ id: 'e1', state: 'done', error: null, total: 4_812, matched: 4_812, changed: 0, skipped: 0, opted_out: 4_812, undo: null },
  changes: { add_tags: [], remove_tags: [], set: {}, unset: [], add_to_lists: [], remove_from_lists: [], opt_out: { source: 'letter' } },
};
const rights = { permissions: ['contacts:read', 'contacts:manage'] };
const filterOf = (filter: object): string => `filter=${encodeURIComponent(JSON.stringify(filter))}`;

/** Serves a page of many contacts. @returns what was asked to change, and what was read */
function serve(matched: () => number = () => 4_812) {
  const changes: Asked[] = [];
  const reads: Asked[] = [];
  server.answer = (asked) => {
    const { path, method, query, body } = asked;
    if (method === 'GET') reads.push(asked);
    if (path === '/v1/contact-edits/e1') return edit;
    if (path === '/v1/contacts') return { data: contacts, next_cursor: 'more' };
    if (path === '/v1/contacts/bulk-edit' && (body as { dry_run?: boolean }).dry_run) return { matched: matched() };
    if (path === '/v1/contact-lists/l1') return withTag(list, '"1"');
    if (path === '/v1/contact-lists/l9') return { ...list, id: 'l9', name: 'Old friends' };
    if (path === '/v1/contact-lists')
      return { data: query.get('name') ? [{ ...list, id: 'l9', name: 'Old friends' }] : [list], next_cursor: null };
    if (method !== 'GET') {
      changes.push(asked);
      if ((body as { expect?: number }).expect !== matched())
        return refusal(409, 'count_changed', 'The filter matches another number now.');
      if (path.includes('members')) return { matched: 4_812, changed: 4_812, unknown: [], members: 0 };
      return edit;
    }
    return { data: [], next_cursor: null };
  };
  return { changes, reads };
}

const selectAll = async (): Promise<void> => {
  await userEvent.click(await screen.findByRole('checkbox', { name: en.list.select_page }));
  await userEvent.click(await screen.findByRole('button', { name: en.selection.all.replace('%{figure}', '4,812') }));
  await screen.findByText(/^All 4,812/);
};

beforeEach(() => chooseTenant('kettle'));
afterEach(() => act(() => chooseTenant(null)));

describe('the bulk bar of contacts', () => {
  it('goes from the page to all that match the filter, and edits them with the count that was shown', async () => {
    const { changes } = serve();
    show(<ContactList />, { ...rights, at: `/contacts?${filterOf({ name: 'ines', opted_out: 'false' })}` });
    await selectAll();
    await userEvent.click(screen.getByRole('button', { name: en.contacts.bulk.edit }));
    await userEvent.type(await screen.findByLabelText(en.contacts.bulk.add_tags), 'x');
    await userEvent.click(await screen.findByRole('button', { name: /4,812/ }));
    await waitFor(() => expect(changes).toHaveLength(1));
    expect(changes[0]?.body).toMatchObject({ selection: { listed: { name: 'ines', opted_out: false } }, expect: 4_812 });
  });

  it('opts all that match out after it was said where, and what that does', async () => {
    const { changes } = serve();
    show(<ContactList />, { ...rights, at: `/contacts?${filterOf({ name: 'ines' })}` });
    await selectAll();
    await userEvent.click(screen.getByRole('button', { name: en.contacts.bulk.opt_out }));
    expect(await screen.findByText(en.contacts.bulk.opt_out_final)).toBeVisible();
    const button = await screen.findByRole('button', { name: /4,812/ });
    await userEvent.click(button);
    expect(screen.getByText(en.contacts.source_needed)).toBeVisible();
    expect(changes).toEqual([]);
    await userEvent.type(screen.getByLabelText(en.contacts.source), 'letter');
    await userEvent.click(button);
    await waitFor(() => expect(changes).toHaveLength(1));
    expect(changes[0]?.body).toEqual({
      selection: { listed: { name: 'ines' } },
      changes: { opt_out: { source: 'letter' } },
      expect: 4_812,
    });
  });

  it('puts all that match on a list, and counts again when they are others by then', async () => {
    let matched = 4_812;
    const { changes } = serve(() => matched);
    show(<ContactList />, { ...rights, at: `/contacts?${filterOf({ tag: 'vip' })}` });
    await selectAll();
    await userEvent.click(screen.getByRole('button', { name: en.lists.add_to }));
    const drawer = within(await screen.findByRole('dialog'));
    await userEvent.click(await drawer.findByRole('combobox', { name: en.lists.adding.list }));
    await userEvent.click(await screen.findByRole('option', { name: 'News' }));
    matched = 5_000;
    await userEvent.click(drawer.getByRole('button', { name: en.lists.adding.do }));
    await userEvent.click(await drawer.findByRole('button', { name: en.contacts.bulk.count_again }));
    await userEvent.click(await drawer.findByRole('button', { name: en.lists.adding.do }));
    await waitFor(() => expect(changes).toHaveLength(2));
    expect(changes.map(({ path, body }) => [path, body])).toEqual([
      ['/v1/contact-lists/l1/members', { listed: { tag: 'vip' }, expect: 4_812 }],
      ['/v1/contact-lists/l1/members', { listed: { tag: 'vip' }, expect: 5_000 }],
    ]);
  });
});

describe('the bulk bar of a list', () => {
  it('goes from the page to all members that match, and takes them off after a question', async () => {
    const { changes } = serve();
    show(
      <Routes>
        <Route path="/lists/:id" element={<ContactListPage />} />
      </Routes>,
      { ...rights, at: `/lists/l1?${filterOf({ tag: 'vip' })}` },
    );
    await selectAll();
    await userEvent.click(screen.getByRole('button', { name: en.lists.take_off }));
    const dialog = within(await screen.findByRole('dialog'));
    expect(changes).toEqual([]);
    await userEvent.click(dialog.getByRole('button', { name: en.lists.take_off }));
    await waitFor(() => expect(changes).toHaveLength(1));
    expect([changes[0]?.path, changes[0]?.body]).toEqual([
      '/v1/contact-lists/l1/members/remove',
      { listed: { tag: 'vip', list_id: 'l1' }, expect: 4_812 },
    ]);
  });
});

describe('the list of contacts', () => {
  it('says when and where the last consent was given, beside an opt-out that stops messages all the same', async () => {
    const consent = { consent: 'opt_in', consent_at: '2026-11-20T09:00:00.000Z', consent_source: 'signup-form', opted_out: true };
    server.answer = ({ path }) => ({ data: path === '/v1/contacts' ? [{ ...contacts[0], ...consent }] : [], next_cursor: null });
    show(<ContactList />, { ...rights, at: '/contacts' });
    const row = within((await screen.findByText('Ines 0')).closest('tr') as HTMLElement);
    expect(row.getByText(en.state.consent.opt_in)).toBeVisible();
    expect(row.getByText('signup-form')).toBeVisible();
    expect(row.getByText(en.contacts.yes)).toBeVisible();
  });
});

describe('the filter by list', () => {
  it('finds a list by its name on the server, and shows the name of one that is not among the newest', async () => {
    const { reads } = serve();
    show(<ContactList />, { ...rights, at: '/contacts' });
    await screen.findByText('Ines 0');
    await userEvent.click(screen.getByRole('button', { name: en.lists.in_list }));
    await userEvent.type(await screen.findByRole('combobox', { name: en.lists.in_list }), 'old');
    await userEvent.click(await screen.findByRole('option', { name: 'Old friends' }));
    expect(await screen.findByRole('button', { name: new RegExp(`${en.lists.in_list}: Old friends`) })).toBeVisible();
    expect(reads.some(({ path, query }) => path === '/v1/contact-lists' && query.get('name') === 'old')).toBe(true);
    await waitFor(() => expect(reads.some(({ path, query }) => path === '/v1/contacts' && query.get('list_id') === 'l9')).toBe(true));
  });
});
