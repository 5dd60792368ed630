import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { ImportFault } from './contact-import';
import { csvRows, type FileRow } from './csv-rows';
import { importSettings } from './import-body';
import { columnsOf } from './import-columns';
import { guessHeader, guessSeparator, suggestColumns } from './import-guess';
import { importLimits } from './import-limits';
import { ImportRowReader, isRefusal } from './import-row-reader';
import { readPhoneCell } from './phone-cell';
import { columnVariable, composed, templateVariable } from '../variable-names';
import { guardedCell, numberIn, plainCell, tagsCell, tagsIn } from './cell-values';
import { type FileBytes, xlsxRows } from './xlsx-rows';
import { book, zip } from '../../testing/workbooks';

const reading = { charset: 'utf-8', separator: ',', header: true } as const;

async function all(rows: AsyncIterable<FileRow>): Promise<FileRow[] | ImportFault> {
  const found: FileRow[] = [];
  try {
    for await (const row of rows) found.push(row);
    return found;
  } catch (error) {
    if (error instanceof ImportFault) return error;
    throw error;
  }
}

const codeOf = (read: FileRow[] | ImportFault) => (read instanceof ImportFault ? read.code : 'read');
const pieces = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));

const fileOf = (bytes: Buffer): FileBytes => ({
  size: bytes.length,
  async *read(start, end) {
    for (let from = start; from < end; from += 1_000) yield await Promise.resolve(bytes.subarray(from, Math.min(end, from + 1_000)));
  },
});

describe('rows of CSV', () => {
  it('keep quotes, line ends inside of quotes and the line on which a row begins', async () => {
    const text = '\ufeffphone,note\r\n1,"a ""b"",\r\nc"\r\n\r\n2,d"e\n3,\n';
    for (const size of [1, 3, 1_000])
      expect(await all(csvRows(pieces(Buffer.from(text), size), reading))).toEqual([
        { line: 1, cells: ['phone', 'note'] },
        { line: 2, cells: ['1', 'a "b",\r\nc'] },
        { line: 5, cells: ['2', 'd"e'] },
        { line: 6, cells: ['3', ''] },
      ]);
  });

  it.each([',', ';', '\t', '|'] as const)('begin after a line that names the separator %j', async (separator) => {
    const text = `\ufeffsep=${separator}\r\nphone${separator}name\r\nsep=${separator}1\r\n`;
    expect(await all(csvRows([Buffer.from(text)], { ...reading, separator }))).toEqual([
      { line: 2, cells: ['phone', 'name'] },
      { line: 3, cells: ['sep=', '1'] },
    ]);
  });

  it('are none of a file with an endless row or an open quote', async () => {
    expect(codeOf(await all(csvRows([Buffer.from(`a\n"${'x'.repeat(100)}`)], reading)))).toBe('quote_not_closed');
    expect(codeOf(await all(csvRows(pieces(Buffer.from(`a\n${'x'.repeat(importLimits.maxRecord * 3)}`), 65_536), reading)))).toBe(
      'row_too_long',
    );
    expect(codeOf(await all(csvRows([Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a])], reading)))).toBe('invalid_encoding');
  });

  it('end after as many bytes as are asked for, however few rows there are, and never with a part of one', async () => {
    const parts = (async function* () {
      yield Buffer.from(`${'a,b\n'.repeat(20_000)}"c\n${' , \n'.repeat(20_000)}`);
      yield await Promise.reject<Buffer>(new Error('The file was read on.'));
    })();
    const whole = (await all(csvRows(parts, reading, 98_304))) as FileRow[];
    expect(whole.length).toBeGreaterThan(10_000);
    expect(whole.every(({ cells }) => cells.join() === 'a,b')).toBe(true);
    const blank = Buffer.from(`a,b\n${' , \n'.repeat(10_001)}c,d\n`);
    expect(await all(csvRows([blank], reading, 1_000_000))).toEqual([{ line: 1, cells: ['a', 'b'] }]);
    expect(await all(csvRows([blank], reading))).toHaveLength(2);
    const cut = Buffer.from('phone\n'.repeat(20_000));
    const rows = (await all(csvRows([cut], reading, 65_536))) as FileRow[];
    expect(new Set(rows.map(({ cells }) => cells.join()))).toEqual(new Set(['phone']));
  });

  it('are the same however the bytes arrive, or a fault, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), async (given, size) => {
        const bytes = Buffer.from(given);
        const whole = await all(csvRows([bytes], { ...reading, charset: 'windows-1252' }));
        const cut = await all(csvRows(pieces(bytes, size), { ...reading, charset: 'windows-1252' }));
        expect(codeOf(cut)).toBe(codeOf(whole));
        if (!(whole instanceof ImportFault)) expect(cut).toEqual(whole);
        await all(csvRows(pieces(bytes, size), reading));
      }),
      { numRuns: 300 },
    );
  });
});

