import type { DataProvider, GetListParams, RaRecord } from 'react-admin';
import { laidOver } from '../live/live-cache';
import { actingFor, api, ApiError } from './client';
import { currentTenant } from './tenant';

/** Maps a resource of the panel to the api: the path of its list, and of one. Names in braces of a list come from its filter. */
interface Route {
  list?: string;
  one?: string;
  /** Name of the member that holds the rows when it is not `data`. */
  idOf?: (row: Record<string, unknown>) => string;
  /** The list knows no pages. */
  whole?: boolean;
}

/** Resources of the panel. What is not here is asked for by `api` where it is shown. */
export const routes: Record<string, Route> = {
  numbers: { list: '/v1/sessions', one: '/v1/sessions/{id}' },
  messages: { list: '/v1/messages', one: '/v1/messages/{id}' },
  dead_letters: { list: '/v1/dead-letters', one: '/v1/dead-letters/{id}' },
  numbers_of_clients: { list: '/admin/v1/sessions' },
  dead_letters_of_clients: { list: '/admin/v1/dead-letters' },
  messages_of_clients: { list: '/admin/v1/messages' },
  jobs: { list: '/v1/jobs', one: '/v1/jobs/{id}' },
  campaigns: { list: '/v1/campaigns', one: '/v1/campaigns/{id}' },
  contacts: { list: '/v1/contacts', one: '/v1/contacts/{id}' },
  templates: { list: '/v1/templates', one: '/v1/templates/{id}' },
  conversations: { list: '/v1/conversations', one: '/v1/conversations/{id}' },
  contact_edits: { list: '/v1/contact-edits' },
  imports: { list: '/v1/imports' },
  segments: { list: '/v1/segments', one: '/v1/segments/{id}' },
  // Contacts again, with a selection of their own.
  list_members: { list: '/v1/contacts' },
  contact_lists: { list: '/v1/contact-lists', one: '/v1/contact-lists/{id}' },
  reviews: { list: '/v1/opt-out-reviews' },
  suppressions: { list: '/v1/suppressions', idOf: (row) => `${String(row.address)}|${String(row.reason)}` },
  deliveries: { list: '/v1/callback-endpoints/{endpoint_id}/callbacks', idOf: (row) => String(row.event_id) },
  endpoints: { list: '/v1/callback-endpoints', one: '/v1/callback-endpoints/{id}' },
  events: { list: '/v1/events', one: '/v1/events/{id}' },
  rules: { list: '/v1/event-rules', one: '/v1/event-rules/{id}' },
  keys: { list: '/v1/api-keys' },
  accounts: { list: '/v1/provider-accounts' },
  pools: { list: '/v1/cap-pools', idOf: (row) => String(row.name) },
  clients: { list: '/admin/v1/tenants', one: '/admin/v1/tenants/{id}' },
  audit: { list: '/admin/v1/audit', one: '/admin/v1/audit/{id}' },
  staff: { list: '/admin/v1/staff', one: '/admin/v1/staff/{id}' },
};

type Row = RaRecord & Record<string, unknown>;
type Answer = { data: Record<string, unknown>[]; next_cursor?: string | null; total?: number };
/** A page of a list. `total`: rows of the whole list, where it is known. */
type Read = { rows: Row[]; hasNext: boolean; total?: number };

/** Cursors of the pages of a list that were seen, by what was asked: the page after n begins at the n-th. */
const cursors = new Map<string, (string | null)[]>();

async function request<T>(method: 'GET' | 'DELETE', path: string, init: object, signal?: AbortSignal): Promise<T> {
  const call = (api as unknown as Record<string, (path: string, init: object) => Promise<{ data?: T; error?: unknown }>>)[method];
  if (!call) throw new Error(`No such method: ${method}`);
  return (await call(path, { ...init, signal })).data as T;
}

function rowOf(resource: string, row: Record<string, unknown>): Row {
  const idOf = routes[resource]?.idOf;
  return { ...row, id: idOf ? idOf(row) : String(row.id) };
}

/** Reads that one page of a list may take while none of the rows that were examined matches. */
const maxReads = 10;

/** Reads a page of a list of one client. Where the api examined many rows without a match it reads on, so that an empty page is the end of a list. */
async function readPage(
  tenant: string | null,
  list: string,
  query: object,
  from: string | null | undefined,
  signal?: AbortSignal,
): Promise<Answer> {
  let cursor = from;
  for (let reads = 1; ; reads++) {
    const answer = await request<Answer>(
      'GET',
      list,
      { params: { query: { ...query, ...(cursor && { cursor }) } }, headers: actingFor(tenant) },
      signal,
    );
    if (answer.data.length > 0 || !answer.next_cursor || reads === maxReads) return answer;
    cursor = answer.next_cursor;
  }
}

