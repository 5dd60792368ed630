import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { ImportFault } from './contact-import';
import type { ImportReading } from './import-body';
import { importLimits } from './import-limits';

/** Blank rows after which the reading of a part of a file ends. */
const maxBlank = 10_000;

/** A row of a file with the line on which it begins. */
export interface FileRow {
  line: number;
  cells: string[];
}

/**
 * Yields the rows of a CSV file without blank ones. A quote inside an unquoted cell is a character like any other.
 * @param maxBytes bytes after which reading ends, or sooner after many blank rows; absent: the whole file is read
 * @throws ImportFault `invalid_encoding`, `quote_not_closed`, `row_too_long`, `invalid_csv`
 */
export async function* csvRows(
  bytes: AsyncIterable<Buffer> | Iterable<Buffer>,
  reading: ImportReading,
  maxBytes = Infinity,
): AsyncGenerator<FileRow> {
  const parser = parse({
    delimiter: reading.separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: importLimits.maxRecord,
    info: true,
  });
  const left = { bytes: maxBytes, isCut: false };
  const source = Readable.from(textOf(bytes, reading.charset, left), { objectMode: true, highWaterMark: 1 });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  /** Lines of the rows so far, without blank ones. */
  let lines = 0;
  let blank = 0;
  let read = 0;
  /** The last row so far: a cut file may end within it. */
  let last: FileRow | null = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { empty_lines: number } }>) {
      const line = lines + info.empty_lines + 1;
      lines += 1 + lineEndsIn(record);
      if (++read % rowsAtOnce === 0) await setImmediate();
      if (line === 1 && isSeparatorLine(record.join(reading.separator))) continue;
      if (!record.some((cell) => cell.trim() !== '')) {
        if (++blank > maxBlank && maxBytes !== Infinity) break;
        continue;
      }
      blank = 0;
      if (last) yield last;
      last = { line, cells: record };
    }
    if (last && !left.isCut) yield last;
  } catch (error) {
    // A file that is cut may end within quotes.
    if (!left.isCut || !(error instanceof CsvError)) throw faultOf(error);
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** True for the line by which Excel names the separator, such as `sep=;`. It is no row. */
const isSeparatorLine = (text: string): boolean => /^sep=[,;\t|]?$/i.test(text.trim());

/** Number of line ends within the cells of a row. */
function lineEndsIn(record: string[]): number {
  let count = 0;
  for (const cell of record) if (cell.includes('\n') || cell.includes('\r')) count += cell.split(/\r\n|\r|\n/).length - 1;
  return count;
}

/** Bytes that are parsed at once: the parser hands on all rows of a piece before it takes the next one. */
const pieceBytes = 8 * 1024;
/** Rows after which other work of the process goes on. */
const rowsAtOnce = 500;

/** Decodes bytes, as many as are left to read. Refuses what is not valid in the charset. */
async function* textOf(
  bytes: AsyncIterable<Buffer> | Iterable<Buffer>,
  charset: string,
  left: { bytes: number; isCut: boolean },
): AsyncGenerator<string> {
  const decoder = new TextDecoder(charset, { fatal: charset === 'utf-8' });
  try {
    for await (const chunk of bytes)
      for (let from = 0; from < chunk.length; from += pieceBytes) {
        if (left.bytes <= 0) {
          left.isCut = true;
          return;
        }
        left.bytes -= pieceBytes;
        const text = decoder.decode(chunk.subarray(from, from + pieceBytes), { stream: true });
        if (text !== '') yield text;
      }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new ImportFault('invalid_encoding', 'The file has characters that are not valid in its charset.');
  }
}

function faultOf(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = (error as { lines?: number }).lines;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new ImportFault('quote_not_closed', 'A cell begins with a quote that is never closed.', line);
    case 'CSV_MAX_RECORD_SIZE':
      return new ImportFault(
        'row_too_long',
        `A row has more than ${importLimits.maxRecord} characters. Look for a quote that is never closed.`,
        line,
      );
    default:
      return new ImportFault('invalid_csv', 'The file is not valid CSV.', line);
  }
}