describe('rows of XLSX', () => {
  it('are those of the first visible sheet: texts, whole numbers with all digits, others with as many as they need, days, gaps', async () => {
    const bytes = book(
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>day</t></is></c></row>' +
        '<row r="4"><c r="A4"><v>5.511999999999E+12</v></c><c r="B4" t="b"><v>1</v></c><c r="C4" s="1"><v>46115</v></c></row><row r="5"/>' +
        '<row r="6"><c r="A6"><v>19.989999999999998</v></c><c r="B6"><v>1.2345678901234567E+19</v></c><c r="C6" t="e"><v>#N/A</v></c></row>',
      [
        { name: 'xl/sharedStrings.xml', text: '<sst><si><r><t>pho</t></r><r><t>ne</t></r><rPh><t>x</t></rPh></si></sst>' },
        {
          name: 'xl/styles.xml',
          text: '<styleSheet><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        },
      ],
    );
    expect(await all(xlsxRows(fileOf(bytes)))).toEqual([
      { line: 1, cells: ['phone', '', 'day'] },
      { line: 4, cells: ['5511999999999', 'true', '2026-04-03'] },
      { line: 6, cells: ['19.99', '1.2345678901234567E+19', '#N/A'] },
    ]);
  });

  it('stand in their columns where cells have no names, and on the next line where the number of a row is none', async () => {
    const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const bytes = book(
      `<row>${text('phone')}${text('name')}</row><row r="1e308">${text('a')}<c r="D2"><v>4</v></c></row><row r="3000000000">${text('b')}</row><row r="-1.5">${text('c')}</row>`,
    );
    expect(await all(xlsxRows(fileOf(bytes)))).toEqual([
      { line: 1, cells: ['phone', 'name'] },
      { line: 2, cells: ['a', '', '', '4'] },
      { line: 3, cells: ['b'] },
      { line: 4, cells: ['c'] },
    ]);
  });

  it('end after as many bytes as are asked for', async () => {
    const lines = '<row><c t="inlineStr"><is><t>a</t></is></c></row>'.repeat(40_000);
    const rows = (await all(xlsxRows(fileOf(book(lines)), 100_000))) as FileRow[];
    expect(rows.length).toBeGreaterThan(1_000);
    expect(rows.length).toBeLessThan(5_000);
  });

  const row = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>';
  /** Bytes that unfold to no more than a workbook does. */
  const filling = randomBytes(1_200_000).toString('base64');
  it.each([
    ['a bomb', () => book(row + ' '.repeat(60 * 1024 * 1024)), 'xlsx_too_large'],
    ['a bomb of shared strings', () => book(row, [{ name: 'xl/sharedStrings.xml', text: ' '.repeat(65 * 1024 * 1024) }]), 'xlsx_too_large'],
    [
      'a part that is larger than it says',
      () => book(row, [{ name: 'xl/sharedStrings.xml', text: '<sst>' + ' '.repeat(5_000) + '</sst>', size: 10 }]),
      'invalid_xlsx',
    ],
    [
      'many parts',
      () =>
        book(
          row,
          Array.from({ length: 2_001 }, (_, i) => ({ name: `x/${i}`, text: '', stored: true })),
        ),
      'xlsx_too_large',
    ],
    ['a document type', () => zip([{ name: 'xl/workbook.xml', text: '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>' }]), 'invalid_xlsx'],
    ['a cell in the last column', () => book('<row r="1"><c r="XFD1"><v>1</v></c></row>'), 'too_many_columns'],
    [
      'an endless cell',
      () => book(`<row r="1"><c r="A1" t="inlineStr"><is><t>${'ab'.repeat(20_000)}</t></is></c></row>`),
      'xlsx_too_large',
    ],
    ['a tag without end', () => book(`<row r="1" x="${filling}"/>${row}`), 'xlsx_too_large'],
    ['a comment without end', () => book(`<!--${filling}-->${row}`), 'xlsx_too_large'],
    ['broken XML', () => book('<row><c></row>'), 'invalid_xlsx'],
    ['no workbook', () => zip([{ name: 'a.txt', text: 'a' }]), 'invalid_xlsx'],
    ['a password', () => zip([{ name: 'EncryptedPackage', text: 'a' }]), 'encrypted_xlsx'],
  ])('are none of %s', async (_name, make, code) => {
    expect(codeOf(await all(xlsxRows(fileOf(make()))))).toBe(code);
  });

  it('are rows or a fault whatever byte of a workbook is another', async () => {
    const good = book('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>', [
      { name: 'xl/sharedStrings.xml', text: '<sst><si><t>phone</t></si></sst>' },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(good);
        for (const [place, value] of changes) bytes[place] = value;
        await all(xlsxRows(fileOf(bytes)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a row', () => {
  const settings = (columns: object[]) => importSettings.parse({ columns, consent: { source: 'fair' } });

  it('is a person or a refusal whatever its cells hold, and its variables are its own', () => {
    const columns = columnsOf(['__proto__', 'phone', 'constructor', 'name', 'age', 'day'], true);
    const reader = new ImportRowReader(
      columns,
      settings([
        { column: 'phone', to: 'phone' },
        { column: 'name', to: 'name' },
        { column: 'age', to: 'attribute', attribute: 'age' },
        { column: 'day', to: 'consent_at' },
      ]),
      new Map([['age', 'number']]),
      { defaultCountry: 'GB', now: new Date('2026-11-29T12:00:00Z') },
    );
    expect(columns.map(({ variable }) => variable)).toEqual(['proto', 'phone', null, 'name', 'age', 'day']);
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('+447700900101', '4.4E+12', '__proto__', '31/02/2026', "'=1", '\0'),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 9 }), (cells) => {
        const read = reader.read(2, cells);
        const vars = JSON.parse(reader.variablesOf(cells)) as object;
        expect(Object.getPrototypeOf(vars)).toBe(Object.prototype);
        const text = JSON.stringify(read);
        expect(text).not.toContain('\\u0000');
        if (!isRefusal(read)) expect(read.address ?? read.externalId).not.toBeNull();
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['5.5E+12', 'lost_digits'],
    ['5,51199E+12', 'lost_digits'],
    ['5511990000000', 'lost_digits'],
    ['07700 900101; 07700 900102', 'two_numbers'],
    ['07700 900101 or 07700 900102', 'two_numbers'],
    ['12036301234567890@g.us', 'not_a_person'],
    ['=1+2', 'not_a_phone'],
    ['٠٧٧٠٠ ٩٠٠١٠١', '+447700900101'],
    ['+44 (0)7700 900101', '+447700900101'],
    ['0171/1234567', '+491711234567'],
  ])('reads the phone %s as %s', (text, expected) => {
    const read = readPhoneCell(text, expected.startsWith('+49') ? 'DE' : 'GB');
    expect('address' in read ? read.address : read.reason).toBe(expected);
  });

  it('has every number and all tags back that were written to a file of ours', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, (value) => expect(numberIn(String(value))).toBe(value === 0 ? 0 : value)),
      { numRuns: 1_000 },
    );
    const tag = fc
      .array(fc.constantFrom(...'ab" ,;|'), { minLength: 1, maxLength: 6 })
      .map((letters) => letters.join('').trim())
      .filter((text) => text !== '');
    fc.assert(
      fc.property(fc.array(tag), (tags) => expect(tagsIn(tagsCell(tags)).filter((one) => one !== '')).toEqual(tags)),
      { numRuns: 2_000 },
    );
    expect(tagsIn('vip; "new, hot" |5" pipe,"open')).toEqual(['vip', 'new, hot', '5" pipe', '"open', '']);
    expect(['1,234', '5.5E+12', '1e5', '12345678901234567', '0x10', 'Infinity', ''].map(numberIn)).toEqual(Array(7).fill(null));
  });

  it('has its cells back after they were guarded against formulas', () => {
    fc.assert(
      fc.property(fc.string(), (text) => expect(plainCell(guardedCell(text))).toBe(plainCell(text))),
      { numRuns: 1_000 },
    );
    expect(guardedCell('+447700900101')).toBe("'+447700900101");
  });
});

describe('guesses about a file', () => {
  it.each([
    ['a;b\n1;2,5\n3;4,5', ';'],
    ['a,b\n"x;y;z",2', ','],
    ['a\tb\n1\t2', '\t'],
    ['sep=|\na|b', '|'],
    ['phone\n1', ','],
  ] as const)('find the separator of %j', (text, separator) => {
    expect(guessSeparator(text)).toBe(separator);
  });

  it('give every column a name that a template may use, in letters of any script', () => {
    const names = (cells: string[]) => columnsOf(cells, true).map(({ variable }) => variable);
    expect(names(['Pre\u0301nom', 'الاسم', 'Order No', '2nd', 'Contact', 'contact', '!'])).toEqual([
      'prénom',
      'الاسم',
      'order_no',
      '_2nd',
      'contact_2',
      'contact_3',
      null,
    ]);
    expect(names(['𝒳'.repeat(120), 'é'.repeat(120), 'é'.repeat(119)])).toEqual(['x'.repeat(60), 'é'.repeat(60), `${'é'.repeat(60)}_2`]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 90 }), { maxLength: 8 }), (cells) => {
        const found = names(cells).filter((name) => name !== null);
        expect(new Set(found).size).toBe(found.length);
        for (const name of found) {
          expect(name).toMatch(columnVariable);
          expect(name).toMatch(templateVariable);
          expect(composed(name)).toBe(name);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('find names of columns, and the use of columns by name or by their cells', () => {
    expect(
      guessHeader(
        [
          ['phone', 'name'],
          ['+447700900101', 'A'],
        ],
        'GB',
      ),
    ).toBe(true);
    expect(
      guessHeader(
        [
          ['+447700900101', 'A'],
          ['+447700900102', 'B'],
        ],
        'GB',
      ),
    ).toBe(false);
    const suggest = (names: string[], rows: string[][]) =>
      suggestColumns(columnsOf(names, true), rows, new Map([['plan', 'text']]), 'BR').map(({ column, to, attribute }) => [
        column,
        attribute ?? to,
      ]);
    expect(suggest(['Celular', 'Nome completo', 'plan', 'heliograph_reason'], [['+5511987654321', 'João', 'pro', 'x']])).toEqual([
      ['Celular', 'phone'],
      ['Nome completo', 'name'],
      ['plan', 'plan'],
    ]);
    expect(suggest(['a', 'b'], [['x', '+5511987654321']])).toEqual([['b', 'phone']]);
  });
});
