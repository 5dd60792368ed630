import { type Database, newId } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { ContactLists } from '../src/lists/contact-lists.repository';
import { deleteList, purgeMembers } from '../src/lists/deleted-lists.repository';
import { Segments } from '../src/lists/segments.repository';
import { type Audience, audienceSql, readAudience, readCutoff } from '../src/selection/audiences.repository';
import { SegmentCatalogue } from '../src/selection/segment-catalogue.repository';
import { SegmentCounts } from '../src/selection/segment-counts.repository';
import { selectionLimits, type SelectionOperator, selectionTree, type SelectionTree } from '../src/selection/selection-tree';
import { readSelection, selectionSql, splitByIndex } from '../src/selection/selections.repository';
import { sqlParameters } from '../src/sql-parameters';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const actor = keyActor('Core application');
const day = 86_400_000;

interface Person {
  id: string;
  name: string | null;
  externalId: string | null;
  attributes: Record<string, string | number | boolean>;
  tags: string[];
  addresses: string[];
  createdAt: Date;
  lists: string[];
  consents: ('opt_in' | 'opt_out')[];
  suppressed: ('opt_out' | 'bad_number' | 'manual')[];
}

function setup() {
  const tenantId = newId();
  const segments = new Segments(db);
  const lists = new ContactLists(db);
  const counts = new SegmentCounts(db);
  const declare = (name: string, type: string) =>
    db.query(`INSERT INTO contact_attributes (tenant_id, name, type) VALUES ($1, $2, $3)`, [tenantId, name, type]);
  const addList = async () => (await lists.create(tenantId, actor, { name: 'List', description: null })).id;
  const add = async (people: Partial<Person>[]): Promise<Person[]> => {
    const whole = people.map((one): Person => ({
      id: newId(),
      name: null,
      externalId: null,
      attributes: {},
      tags: [],
      addresses: [],
      createdAt: new Date(),
      lists: [],
      consents: [],
      suppressed: [],
      ...one,
    }));
    await db.query(
      `INSERT INTO contacts (tenant_id, id, name, external_id, attributes, tags, created_at)
       SELECT $1, r.id, r.name, r."externalId", r.attributes, ARRAY(SELECT jsonb_array_elements_text(r.tags)), r."createdAt"
       FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, name text, "externalId" text, attributes jsonb, tags jsonb, "createdAt" timestamptz)`,
      [tenantId, JSON.stringify(whole)],
    );
    for (const { id, addresses, lists: on, consents, suppressed } of whole) {
      for (const address of addresses) {
        await db.query(`INSERT INTO contact_addresses (tenant_id, address, contact_id) VALUES ($1, $2, $3)`, [tenantId, address, id]);
        for (const reason of suppressed)
          await db.query(`INSERT INTO suppressions (tenant_id, address, reason, actor) VALUES ($1, $2, $3, 'test')`, [
            tenantId,
            address,
            reason,
          ]);
      }
      for (const list of on)
        await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) VALUES ($1, $2, $3)`, [tenantId, list, id]);
      for (const [i, action] of consents.entries())
        await db.query(
          `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor, at) VALUES ($1, $2, $3, '', 'marketing', $4, 'api', 'test', $5)`,
          [tenantId, newId(), id, action, new Date(Date.now() - 60_000 + i)],
        );
      // The undo of an import voided a later one, which counts for nobody.
      await db.query(
        `WITH said AS (INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor)
           VALUES ($1, $2, $3, '', 'marketing', $4, 'fair', 'test') RETURNING tenant_id, id, contact_id)
         INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, voids, source, actor)
         SELECT tenant_id, gen_random_uuid(), contact_id, '', 'marketing', 'void', id, 'import_undo', 'test' FROM said`,
        [tenantId, newId(), id, consents.at(-1) === 'opt_in' ? 'opt_out' : 'opt_in'],
      );
    }
    return whole;
  };
  const matching = (given: unknown, maxContacts = Infinity) =>
    db.forTenant(tenantId, async (tx) => {
      const selection = await readSelection(tx, tenantId, selectionTree.parse(given));
      const { values, add: parameter } = sqlParameters(tenantId);
      const rows = await tx.query<{ id: string }>(
        `${selectionSql(selection, { tenant: '$1::uuid', add: parameter })} ORDER BY c.id`,
        values,
      );
      return rows.slice(0, maxContacts).map(({ id }) => id);
    });
  /** The same, by the index of one of its rules, as lists and edits go through it. */
  const ranged = (given: SelectionTree) =>
    db.forTenant(tenantId, async (tx) => {
      const { values, add: parameter } = sqlParameters(tenantId);
      const place = { tenant: '$1::uuid', add: parameter };
      const { ids, rest } = splitByIndex(given, place);
      const left = (await readSelection(tx, tenantId, rest))(place);
      const rows = await tx.query<{ id: string }>(
        `SELECT c.id FROM (${ids ?? 'SELECT a.id FROM contacts a WHERE a.tenant_id = $1'}) x JOIN contacts c ON c.tenant_id = $1 AND c.id = x.id
         WHERE c.merged_into IS NULL AND ${left} ORDER BY c.id`,
        values,
      );
      return rows.map(({ id }) => id);
    });
  const rule = (field: string, operator: SelectionOperator, value: unknown = null) => matching({ rules: [{ field, operator, value }] });
  const refusal = (given: unknown) =>
    matching(given).then(
      () => null,
      (error: { reason: string; details: { errors: { path: string; code: string }[] } }) => ({
        reason: error.reason,
        errors: error.details.errors.map(({ path, code }) => `${path} ${code}`),
      }),
    );
  return { tenantId, segments, lists, counts, declare, addList, add, matching, ranged, rule, refusal };
}

/** The meaning of a tree, one person at a time. */
function matches(person: Person, tree: SelectionTree, today: string): boolean {
  const held = tree.rules.map((node) =>
    'rules' in node ? matches(person, node, today) : holds(person, node.field, node.operator, node.value, today),
  );
  const all = tree.combinator === 'and' || held.length === 0 ? held.every(Boolean) : held.some(Boolean);
  return tree.not ? !all : all;
}

const opposites: Partial<Record<SelectionOperator, SelectionOperator>> = {
  not_equals: 'equals',
  not_contains: 'contains',
  is_none_of: 'is_one_of',
  not_in_last_days: 'in_last_days',
  is_not_empty: 'is_empty',
};

function holds(person: Person, field: string, operator: SelectionOperator, value: unknown, today: string): boolean {
  const opposite = opposites[operator];
  if (opposite) return !holds(person, field, opposite, value, today);
  if (field === 'name_words') return wordsOf(String(value)).every((word) => wordsOf(person.name ?? '').some((of) => of.startsWith(word)));
  const given = valueOf(person, field);
  if (operator === 'is_empty') return given === null || given === '' || (Array.isArray(given) && given.length === 0);
  if (given === null) return false;
  if (given instanceof Date) return holdsTime(given, operator, value);
  if (Array.isArray(given)) {
    const wanted = value as string[];
    return operator === 'has_all' ? wanted.every((one) => given.includes(one)) : wanted.some((one) => given.includes(one));
  }
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const isDate =
    ['before', 'since', 'in_last_days', 'in_next_days'].includes(operator) || (operator === 'between' && typeof first === 'string');
  if (isDate) return holdsDay(given, operator, value, today);
  if (typeof first === 'boolean') return given === value;
  if (typeof first === 'number' && typeof given !== 'number') return false;
  if (typeof first === 'number') return holdsNumber(given as number, operator, value);
  const [text, wanted] = [fold(String(given)), typeof value === 'string' ? fold(value) : ''];
  switch (operator) {
    case 'equals':
      return field === 'external_id' ? given === value : text === wanted;
    case 'contains':
      return text.includes(wanted);
    case 'begins_with':
      return field === 'external_id' ? String(given).startsWith(value as string) : text.startsWith(wanted);
    case 'ends_with':
      return text.endsWith(wanted);
    case 'is_one_of':
      return field === 'external_id' ? (value as unknown[]).includes(given) : (value as string[]).map(fold).includes(text);
    default:
      throw new Error(operator);
  }
}

const fold = (text: string) => text.toLowerCase();
const wordsOf = (name: string): string[] =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

function holdsNumber(given: number, operator: SelectionOperator, value: unknown): boolean {
  const [from, to] = [value].flat() as [number, number];
  const held = {
    equals: given === from,
    less_than: given < from,
    at_most: given <= from,
    more_than: given > from,
    at_least: given >= from,
  };
  return operator === 'between' ? given >= from && given <= to : held[operator as keyof typeof held];
}

function holdsDay(given: unknown, operator: SelectionOperator, value: unknown, today: string): boolean {
  if (typeof given !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(given)) return false;
  const away = (days: number) => new Date(Date.parse(today) + days * day).toISOString().slice(0, 10);
  const [from, to] = [value].flat() as [string, string];
  if (operator === 'before') return given < from;
  if (operator === 'since') return given >= from;
  if (operator === 'between') return given >= from && given <= to;
  if (operator === 'in_last_days') return given >= away(-Number(value)) && given <= today;
  return given >= today && given <= away(Number(value));
}

function holdsTime(given: Date, operator: SelectionOperator, value: unknown): boolean {
  const [from, to] = [value].flat() as [string, string];
  if (operator === 'before') return given.getTime() < Date.parse(from);
  if (operator === 'since') return given.getTime() >= Date.parse(from);
  if (operator === 'between') return given.getTime() >= Date.parse(from) && given.getTime() < Date.parse(to) + day;
  return given.getTime() >= Date.now() - Number(value) * day;
}

function valueOf(person: Person, field: string): string | number | boolean | Date | string[] | null {
  if (field.startsWith('attributes.')) return person.attributes[field.slice(11)] ?? null;
  switch (field) {
    case 'name':
      return person.name;
    case 'external_id':
      return person.externalId;
    case 'address':
      return person.addresses;
    case 'tags':
      return person.tags;
    case 'list':
      return person.lists;
    case 'created_at':
      return person.createdAt;
    case 'consent':
      return [person.consents.at(-1) ?? 'none'];
    case 'opted_out':
      return person.suppressed.includes('opt_out') && person.addresses.length > 0;
    case 'country':
      return person.addresses.flatMap((address) =>
        address.startsWith('+44') ? 'GB' : address.startsWith('+1416') ? 'CA' : address.startsWith('+1212') ? 'US' : [],
      );
    default:
      throw new Error(field);
  }
}

/** Reasons for which each of the people cannot be reached, the first that applies. */
function leftOutOf(people: Person[]) {
  const leftOut = { no_address: 0, bad_number: 0, opted_out: 0, suppressed: 0, no_consent: 0 };
  for (const { addresses, suppressed, consents } of people) {
    if (addresses.length === 0) leftOut.no_address++;
    else if (suppressed.includes('bad_number')) leftOut.bad_number++;
    else if (suppressed.includes('opt_out')) leftOut.opted_out++;
    else if (suppressed.includes('manual')) leftOut.suppressed++;
    else if (consents.at(-1) !== 'opt_in') leftOut.no_consent++;
  }
  return leftOut;
}

describe('a selection', () => {
  const names = ['Ana', 'ana maria', 'ÉMILE', 'Émile', "O'Hara", '100%_a', '', null];
  const words = ['a', 'ana', 'émile', "'", '%', '_', 'MARIA', 'x; DROP TABLE contacts --'];
  const plans = ['pro', 'Free', 'pro plus'];
  const days = ['2026-01-31', '2026-11-29', '2026-12-24', 'soon', '2027-02-30'];

  const anyOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
  const person = (lists: string[]) =>
    fc.record({
      name: anyOf(names),
      externalId: fc.constant(null),
      tags: fc.uniqueArray(anyOf(['vip', 'trial', 'Trial'])),
      attributes: fc.record(
        {
          plan: anyOf(plans),
          visits: fc.integer({ min: -3, max: 3 }),
          adult: fc.boolean(),
          ends: anyOf(days),
          mixed: anyOf(['1', 1, true, 'true', '2026-11-29']),
        },
        { requiredKeys: [] },
      ),
      createdAt: anyOf([1, 5, 40].map((ago) => new Date(Date.now() - ago * day))),
      lists: fc.subarray(lists),
      consents: fc.array(anyOf(['opt_in', 'opt_out'] as const), { maxLength: 2 }),
      suppressed: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Person['suppressed']>([]) },
        fc.subarray(['opt_out', 'bad_number', 'manual'] as const),
      ),
    });
  const texts = (field: string) =>
    fc.oneof(
      fc.record({
        field: fc.constant(field),
        operator: anyOf(['equals', 'not_equals', 'contains', 'not_contains', 'begins_with', 'ends_with'] as const),
        value: anyOf([...words, ...plans, ...names.filter((n) => n)] as string[]),
      }),
      fc.record({
        field: fc.constant(field),
        operator: anyOf(['is_one_of', 'is_none_of'] as const),
        value: fc.uniqueArray(anyOf([...plans, ...words]), { minLength: 1 }),
      }),
      fc.record({ field: fc.constant(field), operator: anyOf(['is_empty', 'is_not_empty'] as const), value: fc.constant(null) }),
    );
  const numbers = (field: string) =>
    fc.oneof(
      fc.record({
        field: fc.constant(field),
        operator: anyOf(['equals', 'not_equals', 'less_than', 'at_most', 'more_than', 'at_least'] as const),
        value: fc.oneof(fc.integer({ min: -4, max: 4 }), fc.constant(0.5)),
      }),
      fc.record({
        field: fc.constant(field),
        operator: fc.constant('between' as const),
        value: fc.tuple(fc.integer({ min: -4, max: 0 }), fc.integer({ min: 0, max: 4 })),
      }),
    );
  const dates = (field: string) =>
    fc.oneof(
      fc.record({ field: fc.constant(field), operator: anyOf(['before', 'since'] as const), value: anyOf(days.slice(0, 3)) }),
      fc.record({
        field: fc.constant(field),
        operator: anyOf(['in_last_days', 'not_in_last_days', 'in_next_days'] as const),
        value: anyOf([1, 30, 365]),
      }),
      fc.record({ field: fc.constant(field), operator: fc.constant('between' as const), value: fc.constant(['2026-01-31', '2026-12-01']) }),
    );
  const phone = (i: number) => [`+4477009${10_000 + i}`, `+1416555${1_000 + i}`, `+1212555${1_000 + i}`][i % 3] as string;
  const rule = (lists: string[]) =>
    fc.oneof(
      texts('name'),
      fc.record({
        field: fc.constant('name_words'),
        operator: fc.constant('begins_with' as const),
        value: anyOf([...words, 'mar an', 'a 1']),
      }),
      fc.record({
        field: fc.constant('address'),
        operator: anyOf(['is_one_of', 'is_none_of'] as const),
        value: fc.uniqueArray(anyOf([1, 2, 3, 10, 59].map(phone)), { minLength: 1 }),
      }),
      texts('attributes.plan'),
      texts('attributes.mixed'),
      numbers('attributes.visits'),
      numbers('attributes.mixed'),
      dates('attributes.ends'),
      dates('attributes.mixed'),
      fc.record({
        field: anyOf(['attributes.adult', 'attributes.mixed', 'opted_out']),
        operator: fc.constant('equals' as const),
        value: fc.boolean(),
      }),
      fc.record({
        field: fc.constant('tags'),
        operator: anyOf(['is_one_of', 'is_none_of', 'has_all'] as const),
        value: fc.uniqueArray(anyOf(['vip', 'trial', 'new']), { minLength: 1 }),
      }),
      fc.record({ field: fc.constant('tags'), operator: anyOf(['is_empty', 'is_not_empty'] as const), value: fc.constant(null) }),
      fc.record({
        field: fc.constant('list'),
        operator: anyOf(['is_one_of', 'is_none_of'] as const),
        value: fc.subarray(lists, { minLength: 1 }),
      }),
      fc.record({
        field: fc.constant('consent'),
        operator: anyOf(['is_one_of', 'is_none_of'] as const),
        value: fc.subarray(['opt_in', 'opt_out', 'none'], { minLength: 1 }),
      }),
      fc.record({
        field: fc.constant('country'),
        operator: anyOf(['is_one_of', 'is_none_of'] as const),
        value: fc.subarray(['GB', 'CA', 'US'], { minLength: 1 }),
      }),
      fc.record({
        field: fc.constant('created_at'),
        operator: anyOf(['in_last_days', 'not_in_last_days'] as const),
        value: anyOf([3, 10]),
      }),
      fc.record({
        field: fc.constant('created_at'),
        operator: fc.constant('before' as const),
        value: anyOf([3, 10].map((ago) => new Date(Date.now() - ago * day).toISOString())),
      }),
    );
  const tree = (lists: string[]) =>
    fc.letrec<{ group: SelectionTree }>((tie) => ({
      group: fc.record({
        combinator: anyOf(['and', 'or'] as const),
        not: fc.boolean(),
        rules: fc.array(fc.oneof({ depthSize: 'small', maxDepth: 3 }, rule(lists), tie('group')), { maxLength: 3 }) as fc.Arbitrary<
          SelectionTree['rules']
        >,
      }),
    })).group;

  it('of any tree of rules is what the rules say, one person at a time', async () => {
    const { add, addList, declare, matching, ranged, counts, tenantId } = setup();
    await declare('visits', 'number');
    await declare('ends', 'date');
    const lists = [await addList(), await addList()];
    const drawn = fc.sample(person(lists), { numRuns: 60, seed: 7 });
    const people = await add(drawn.map((one, i) => ({ ...one, addresses: i % 10 === 0 ? [] : [phone(i)] })));
    await fc.assert(
      fc.asyncProperty(tree(lists), async (given) => {
        const today = new Date().toISOString().slice(0, 10);
        const wanted = people.filter((one) => matches(one, given, today)).map(({ id }) => id);
        expect(await matching(given)).toEqual(wanted.sort());
        expect(await ranged(given)).toEqual(wanted.sort());
        const { count, reachable, leftOut, samples } = await counts.count(tenantId, given);
        expect(count).toBe(wanted.length);
        expect(reachable + Object.values(leftOut).reduce((sum, n) => sum + n, 0)).toBe(count);
        expect(leftOut).toEqual(leftOutOf(people.filter((one) => matches(one, given, today))));
        expect(samples.map(({ id }) => id)).toEqual(wanted.sort().reverse().slice(0, 10));
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('finds external ids exactly', async () => {
    const { add, rule } = setup();
    const [one] = await add([{ externalId: 'User-1' }, { externalId: 'user-1' }, {}]);
    expect(await rule('external_id', 'equals', 'User-1')).toEqual([one?.id]);
    expect(await rule('external_id', 'is_one_of', ['User-1', 'nobody'])).toEqual([one?.id]);
    expect(await rule('external_id', 'begins_with', 'User')).toEqual([one?.id]);
    expect(await rule('external_id', 'is_empty')).toHaveLength(1);
  });

  it('leaves out contacts that were merged, and those of other tenants', async () => {
    const [mine, other] = [setup(), setup()];
    const [a, b] = (await mine.add([{ tags: ['vip'] }, { tags: ['vip'] }])) as [Person, Person];
    const list = await mine.addList();
    await other.add([{ tags: ['vip'] }]);
    await db.query(`UPDATE contacts SET merged_into = $3 WHERE tenant_id = $1 AND id = $2`, [mine.tenantId, b.id, a.id]);
    expect(await mine.matching({ rules: [] })).toEqual([a.id]);
    expect(await mine.rule('tags', 'is_one_of', ['vip'])).toEqual([a.id]);
    const foreign = await other.add([{}]);
    await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) VALUES ($1, $2, $3)`, [
      other.tenantId,
      list,
      (foreign[0] as Person).id,
    ]);
    expect(await mine.rule('list', 'is_one_of', [list])).toEqual([]);
  });
});

