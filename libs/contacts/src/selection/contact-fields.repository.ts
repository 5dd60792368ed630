import { consentOf, optedOutOf } from '../contact-rows.repository';
import { twinSql } from '../phone-twins.repository';
import { booleanSql, idSql, lastTimeSql, negated, textSql } from './operators.repository';
import { phoneCountries, phoneCountry } from './phone-countries';
import { type SelectionField, selectionFields, type SelectionPlace } from './selection-fields';

/** SQL of the addresses of `contacts c` and their other spellings, for lookups by address in tables of other libs. */
export const addressesOfContact = ({ tenant }: Pick<SelectionPlace, 'tenant'>): string =>
  `SELECT x.address FROM contact_addresses o CROSS JOIN LATERAL (VALUES (o.address), (${twinSql('o.address')})) AS x(address)
   WHERE o.tenant_id = ${tenant} AND o.contact_id = c.id AND x.address IS NOT NULL`;

/** SQL that is true when the contact is on one of the lists of the parameter. */
export const isListedSql = ({ tenant }: Pick<SelectionPlace, 'tenant'>, lists: string): string =>
  `EXISTS (SELECT 1 FROM contact_list_members lm WHERE lm.tenant_id = ${tenant} AND lm.list_id = ANY (${lists}::uuid[]) AND lm.contact_id = c.id)`;

const hasTag = ({ tenant }: SelectionPlace, tags: string) =>
  `EXISTS (SELECT 1 FROM contact_tags ct WHERE ct.tenant_id = ${tenant} AND ct.tag = ANY (${tags}::text[]) AND ct.contact_id = c.id)`;

function countrySql(place: SelectionPlace, countries: string[]): string {
  const conditions = countries.flatMap((country) => {
    const numbers = phoneCountry(country);
    if (!numbers) return [];
    const { prefix, national, others } = numbers;
    const matches = (pattern: string) => `substr(pa.address, ${prefix.length + 1}) ~ ${place.add(`^(?:${pattern})$`)}::text`;
    const begins = `starts_with(pa.address, ${place.add(prefix)}::text)`;
    return [[begins, ...(national ? [matches(national)] : []), ...(others ? [`NOT ${matches(others)}`] : [])].join(' AND ')];
  });
  return `EXISTS (SELECT 1 FROM contact_addresses pa WHERE pa.tenant_id = ${place.tenant} AND pa.contact_id = c.id AND (${conditions.join(' OR ')}))`;
}

const fields: SelectionField[] = [
  { name: 'name', type: 'text', label: 'Name', area: 'contact', sql: (o, v, { add }) => textSql('c.name', o, v, add) },
  { name: 'external_id', type: 'id', label: 'External id', area: 'contact', sql: (o, v, { add }) => idSql('c.external_id', o, v, add) },
  {
    name: 'country',
    type: 'choice',
    label: 'Country of the phone',
    area: 'contact',
    choices: phoneCountries,
    sql: (operator, value, place) =>
      operator === 'is_one_of' ? countrySql(place, value as string[]) : negated(operator, () => countrySql(place, value as string[])),
  },
  {
    name: 'tags',
    type: 'set',
    label: 'Tags',
    area: 'contact',
    sql(operator, value, place): string {
      if (operator === 'is_one_of') return hasTag(place, place.add(value));
      if (operator === 'has_all') return `c.tags @> ${place.add(value)}::text[]`;
      if (operator === 'is_empty') return `c.tags = '{}'`;
      return negated(operator, (positive) => this.sql(positive, value, place));
    },
  },
  {
    name: 'created_at',
    type: 'time',
    label: 'Created',
    area: 'contact',
    operators: ['before', 'since', 'between', 'in_last_days', 'not_in_last_days'],
    sql: (operator, value, { add }) => lastTimeSql(operator, value, add, (condition) => `(${condition('c.created_at')})`),
  },
  {
    name: 'list',
    type: 'reference',
    refersTo: 'list',
    label: 'List',
    area: 'lists',
    sql: (operator, value, place) =>
      operator === 'is_one_of' ? isListedSql(place, place.add(value)) : negated(operator, () => isListedSql(place, place.add(value))),
  },
  {
    name: 'consent',
    type: 'choice',
    label: 'Marketing consent',
    area: 'consent',
    choices: ['opt_in', 'opt_out', 'none'],
    sql: (operator, value, place) => {
      const last = () => `coalesce((${consentOf('c')}), 'none') = ANY (${place.add(value)}::text[])`;
      return operator === 'is_one_of' ? last() : negated(operator, last);
    },
  },
  {
    name: 'opted_out',
    type: 'boolean',
    label: 'Opted out',
    area: 'consent',
    operators: ['equals'],
    sql: (_operator, value, { add }) => booleanSql(`to_jsonb(${optedOutOf('c')})`, 'equals', value, add),
  },
];
fields.forEach((field) => selectionFields.register(field));
