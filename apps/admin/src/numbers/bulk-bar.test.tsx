import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ListContextProvider, type ListControllerResult } from 'react-admin';
import { en } from '../i18n/en';
import { type Asked, refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { BulkBar } from './bulk-bar';

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => ({ id: `n${from + at}` }));
const onFirst = numbers(0, 3);
const onSecond = numbers(3, 2);

/** The bar over a page of numbers of which these are ticked. */
const bar = (data: { id: string }[], selectedIds: string[]) => (
  <ListContextProvider
    value={
      {
        data,
        selectedIds,
        filterValues: { search: 'sales' },
        hasNextPage: true,
        onUnselectItems: () => undefined,
      } as unknown as ListControllerResult
    }
  >
    <BulkBar />
  </ListContextProvider>
);
const words = (count: number) => en.numbers.selected.split(' |||| ')[count === 1 ? 0 : 1]?.replace('%{count}', String(count)) ?? '';

/** Chooses all numbers that match, from a page on which all are ticked. */
async function chooseAll() {
  const asked: Asked[] = [];
  server.answer = (request) => {
    asked.push(request);
    return { matched: 51 };
  };
  const all = onFirst.map(({ id }) => id);
  const { again } = show(bar(onFirst, all));
  await userEvent.click(screen.getByRole('button', { name: en.numbers.select_all_matching }));
  expect(await screen.findByText(words(51))).toBeVisible();
  return { all, again, asked };
}

describe('all numbers that match', () => {
  it('are no longer meant when one of the page is unticked, to spare it', async () => {
    const { all, again } = await chooseAll();
    again(bar(onFirst, all.slice(1)));
    expect(screen.getByText(words(2))).toBeVisible();
    again(bar(onFirst, all));
    expect(screen.getByText(words(3))).toBeVisible();
  });

  it('are no longer meant on another page: one that is ticked there is the only one', async () => {
    const { again, asked } = await chooseAll();
    again(bar(onSecond, []));
    expect(screen.queryByRole('region')).toBeNull();
    again(bar(onSecond, ['n4']));
    expect(screen.getByText(words(1))).toBeVisible();
    const pause = en.numbers.pause_many.split(' |||| ')[0]?.replace('%{count}', '1') ?? '';
    await userEvent.click(screen.getByRole('button', { name: pause }));
    await userEvent.click(screen.getAllByRole('button', { name: pause }).at(-1) as HTMLElement);
    await waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]?.body).toEqual({ filter: { ids: ['n4'] }, expect: 1, dry_run: false });
  });

  it('are not counted by a request that is refused, and that is said', async () => {
    server.answer = () => refusal(503, 'unavailable', 'Not now.');
    show(
      bar(
        onFirst,
        onFirst.map(({ id }) => id),
      ),
    );
    await userEvent.click(screen.getByRole('button', { name: en.numbers.select_all_matching }));
    expect(await screen.findByText(en.numbers.not_counted)).toBeVisible();
    expect(screen.getByText(words(3))).toBeVisible();
  });
});
