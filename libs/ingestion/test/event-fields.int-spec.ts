import { readSelection, SegmentCatalogue, SegmentCounts, selectionSql, selectionTree, sqlParameters } from '@heliograph/contacts';
import { type Database, newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import '../src';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const types = ['ordered', 'visited.shop', 'left'] as const;
/** Hours by which no test comes near the end of a day that is counted. */
const hour = 3_600_000;
interface Happened {
  name: (typeof types)[number];
  daysAgo: number;
}
interface Person {
  id: string;
  events: Happened[];
}

const event = fc.record({ name: fc.constantFrom(...types), daysAgo: fc.constantFrom(1, 5, 29, 40) });
const numbers = ['equals', 'not_equals', 'less_than', 'at_most', 'more_than', 'at_least'] as const;
const rule = fc.oneof(
  fc.record({
    field: fc.constant('events'),
    operator: fc.constantFrom('is_one_of', 'is_none_of', 'has_all'),
    value: fc.uniqueArray(fc.constantFrom(...types, 'unheard'), { minLength: 1 }),
  }),
  fc.record({ field: fc.constant('events'), operator: fc.constantFrom('is_empty', 'is_not_empty'), value: fc.constant(null) }),
  fc.record({
    field: fc.constantFrom(...types).map((name) => `event_last.${name}`),
    operator: fc.constantFrom('in_last_days', 'not_in_last_days'),
    value: fc.constantFrom(3, 10, 35),
  }),
  fc.record({
    field: fc.constantFrom(...types).map((name) => `event_last.${name}`),
    operator: fc.constantFrom('is_empty', 'is_not_empty'),
    value: fc.constant(null),
  }),
  fc.record({
    field: fc.constantFrom(...types).map((name) => `event_last.${name}`),
    operator: fc.constantFrom('before', 'since'),
    value: fc.constantFrom(3, 10, 35).map((days) => new Date(Date.now() - days * 24 * hour).toISOString()),
  }),
  fc.record({
    field: fc.tuple(fc.constantFrom(...types), fc.constantFrom(3, 30, 365)).map(([name, days]) => `event_count.${name}.${days}`),
    operator: fc.constantFrom(...numbers),
    value: fc.constantFrom(0, 1, 2, 1.5, -1),
  }),
  fc.record({
    field: fc.tuple(fc.constantFrom(...types), fc.constantFrom(3, 30, 365)).map(([name, days]) => `event_count.${name}.${days}`),
    operator: fc.constant('between'),
    value: fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(1, 2)),
  }),
);
type Rule = { field: string; operator: string; value: unknown };

/** The meaning of a rule. */
function holds({ events }: Person, { field, operator, value }: Rule): boolean {
  const opposite = { is_none_of: 'is_one_of', is_not_empty: 'is_empty', not_in_last_days: 'in_last_days', not_equals: 'equals' }[operator];
  if (opposite) return !holds({ id: '', events }, { field, operator: opposite, value });
  if (field === 'events') {
    const has = (name: string): boolean => events.some((one) => one.name === name);
    if (operator === 'is_empty') return events.length === 0;
    return operator === 'has_all' ? (value as string[]).every(has) : (value as string[]).some(has);
  }
  if (field.startsWith('event_last.')) {
    const times = events.filter(({ name }) => field === `event_last.${name}`).map(({ daysAgo }) => daysAgo);
    if (operator === 'is_empty') return times.length === 0;
    const within = typeof value === 'number' ? value : Math.round((Date.now() - Date.parse(String(value))) / (24 * hour));
    const isSince = times.some((days) => days < within);
    return operator === 'before' ? times.length > 0 && !isSince : isSince;
  }
  const [, name, days] = /^event_count\.(.+)\.(\d+)$/.exec(field) ?? [];
  const count = events.filter((one) => one.name === name && one.daysAgo < Number(days)).length;
  const [from, to] = [value].flat() as [number, number];
  switch (operator) {
    case 'equals':
      return count === from;
    case 'less_than':
      return count < from;
    case 'at_most':
      return count <= from;
    case 'more_than':
      return count > from;
    case 'at_least':
      return count >= from;
    default:
      return count >= from && count <= to;
  }
}

describe('rules about events', () => {
  it('are what the events of a contact say, also of one that was merged, in a chunk and over all', async () => {
    const tenantId = newId();
    const people: Person[] = fc
      .sample(fc.array(event, { maxLength: 4 }), { numRuns: 30, seed: 11 })
      .map((events) => ({ id: newId(), events }));
    await db.query(`INSERT INTO contacts (tenant_id, id) SELECT $1, id FROM unnest($2::uuid[]) id`, [tenantId, people.map(({ id }) => id)]);
    for (const [i, { id, events }] of people.entries()) {
      // Every third had its events as another contact.
      let about = id;
      if (i % 3 === 0) {
        about = newId();
        await db.query(`INSERT INTO contacts (tenant_id, id, merged_into) VALUES ($1, $2, $3)`, [tenantId, about, id]);
      }
      for (const { name, daysAgo } of events)
        await db.query(
          `INSERT INTO events (tenant_id, id, key, request_hash, name, subject, payload, occurred_at, source, state, contact_id)
           VALUES ($1, $2, $3, '\\x00', $4, '{}', '{}', heliograph_now() - $5::int * interval '1 day', 'api', 'done', $6)`,
          [tenantId, newId(), newId(), name, daysAgo, about],
        );
    }
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 3 }), fc.constantFrom('and', 'or'), async (rules, combinator) => {
        const given = selectionTree.parse({ combinator, rules });
        const wanted = people
          .filter((one) => (combinator === 'and' ? rules.every((of) => holds(one, of)) : rules.some((of) => holds(one, of))))
          .map(({ id }) => id)
          .sort();
        for (const isWhole of [false, true]) {
          const found = await db.forTenant(tenantId, async (tx) => {
            const selection = await readSelection(tx, tenantId, given);
            const { values, add } = sqlParameters(tenantId);
            return tx.query<{ id: string }>(`${selectionSql(selection, { tenant: '$1::uuid', add, isWhole })} ORDER BY c.id`, values);
          });
          expect(found.map(({ id }) => id)).toEqual(wanted);
        }
        expect((await new SegmentCounts(db).count(tenantId, given)).count).toBe(wanted.length);
      }),
      { numRuns: 100 },
    );

    const fields = await new SegmentCatalogue(db).list(tenantId);
    expect(fields.filter(({ area }) => area === 'events').map(({ name }) => name)).toEqual([
      'events',
      ...['left', 'ordered', 'visited.shop'].map((name) => `event_last.${name}`),
      ...['left', 'ordered', 'visited.shop'].flatMap((name) => [`event_count.${name}.7`, `event_count.${name}.30`]),
    ]);
  }, 120_000);

  it('name a type and days that may be', async () => {
    const tenantId = newId();
    const refusal = (field: string) =>
      db
        .forTenant(tenantId, (tx) =>
          readSelection(tx, tenantId, selectionTree.parse({ rules: [{ field, operator: 'at_least', value: 1 }] })),
        )
        .then(
          () => null,
          ({ reason }: { reason: string }) => reason,
        );
    expect(await refusal('event_count.ordered.30')).toBeNull();
    expect(await refusal('event_count.visited.shop.3650')).toBeNull();
    for (const field of [
      'event_count.ordered',
      'event_count.ordered.0',
      'event_count.ordered.3651',
      'event_count.1.30',
      'event_count..30',
      'event_last.',
    ])
      expect([field, await refusal(field)]).toEqual([field, 'invalid_selection']);
  });
});
