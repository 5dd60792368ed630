import { Readable } from 'node:stream';
import { isStorageDown, sqlState } from '@heliograph/kernel';
import { SaxesParser } from 'saxes';
import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';
import { ImportFault } from './contact-import';
import type { FileRow } from './csv-rows';
import { importLimits } from './import-limits';

/** Bytes of a file that can be read from any place. */
export interface FileBytes {
  size: number;
  read(start: number, end: number): AsyncIterable<Buffer>;
}

const limits = {
  entries: 2_000,
  /** Bytes of an unpacked part. */
  sheet: 512 * 1024 * 1024,
  sharedStrings: 64 * 1024 * 1024,
  other: 16 * 1024 * 1024,
  /** Greatest ratio of unpacked to packed bytes, of what exceeds `freeBytes`. */
  ratio: 200,
  freeBytes: 1024 * 1024,
  /** Characters of one tag, text or comment: the XML reader holds each of them whole. */
  piece: 1024 * 1024,
  /** Number of the last row that a sheet can have. */
  rows: 1_048_576,
} as const;

/**
 * Yields the rows of the first visible sheet of an XLSX file, without blank ones. Reads the file piece by piece, never whole, and refuses
 * what would unfold beyond its limits before it unfolds.
 * @param maxBytes bytes of the sheet after which reading ends; absent: the whole sheet is read
 * @throws ImportFault `invalid_xlsx`, `xlsx_too_large`, `too_many_columns`, `encrypted_xlsx`
 */
export async function* xlsxRows(file: FileBytes, maxBytes = Infinity): AsyncGenerator<FileRow> {
  const zip = await openZip(file);
  try {
    const entries = await entriesOf(zip);
    const book = await workbookOf(zip, entries);
    const dates = await dateStylesOf(zip, entries);
    const shared = await sharedStringsOf(zip, entries);
    yield* sheetRows(zip, entryOf(entries, book.sheet), { shared, dates, is1904: book.is1904 }, maxBytes);
  } catch (error) {
    throw faultOf(error);
  } finally {
    zip.close();
  }
}

/** Errors of the ZIP and the XML reader are faults of the file. */
function faultOf(error: unknown): Error {
  if (error instanceof ImportFault) return error;
  if (sqlState(error) !== undefined || isStorageDown(error)) return error as Error;
  return new ImportFault('invalid_xlsx', 'The file is not a valid XLSX workbook.');
}

class Reader extends RandomAccessReader {
  constructor(private readonly file: FileBytes) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.file.read(start, end), { objectMode: false });
  }
}

function openZip(file: FileBytes): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromRandomAccessReader(new Reader(file), file.size, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) => {
      if (error) reject(faultOf(error));
      else resolve(zip);
    });
  });
}

/** Returns the entries by name. @throws ImportFault when the directory names more or larger ones than a workbook has */
async function entriesOf(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.entries) throw tooLarge(`The file has more than ${limits.entries} parts.`);
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName.replace(/^\//, '').toLowerCase(), entry);
  if (entries.has('encryptedpackage')) throw new ImportFault('encrypted_xlsx', 'The file has a password. Save it without one.');
  return entries;
}

const tooLarge = (message: string): ImportFault => new ImportFault('xlsx_too_large', message);

function entryOf(entries: Map<string, Entry>, name: string): Entry {
  const entry = entries.get(name.toLowerCase());
  if (!entry) throw new ImportFault('invalid_xlsx', 'The file is not a valid XLSX workbook.');
  return entry;
}

/** Opens an entry. @throws ImportFault when it would unfold beyond the limits */
async function open(zip: ZipFile, entry: Entry, maxBytes: number): Promise<Readable> {
  if (entry.isEncrypted()) throw new ImportFault('encrypted_xlsx', 'The file has a password. Save it without one.');
  if (entry.uncompressedSize > maxBytes) throw tooLarge(`A part of the file is larger than ${Math.round(maxBytes / 1024 / 1024)} MB.`);
  if (entry.uncompressedSize - limits.freeBytes > limits.ratio * Math.max(1, entry.compressedSize))
    throw tooLarge('A part of the file is packed more tightly than a workbook is.');
  return zip.openReadStreamPromise(entry);
}

interface Tag {
  name: string;
  attributes: Record<string, string>;
}

interface Handlers {
  open?: (tag: Tag) => void;
  text?: (text: string) => void;
  close?: (name: string) => void;
}

