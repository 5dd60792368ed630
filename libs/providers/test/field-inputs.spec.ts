import fc from 'fast-check';
import { parseHook } from '../src/wasender/parse-hook';
import { type FieldInput, fieldInputs } from '../testing/field-inputs';

const read = (body: unknown) => parseHook(JSON.stringify(body));

describe('hooks seen in the field', () => {
  it.each(fieldInputs.map((input) => [input.name, input] as const))('are parsed: %s', (_name, { body, facts, contentless, unreadable }) => {
    const parsed = read(body);
    if (facts.length === 0 && !contentless) return expect(parsed).toEqual({ kind: 'malformed', reason: 'nothing_readable' });
    expect(parsed).toMatchObject({ kind: 'facts', facts: [...facts] });
    expect(parsed.kind === 'facts' && [parsed.contentless, parsed.unreadable]).toEqual([contentless, unreadable]);
  });

  it('are parsed alike in any order, with junk between them', () => {
    const items = fieldInputs.filter(({ body }) => body.event === 'messages.upsert');
    const itemOf = ({ body }: FieldInput) => (body.data as { messages: unknown[] }).messages[0];
    const alone = new Map(items.map((input) => [input, read(input.body)]));
    const junk = fc.constantFrom<unknown>(7, null, 'x', [], {}, { key: null }, { key: { id: 5 } });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...items), junk), { minLength: 1, maxLength: 12 }), (given) => {
        const known = given.filter((one): one is FieldInput => alone.has(one as FieldInput));
        const messages = given.map((one) => (alone.has(one as FieldInput) ? itemOf(one as FieldInput) : one));
        const parsed = read({ event: 'messages.upsert', timestamp: 1_795_305_602, data: { messages } });
        if (known.length === 0) return expect(parsed.kind).toBe('malformed');
        const expected = known.flatMap((input) => {
          const one = alone.get(input)!;
          return one.kind === 'facts' ? one.facts : [];
        });
        expect(parsed).toMatchObject({ kind: 'facts', facts: expected });
        const skipped = parsed.kind === 'facts' ? Object.values(parsed.unreadable ?? {}).reduce((sum, n) => sum + n, 0) : 0;
        expect(skipped).toBe(given.length - known.length);
      }),
    );
  });
});
