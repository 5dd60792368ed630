import { cleanText } from '@heliograph/kernel';
import type { FileRow } from './csv-rows';
import { ImportFault, type ImportColumnName } from './contact-import';
import { composed, isSafeName, maxVariableName } from '../variable-names';
import { importLimits } from './import-limits';

/** Returns the columns of a file by its first row: names are trimmed and differ, a column without a name is named by its place. */
export function columnsOf(first: readonly string[], header: boolean): ImportColumnName[] {
  const cells = first.slice(0, first.findLastIndex((cell) => cell.trim() !== '') + 1);
  if (cells.length > importLimits.maxColumns)
    throw new ImportFault('too_many_columns', `A file has at most ${importLimits.maxColumns} columns.`);
  const names = new Set<string>();
  // `contact` is the person, with members of its own.
  const variables = new Set(['contact']);
  return cells.map((cell, place) => {
    const written = header ? composed(cleanText(cell.replaceAll(/\s+/g, ' ').trim())).slice(0, importLimits.maxColumnName - 8) : '';
    const name = unused(names, written === '' ? `column ${place + 1}` : cleanText(written), ' ');
    const variable = variableName(name);
    return { name, variable: variable === '' || !isSafeName(variable) ? null : unused(variables, variable, '_') };
  });
}

/** Returns the name under which a column is a variable of a message: letters, digits and underscores, with room for a number behind it. */
function variableName(column: string): string {
  const plain = column
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}_]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  return [...(/^[\p{L}_]/u.test(plain) || plain === '' ? plain : `_${plain}`)].slice(0, maxVariableName - 4).join('');
}

function unused(taken: Set<string>, wanted: string, joint: string): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}${joint}${i}`;
  taken.add(name);
  return name;
}

/** Returns the first rows of a file. */
export async function firstRows(rows: AsyncIterable<FileRow>, count: number): Promise<FileRow[]> {
  const found: FileRow[] = [];
  for await (const row of rows) {
    found.push(row);
    if (found.length >= count) break;
  }
  return found;
}
