import { stringify } from 'csv-stringify/sync';
import { guardedCell } from './cell-values';
import type { ImportColumnName, Refusal } from './contact-import';
import { lineColumn, reasonColumn } from './import-guess';

/** Byte order mark, by which Excel knows UTF-8. */
const mark = '\ufeff';

/** Returns the head of a file of refused rows: the columns of the first file, then the line and the reason. */
export const refusedHead = (columns: readonly ImportColumnName[]): string =>
  mark + stringify([[...columns.map(({ name }) => guardedCell(name)), lineColumn, reasonColumn]], { record_delimiter: '\r\n' });

/** Returns refused rows as lines of that file. Cells that a spreadsheet would run get an apostrophe, which an import takes off again. */
export function refusedLines(columns: readonly ImportColumnName[], rows: readonly (Refusal & { cells: string[] })[]): string {
  return stringify(
    rows.map(({ cells, line, column, reason }) => [
      ...columns.map((_, place) => guardedCell(cells[place] ?? '')),
      String(line),
      column === null ? reason : `${reason}: ${column}`,
    ]),
    { record_delimiter: '\r\n' },
  );
}