/** Feeds XML to handlers, and yields the number of bytes after each piece. Names lose their prefix. */
async function* parseXml(stream: Readable, handlers: Handlers): AsyncGenerator<number> {
  const parser = new SaxesParser({ position: false });
  /** Characters since something was complete. */
  let open = 0;
  const done = (): void => {
    open = 0;
  };
  const local = (name: string): string => name.slice(name.indexOf(':') + 1);
  parser.on('doctype', () => {
    throw new ImportFault('invalid_xlsx', 'The file declares a document type, which no workbook does.');
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    done();
    handlers.open?.({ name: local(name), attributes: attributes as Record<string, string> });
  });
  const take = (text: string): void => {
    done();
    handlers.text?.(text);
  };
  parser.on('text', take);
  parser.on('cdata', take);
  parser.on('comment', done);
  parser.on('processinginstruction', done);
  parser.on('closetag', ({ name }) => {
    done();
    handlers.close?.(local(name));
  });
  const decoder = new TextDecoder('utf-8');
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      open += chunk.length;
      parser.write(decoder.decode(chunk, { stream: true }));
      if (open > limits.piece) throw tooLarge('A part of the file has a tag or a text of more than 1 MB.');
      yield chunk.length;
    }
    parser.write(decoder.decode()).close();
    yield 0;
  } finally {
    stream.destroy();
  }
}

/** Reads a small part of a workbook as a whole. */
async function readXml(zip: ZipFile, entry: Entry, handlers: Handlers, maxBytes: number = limits.other): Promise<void> {
  const parts = parseXml(await open(zip, entry, maxBytes), handlers);
  while (!(await parts.next()).done);
}

async function workbookOf(zip: ZipFile, entries: Map<string, Entry>): Promise<{ sheet: string; is1904: boolean }> {
  const sheets: { id: string; isHidden: boolean }[] = [];
  let is1904 = false;
  await readXml(zip, entryOf(entries, 'xl/workbook.xml'), {
    open: ({ name, attributes }) => {
      if (name === 'sheet') {
        const id = Object.entries(attributes).find(([key]) => key === 'id' || key.endsWith(':id'))?.[1] ?? '';
        sheets.push({ id, isHidden: attributes.state === 'hidden' || attributes.state === 'veryHidden' });
      }
      if (name === 'workbookPr') is1904 = attributes.date1904 === '1' || attributes.date1904 === 'true';
    },
  });
  const id = (sheets.find(({ isHidden }) => !isHidden) ?? sheets[0])?.id;
  let target = 'worksheets/sheet1.xml';
  const relations = entries.get('xl/_rels/workbook.xml.rels');
  if (relations)
    await readXml(zip, relations, {
      open: ({ name, attributes }) => {
        if (name === 'Relationship' && attributes.Id === id && attributes.Target) target = attributes.Target;
      },
    });
  return { sheet: target.startsWith('/') ? target.slice(1) : `xl/${target.replace(/^\.\//, '')}`, is1904 };
}

/** Returns the styles of cells that show a number as a day. */
async function dateStylesOf(zip: ZipFile, entries: Map<string, Entry>): Promise<Set<number>> {
  const dates = new Set<number>();
  const entry = entries.get('xl/styles.xml');
  if (!entry) return dates;
  const formats = new Map<number, string>();
  let isInside = false;
  let style = 0;
  await readXml(zip, entry, {
    open: ({ name, attributes }) => {
      if (name === 'numFmt') formats.set(Number(attributes.numFmtId), attributes.formatCode ?? '');
      else if (name === 'cellXfs') isInside = true;
      else if (name === 'xf' && isInside) {
        if (isDateFormat(Number(attributes.numFmtId), formats)) dates.add(style);
        style++;
      }
    },
    close: (name) => {
      if (name === 'cellXfs') isInside = false;
    },
  });
  return dates;
}

function isDateFormat(id: number, formats: Map<number, string>): boolean {
  if ((id >= 14 && id <= 17) || id === 22) return true;
  const code = formats.get(id);
  return code !== undefined && /[dy]/i.test(code.replaceAll(/"[^"]*"|\[[^\]]*\]|\\./g, ''));
}

/** Texts by number, kept as bytes in one place: a million small strings would take much more. */
class SharedStrings {
  private bytes = Buffer.allocUnsafe(64 * 1024);
  private ends: number[] = [];
  private used = 0;

  add(text: string): void {
    const size = Buffer.byteLength(text);
    if (this.used + size > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.used + size));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    this.used += this.bytes.write(text, this.used);
    this.ends.push(this.used);
  }

  get(place: number): string {
    const end = this.ends[place];
    return end === undefined ? '' : this.bytes.toString('utf8', place === 0 ? 0 : this.ends[place - 1], end);
  }
}

