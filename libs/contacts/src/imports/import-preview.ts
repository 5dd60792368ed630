import { AppError, type Sql } from '@heliograph/kernel';
import type { TypesByName } from '../attribute-types.repository';
import { type ImportColumnName, ImportFault, type ImportFormat } from './contact-import';
import { csvRows, type FileRow } from './csv-rows';
import type { ImportColumn, ImportReading } from './import-body';
import { columnsOf, firstRows } from './import-columns';
import { fileBytes, type ImportRef } from './import-files.repository';
import { guessCharset, guessHeader, guessSeparator, suggestColumns } from './import-guess';
import { importLimits } from './import-limits';
import { type FileBytes, xlsxRows } from './xlsx-rows';

/** Rows that a preview shows. */
export const previewRows = 100;

/** The first rows of a file, read in one way, and the likely use of its columns. */
export interface ImportPreview {
  reading: ImportReading;
  columns: ImportColumnName[];
  rows: FileRow[];
  suggested: ImportColumn[];
}

/** Returns the refusal of a request for a file that cannot be read. */
export const invalidFile = ({ code, message }: ImportFault) =>
  new AppError('unprocessable', 'invalid_file', message, { errors: [{ path: 'file', code, message }] });

/** Bytes at the start of a file by which its separator is guessed. */
const guessBytes = 64 * 1024;
/** Bytes after which a preview ends, however few rows it found: a request does not read a file of blank lines. */
const previewBytes = 2 * importLimits.maxRecord;

/** A file, with what is known of its reading. */
export interface PreviewedFile {
  format: ImportFormat;
  bytes: number;
  isUtf8: boolean | null;
  country: string;
  types: TypesByName;
  asked?: Partial<ImportReading>;
}

/** Reads the first rows of a file. @throws ImportFault */
export async function previewOf(sql: Pick<Sql, 'query'>, ref: ImportRef, of: PreviewedFile): Promise<ImportPreview> {
  const file = fileBytes(sql, ref, of.bytes);
  const reading: ImportReading = { charset: 'utf-8', separator: ',', header: true };
  if (of.format === 'csv') {
    const pieces: Buffer[] = [];
    for await (const piece of file.read(0, Math.min(guessBytes, of.bytes))) pieces.push(piece);
    const start = Buffer.concat(pieces);
    reading.charset = of.asked?.charset ?? guessCharset(start, of.isUtf8 ?? false);
    reading.separator = of.asked?.separator ?? guessSeparator(new TextDecoder(reading.charset).decode(start));
  }
  const rows = await firstRows(rowsOf(file, of.format, reading, previewBytes), previewRows + 1);
  if (rows.length === 0) throw new ImportFault('no_rows', 'The file has no rows, or only blank ones at its start.');
  reading.header =
    of.asked?.header ??
    guessHeader(
      rows.slice(0, 20).map(({ cells }) => cells),
      of.country,
    );
  const columns = columnsOf((reading.header ? rows[0]?.cells : widest(rows)) ?? [], reading.header);
  const shown = (reading.header ? rows.slice(1) : rows).slice(0, previewRows);
  const suggested = suggestColumns(
    columns,
    shown.map(({ cells }) => cells),
    of.types,
    of.country,
  );
  return { reading, columns, rows: shown, suggested };
}

/** Returns the cells of the row with the most of them, all non-blank: without a header, columns are counted. */
const widest = (rows: FileRow[]): string[] => new Array<string>(Math.max(...rows.map(({ cells }) => cells.length))).fill('-');

/** Returns the rows of a file, its header included. @param maxBytes bytes after which reading ends */
export function rowsOf(file: FileBytes, format: ImportFormat, reading: ImportReading, maxBytes?: number): AsyncGenerator<FileRow> {
  return format === 'xlsx' ? xlsxRows(file, maxBytes) : csvRows(file.read(0, file.size), reading, maxBytes);
}
