import { randomUUID } from 'node:crypto';
import { type JsonSchema } from '../../apps/api/src/http/openapi/schemas';
import { ApiRig } from './api-rig';
import { openapi, operations } from './document';

/** A list with fewer members is part of one thing; so is the list of people that one message mentions. */
const minRows = 1_000;

interface RowList {
  method: string;
  path: string;
  /** Members that lead to the list. */
  at: string[];
  max: number;
  item: JsonSchema;
  example: Record<string, unknown>;
}

const schemaOf = (schema: JsonSchema): JsonSchema =>
  schema.$ref ? (openapi.components.schemas[schema.$ref.split('/').at(-1) ?? ''] as JsonSchema) : schema;

function listsIn(given: JsonSchema, at: string[] = []): Pick<RowList, 'at' | 'max' | 'item'>[] {
  const schema = schemaOf(given) as JsonSchema & { maxItems?: number; items?: JsonSchema };
  const own = schema.maxItems && schema.maxItems >= minRows ? [{ at, max: schema.maxItems, item: schemaOf(schema.items ?? {}) }] : [];
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, member]) => listsIn(member, [...at, name]));
  const either = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((parts) => parts ?? []);
  return [...own, ...inside, ...either.flatMap((part) => listsIn(part, at))].filter((list) => list.at.at(-1) !== 'mentions');
}

/** Every list of rows that a body of the document may hold. */
const lists: RowList[] = operations.flatMap(({ method, path, operation }) => {
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema) return [];
  // The example of a union is one of its forms.
  const example = ('anyOf' in schemaOf(schema) ? {} : (schemaOf(schema).examples?.[0] ?? {})) as Record<string, unknown>;
  return listsIn(schema).map((list) => ({ method, path, example, ...list }));
});

/** Rows as a client would send them: each like the example, about somebody else. */
function rowsOf({ at, max, item, example }: RowList): unknown[] {
  const sample = (example[at[0] as string] as unknown[] | undefined)?.[0];
  const phone = (i: number) => `+4477${String(10_000_000 + i)}`;
  return Array.from({ length: max }, (_, i) => {
    if (item.format === 'uuid') return randomUUID();
    if (typeof sample !== 'object' || sample === null) return at.at(-1) === 'addresses' ? phone(i) : `customer-${i}`;
    const row = JSON.stringify({ ...sample, ...('id' in sample && { id: `row-${i}` }) });
    return JSON.parse(row.replaceAll(/\+447700\d{6}/g, phone(i))) as unknown;
  });
}

function bodyOf(list: RowList): Record<string, unknown> {
  const [first, ...rest] = list.at as [string, ...string[]];
  const inner = rest.reduceRight<unknown>((value, name) => ({ [name]: value }), rowsOf(list));
  return { ...list.example, [first]: inner };
}

describe('a route that takes many rows', () => {
  let rig: ApiRig;
  let key: string;
  beforeAll(async () => {
    rig = await ApiRig.start({ CALLBACK_ENDPOINTS_PER_TENANT: '1000' });
    const tenant = await rig.tenant();
    key = tenant.key;
    await rig.session(tenant.id);
  });
  afterAll(() => rig.stop());

  it('is among those of the document', () => {
    expect(lists.filter(({ max }) => max >= 10_000).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/v1/messages/bulk', '/v1/events/batch', '/v1/suppressions']),
    );
  });

  it.each(lists.map((list) => [`${list.method} ${list.path}`, list.at.join('.'), list] as const))(
    'takes an ordinary body of as many as it says: %s, %s',
    async (_route, _at, list) => {
      const path = list.path.replace('{chunk}', '1').replaceAll(/\{\w+\}/g, () => randomUUID());
      const { status, body } = await rig.call(list.method, path, { key, body: bodyOf(list) });
      // An id of the path or of a row refers to nothing; the body is read all the same.
      const refersToNothing = status === 404 || status === 422;
      // Rows that name contacts were compared with those that there are.
      const isTaken =
        status < 300 || body.code === 'count_changed' || ((list.item.format === 'uuid' || list.path.includes('{')) && refersToNothing);
      expect({ isTaken, status, code: body.code }).toMatchObject({ isTaken: true });
    },
  );
});
