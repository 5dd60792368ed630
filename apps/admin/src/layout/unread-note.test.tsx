import { useQuery } from '@tanstack/react-query';
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { refusals } from '../i18n/en/reasons';
import { Failed } from '../parts/page';
import { api, ok } from '../providers/client';
import { refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { UnreadNote } from './unread-note';

/** A part of a page that shows names, and nothing where it has none; one that shows its failure. */
function Names() {
  const { data } = useQuery({ queryKey: ['names'], queryFn: () => ok(api.GET('/v1/contact-lists')) });
  return <p>{data ? 'Names' : 'None'}</p>;
}
function Speaking() {
  const { data, error } = useQuery({ queryKey: ['speaking'], queryFn: () => ok(api.GET('/v1/segments')) });
  return error ? <Failed error={error} /> : <p>{data ? 'Segments' : 'Loading'}</p>;
}
const page = (
  <>
    <UnreadNote />
    <Names />
  </>
);

it('shows the failure of a part that is silent about it, with words, code and a way to try again', async () => {
  server.answer = () => refusal(503, 'unavailable', 'The database does not answer.');
  show(page);
  const note = await screen.findByRole('note');
  expect(note.textContent).toContain('Part of this page could not be read.');
  expect(note.textContent).toContain('The database does not answer.');
  expect(note.textContent).toContain('unavailable');
  server.answer = () => ({ data: [] });
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByText('Names');
  await waitFor(() => expect(screen.queryByRole('note')).toBeNull());
});

it('is silent about a failure that its part shows, and about a refusal', async () => {
  server.answer = ({ path }) => (path === '/v1/segments' ? refusal(500, 'internal', 'Something broke.') : refusal(404, 'not_found'));
  show(
    <>
      {page}
      <Speaking />
    </>,
  );
  await screen.findByText(refusals.internal);
  expect(screen.queryByRole('note')).toBeNull();
});

it('ends with the part whose read failed', async () => {
  server.answer = () => refusal(503, 'unavailable');
  const { again } = show(page);
  await screen.findByRole('note');
  again(<UnreadNote />);
  await waitFor(() => expect(screen.queryByRole('note')).toBeNull());
});
