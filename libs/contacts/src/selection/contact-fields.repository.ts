import { barredSql, consentOf, lastConsentsSql, optedOutOf } from '../contact-rows.repository';
import { spellingsOfSql } from '../contact-reads.repository';
import { twinPrefixes } from '../phone-twins';
import { twinSql } from '../phone-twins.repository';
import { idSql, lastTimeSql, negated, textSql } from './operators.repository';
import { phoneCountries, phoneCountry } from './phone-countries';
import { type SelectionField, selectionFields, type SelectionPlace } from './selection-fields';

/** SQL of the addresses of `contacts c` and their other spellings, for lookups by address in tables of other libs. */
export const addressesOfContact = ({ tenant }: Pick<SelectionPlace, 'tenant'>): string => spellingsOfSql(tenant, 'c.id');

/** SQL of all addresses of a tenant's contacts and their other spellings, as `(contact_id, address)`, for statements that go through all contacts. */
export const allAddressesSql = ({ tenant }: Pick<SelectionPlace, 'tenant'>): string =>
  `SELECT o.contact_id, o.address FROM contact_addresses o WHERE o.tenant_id = ${tenant}
   UNION ALL SELECT o.contact_id, ${twinSql('o.address')} FROM contact_addresses o
   WHERE o.tenant_id = ${tenant} AND left(o.address, 3) IN (${twinPrefixes.map((prefix) => `'${prefix}'`).join(', ')})`;

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

const consentInSet = ({ tenant, add }: SelectionPlace, consents: string[]) => {
  const last = (actions: string[]) =>
    `c.id IN (SELECT lc.contact_id FROM (${lastConsentsSql(tenant)}) lc WHERE lc.action = ANY (${add(actions)}::text[]))`;
  const others = ['opt_in', 'opt_out'].filter((action) => !consents.includes(action));
  return consents.includes('none') ? `NOT ${last(others)}` : last(consents);
};

const optedOutInSet = ({ tenant }: SelectionPlace) =>
  `c.id IN (SELECT oa.contact_id FROM contact_addresses oa JOIN (${barredSql(tenant)}) ob ON ob.address = oa.address AND ob.opted_out WHERE oa.tenant_id = ${tenant})`;

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
      const last = () =>
        place.isWhole
          ? consentInSet(place, value as string[])
          : `coalesce((${consentOf('c')}), 'none') = ANY (${place.add(value)}::text[])`;
      return operator === 'is_one_of' ? last() : negated(operator, last);
    },
  },
  {
    name: 'opted_out',
    type: 'boolean',
    label: 'Opted out',
    area: 'consent',
    operators: ['equals'],
    sql: (_operator, value, place) => {
      const optedOut = place.isWhole ? optedOutInSet(place) : optedOutOf('c');
      return value === true ? optedOut : `NOT ${optedOut}`;
    },
  },
];
fields.forEach((field) => selectionFields.register(field));
