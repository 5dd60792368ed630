import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import type { Services } from './services';

// Services are loaded when a command runs: help is fast, and most commands need few of them.

/** Runs `work` with the services for tenants, contacts and event types. */
export async function withServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  return (await import('./services.js')).runWithServices(work);
}

/**
 * Parses options with the schema that the REST API has for the same data.
 * @param options names of the options by member of the schema
 * @throws Error that names every invalid option
 */
export function parseOptions<S extends z.ZodType>(schema: S, given: unknown, options: Record<string, string>): z.output<S> {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${options[String(path[0] ?? '')] ?? path.join('.')}: ${message}`);
  throw new Error(faults.join('\n'));
}

/** Returns the schemas of the REST API. */
export async function bodies(): Promise<(typeof import('./services.js'))['bodies']> {
  return (await import('./services.js')).bodies;
}

/** Parses an option with an id. */
export function id(text: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new InvalidArgumentError('The id must be a UUID.');
  return text.toLowerCase();
}

/** Parses an option with a time. */
export function time(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError('The time must be ISO 8601 with a zone, e.g. 2030-01-31T12:00:00Z.');
  return text;
}

/** Yields every row of a list, page by page. */
export async function allOf<T>(
  list: (page: { limit: number; cursor?: string }) => Promise<{ rows: T[]; next: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await list({ limit: 500, ...(cursor && { cursor }) });
    rows.push(...page.rows);
    cursor = page.next;
  }
  return rows;
}

/** Prints one line of JSON on standard output. */
export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
