import { z } from 'zod';
import { AppError } from '../errors/app-error';
import { cleanText } from '../text/clean-text';

/** A client's request for a page: the `next` cursor of the page before, and the maximum number of rows. */
export interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

/** One page of a list, and the cursor of the next page; null at the end. */
export interface Page<T> {
  rows: T[];
  next: string | null;
  /** Number of rows of the whole list; absent where counting them is not cheap. */
  total?: number | undefined;
}

const version = 1;
const maxCursorLength = 4_000;
const maxBigint = '9223372036854775807';

/** Query parameters of every list. */
export const pageQuery = {
  cursor: z.string().min(1).max(maxCursorLength).optional().meta({ description: '`next_cursor` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(500).default(50),
};

/** Schemas of values that define a row's position in a list, each within the range of its column. */
export const listKeys = {
  id: z.guid(),
  text: z.string().refine((text) => cleanText(text) === text),
  /** A `bigint` as text: it may exceed 2^53. */
  bigint: z
    .string()
    .regex(/^(0|[1-9]\d{0,18})$/)
    .refine((text) => text.length < maxBigint.length || text <= maxBigint),
  /** A time in the format of `timeKey`. PostgreSQL has no year 0000. */
  time: z.iso.datetime({ precision: 6 }).refine((text) => !text.startsWith('0000')),
};

/** SQL of a time in microseconds, as the key of a list. A lower precision would lose rows of the same millisecond. */
export const timeKey = (at: string) => `to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Schemas of the values of a key. */
export type KeySchemas = readonly [z.ZodType<string>, ...z.ZodType<string>[]];
/** A key: the values of a row, as text, that define the order of a list. */
export type KeyOf<S extends KeySchemas> = { -readonly [I in keyof S]: string };

/**
 * A list that is read page by page in the order of a key. Its cursors are opaque: base64url of a version, the list's name and the
 * key of the last row.
 */
export class List<const S extends KeySchemas> {
  private readonly cursor: z.ZodType<[number, string, ...string[]]>;

  constructor(
    private readonly name: string,
    ...key: S
  ) {
    this.cursor = z.tuple([z.literal(version), z.literal(name), ...key]) as never;
  }

  /** Returns the key of the row after which the page starts; null: the first page. @throws AppError invalid, path `cursor` */
  after({ cursor }: PageRequest): KeyOf<S> | null {
    if (cursor === undefined) return null;
    const read = this.cursor.safeParse(decode(cursor));
    // Each position has one spelling: a cursor that decodes only leniently was not issued here.
    if (!read.success || encode(read.data) !== cursor)
      throw new AppError('invalid', 'invalid_cursor', 'The cursor is not a `next_cursor` of this list.', { path: 'cursor' });
    const [, , ...key] = read.data;
    return key as KeyOf<S>;
  }

  /** Returns the cursor of the page after the row with this key. */
  cursorAfter(key: KeyOf<S>): string {
    return encode([version, this.name, ...(key as string[])]);
  }

  /** Builds a page from rows that were read with a limit of one more than the page. */
  pageOf<T>(rows: readonly T[], limit: number, key: (row: T) => KeyOf<S>): Page<T> {
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return { rows: shown, next: rows.length > limit && last !== undefined ? this.cursorAfter(key(last)) : null };
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Parses JSON; undefined when it is invalid. */
function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
