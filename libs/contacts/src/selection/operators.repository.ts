import type { SelectionOperator, SelectionValue } from './selection-tree';
import type { SelectionPlace } from './selection-fields';

type Add = SelectionPlace['add'];
type Scalar = string | number | boolean;

const not = (condition: string) => `NOT (${condition})`;
const folded = (text: string) => `selection_folded(${text})`;

/** Returns SQL that compares a text without regard to case; `text` may be null, which is the empty text. */
export function textSql(text: string, operator: SelectionOperator, value: SelectionValue, add: Add): string {
  const one = () => folded(`${add(value)}::text`);
  switch (operator) {
    case 'equals':
      return `coalesce(${folded(text)} = ${one()}, false)`;
    case 'contains':
      return `coalesce(strpos(${folded(text)}, ${one()}) > 0, false)`;
    case 'begins_with':
      return `coalesce(starts_with(${folded(text)}, ${one()}), false)`;
    case 'ends_with':
      return `(SELECT coalesce(right(${folded(text)}, length(v)) = v, false) FROM (SELECT ${one()} AS v) given)`;
    case 'is_one_of':
      return `coalesce(${folded(text)} = ANY (ARRAY(SELECT ${folded('v')} FROM unnest(${add(value)}::text[]) v)), false)`;
    case 'is_empty':
      return `coalesce(${text}, '') = ''`;
    default:
      return negated(operator, (positive) => textSql(text, positive, value, add));
  }
}

/** Returns SQL that compares a column of ids exactly. */
export function idSql(column: string, operator: SelectionOperator, value: SelectionValue, add: Add): string {
  switch (operator) {
    case 'equals':
      return `(${column} IS NOT NULL AND ${column} = ${add(value)}::text)`;
    case 'is_one_of':
      return `(${column} IS NOT NULL AND ${column} = ANY (${add(value)}::text[]))`;
    case 'begins_with':
      return `(${column} IS NOT NULL AND starts_with(${column}, ${add(value)}::text))`;
    case 'is_empty':
      return `${column} IS NULL`;
    default:
      return negated(operator, (positive) => idSql(column, positive, value, add));
  }
}

const signs: Partial<Record<SelectionOperator, string>> = { equals: '=', less_than: '<', at_most: '<=', more_than: '>', at_least: '>=' };

/** Returns SQL that compares a JSON value as a number; values of other types do not match. */
export function numberSql(json: string, operator: SelectionOperator, value: SelectionValue, add: Add): string {
  if (operator === 'is_empty') return `coalesce(${json} #>> '{}', '') = ''`;
  if (operator !== 'between' && !signs[operator]) return negated(operator, (positive) => numberSql(json, positive, value, add));
  return `CASE WHEN jsonb_typeof(${json}) = 'number' THEN ${comparedSql(`(${json})::numeric`, operator, value, add)} ELSE false END`;
}

/** Returns SQL that compares a number by an operator that is no negation. */
export function comparedSql(number: string, operator: SelectionOperator, value: SelectionValue, add: Add): string {
  const given = (of: unknown) => `${add(String(of))}::numeric`;
  if (operator === 'between') {
    const [from, to] = value as [number, number];
    return `(${number} BETWEEN ${given(from)} AND ${given(to)})`;
  }
  const sign = signs[operator];
  if (!sign) throw new Error(`The operator ${operator} compares no numbers.`);
  return `(${number} ${sign} ${given(value)})`;
}

/** Returns whether `comparedSql` is true for a number. */
export function holdsFor(number: number, operator: SelectionOperator, value: SelectionValue): boolean {
  const [from, to] = [value].flat() as [number, number];
  switch (operator) {
    case 'between':
      return number >= from && number <= to;
    case 'equals':
      return number === from;
    case 'less_than':
      return number < from;
    case 'at_most':
      return number <= from;
    case 'more_than':
      return number > from;
    default:
      return number >= from;
  }
}

/** Returns SQL that compares a JSON value with true or false. */
export function booleanSql(json: string, operator: SelectionOperator, value: SelectionValue, add: Add): string {
  if (operator === 'is_empty') return `coalesce(${json} #>> '{}', '') = ''`;
  if (operator === 'equals') return `coalesce(${json} = to_jsonb(${add(value)}::boolean), false)`;
  return negated(operator, (positive) => booleanSql(json, positive, value, add));
}

/** Returns SQL of a day, `days` from today, as a text; the day changes in UTC. */
const dayFromNow = (days: string) => `to_char(timezone('UTC', heliograph_now()) + ${days} * interval '1 day', 'YYYY-MM-DD')`;

