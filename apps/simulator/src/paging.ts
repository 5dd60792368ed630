import type { ServerResponse } from 'node:http';
import { type Call, type Json, ok } from './http';

const numberIn = (query: URLSearchParams, name: string, fallback: number): number =>
  Math.min(100, Math.max(1, Math.trunc(Number(query.get(name) ?? fallback)) || fallback));

/** Returns a page in the style of the logs: `?page&per_page`, a paginator object. */
export function logPage({ query, path }: Call, rows: readonly unknown[]): Json {
  const page = Math.max(1, Math.trunc(Number(query.get('page') ?? 1)) || 1);
  const perPage = numberIn(query, 'per_page', 10);
  const base = `/api/${path.join('/')}`;
  const last = Math.max(1, Math.ceil(rows.length / perPage));
  const url = (n: number) => `${base}?page=${n}`;
  const data = rows.slice((page - 1) * perPage, page * perPage);
  return {
    current_page: page,
    data,
    first_page_url: url(1),
    from: data.length > 0 ? (page - 1) * perPage + 1 : null,
    last_page: last,
    last_page_url: url(last),
    next_page_url: page < last ? url(page + 1) : null,
    path: base,
    per_page: perPage,
    prev_page_url: page > 1 ? url(page - 1) : null,
    to: data.length > 0 ? (page - 1) * perPage + data.length : null,
    total: rows.length,
  };
}

/** Sends a list in the style of contacts and groups: a plain list, or with `?paginated=true` items and pagination. */
export function sendList({ query }: Call, response: ServerResponse, items: readonly unknown[]): void {
  if (query.get('paginated') !== 'true') return ok(response, items);
  const page = numberIn(query, 'page', 1);
  const limit = numberIn(query, 'limit', 20);
  const pagination = { total: items.length, page, limit, totalPages: Math.max(1, Math.ceil(items.length / limit)) };
  ok(response, { items: items.slice((page - 1) * limit, page * limit), pagination });
}
