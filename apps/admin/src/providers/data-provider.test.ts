import { ApiError } from './client';
import { dataProvider } from './data-provider';
import { chooseTenant } from './tenant';

/** Answers requests in place of the API. Set before the client is made, which keeps the fetch that it finds then. */
const server = vi.hoisted(() => {
  const made: { answer: (request: Request) => Promise<Response> } = { answer: () => Promise.reject(new Error('Nobody answers.')) };
  vi.stubGlobal('fetch', (request: Request) => made.answer(request));
  return made;
});

/** Rows 1 to `count` in pages, as the api gives them; every request is noted. */
function serve(count: number) {
  const asked: URL[] = [];
  server.answer = async (request) => {
    const url = new URL(request.url);
    asked.push(url);
    const [, id] = /\/v1\/messages\/(\w+)$/.exec(url.pathname) ?? [];
    if (id) return id === 'gone' ? problem(404, 'not_found') : id === 'broken' ? problem(500, 'internal') : Response.json({ id });
    const limit = Number(url.searchParams.get('limit'));
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const data = Array.from({ length: Math.max(0, Math.min(limit, count - from)) }, (_, at) => ({ id: String(from + at + 1) }));
    return Response.json({ data, next_cursor: from + limit < count ? String(from + limit) : null });
  };
  return asked;
}
const problem = (status: number, code: string) => Response.json({ code, detail: `It is ${code}.`, request_id: 'r1' }, { status });

let tenants = 0;
beforeEach(() => chooseTenant(`tenant-${++tenants}`));

const page = (number: number, filter: object = {}) =>
  dataProvider.getList('messages', { pagination: { page: number, perPage: 25 }, filter, sort: { field: 'id', order: 'DESC' } });
const ids = async (list: ReturnType<typeof page>) => (await list).data.map(({ id }) => Number(id));

describe('a page of a list', () => {
  it('is read by the cursor of the page before it, once each', async () => {
    const asked = serve(60);
    expect((await ids(page(1)))[0]).toBe(1);
    expect((await ids(page(2)))[0]).toBe(26);
    expect(await ids(page(3))).toEqual(Array.from({ length: 10 }, (_, at) => 51 + at));
    expect(asked.map((url) => url.searchParams.get('cursor'))).toEqual([null, '25', '50']);
  });

  it('says how many rows there are where the api counts them, and of a list of one page', async () => {
    serve(60);
    expect((await page(1)).total).toBeUndefined();
    serve(7);
    chooseTenant('another');
    expect((await page(1)).total).toBe(7);
    server.answer = () => Promise.resolve(Response.json({ data: [{ id: '1' }], next_cursor: 'x', total: 844 }));
    chooseTenant('a third');
    expect((await page(1)).total).toBe(844);
  });

  it('that a link leads to is found through those before it', async () => {
    serve(60);
    expect((await ids(page(3)))[0]).toBe(51);
    expect((await ids(page(2)))[0]).toBe(26);
  });

  it('says whether there is one before and one after', async () => {
    serve(60);
    expect((await page(1)).pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false });
    expect((await page(3)).pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true });
  });

  it('beyond the end is empty', async () => {
    serve(60);
    expect(await page(9)).toMatchObject({ data: [], pageInfo: { hasNextPage: false } });
  });

  it('has cursors of its own for each filter and client, and leaves empty filters out', async () => {
    const asked = serve(60);
    await page(2, { state: 'failed', to: '' });
    chooseTenant('another');
    await page(1, { state: 'failed' });
    expect(asked.map((url) => [url.searchParams.get('cursor'), url.searchParams.get('state'), url.searchParams.has('to')])).toEqual([
      [null, 'failed', false],
      ['25', 'failed', false],
      [null, 'failed', false],
    ]);
  });
});

describe('records by id', () => {
  it('leave out what is gone, and nothing else that fails', async () => {
    serve(0);
    const many = (...list: string[]) => dataProvider.getMany('messages', { ids: list });
    expect((await many('1', 'gone', '2')).data).toEqual([{ id: '1' }, { id: '2' }]);
    await expect(many('1', 'broken')).rejects.toThrow('It is internal.');
  });
});

describe('a refusal of the api', () => {
  it('is an ApiError with status, code and request', async () => {
    serve(0);
    const error: unknown = await dataProvider.getOne('messages', { id: 'gone' }).catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 404, code: 'not_found', requestId: 'r1', message: 'It is not_found.' });
  });

  it('is told from an api that did not answer', async () => {
    server.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const error: unknown = await dataProvider.getOne('messages', { id: '1' }).catch((refused: unknown) => refused);
    expect(error).toMatchObject({ status: 0, code: 'offline' });
  });
});
