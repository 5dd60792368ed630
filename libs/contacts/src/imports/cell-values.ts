/** Characters with which a spreadsheet takes a cell for a formula, also in their full-width forms. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** Returns the cell as it stands in a file of ours: with an apostrophe where a spreadsheet would run it. */
export const guardedCell = (text: string): string => (formula.test(text) ? `'${text}` : text);

/** Returns the cell without the apostrophe that a file of ours puts before what may be a formula. */
export const plainCell = (text: string): string => (text.startsWith("'") && formula.test(text.slice(1)) ? text.slice(1) : text);

/** A tag in quotes, with quotes inside doubled, or one without; then a separator or the end. */
const tagForm = /\s*(?:"((?:[^"]|"")*)"\s*(?=[,;|]|$)|([^,;|]*))(?:[,;|]|$)/gy;

/** Returns the tags in a cell: they stand between commas, semicolons or bars, and in quotes where they have one of these. */
export const tagsIn = (text: string): string[] =>
  Array.from(text.matchAll(tagForm), ([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? '').trim());

/** Joins tags into a cell that `tagsIn` splits again. */
export const tagsCell = (tags: readonly string[]): string =>
  tags.map((tag) => (/[,;|]|^"/.test(tag) ? `"${tag.replaceAll('"', '""')}"` : tag)).join(',');

const yes = new Set([
  'yes',
  'y',
  'true',
  '1',
  'x',
  'on',
  'sim',
  's',
  'sí',
  'si',
  'oui',
  'o',
  'ja',
  'j',
  'vrai',
  'verdadeiro',
  'verdadero',
  'نعم',
  '✓',
  '✔',
]);
const no = new Set(['no', 'n', 'false', '0', 'off', 'não', 'nao', 'non', 'nein', 'faux', 'falso', 'لا', '✗', '-']);

/** Returns whether a cell says yes or no; null: neither. */
export function yesOrNo(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  return yes.has(word) ? true : no.has(word) ? false : null;
}

/**
 * Returns the number in a cell; null: none that is certain. `1,234` may be either a thousand or a decimal. The text of a number in a file of
 * ours is certain, however many digits it has.
 */
export function numberIn(text: string): number | null {
  const plain = text.trim();
  const dotted = /^-?\d{1,15},(?:\d{1,2}|\d{4,20})$/.test(plain) ? plain.replace(',', '.') : plain;
  const value = Number(dotted);
  return /^-?\d{1,15}(?:\.\d{1,20})?$/.test(dotted) || (Number.isFinite(value) && String(value) === dotted) ? value : null;
}

/** Errors of formulas as spreadsheets show them, also in files of Portuguese, Spanish, French and German ones. */
const formulaErrors = new Set(
  '#N/A #N/D #NV #NULL! #NULO! #¡NULO! #NUL! #DIV/0! #¡DIV/0! #VALUE! #VALOR! #¡VALOR! #VALEUR! #WERT! #REF! #¡REF! #BEZUG! #NAME? #NOME? #¿NOMBRE? #NOM? #NUM! #NÚM! #¡NUM! #NOMBRE! #ZAHL! #SPILL! #CALC! #GETTING_DATA #FIELD! #BLOCKED! #CONNECT! #BUSY! #UNKNOWN!'.split(
    ' ',
  ),
);

/** True for a cell that has the error of a formula in place of a value. */
export const isFormulaError = (text: string): boolean => text.startsWith('#') && formulaErrors.has(text.trim());

/** A date in a cell, or its fault. Days without a time begin at midnight UTC. */
export type DateCell = { at: Date; day: string } | { reason: 'not_a_date' | 'no_such_day' };

const isoForm = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;
const localForm = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/** Reads a date: 2026-04-03, also with a time, or 3/4/2026 in the order of the settings. */
export function dateIn(text: string, order: 'dmy' | 'mdy'): DateCell {
  const plain = text.trim();
  const iso = isoForm.exec(plain);
  const local = iso ? null : localForm.exec(plain);
  const found = iso ?? local;
  if (!found) return { reason: 'not_a_date' };
  const [first, second, third] = [Number(found[1]), Number(found[2]), Number(found[3])] as const;
  const [year, month, day] = iso ? [first, second, third] : order === 'dmy' ? [third, second, first] : [third, first, second];
  const [hour, minute, seconds] = [Number(found[4] ?? 0), Number(found[5] ?? 0), Number(found[6] ?? 0)];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, seconds));
  const isReal = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60;
  if (!isReal || year < 1900) return { reason: 'no_such_day' };
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(iso?.[7] ?? '');
  if (offset) at.setTime(at.getTime() - Number(`${offset[1]}1`) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000);
  return { at, day: `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` };
}
