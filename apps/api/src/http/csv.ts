import { stringify } from 'csv-stringify/sync';

/** A cell of CSV. */
export type CsvCell = string | number | boolean | null;

/**
 * Returns CSV lines of these rows. Cells are escaped so that a spreadsheet runs none as a formula: providers, clients and people give the
 * texts.
 */
export function csvLines(rows: readonly (readonly CsvCell[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { record_delimiter: '\r\n', quote_record_delimiter: true, escape_formulas: true, cast: { boolean: String } },
  );
}

/** Yields CSV with a heading, page by page. */
export async function* csvOf<T>(
  columns: readonly string[],
  pages: AsyncIterable<readonly T[]>,
  cells: (row: T) => readonly CsvCell[],
): AsyncGenerator<string> {
  yield csvLines([columns]);
  for await (const rows of pages) if (rows.length > 0) yield csvLines(rows.map(cells));
}

/** Reads the first page before an answer begins, so that a request that cannot be answered is a problem and not the begin of a file. */
export async function begun<T>(pages: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await pages.next();
  return (async function* () {
    if (!first.done) yield first.value;
    yield* pages;
  })();
}
