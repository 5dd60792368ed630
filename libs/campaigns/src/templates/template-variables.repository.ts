import { baseOf, contentsOf, edgeBlanks, plainTag, type TemplateVariable, variablesOf } from './message-template';
import type { TemplateDraft } from './template-body';

/** SQL expressions that the values of variables come from. */
export interface VariableSources {
  /** Alias of a row of `contacts`. */
  contact?: string;
  /** JSON object of a recipient's own values by name, for example the columns of an import. */
  values?: string;
  /** JSON object of values for everybody who lacks one, by name: `variables` of a campaign. */
  fallback?: string;
  /** Address that the message goes to. Without it `contact.phone` counts as known, since the message brings it. */
  address?: string;
}

const empty = `'{}'::jsonb`;
/** Pairs of one call of jsonb_build_object: a function takes at most 100 arguments. */
const pairsAtOnce = 40;
const blanks = `E' \\t\\n\\r\\f'`;

/** SQL of the language of a contact's content, as `languages` of the version writes it; null: the default content. */
export function languageSql(version: TemplateDraft, contact = 'c'): string {
  if (version.languages.length === 0) return 'NULL::text';
  const text = (name: string) => `nullif(btrim(${contact}.attributes->>'${name}', ${blanks}), '')`;
  const tag = `replace(lower(btrim(coalesce(${text('language')}, ${text('locale')}), ${blanks})), '_', '-')`;
  const all = [
    { tag: version.language, shown: 'NULL' },
    ...version.languages.map(({ language }) => ({ tag: language, shown: `'${language}'` })),
  ];
  const same = all.map((one) => `WHEN ${tag} = '${plainTag(one.tag)}' THEN ${one.shown}`);
  const near = all.map((one) => `WHEN split_part(${tag}, '-', 1) = '${baseOf(plainTag(one.tag))}' THEN ${one.shown}`);
  return `(CASE ${[...same, ...near].join(' ')} ELSE NULL END)::text`;
}

/** SQL condition: a variable that the contact's content requires has no value. */
export function missingVariableSql(version: TemplateDraft, sources: VariableSources = {}): string {
  return byLanguage(version, sources, 'false', (required) =>
    required.length === 0 ? 'false' : `(${required.map((one) => `${valueSql(one, sources)} IS NULL`).join(' OR ')})`,
  );
}

/** SQL of the names of variables, as `text[]`, that the contact's content requires and that have no value. */
export function missingNamesSql(version: TemplateDraft, sources: VariableSources = {}): string {
  return byLanguage(version, sources, `'{}'::text[]`, (required) =>
    required.length === 0
      ? `'{}'::text[]`
      : `array_remove(ARRAY[${required.map((one) => `CASE WHEN ${valueSql(one, sources)} IS NULL THEN '${one.name}' END`).join(', ')}]::text[], NULL)`,
  );
}

/** SQL of the values that a message of this version is made of, as a JSON object by name: `vars` of `messages.source`. */
export function valuesSql(version: TemplateDraft, sources: VariableSources = {}): string {
  // The phone comes with the message when it is sent; what is stored is for those who have none.
  const { address: _, ...stored } = sources;
  const pairs = variablesOf(version).map((one) => `'${one.name}', ${valueSql(one, stored)}`);
  const objects: string[] = [];
  for (let i = 0; i < pairs.length; i += pairsAtOnce) objects.push(`jsonb_build_object(${pairs.slice(i, i + pairsAtOnce).join(', ')})`);
  return objects.length === 0 ? empty : `jsonb_strip_nulls(${objects.join(' || ')})`;
}

/** SQL of a value that is not blank, as JSON; null: missing. */
function valueSql(
  { name }: TemplateVariable,
  { contact = 'c', values = empty, fallback = empty, address = 'NULL' }: VariableSources,
): string {
  return `coalesce(${ownValues(name, contact, values, address).concat(`${fallback}->'${name}'`).map(filledSql).join(', ')})`;
}

function ownValues(name: string, contact: string, values: string, address: string): string[] {
  switch (name) {
    case 'contact.phone':
      return [`CASE WHEN ${address} LIKE '+%' THEN to_jsonb(${address}::text) END`, `${values}->'${name}'`];
    case 'contact.name':
      return [`to_jsonb(${contact}.name)`, `${values}->'${name}'`];
    case 'contact.first_name':
      return [`${contact}.attributes->'first_name'`, `to_jsonb(${firstNameSql(`${contact}.name`)})`, `${values}->'${name}'`];
    case 'contact.external_id':
      return [`to_jsonb(${contact}.external_id)`, `${values}->'${name}'`];
    default:
      return name.startsWith('contact.')
        ? [`${contact}.attributes->'${name.slice('contact.'.length)}'`, `${values}->'${name}'`]
        : [`${values}->'${name}'`];
  }
}

const edgeBlanksSql = `E'${[...edgeBlanks].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}'`;

/** SQL: the first name in a name. */
const firstNameSql = (name: string): string => `split_part(btrim(${name}, ${edgeBlanksSql}), ' ', 1)`;

const filledSql = (value: string): string => `CASE WHEN (${value}) #>> '{}' ~ '\\S' THEN ${value} END`;

/** SQL that depends on the content of the contact's language, where contents require different variables. */
function byLanguage(
  version: TemplateDraft,
  { contact = 'c', address }: VariableSources,
  none: string,
  of: (required: TemplateVariable[]) => string,
): string {
  const cases = contentsOf(version).map(({ language, variables }) => ({
    language,
    sql: of(variables.filter((one) => one.isRequired && (one.name !== 'contact.phone' || address !== undefined))),
  }));
  const [first] = cases;
  if (!first) return none;
  const others = cases.slice(1).filter(({ sql }) => sql !== first.sql);
  if (others.length === 0) return first.sql;
  return `CASE ${languageSql(version, contact)} ${others.map(({ language, sql }) => `WHEN '${language}' THEN ${sql}`).join(' ')} ELSE ${first.sql} END`;
}