async function page(resource: string, params: GetListParams, signal?: AbortSignal): Promise<Read> {
  const route = routes[resource];
  if (!route?.list) throw new Error(`The resource ${resource} has no list.`);
  const { page: number = 1, perPage = 25 } = params.pagination ?? {};
  const query = Object.fromEntries(
    Object.entries((params.filter ?? {}) as Record<string, unknown>).filter(
      ([, value]) => value !== undefined && value !== '' && value !== null,
    ),
  );
  const list = route.list.replace(/\{(\w+)\}/g, (_, name: string) => {
    const { [name]: value } = query;
    delete query[name];
    return encodeURIComponent(String(value));
  });
  const tenant = currentTenant();
  // A read that nobody sees leaves the cursors of the list on the screen alone.
  const key = JSON.stringify([tenant, list, query, perPage, params.meta]);
  const known = cursors.get(key) ?? [null];
  // A page that was linked to has no cursor yet: the pages before it are read first.
  for (let at = known.length; at <= number; at++) {
    const cursor = known[at - 1];
    const answer = await readPage(tenant, list, { ...query, limit: perPage }, cursor, signal);
    const next = answer.next_cursor ?? null;
    if (at === number || next === null) {
      if (next !== null) known[at] = next;
      cursors.set(key, known);
      return at === number ? readOf(resource, answer, number === 1) : { rows: [], hasNext: next !== null };
    }
    known[at] = next;
  }
  const cursor = known[number - 1];
  const answer = await readPage(tenant, list, { ...query, limit: perPage }, cursor, signal);
  if (answer.next_cursor) known[number] = answer.next_cursor;
  cursors.set(key, known);
  return readOf(resource, answer, number === 1);
}

/** @param isFirst the page is the first one: without a next one it is the whole list */
function readOf(resource: string, { data, next_cursor, total }: Answer, isFirst = false): Read {
  const rows = data.map((row) => rowOf(resource, row));
  const known = total ?? (isFirst && !next_cursor ? rows.length : undefined);
  return { rows, hasNext: !!next_cursor, ...(known !== undefined && { total: known }) };
}

const unsupported = (verb: string) => () => Promise.reject(new Error(`The panel calls the api by name to ${verb}.`));

/**
 * React-Admin's reading side over the api's cursors. Writing has names of its own (`api.POST('/v1/...')`), so that no verb of the
 * api is squeezed into create, update and delete.
 */
export const dataProvider: DataProvider = {
  supportAbortSignal: import.meta.env.PROD,
  async getList(resource, params) {
    const askedAt = performance.now();
    const { rows, hasNext, total } = await page(resource, params, params.signal);
    return {
      data: laidOver(resource, rows, askedAt) as never[],
      ...(total !== undefined && { total }),
      pageInfo: { hasNextPage: hasNext, hasPreviousPage: (params.pagination?.page ?? 1) > 1 },
    };
  },
  async getOne(resource, { id, signal }) {
    const route = routes[resource];
    if (!route?.one) throw new Error(`The resource ${resource} has no page.`);
    const row = await request<Record<string, unknown>>('GET', route.one, { params: { path: { id } } }, signal);
    return { data: rowOf(resource, row) as never };
  },
  async getMany(resource, { ids, signal }) {
    const rows = await Promise.all(
      ids.map((id) =>
        dataProvider.getOne(resource, { id, signal }).then(
          ({ data }) => data,
          (error: unknown) => {
            if (error instanceof ApiError && error.status === 404) return null;
            throw error;
          },
        ),
      ),
    );
    return { data: rows.filter((row) => row !== null) };
  },
  async getManyReference(resource, params) {
    const { rows, hasNext } = await page(resource, { ...params, filter: { ...params.filter, [params.target]: params.id } }, params.signal);
    return { data: rows as never[], pageInfo: { hasNextPage: hasNext, hasPreviousPage: (params.pagination?.page ?? 1) > 1 } };
  },
  create: unsupported('make'),
  update: unsupported('change'),
  updateMany: unsupported('change'),
  delete: unsupported('remove'),
  deleteMany: unsupported('remove'),
};
