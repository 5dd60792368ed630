import { server } from '../testing/server';
import { api, ok } from './client';
import { allPages } from './cursor-pages';
import { dataProvider } from './data-provider';
import { chooseTenant } from './tenant';

/** Answers three pages; the person chooses another client after the first. @returns the client that each request names */
function serveWhileChoosing(next: string | null): (string | null)[] {
  const asked: (string | null)[] = [];
  server.answer = ({ headers, query }) => {
    asked.push(headers.get('heliograph-tenant'));
    chooseTenant(next);
    const at = Number(query.get('cursor') ?? 1);
    return { data: [{ id: `row ${at}` }], next_cursor: at < 3 ? String(at + 1) : null };
  };
  return asked;
}

const numbersOf = (tenant: string | null) =>
  allPages(tenant, (query, headers) => ok(api.GET('/v1/sessions', { params: { query }, headers })));

describe('pages of one list', () => {
  afterEach(() => chooseTenant(null));

  it.each(['dental', null])('are all of the client that it was begun for, also when %s is chosen meanwhile', async (next) => {
    chooseTenant('kettle');
    const asked = serveWhileChoosing(next);
    expect(await numbersOf('kettle')).toHaveLength(3);
    expect(asked).toEqual(['kettle', 'kettle', 'kettle']);
  });

  it('are of no client when it was begun for none', async () => {
    const asked = serveWhileChoosing('dental');
    expect(await numbersOf(null)).toHaveLength(3);
    expect(asked).toEqual([null, null, null]);
  });

  it('that lead to a page of a table are of one client, too', async () => {
    chooseTenant('kettle');
    const asked = serveWhileChoosing('dental');
    await dataProvider.getList('messages', { pagination: { page: 3, perPage: 1 }, filter: {}, sort: { field: 'id', order: 'DESC' } });
    expect(asked).toEqual(['kettle', 'kettle', 'kettle']);
  });
});
