import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { refusals } from '../i18n/en/reasons';
import { chooseTenant } from '../providers/tenant';
import { type Asked, refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { BulkEditDrawer } from './bulk-edit-drawer';
import { EditProgress } from './edit-progress';

const edit = {
  id: 'e1',
  state: 'running',
  changes: { add_tags: ['x'], remove_tags: [], set: {}, unset: [] },
  total: 12,
  matched: 0,
  changed: 0,
};
const act = (count: number) => en.contacts.bulk.do.split(' |||| ')[1]?.replace('%{figure}', String(count)) ?? '';
const drawer = <BulkEditDrawer selection={{ tag: 'trial' }} onClose={() => undefined} />;

/** Answers counts and edits of contacts. @returns the edits that were asked for */
function serve(count: () => object, start: () => object): Asked[] {
  const edits: Asked[] = [];
  server.answer = (asked) => {
    if (asked.path === '/v1/contact-edits/e1') return edit;
    if (asked.path !== '/v1/contacts/bulk-edit') return { data: [], next_cursor: null };
    if ((asked.body as { dry_run?: boolean }).dry_run) return count();
    edits.push(asked);
    return start();
  };
  return edits;
}

describe('an edit of all contacts with a tag', () => {
  it('goes with the count that was shown, and counts again when others match by then', async () => {
    let matched = 12;
    const edits = serve(
      () => ({ matched }),
      () => (edits.length === 1 ? refusal(409, 'count_changed', 'The selection matches 40 contacts now, not 12.') : Response.json(edit)),
    );
    show(drawer);
    await userEvent.type(screen.getByLabelText(en.contacts.bulk.add_tags), 'x');
    await userEvent.click(await screen.findByRole('button', { name: act(12) }));
    expect(await screen.findByText(refusals.count_changed, { exact: false })).toBeVisible();
    matched = 40;
    await userEvent.click(screen.getByRole('button', { name: en.contacts.bulk.count_again }));
    await userEvent.click(await screen.findByRole('button', { name: act(40) }));
    await waitFor(() => expect(edits).toHaveLength(2));
    expect(edits.map(({ body }) => (body as { expect: number }).expect)).toEqual([12, 40]);
  });

  it('is not asked for while its count is unknown, and a count that failed is said', async () => {
    let isDown = true;
    const edits = serve(
      () => (isDown ? refusal(503, 'unavailable', 'The database is away.') : { matched: 12 }),
      () => edit,
    );
    show(drawer);
    expect(await screen.findByText(en.failed.title)).toBeVisible();
    await userEvent.type(screen.getByLabelText(en.contacts.bulk.add_tags), 'x{Enter}');
    await userEvent.click(screen.getByRole('button', { name: en.contacts.bulk.edit }));
    expect(edits).toEqual([]);
    isDown = false;
    await userEvent.click(screen.getByRole('button', { name: en.failed.retry }));
    expect(await screen.findByRole('button', { name: act(12) })).toBeVisible();
  });
});

it('shows how far an edit is, and stops it', async () => {
  chooseTenant('kettle');
  const stops: Asked[] = [];
  server.answer = (asked) => {
    if (asked.method === 'GET') return { ...edit, matched: 3, ...(stops.length > 0 && { state: 'cancelled' }) };
    stops.push(asked);
    return { ...edit, matched: 3, state: 'cancelled' };
  };
  show(<EditProgress id="e1" start={{ ...edit, matched: 3 } as never} />, { permissions: ['contacts:manage'] });
  expect(await screen.findByText('3 of 12')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: en.jobs.stop }));
  expect(await screen.findByText(en.state.contact_edit.cancelled)).toBeVisible();
  expect(stops.map(({ path }) => path)).toEqual(['/v1/contact-edits/e1/cancel']);
  expect(screen.getByRole('button', { name: en.contacts.edits.undo })).toBeVisible();
});
