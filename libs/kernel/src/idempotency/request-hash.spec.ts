import fc from 'fast-check';
import { canonicalJson, requestHash, rowsHash } from './request-hash';

/** Returns the same value with the members of every object in reverse order. */
const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, reversed(v)]),
  );
};

describe('requestHash', () => {
  it('does not depend on the order of members, and is the same after serialization', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const hash = requestHash(value);
        expect(requestHash(reversed(value))).toEqual(hash);
        expect(requestHash(JSON.parse(JSON.stringify(value)))).toEqual(hash);
      }),
    );
  });

  it('differs for different values and different scopes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(JSON.stringify(reversed(reversed(a))) !== JSON.stringify(reversed(reversed(b))));
        fc.pre(typeof a !== 'object' || typeof b !== 'object');
        expect(requestHash(a)).not.toEqual(requestHash(b));
      }),
    );
    expect(requestHash({ a: 1 }, 'POST /v1/sessions')).not.toEqual(requestHash({ a: 1 }, 'POST /v1/messages'));
    expect(requestHash({ a: [1, 2] })).not.toEqual(requestHash({ a: [2, 1] }));
    expect(requestHash({ a: '1' })).not.toEqual(requestHash({ a: 1 }));
    expect(requestHash(undefined)).not.toEqual(requestHash(null));
  });
});

describe('canonicalJson', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: [2, { d: null, c: 'x' }] }, '{"a":[2,{"c":"x","d":null}],"b":1}'],
    [{ b: undefined, a: [undefined, 1] }, '{"a":[null,1]}'],
    [{ 10: 1, 9: 2, a: 3, Z: 4 }, '{"10":1,"9":2,"Z":4,"a":3}'],
    [{ '\uff00': 1, '😀': 2, ä: 3, 'a"b': 4 }, '{"a\\"b":4,"ä":3,"😀":2,"\uff00":1}'],
    [['\u0000\u001f\u007f\u2028', '\ud800', 'say "no" \\ /'], '["\\u0000\\u001f\u007f\u2028","\\ud800","say \\"no\\" \\\\ /"]'],
    [[-0, 1e21, 1e-7, 0.1, true, false, 1e400], '[0,1e+21,1e-7,0.1,true,false,null]'],
    [JSON.parse('{"length":3,"__proto__":1,"toJSON":"x"}'), '{"__proto__":1,"length":3,"toJSON":"x"}'],
    [[{}, [], ''], '[{},[],""]'],
    ['text', '"text"'],
    [null, 'null'],
  ])('writes %j in the form of stored hashes', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('sorts the members of an object of any size by their UTF-16 code units', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 300, size: 'max' }), (names) => {
        const value: unknown = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:1`).join(',')}}`);
        const sorted = [...names].sort((a, b) => (a < b ? -1 : 1));
        expect(canonicalJson(value)).toBe(`{${sorted.map((name) => `${JSON.stringify(name)}:1`).join(',')}}`);
      }),
      { numRuns: 50 },
    );
  });
});

describe('rowsHash', () => {
  it('is the hash of the array', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.jsonValue()), async (rows) => expect(await rowsHash(rows)).toEqual(requestHash(rows))));
  });
});