describe('a count', () => {
  it('takes the last consent over all contacts that were merged, and both spellings of a number', async () => {
    const { tenantId, add, counts } = setup();
    const [kept, gone] = (await add([
      { addresses: ['+5511987654321'], consents: ['opt_out'] },
      { addresses: ['+447700900401'], consents: ['opt_in'] },
    ])) as [Person, Person];
    await db.query(`UPDATE contacts SET merged_into = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, gone.id, kept.id]);
    await db.query(`UPDATE contact_addresses SET contact_id = $3 WHERE tenant_id = $1 AND contact_id = $2`, [tenantId, gone.id, kept.id]);
    await db.query(
      `INSERT INTO consents (tenant_id, id, contact_id, address, purpose, action, source, actor) VALUES ($1, $2, $3, '', 'marketing', 'opt_in', 'api', 'test')`,
      [tenantId, newId(), gone.id],
    );
    const everybody = selectionTree.parse({ rules: [] });
    const consenting = selectionTree.parse({ rules: [{ field: 'consent', operator: 'is_one_of', value: ['opt_in'] }] });
    expect(await counts.count(tenantId, everybody)).toMatchObject({ count: 1, reachable: 1 });
    expect(await counts.count(tenantId, consenting)).toMatchObject({ count: 1 });
    await db.query(`INSERT INTO suppressions (tenant_id, address, reason, actor) VALUES ($1, '+551187654321', 'opt_out', 'test')`, [
      tenantId,
    ]);
    expect(await counts.count(tenantId, everybody)).toMatchObject({ count: 1, reachable: 0, leftOut: { opted_out: 1 } });
    const optedOut = selectionTree.parse({ rules: [{ field: 'opted_out', operator: 'equals', value: true }] });
    expect(await counts.count(tenantId, optedOut)).toMatchObject({ count: 1 });
  });
});

describe('a tree that does not fit', () => {
  it.each([
    [{ field: '__proto__', operator: 'equals', value: 'x' }, 'tree/rules/0/field unknown_field'],
    [{ field: 'constructor', operator: 'equals', value: 'x' }, 'tree/rules/0/field unknown_field'],
    [{ field: 'attributes.', operator: 'equals', value: 'x' }, 'tree/rules/0/field unknown_field'],
    [{ field: "attributes.a' OR true --", operator: 'equals', value: 'x' }, 'tree/rules/0/field unknown_field'],
    [{ field: 'name) OR (true', operator: 'equals', value: 'x' }, 'tree/rules/0/field unknown_field'],
    [{ field: 'name', operator: 'less_than', value: 1 }, 'tree/rules/0/operator unknown_operator'],
    [{ field: 'name', operator: 'equals', value: 5 }, 'tree/rules/0/value invalid_value'],
    [{ field: 'name', operator: 'is_empty', value: 'x' }, 'tree/rules/0/value invalid_value'],
    [{ field: 'name', operator: 'is_one_of', value: [] }, 'tree/rules/0/value invalid_value'],
    [{ field: 'attributes.visits', operator: 'more_than', value: '1' }, 'tree/rules/0/value invalid_value'],
    [{ field: 'attributes.visits', operator: 'between', value: [2, 1] }, 'tree/rules/0/value invalid_value'],
    [{ field: 'created_at', operator: 'before', value: 'yesterday' }, 'tree/rules/0/value invalid_value'],
    [{ field: 'created_at', operator: 'before', value: '0000-01-01' }, 'tree/rules/0/value invalid_value'],
    [{ field: 'created_at', operator: 'in_last_days', value: 0 }, 'tree/rules/0/value invalid_value'],
    [{ field: 'consent', operator: 'is_one_of', value: ['maybe'] }, 'tree/rules/0/value invalid_value'],
    [{ field: 'list', operator: 'is_one_of', value: ['not an id'] }, 'tree/rules/0/value invalid_value'],
  ])('is refused with the path of the rule: %j', async (rule, fault) => {
    const { declare, refusal } = setup();
    await declare('visits', 'number');
    expect(await refusal({ rules: [rule] })).toEqual({ reason: 'invalid_selection', errors: [fault] });
  });

  it('in depth or size is refused by its schema', () => {
    const nested = (depth: number): object => ({ rules: depth === 1 ? [] : [nested(depth - 1)] });
    expect(selectionTree.safeParse(nested(selectionLimits.maxDepth)).success).toBe(true);
    expect(selectionTree.safeParse(nested(selectionLimits.maxDepth + 1)).success).toBe(false);
    const rules = (count: number) => Array.from({ length: count }, () => ({ field: 'name', operator: 'is_empty' }));
    expect(selectionTree.safeParse({ rules: rules(selectionLimits.maxRules) }).success).toBe(true);
    expect(selectionTree.safeParse({ rules: [{ rules: rules(60) }, { rules: rules(60) }] }).success).toBe(false);
  });

  it('takes the longest values of every operator without an error of the database', async () => {
    const { rule } = setup();
    for (const value of ["'", '\\', '%', '$1', '\u{1f600}', 'x'.repeat(selectionLimits.maxText)]) {
      for (const operator of ['equals', 'contains', 'begins_with', 'ends_with'] as const) {
        expect(await rule('name', operator, value)).toEqual([]);
        expect(await rule('attributes.any', operator, value)).toEqual([]);
      }
      expect(await rule('tags', 'has_all', [value])).toEqual([]);
    }
    expect(await rule('attributes.any', 'at_least', 1e308)).toEqual([]);
    expect(await rule('attributes.any', 'less_than', 5e-324)).toEqual([]);
    expect(await rule('created_at', 'between', ['0001-01-01', '9999-12-31'])).toEqual([]);
    expect(await rule('attributes.constructor', 'is_not_empty')).toEqual([]);
  });
});

describe('an audience', () => {
  const inAudience = async (
    { tenantId }: ReturnType<typeof setup>,
    given: Partial<Audience>,
    campaignId = newId(),
    withCutoff = false,
  ): Promise<string[]> =>
    db.forTenant(tenantId, async (tx) => {
      const audience = await readAudience(tx, tenantId, { include: [], exclude: [], max_people: null, random_order: false, ...given });
      const cutoff = withCutoff ? await readCutoff(tx, tenantId, audience, campaignId) : undefined;
      const found: string[] = [];
      // In chunks by contact id, as a launch reads it.
      for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
        const { values, add } = sqlParameters(tenantId, after);
        const query = audienceSql(audience, campaignId, { tenant: '$1::uuid', add }, cutoff);
        const rows = await tx.query<{ contact_id: string }>(
          `SELECT a.contact_id FROM (${query}) a WHERE a.contact_id > $2::uuid ORDER BY a.contact_id LIMIT 3`,
          values,
        );
        found.push(...rows.map((row) => row.contact_id));
        if (rows.length < 3) return found;
        after = rows.at(-1)?.contact_id as string;
      }
    });

  it('is everybody of its sources without those of the excluded ones, each once', async () => {
    const rig = setup();
    const [a, b] = [await rig.addList(), await rig.addList()];
    const people = await rig.add([{ lists: [a] }, { lists: [a, b], tags: ['vip'] }, { lists: [b] }, { tags: ['vip'] }, {}]);
    const ids = people.map(({ id }) => id);
    const tree = selectionTree.parse({ rules: [{ field: 'tags', operator: 'is_one_of', value: ['vip'] }] });
    const { id } = await rig.segments.create(rig.tenantId, actor, { name: 'VIPs', description: null, tree });
    const [list, other, vips] = [
      { kind: 'list', id: a },
      { kind: 'list', id: b },
      { kind: 'segment', id },
    ] as const;
    expect(await inAudience(rig, {})).toEqual([]);
    expect(await inAudience(rig, { include: [list] })).toEqual([ids[0], ids[1]]);
    expect(await inAudience(rig, { include: [list, vips] })).toEqual([ids[0], ids[1], ids[3]]);
    expect(await inAudience(rig, { include: [list, vips], exclude: [other] })).toEqual([ids[0], ids[3]]);
    expect(await inAudience(rig, { include: [list, other], exclude: [vips] })).toEqual([ids[0], ids[2]]);
  });

  it.each([[false], [true]])('has at most its greatest number of people, the same in every chunk (random: %s)', async (random_order) => {
    const rig = setup();
    const list = await rig.addList();
    const ids = (await rig.add(Array.from({ length: 20 }, () => ({ lists: [list] })))).map(({ id }) => id);
    const given = { include: [{ kind: 'list', id: list }] as const, random_order };
    const campaign = newId();
    const seven = await inAudience(rig, { ...given, max_people: 7 }, campaign);
    expect(seven).toHaveLength(7);
    expect(await inAudience(rig, { ...given, max_people: 7 }, campaign, true)).toEqual(seven);
    expect(await inAudience(rig, { ...given, max_people: 20 }, campaign, true)).toEqual(ids);
    if (random_order) expect(await inAudience(rig, { ...given, max_people: 7 }, newId())).not.toEqual(seven);
    else expect(seven).toEqual(ids.slice(0, 7));
  });

  it('names the sources that do not exist, also those of another tenant', async () => {
    const [rig, other] = [setup(), setup()];
    const foreign = await other.addList();
    const refused = await inAudience(rig, { include: [{ kind: 'list', id: foreign }], exclude: [{ kind: 'segment', id: newId() }] }).catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({
      reason: 'unknown_source',
      details: { errors: [{ path: 'audience/include/0' }, { path: 'audience/exclude/0' }] },
    });
  });
});

describe('a list', () => {
  it('takes people by ids, addresses and selections, each once, and counts them', async () => {
    const { tenantId, lists, add, addList } = setup();
    const list = await addList();
    const people = await add([
      { addresses: ['+447700900101'], tags: ['vip'] },
      { addresses: ['+447700900102'], tags: ['vip'] },
      { addresses: ['+447700900103'] },
    ]);
    const ids = people.map(({ id }) => id) as [string, string, string];
    const stranger = newId();
    expect(await lists.add(tenantId, list, { ids: [ids[0], stranger] })).toEqual({
      matched: 1,
      changed: 1,
      unknown: [stranger],
      members: 1,
    });
    expect(await lists.add(tenantId, list, { addresses: ['+447700900101', '+447700900102', '+447700900999'] })).toEqual({
      matched: 2,
      changed: 1,
      unknown: ['+447700900999'],
      members: 2,
    });
    const tree = selectionTree.parse({ rules: [{ field: 'tags', operator: 'is_none_of', value: ['vip'] }] });
    expect(await lists.add(tenantId, list, { tree })).toMatchObject({ matched: 1, changed: 1, members: 3 });
    expect(await lists.remove(tenantId, list, { ids: [ids[0], ids[0]] })).toMatchObject({ matched: 1, changed: 1, members: 2 });
    const copy = await addList();
    expect(await lists.add(tenantId, copy, { source: { kind: 'list', id: list } })).toMatchObject({ changed: 2, members: 2 });
    expect(await lists.get(tenantId, list)).toMatchObject({ members: 2 });
  });

  it('is gone at once, and its members in steps', async () => {
    const { tenantId, lists, add, addList } = setup();
    const [list, other] = [await addList(), await addList()];
    const people = await add(Array.from({ length: 7 }, (_, i) => ({ addresses: [`+44770090020${i}`] })));
    const ids = people.map(({ id }) => id);
    for (const one of [list, other]) await lists.add(tenantId, one, { ids });
    const left = async (id: string) =>
      (await db.query(`SELECT 1 FROM contact_list_members WHERE tenant_id = $1 AND list_id = $2`, [tenantId, id])).length;
    await db.forTenant(tenantId, (tx) => deleteList(tx, tenantId, list, 3));
    await expect(lists.get(tenantId, list)).rejects.toMatchObject({ reason: 'not_found' });
    expect(await left(list)).toBe(4);
    const steps: number[] = [];
    for (let isMore = true; isMore;) {
      const { deleted, next } = await db.transaction((tx) => purgeMembers(tx, 3));
      isMore = next !== null;
      steps.push(deleted.contact_list_members ?? 0);
    }
    expect(steps).toEqual([3, 1, 0]);
    expect([await left(list), await left(other)]).toEqual([0, 7]);
  });

  it('is not deleted while a segment has a rule about it', async () => {
    const { tenantId, lists, segments, addList } = setup();
    const list = await addList();
    const tree = selectionTree.parse({ rules: [{ field: 'list', operator: 'is_one_of', value: [list] }] });
    const { id } = await segments.create(tenantId, actor, { name: 'On the list', description: null, tree });
    await expect(lists.delete(tenantId, list)).rejects.toMatchObject({
      reason: 'in_use',
      message: expect.stringContaining('On the list') as string,
    });
    expect(await lists.uses(tenantId, list)).toMatchObject([{ kind: 'segment', id, name: 'On the list' }]);
    await segments.delete(tenantId, id);
    await lists.delete(tenantId, list);
    await expect(lists.get(tenantId, list)).rejects.toMatchObject({ reason: 'not_found' });
  });
});

describe('the catalogue', () => {
  it('lists the fields, the declared attributes, and the attributes that contacts have', async () => {
    const { tenantId, declare, add } = setup();
    await declare('trial_ends', 'date');
    await add([{ attributes: { plan: 'pro' } }]);
    const fields = await new SegmentCatalogue(db).list(tenantId);
    expect(fields.filter(({ area }) => area === 'attributes')).toMatchObject([
      { name: 'attributes.trial_ends', type: 'date' },
      { name: 'attributes.plan', type: 'any' },
    ]);
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['name', 'tags', 'list', 'consent', 'country']));
  });
});