/** Returns SQL that compares a text that is a day such as 2026-12-24; other texts do not match. */
export function dateSql(text: string, operator: SelectionOperator, value: SelectionValue, add: Add): string {
  const at = `(${text}) COLLATE "C"`;
  const held = (condition: string) => `CASE WHEN ${text} ~ '^\\d{4}-\\d\\d-\\d\\d$' THEN ${condition} ELSE false END`;
  const days = () => `${add(value)}::int`;
  const given = (of: unknown) => `${add(of)}::text`;
  switch (operator) {
    case 'equals':
      return held(`${at} = ${given(value)}`);
    case 'before':
      return held(`${at} < ${given(value)}`);
    case 'since':
      return held(`${at} >= ${given(value)}`);
    case 'between': {
      const [from, to] = value as [string, string];
      return held(`${at} >= ${given(from)} AND ${at} <= ${given(to)}`);
    }
    case 'in_last_days':
      return held(`${at} >= ${dayFromNow(`-${days()}`)} AND ${at} <= ${dayFromNow('0')}`);
    case 'in_next_days':
      return held(`${at} >= ${dayFromNow('0')} AND ${at} <= ${dayFromNow(days())}`);
    case 'is_empty':
      return `coalesce(${text}, '') = ''`;
    default:
      return negated(operator, (positive) => dateSql(text, positive, value, add));
  }
}

/**
 * Returns SQL about the latest of several times, such as that of the last message.
 * @param has returns SQL that is true when one of the times meets a condition; the condition gets the SQL of a time that is not null
 */
export function lastTimeSql(
  operator: SelectionOperator,
  value: SelectionValue,
  add: Add,
  has: (condition: (time: string) => string) => string,
): string {
  const any = () => has(() => 'true');
  const since = (text: unknown) => {
    const from = `${add(text)}::timestamptz`;
    return has((time) => `${time} >= ${from}`);
  };
  switch (operator) {
    case 'since':
      return since(dayOrInstant(value as string));
    case 'before':
      return `(${any()} AND NOT ${since(dayOrInstant(value as string))})`;
    case 'between': {
      const [from, to] = value as [string, string];
      return `(${since(dayOrInstant(from))} AND NOT ${since(instantAfter(to))})`;
    }
    case 'in_last_days': {
      const from = `heliograph_now() - ${add(value)}::int * interval '1 day'`;
      return has((time) => `${time} >= ${from}`);
    }
    case 'is_not_empty':
      return any();
    case 'is_empty':
      return not(any());
    default:
      return negated(operator, (positive) => lastTimeSql(positive, value, add, has));
  }
}

const isDay = (text: string) => !text.includes('T');
/** Returns a time, or midnight UTC of a day. */
const dayOrInstant = (text: string) => (isDay(text) ? `${text}T00:00:00Z` : text);
/** Returns the first instant after a time, or after the whole day. */
function instantAfter(text: string): string {
  const after = Date.parse(dayOrInstant(text)) + (isDay(text) ? 86_400_000 : 1);
  return new Date(Math.min(after, lastInstant)).toISOString();
}
/** Latest time that both PostgreSQL and RFC 3339 can write. */
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

const positives: Partial<Record<SelectionOperator, SelectionOperator>> = {
  not_equals: 'equals',
  not_contains: 'contains',
  is_none_of: 'is_one_of',
  not_in_last_days: 'in_last_days',
  is_not_empty: 'is_empty',
};

/** Returns the complement of the operator's opposite: whoever has no value matches a negative operator. */
export function negated(operator: SelectionOperator, positiveSql: (positive: SelectionOperator) => string): string {
  const positive = positives[operator];
  if (!positive) throw new Error(`The operator ${operator} has no SQL here.`);
  return not(positiveSql(positive));
}

/** Returns SQL that compares an attribute, by its declared type or the one that the value means. */
export function attributeSql(
  name: string,
  type: 'text' | 'number' | 'boolean' | 'date',
  operator: SelectionOperator,
  value: SelectionValue | Scalar,
  add: Add,
): string {
  const key = `${add(name)}::text`;
  switch (type) {
    case 'number':
      return numberSql(`(c.attributes -> ${key})`, operator, value, add);
    case 'boolean':
      return booleanSql(`(c.attributes -> ${key})`, operator, value, add);
    case 'date':
      return dateSql(`(c.attributes ->> ${key})`, operator, value, add);
    case 'text':
      return textSql(`(c.attributes ->> ${key})`, operator, value, add);
  }
}
