import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { ListPage } from './list';

const rows = Array.from({ length: 13 }, (_, at) => (at < 12 ? [] : [{ id: 'found' }]));

/** Answers the n-th page of a list of 13, of which the last one alone has a row. */
function thirteenPages({ query }: Asked): object {
  const at = Number(query.get('cursor') ?? 0);
  return { data: rows[at], next_cursor: at < 12 ? String(at + 1) : null };
}

describe('a list whose filter few rows match', () => {
  beforeEach(() => chooseTenant('kettle'));

  it('says that it goes on, and looks further back when it is asked to', async () => {
    const asked: Asked[] = [];
    server.answer = (request) => {
      if (request.path !== '/v1/messages') return {};
      asked.push(request);
      return thirteenPages(request);
    };
    show(
      <ListPage
        resource="messages"
        title="Messages"
        filters={[{ source: 'text', label: 'Text has' }]}
        columns={[{ key: 'id', label: 'Id', render: ({ id }) => id }]}
        empty={{ title: 'No messages yet' }}
      />,
      { at: `/messages?filter=${encodeURIComponent(JSON.stringify({ text: 'zebra' }))}` },
    );
    await screen.findByText(en.list.none_so_far);
    expect(screen.queryByText(en.list.no_match)).toBeNull();
    expect(asked).toHaveLength(10);
    await userEvent.click(screen.getByRole('button', { name: en.list.look_further }));
    await screen.findByText('found');
    await waitFor(() => expect(screen.queryByText(en.list.none_so_far)).toBeNull());
    expect(asked.at(-1)?.query.get('text')).toBe('zebra');
  });
});
