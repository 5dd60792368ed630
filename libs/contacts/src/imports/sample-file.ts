import { stringify } from 'csv-stringify/sync';
import examples from 'libphonenumber-js/examples.mobile.json';
import { getExampleNumber, isSupportedCountry } from 'libphonenumber-js/max';
import type { AttributeType, ContactAttribute } from '../attribute-types.repository';
import { guardedCell } from './cell-values';
import { mark } from './refused-file';

const cells: Record<AttributeType, string> = { text: 'Leeds', number: '12.5', boolean: 'yes', date: '2026-12-24' };

/**
 * Returns a file to begin with: a phone of the country, and a column for each attribute. Somebody may have this phone: the row gives no consent,
 * so that an import of the file as it is lets no campaign write to it.
 */
export function sampleFile(country: string, attributes: readonly Pick<ContactAttribute, 'name' | 'type'>[]): string {
  const phone = isSupportedCountry(country) ? getExampleNumber(country, examples)?.number : undefined;
  const own: [string, string][] =
    attributes.length === 0 ? [['city', cells.text]] : attributes.map(({ name, type }) => [`attributes.${name}`, cells[type]]);
  const columns: [name: string, cell: string][] = [
    ['phone', phone ?? '+447700900101'],
    ['name', 'Amara Hollis'],
    ['external_id', 'customer-1'],
    ['tags', 'customer,vip'],
    ...own,
    ['consent', 'no'],
    ['consent_date', ''],
  ];
  const rows = [columns.map(([name]) => name), columns.map(([, cell]) => guardedCell(cell))];
  return mark + stringify(rows, { record_delimiter: '\r\n' });
}
