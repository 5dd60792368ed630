import { stringify } from 'csv-stringify/sync';
import { guardedCell } from './cell-values';
import type { ImportColumnName, Refusal } from './contact-import';
import { lineColumn, reasonColumn, surplusColumn } from './import-guess';

/** Byte order mark, by which Excel knows UTF-8. */
export const mark = '\ufeff';

/**
 * Returns the head of a file of refused rows: the columns of the first file, then the line and the reason.
 * @param surplus greatest number of cells that a row has beyond the columns: each has a column of its own behind the others
 */
export const refusedHead = (columns: readonly ImportColumnName[], surplus = 0): string => {
  const own = Array.from({ length: surplus }, (_, place) => `${surplusColumn} ${place + 1}`);
  return (
    mark + stringify([[...columns.map(({ name }) => guardedCell(name)), lineColumn, reasonColumn, ...own]], { record_delimiter: '\r\n' })
  );
};

/**
 * Returns refused rows as lines of that file. Cells that a spreadsheet would run get an apostrophe, which an import takes off again. A row with
 * cells left in columns of their own is refused again: nobody knows which of its cells is one too many.
 */
export function refusedLines(columns: readonly ImportColumnName[], rows: readonly (Refusal & { cells: string[] })[], surplus = 0): string {
  return stringify(
    rows.map(({ cells, line, column, reason }) => [
      ...columns.map((_, place) => guardedCell(cells[place] ?? '')),
      String(line),
      column === null ? reason : `${reason}: ${column}`,
      ...Array.from({ length: surplus }, (_, place) => guardedCell(cells[columns.length + place] ?? '')),
    ]),
    { record_delimiter: '\r\n' },
  );
}
