import {
  comparedSql,
  holdsFor,
  lastTimeSql,
  mergedSql,
  negated,
  type SelectionField,
  selectionFields,
  selectionLimits,
  type SelectionOperator,
  type SelectionPlace,
  type SelectionValue,
  selfSql,
} from '@heliograph/contacts';
import type { Sql } from '@heliograph/kernel';
import { eventName } from './event-body';

const lastPrefix = 'event_last.';
const countPrefix = 'event_count.';
/** Days for which the catalogue lists counts; rules may name others. */
const listedDays = [7, 30];
/** Types that the catalogue lists, and the newest events that are looked at for types without a schema. */
const maxTypes = 100;
const sampled = 1_000;

/** SQL of the events `e` of all contacts, with `id`, the contact that each is about now. */
const allEvents = ({ tenant }: SelectionPlace, condition: string): string =>
  `SELECT coalesce(g.merged_into, e.contact_id) AS id FROM events e LEFT JOIN (${mergedSql(tenant)}) g ON g.id = e.contact_id
   WHERE e.tenant_id = ${tenant} AND e.contact_id IS NOT NULL AND ${condition}`;

/** SQL of the events `e` of `contacts c`, also of those that were merged into it; `events_contact_idx` finds them. */
const ownEvents = ({ tenant }: SelectionPlace, condition: string): string =>
  `FROM events e WHERE e.tenant_id = ${tenant} AND e.contact_id = ANY (ARRAY(${selfSql(tenant, 'c.id')})) AND ${condition}`;

/** SQL that is true when an event about the contact meets a condition on `events e`. */
const hasEvent = (place: SelectionPlace, condition: string): string =>
  place.isWhole ? `c.id IN (${allEvents(place, condition)})` : `EXISTS (SELECT 1 ${ownEvents(place, condition)})`;

/** Types of the events about a contact. */
const types: SelectionField = {
  name: 'events',
  type: 'set',
  label: 'Events',
  area: 'events',
  sql(operator, value, place): string {
    const named = (names: string[]) => hasEvent(place, `e.name = ANY (${place.add(names)}::text[])`);
    if (operator === 'is_one_of') return named(value as string[]);
    if (operator === 'has_all') return (value as string[]).map((name) => named([name])).join(' AND ');
    if (operator === 'is_empty') return `NOT ${hasEvent(place, 'true')}`;
    return negated(operator, (positive) => this.sql(positive, value, place));
  },
};

/** Time of the last event of a type. */
const lastOf = (name: string): SelectionField => ({
  name: `${lastPrefix}${name}`,
  type: 'time',
  label: `Last event ${name}`,
  area: 'events',
  sql: (operator, value, place) => {
    const type = place.add(name);
    return lastTimeSql(operator, value, place.add, (condition) =>
      hasEvent(place, `e.name = ${type}::text AND ${condition('e.occurred_at')}`),
    );
  },
});

/** Number of events of a type in the last days. */
const countOf = (name: string, days: number): SelectionField => ({
  name: `${countPrefix}${name}.${days}`,
  type: 'number',
  label: `Events ${name} in the last ${days} days`,
  area: 'events',
  operators: ['equals', 'not_equals', 'less_than', 'at_most', 'more_than', 'at_least', 'between'],
  sql: (operator, value, place) => countSql(name, days, operator, value, place),
});

function countSql(name: string, days: number, operator: SelectionOperator, value: SelectionValue, place: SelectionPlace): string {
  if (operator === 'not_equals') return negated(operator, (positive) => countSql(name, days, positive, value, place));
  const counted = `e.name = ${place.add(name)}::text AND e.occurred_at >= heliograph_now() - ${place.add(days)}::int * interval '1 day'`;
  const held = comparedSql('count(*)', operator, value, place.add);
  if (!place.isWhole) return `(SELECT ${held} ${ownEvents(place, counted)})`;
  // Whoever has no event is in no group.
  const having = (condition: string) => `c.id IN (${allEvents(place, counted)} GROUP BY 1 HAVING ${condition})`;
  return holdsFor(0, operator, value) ? `NOT ${having(`NOT ${held}`)}` : having(held);
}

const isName = (name: string): boolean => eventName.safeParse(name).success;

function countField(name: string): SelectionField | undefined {
  const at = name.lastIndexOf('.');
  const [type, days] = [name.slice(countPrefix.length, at), name.slice(at + 1)];
  if (!/^[1-9]\d{0,3}$/.test(days) || Number(days) > selectionLimits.maxDays || !isName(type)) return undefined;
  return countOf(type, Number(days));
}

/** Returns the types of a tenant: those of its catalogue, and those of its newest events. */
async function typesOf(tx: Sql, tenantId: string): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `SELECT name FROM event_types WHERE tenant_id = $1
     UNION SELECT n.name FROM (SELECT e.name FROM events e WHERE e.tenant_id = $1 ORDER BY e.id DESC LIMIT $2) n ORDER BY 1 LIMIT $3`,
    [tenantId, sampled, maxTypes],
  );
  return rows.map(({ name }) => name);
}

selectionFields.register(types);
selectionFields.registerFamily({
  prefix: lastPrefix,
  field: (name) => (isName(name.slice(lastPrefix.length)) ? lastOf(name.slice(lastPrefix.length)) : undefined),
  list: async (tx, tenantId) => (await typesOf(tx, tenantId)).map(lastOf),
});
selectionFields.registerFamily({
  prefix: countPrefix,
  field: countField,
  list: async (tx, tenantId) => (await typesOf(tx, tenantId)).flatMap((name) => listedDays.map((days) => countOf(name, days))),
});