async function sharedStringsOf(zip: ZipFile, entries: Map<string, Entry>): Promise<SharedStrings> {
  const strings = new SharedStrings();
  const entry = entries.get('xl/sharedstrings.xml');
  if (!entry) return strings;
  let text = '';
  let isText = false;
  let isReading = false;
  await readXml(
    zip,
    entry,
    {
      open: ({ name }) => {
        if (name === 'si') text = '';
        else if (name === 'rPh') isReading = true;
        else if (name === 't') isText = !isReading;
      },
      text: (piece) => {
        if (isText) text = withinCell(text + piece);
      },
      close: (name) => {
        if (name === 't') isText = false;
        else if (name === 'rPh') isReading = false;
        else if (name === 'si') strings.add(text);
      },
    },
    limits.sharedStrings,
  );
  return strings;
}

function withinCell(text: string): string {
  if (text.length > importLimits.maxCell) throw tooLarge(`A cell has more than ${importLimits.maxCell} characters.`);
  return text;
}

interface SheetContext {
  shared: SharedStrings;
  dates: Set<number>;
  is1904: boolean;
}

async function* sheetRows(zip: ZipFile, entry: Entry, context: SheetContext, maxBytes: number): AsyncGenerator<FileRow> {
  const rows: FileRow[] = [];
  let row: FileRow = { line: 0, cells: [] };
  let cell = { place: -1, type: '', style: 0 };
  let text = '';
  let isText = false;
  const handlers: Handlers = {
    open: ({ name, attributes }) => {
      if (name === 'row') {
        row = { line: lineOf(attributes.r) ?? row.line + 1, cells: [] };
        cell = { ...cell, place: -1 };
      } else if (name === 'c') {
        cell = { place: placeOf(attributes.r) ?? cell.place + 1, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0) };
        text = '';
      } else if (name === 'v' || name === 't') isText = true;
      else if (name === 'rPh') isText = false;
    },
    text: (piece) => {
      if (isText) text = withinCell(text + piece);
    },
    close: (name) => {
      if (name === 'v' || name === 't') isText = false;
      else if (name === 'c') {
        const value = valueOf(text, cell, context);
        if (value === '') return;
        if (cell.place >= importLimits.maxColumns)
          throw new ImportFault('too_many_columns', `A file has at most ${importLimits.maxColumns} columns.`);
        while (row.cells.length < cell.place) row.cells.push('');
        row.cells[cell.place] = value;
      } else if (name === 'row' && row.cells.some((one) => one.trim() !== '')) rows.push(row);
    },
  };
  let read = 0;
  for await (const bytes of parseXml(await open(zip, entry, limits.sheet), handlers)) {
    yield* rows;
    rows.length = 0;
    read += bytes;
    if (read >= maxBytes) return;
  }
}

/** Returns the number of a row; null: it has none that a sheet can have. */
function lineOf(text: string | undefined): number | null {
  const line = Number(text);
  return Number.isInteger(line) && line >= 1 && line <= limits.rows ? line : null;
}

/** Returns the place of a cell by its name, such as 2 for `C7`; null: it has no name. */
function placeOf(name: string | undefined): number | null {
  const letters = /^([A-Z]{1,3})\d+$/.exec(name ?? '')?.[1];
  if (letters === undefined) return null;
  let place = 0;
  for (const letter of letters) place = place * 26 + letter.charCodeAt(0) - 64;
  return place - 1;
}

function valueOf(text: string, { type, style }: { type: string; style: number }, { shared, dates, is1904 }: SheetContext): string {
  switch (type) {
    case 's':
      return text === '' ? '' : shared.get(Number(text));
    case 'b':
      return text === '1' ? 'true' : text === '0' ? 'false' : '';
    case 'n':
      return text === '' ? '' : dates.has(style) ? dayText(Number(text), is1904) : numberText(text);
    default:
      return text;
  }
}

/**
 * Returns a number as Excel shows it: with all its digits where it is whole, since the file may hold it as a power of ten without a loss, and
 * with no more than it needs where it is not, since the file holds 19.99 as 19.989999999999998.
 */
function numberText(text: string): string {
  const value = Number(text);
  const isExact = Number.isInteger(value) ? Math.abs(value) < 1e15 : Number.isFinite(value);
  return isExact ? String(value) : text;
}

/** Returns the day that a number stands for, with its time where it has one. */
function dayText(serial: number, is1904: boolean): string {
  if (!Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return String(serial);
  const at = new Date(Date.UTC(is1904 ? 1904 : 1899, is1904 ? 0 : 11, is1904 ? 1 : 30) + Math.round(serial * 86_400) * 1_000);
  const [day, time] = [at.toISOString().slice(0, 10), at.toISOString().slice(11, 19)];
  return time === '00:00:00' ? day : `${day} ${time}`;
}
