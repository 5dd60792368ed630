import { barredSql, consentOf, lastConsentsSql, optedOutOf } from '../contact-rows.repository';
import { spellingsOfSql } from '../contact-reads.repository';
import { twinPrefixes, withTwins } from '../phone-twins';
import { twinSql } from '../phone-twins.repository';
import { idSql, lastTimeSql, negated, textSql } from './operators.repository';
import { phoneCountries, phoneCountry } from './phone-countries';
import { type SelectionField, selectionFields, type SelectionPlace } from './selection-fields';
import type { SelectionOperator, SelectionValue } from './selection-tree';

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

/** SQL of a query of the contacts with one of these addresses, in any spelling; more conditions may follow. */
const addressedSql = ({ tenant, add }: SelectionPlace, addresses: string[]) =>
  `SELECT DISTINCT a.contact_id AS id FROM contact_addresses a WHERE a.tenant_id = ${tenant} AND a.address = ANY (${add(withTwins(addresses))}::text[])`;

/** SQL that is true when a word of the name begins with each given word. */
const isNamed = (words: string) =>
  `NOT EXISTS (SELECT 1 FROM contact_name_words(${words}::text) q WHERE NOT EXISTS (SELECT 1 FROM contact_name_words(c.name) w WHERE starts_with(w, q)))`;

/** True for a rule about one value: rows of several could name a contact twice. */
const isSingle = (operator: SelectionOperator, value: SelectionValue): value is [string] =>
  operator === 'is_one_of' && Array.isArray(value) && value.length === 1;

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
  {
    name: 'name_words',
    type: 'text',
    label: 'Words of the name',
    area: 'contact',
    operators: ['begins_with'],
    sql: (_operator, value, { add }) => isNamed(add(value)),
  },
  {
    name: 'address',
    type: 'id',
    label: 'Address',
    area: 'contact',
    operators: ['is_one_of', 'is_none_of'],
    sql: (operator, value, place) => {
      const has = () => `EXISTS (${addressedSql(place, value as string[])} AND a.contact_id = c.id)`;
      return operator === 'is_one_of' ? has() : negated(operator, has);
    },
    idsSql: (operator, value, place) => (operator === 'is_one_of' ? addressedSql(place, value as string[]) : null),
  },
  {
    name: 'external_id',
    type: 'id',
    label: 'External id',
    area: 'contact',
    sql: (o, v, { add }) => idSql('c.external_id', o, v, add),
    idsSql: (operator, value, { tenant, add }) =>
      operator === 'is_one_of'
        ? `SELECT e.id FROM contacts e WHERE e.tenant_id = ${tenant} AND e.external_id = ANY (${add(value)}::text[]) AND e.merged_into IS NULL`
        : null,
  },
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
    // Merged contacts have no tags.
    idsSql: (operator, value, { tenant, add }) =>
      isSingle(operator, value)
        ? `SELECT t.contact_id AS id FROM contact_tags t WHERE t.tenant_id = ${tenant} AND t.tag = ${add(value[0])}::text`
        : null,
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
    idsSql: (operator, value, { tenant, add }) =>
      isSingle(operator, value)
        ? `SELECT m.contact_id AS id FROM contact_list_members m WHERE m.tenant_id = ${tenant} AND m.list_id = ${add(value[0])}::uuid`
        : null,
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
