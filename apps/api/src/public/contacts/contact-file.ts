import { type Contact, guardedCell, tagsCell } from '@heliograph/contacts';
import { stringify } from 'csv-stringify/sync';

/** Columns of a file of contacts before its attributes. An import recognises those that it can write. */
const fixedColumns = [
  'phone',
  'name',
  'external_id',
  'tags',
  'marketing',
  'opt_out',
  'other_addresses',
  'created_at',
  'heliograph_ref',
] as const;
const attributePrefix = 'attributes.';
/** Tells spreadsheets that the file is UTF-8. */
const mark = '\ufeff';

/** Returns contacts as the text of a CSV file, part by part. Cells that a spreadsheet would run get an apostrophe, which an import takes off. */
export async function* contactFile(attributes: readonly string[], pages: AsyncIterable<Contact[]>): AsyncGenerator<string> {
  yield mark + linesOf([[...fixedColumns, ...attributes.map((name) => `${attributePrefix}${name}`)]]);
  for await (const contacts of pages) yield linesOf(contacts.map((contact) => cellsOf(contact, attributes)));
}

const linesOf = (rows: string[][]): string =>
  stringify(
    rows.map((cells) => cells.map(guardedCell)),
    { record_delimiter: '\r\n' },
  );

function cellsOf(
  { id, externalId, name, addresses, tags, consent, optedOut, createdAt, ...contact }: Contact,
  attributes: readonly string[],
) {
  // A contact that is known by its privacy id alone comes back by it.
  const phone = addresses.find((address) => address.startsWith('+')) ?? addresses.find((address) => address.endsWith('@lid')) ?? '';
  return [
    phone,
    name ?? '',
    externalId ?? '',
    tagsCell(tags),
    consent ?? '',
    optedOut ? 'yes' : '',
    addresses.filter((address) => address !== phone).join(' '),
    createdAt.toISOString(),
    id,
    ...attributes.map((attribute) => (Object.hasOwn(contact.attributes, attribute) ? String(contact.attributes[attribute] ?? '') : '')),
  ];
}
