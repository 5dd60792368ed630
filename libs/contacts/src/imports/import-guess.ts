import { attributeName } from '../attribute-names';
import type { TypesByName } from '../attribute-types.repository';
import { dateIn, plainCell, yesOrNo } from './cell-values';
import type { ImportColumnName } from './contact-import';
import { type ImportCharset, type ImportColumn, type ImportSeparator, importSeparators, type ImportTarget } from './import-body';
import { readPhoneCell } from './phone-cell';

/** Returns the charset of a file: its byte order mark, else UTF-8 where all of it is valid, else windows-1252. */
export function guessCharset(start: Buffer, isUtf8: boolean): ImportCharset {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return isUtf8 ? 'utf-8' : 'windows-1252';
}

/** Lines that a guess looks at. */
const linesSeen = 50;

/** Returns the separator that the lines at the start of a file have most evenly, outside of quotes. */
export function guessSeparator(start: string): ImportSeparator {
  const named = /^\ufeff?sep=(.)\r?\n/i.exec(start)?.[1];
  if (importSeparators.includes(named as ImportSeparator)) return named as ImportSeparator;
  const counts = importSeparators.map((separator) => ({ separator, found: countsOf(start, separator) }));
  const scored = counts.map(({ separator, found }) => {
    const usual = median(found);
    return { separator, usual, even: found.filter((count) => count === usual).length / Math.max(1, found.length) };
  });
  const best = scored.filter(({ usual }) => usual > 0).sort((a, b) => b.even * Math.min(b.usual, 4) - a.even * Math.min(a.usual, 4))[0];
  return best?.separator ?? ',';
}

/** Counts a separator in each of the first lines. */
function countsOf(text: string, separator: string): number[] {
  const counts: number[] = [];
  let count = 0;
  let isQuoted = false;
  let isEmpty = true;
  for (const char of text) {
    if (char === '"') isQuoted = !isQuoted;
    else if (char === '\n' && !isQuoted) {
      if (!isEmpty) counts.push(count);
      if (counts.length >= linesSeen) return counts;
      [count, isEmpty] = [0, true];
      continue;
    } else if (char === separator && !isQuoted) count++;
    if (char !== '\r') isEmpty = false;
  }
  if (counts.length === 0 && !isEmpty) counts.push(count);
  return counts;
}

const median = (counts: number[]): number => counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;

/** Returns whether the first row has names: none of its cells is a phone, a date or empty where the next rows have something. */
export function guessHeader(rows: readonly string[][], country: string): boolean {
  const [first, ...rest] = rows;
  if (!first || rest.length === 0) return first?.every((cell) => !/\d{5,}/.test(cell)) ?? false;
  return first.every((cell) => !('address' in readPhoneCell(cell, country)) && 'reason' in dateIn(cell, 'dmy'));
}

/** Words of column names by target, in the languages of the panel and German. */
const words: [ImportTarget, RegExp][] = [
  [
    'consent_at',
    /^(opted?.?in.?(at|date|on)|consent.?(at|date|on)|date.?(of.?)?consent|data.?(do.?)?consentimento|fecha.?(de.?)?consentimiento|date.?(de.?)?consentement|opt.?in.?datum|تاريخ.?الموافقة)$/,
  ],
  [
    'consent',
    /^(consent|opted?.?in|marketing|subscribed|newsletter|consentimento|consentimiento|consentement|einwilligung|موافقة|الموافقة)$/,
  ],
  [
    'phone',
    /^(.*\b)?(phone|mobile|cell|cellphone|tel|telephone|telefone|telefono|teléfono|celular|whats.?app|msisdn|movil|móvil|portable|téléphone|handy|telefon|numero|número|number|هاتف|الهاتف|جوال|الجوال)(\b.*|_?(no|nr|number|e164))?$/,
  ],
  ['external_id', /^(external.?id|customer.?id|client.?id|contact.?id|user.?id|crm.?id|id|codigo|código|kundennummer|رقم.?العميل)$/],
  ['tags', /^(tags?|labels?|etiquetas?|étiquettes?|marcadores|schlagworte|وسوم)$/],
  ['name', /^(full.?name|name|contact.?name|nome(.?completo)?|nombre(.?completo)?|nom(.?complet)?|الاسم|اسم|الاسم.?الكامل)$/],
];

/** Columns that a file of refused rows has beside those of the first file. */
export const reasonColumn = 'heliograph_reason';
export const lineColumn = 'heliograph_line';
/** Beginning of the names of columns for cells beyond those of the first file. */
export const surplusColumn = 'heliograph_surplus';

/**
 * Returns the likely use of columns, by their names and else by their cells. A column that fits nothing is left out: it stays a variable
 * of the file.
 */
export function suggestColumns(
  columns: readonly ImportColumnName[],
  rows: readonly string[][],
  types: TypesByName,
  country: string,
): ImportColumn[] {
  const found: ImportColumn[] = [];
  const taken = new Set<ImportTarget>();
  const add = (column: string, to: ImportTarget): void => {
    taken.add(to);
    found.push({ column, to });
  };
  const cellsOf = (place: number) => rows.map((cells) => plainCell((cells[place] ?? '').trim())).filter((cell) => cell !== '');
  const share = (place: number, is: (cell: string) => boolean): number => {
    const cells = cellsOf(place);
    return cells.length === 0 ? 0 : cells.filter(is).length / cells.length;
  };
  const isPhone = (cell: string): boolean => {
    const read = readPhoneCell(cell, country);
    return 'address' in read || read.reason === 'lost_digits';
  };
  const fits: Partial<Record<ImportTarget, (place: number) => boolean>> = {
    phone: (place) => cellsOf(place).length === 0 || share(place, isPhone) >= 0.3,
    consent: (place) => share(place, (cell) => yesOrNo(cell) !== null) >= 0.8,
    consent_at: (place) =>
      cellsOf(place).length === 0 || share(place, (cell) => 'at' in dateIn(cell, 'dmy') || 'at' in dateIn(cell, 'mdy')) >= 0.5,
  };
  columns.forEach(({ name }, place) => {
    if (name === reasonColumn || name === lineColumn || name.startsWith(surplusColumn)) return;
    const plain = name.toLowerCase();
    const attribute = plain.startsWith('attributes.') ? name.slice('attributes.'.length) : name;
    if ((types.has(attribute) || attribute !== name) && attributeName.safeParse(attribute).success) {
      found.push({ column: name, to: 'attribute', attribute });
      return;
    }
    const target = words.find(([to, form]) => (to === 'tags' || !taken.has(to)) && form.test(plain) && (fits[to]?.(place) ?? true))?.[0];
    if (target) add(name, target);
  });
  if (!taken.has('phone')) {
    const place = columns.findIndex(({ name }, i) => !found.some(({ column }) => column === name) && share(i, isPhone) >= 0.7);
    if (place !== -1) add((columns[place] as ImportColumnName).name, 'phone');
  }
  return found;
}
