import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { AppError, type FieldError, parseJson } from '@heliograph/kernel';
import { z } from 'zod';
import { fieldErrorSchema } from '../problem.schema';
import { linesOf } from './lines-of';

/** Rows of a stream that are stored at a time. */
const streamChunk = 1_000;
const chunksAtOnce = 2;

/** The last line of an answer that could not go on. */
export const streamErrorSchema = z
  .object({ error: z.object({ code: z.string(), detail: z.string() }) })
  .meta({ id: 'StreamErrorLine', description: 'The last line, when the rest was not stored.' });

/** What became of a row. */
export const rowVerdictSchema = z.object({
  index: z.int(),
  status: z.enum(['accepted', 'duplicate', 'refused']),
  id: z.uuid().optional(),
  errors: z.array(fieldErrorSchema).optional(),
});
/** How many rows came to what. */
export const rowTallySchema = z.object({ accepted: z.int(), duplicates: z.int(), refused: z.int() });

export function tally(verdicts: z.input<typeof rowVerdictSchema>[]): z.input<typeof rowTallySchema> {
  const count = (status: z.input<typeof rowVerdictSchema>['status']) => verdicts.filter((verdict) => verdict.status === status).length;
  return { accepted: count('accepted'), duplicates: count('duplicate'), refused: count('refused') };
}

/** What can be said of a row by itself: what it holds, or what is wrong with it. */
export type Row<T> = { value: T } | { errors: FieldError[] };

/** How rows are read and stored. */
export interface RowStreamOptions<T, V> {
  read: (row: unknown) => Row<T>;
  /** Stores rows, the first of which has this number in the stream; a verdict for each. */
  store: (rows: Row<T>[], first: number) => Promise<V[]>;
  /** The last line, when all went well. */
  summary: () => object;
  /** All rows are stored at once, at the end; at most this many. */
  allAtOnce?: number | undefined;
}

/** Reads rows, one JSON a line; writes one verdict a line as its chunk is committed, then a summary line. */
export async function* rowStream<T, V>(
  body: Readable,
  { read, store, summary, allAtOnce }: RowStreamOptions<T, V>,
): AsyncGenerator<string> {
  const rows: Row<T>[] = [];
  let first = 0;
  const storeRows = async (): Promise<string> => {
    const from = first;
    first += rows.length;
    return (await store(rows.splice(0), from)).map((verdict) => `${JSON.stringify(verdict)}\n`).join('');
  };
  /** Chunks that are being stored while the next one is read, oldest first. */
  const storing: Promise<string>[] = [];
  try {
    for await (const lines of linesOf(body)) {
      for (const line of lines) {
        if (line?.trim() === '') continue;
        rows.push(readLine(line, read));
        if (allAtOnce !== undefined && rows.length > allAtOnce)
          throw new AppError('too_large', 'too_many_rows', `An all-or-nothing stream has at most ${allAtOnce} rows.`);
        if (allAtOnce !== undefined || rows.length < streamChunk) continue;
        if (storing.length === chunksAtOnce) yield await (storing.shift() as Promise<string>);
        storing.push(storeRows());
        storing.at(-1)?.catch(() => undefined); // awaited in its turn; this only keeps Node from calling it unhandled meanwhile
        await setImmediate(); // the statement leaves before the lines at hand are read on
      }
    }
    while (storing.length > 0) yield await (storing.shift() as Promise<string>);
    if (rows.length > 0) yield await storeRows();
    yield `${JSON.stringify({ summary: summary() })}\n`;
  } catch (error) {
    // The head of the answer has left: what went wrong is its last line. Rows without a verdict were not stored.
    for (const chunk of await Promise.allSettled(storing)) if (chunk.status === 'fulfilled') yield chunk.value;
    const code = error instanceof AppError ? error.reason : 'storage_unavailable';
    const detail = error instanceof AppError ? error.message : 'The rest was not stored. Send the same stream again under the same keys.';
    yield `${JSON.stringify({ error: { code, detail } })}\n`;
  }
}

function readLine<T>(line: string | null, read: (row: unknown) => Row<T>): Row<T> {
  if (line === null) return { errors: [{ path: '', code: 'invalid_encoding', message: 'The line is not UTF-8.' }] };
  try {
    return read(parseJson(line));
  } catch (error) {
    if (error instanceof AppError) return { errors: [{ path: error.details.path ?? '', code: error.reason, message: error.message }] };
    throw error;
  }
}
