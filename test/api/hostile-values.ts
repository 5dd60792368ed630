/** A JSON Schema as the document has it, as far as the walk looks. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  example?: unknown;
}

/** A number that `JSON.stringify` would not write like this. */
class Token {
  constructor(readonly text: string) {}
}

const numbers: unknown[] = [-1, 0, 1.5, 2 ** 31, 2 ** 53 - 1, 9e18, new Token('9223372036854775808'), new Token('1e400'), new Token('-0')];
/** A sequence of the test's database that moves when a text is run as SQL. */
export const probe = 'hostile_probe';
/** Texts that would run the probe where a text is put into a statement. */
const injections = [`' || nextval('${probe}') || '`, `nextval('${probe}')`, `1; SELECT nextval('${probe}'); --`];
/** Texts that would make a condition always true. */
export const truths = ["' OR '1'='1", "') OR ('1'='1", '" OR "1"="1', '1 OR 1=1'];
const texts: unknown[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\ufeff',
  'x'.repeat(300),
  "'; --",
  '%',
  '{{',
  '\\',
  '9'.repeat(400),
  ...injections,
];
const times: unknown[] = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
  '10000-01-01T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '0044-03-15 BC',
  '2026-02-30T00:00:00Z',
  '2026-12-31T23:59:60Z',
  `2026-01-01T00:00:00.${'1'.repeat(400)}Z`,
  'infinity',
];
const others: unknown[] = [null, true, {}, [], [null], { a: { b: ['\u0000'] } }, Array.from({ length: 2_000 }, (_, i) => i)];
const huge = 'x'.repeat(900_000);

/** Values that no column, cast or rule may fall over, for a member of this schema. */
export function hostileValues({ type, format }: Schema): unknown[] {
  const types = [type ?? []].flat();
  const own = [
    ...(types.includes('integer') || types.includes('number') ? numbers : []),
    ...(types.includes('string') ? (format === 'date-time' ? times : [...texts, huge]) : []),
  ];
  return own.length > 0 ? [...own, null, {}, ['\u0000']] : [...others, -1, 2 ** 31, '\u0000', huge];
}

/** Texts for a parameter of a path or a query, percent-encoded. */
export function hostileParameters({ format }: Schema): string[] {
  const written =
    format === 'date-time' ? times : [...texts, ...times.slice(0, 2), -1, 0, 1.5, 2 ** 31, '9223372036854775808', '1e400', 'NaN'];
  return [
    ...written.map((value) => encodeURIComponent(String(value).replace(/\ud800/g, '\ufffd'))),
    '%00',
    '%ED%A0%80',
    '%',
    '%zz',
    'x'.repeat(600),
  ];
}

/** JSON with the tokens as they are written. */
export function asJson(value: unknown): string {
  const tokens: string[] = [];
  const text = JSON.stringify(value, (_name, member: unknown) =>
    member instanceof Token ? `\u241f${tokens.push(member.text) - 1}\u241f` : member,
  );
  return text.replace(/"\u241f(\d+)\u241f"/g, (_all, index: string) => tokens[Number(index)] as string);
}

/** The bodies that differ from a good one in a single member, at any depth. `where` names the member. */
export function* hostileBodies(
  schema: Schema,
  good: unknown,
  resolve: (schema: Schema) => Schema,
): Generator<{ where: string; body: unknown }> {
  yield* walk(schema, good, '', resolve, 0);
}

function* walk(
  given: Schema,
  good: unknown,
  at: string,
  resolve: (schema: Schema) => Schema,
  depth: number,
): Generator<{ where: string; body: unknown }> {
  const schema = resolve(given);
  const variants = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  for (const variant of variants) yield* walk(variant, good, at, resolve, depth);
  if (depth > 0 && variants.length === 0) for (const value of hostileValues(schema)) yield { where: at, body: value };
  if (depth >= 4) return;
  const base = good !== null && typeof good === 'object' && !Array.isArray(good) ? (good as Record<string, unknown>) : {};
  for (const [name, member] of Object.entries(schema.properties ?? {}))
    for (const { where, body } of walk(member, base[name], `${at}/${name}`, resolve, depth + 1))
      yield { where, body: { ...base, [name]: body } };
  if (schema.items)
    for (const { where, body } of walk(
      schema.items,
      Array.isArray(good) ? (good as unknown[])[0] : undefined,
      `${at}/0`,
      resolve,
      depth + 1,
    ))
      yield { where, body: [body] };
  if (typeof schema.additionalProperties === 'object') {
    const [[name, first] = ['name', undefined]] = Object.entries(base);
    for (const { where, body } of walk(schema.additionalProperties, first, `${at}/*`, resolve, depth + 1))
      yield { where, body: { [name]: body } };
    yield { where: `${at}/*`, body: { ['\u0000']: 'x' } };
    yield { where: `${at}/*`, body: { ['n'.repeat(5_000)]: 'x' } };
  }
}
