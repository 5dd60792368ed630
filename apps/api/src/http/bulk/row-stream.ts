import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { AppError, type FieldError, parseJson } from '@heliograph/kernel';
import { z } from 'zod';
import { fieldErrorSchema } from '../problem.schema';
import { linesOf } from './lines-of';

/** Rows of a stream that are stored per statement. */
const streamChunk = 1_000;
const chunksAtOnce = 2;

/** Last line of a response that was aborted by an error. */
export const streamErrorSchema = z
  .object({ error: z.object({ code: z.string(), detail: z.string() }) })
  .meta({ id: 'StreamErrorLine', description: 'Last line of the response when the other rows were not stored.' });

/** Outcome of a row. */
export const rowVerdictSchema = z.object({
  index: z.int(),
  status: z.enum(['accepted', 'duplicate', 'refused']),
  id: z.uuid().optional(),
  errors: z.array(fieldErrorSchema).optional(),
});
/** Number of rows by outcome. */
export const rowTallySchema = z.object({ accepted: z.int(), duplicates: z.int(), refused: z.int() });

export function tally(verdicts: z.input<typeof rowVerdictSchema>[]): z.input<typeof rowTallySchema> {
  const count = (status: z.input<typeof rowVerdictSchema>['status']) => verdicts.filter((verdict) => verdict.status === status).length;
  return { accepted: count('accepted'), duplicates: count('duplicate'), refused: count('refused') };
}

/** A row after its own checks: its value, or its errors. */
export type Row<T> = { value: T } | { errors: FieldError[] };

/** Options for reading and storing rows. */
export interface RowStreamOptions<T, V> {
  read: (row: unknown) => Row<T>;
  /** Stores rows and returns one verdict per row. `first` is the number of the first row in the stream. */
  store: (rows: Row<T>[], first: number) => Promise<V[]>;
  /** Last line of the response after success. */
  summary: () => object;
  /** Stores all rows at once at the end, at most this many. */
  allAtOnce?: number | undefined;
}

/** Reads rows, one JSON object per line. Writes one verdict per line as its chunk is committed, then a summary line. */
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
        storing.at(-1)?.catch(() => undefined); // awaited below; until then this avoids an unhandled rejection
        await setImmediate(); // sends the statement before the next lines are read
      }
    }
    while (storing.length > 0) yield await (storing.shift() as Promise<string>);
    if (rows.length > 0) yield await storeRows();
    yield `${JSON.stringify({ summary: summary() })}\n`;
  } catch (error) {
    // The head of the response was sent, so the last line reports the error. Rows without a verdict were not stored.
    for (const chunk of await Promise.allSettled(storing)) if (chunk.status === 'fulfilled') yield chunk.value;
    const code = error instanceof AppError ? error.reason : 'storage_unavailable';
    const detail =
      error instanceof AppError ? error.message : 'The other rows were not stored. Send the same stream again with the same keys.';
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
