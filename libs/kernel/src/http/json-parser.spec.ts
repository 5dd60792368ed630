import fc from 'fast-check';
import { AppError } from '../errors/app-error';
import { parseJson, parseKeepingDigits } from './json-parser';

function refusal(text: string, limits = {}): [string, string, string | undefined] {
  try {
    return ['taken', JSON.stringify(parseJson(text, limits)), undefined];
  } catch (error) {
    const { code, reason, details } = error as AppError;
    expect(error).toBeInstanceOf(AppError);
    return [code, reason, details.path];
  }
}

/** Returns JSON of a value in which each object spells its members differently: white space, escapes, exponents. */
const names = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.constantFrom('a', 'constructor', 'toString', '"', '\\', ':', '{'));
const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('parseJson', () => {
  it('parses any output of JSON.stringify as JSON.parse does', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (/\\u(0000|d[89a-f])/i.test(text)) return;
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses any text that is not JSON, and throws nothing but AppError', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\0123456789eE+-.tfn u') }), (text) => {
        let native: unknown;
        try {
          native = JSON.parse(text);
        } catch {
          expect(refusal(text)).toEqual(['invalid', 'invalid_json', undefined]);
          return;
        }
        const [code] = refusal(text);
        if (code === 'taken') expect(parseJson(text)).toEqual(native);
      }),
      { numRuns: 1_000 },
    );
  });

  it('refuses a repeated member at any level and in any spelling, with its path', () => {
    fc.assert(
      fc.property(names, fc.array(fc.constantFrom('list', 'member'), { maxLength: 5 }), (name, nest) => {
        const escaped = `"${[...name].map((c) => [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')).join('')}"`;
        let text = `{${JSON.stringify(name)} : 1, "other":2, ${escaped}:3}`;
        for (const kind of nest) text = kind === 'list' ? `[0, ${text}]` : `{"m": ${text}}`;
        if (name === 'other') return;
        const path = [...nest.map((kind) => (kind === 'list' ? '1' : 'm')).reverse(), name].join('/');
        expect(refusal(text)).toEqual(['invalid', 'duplicate_member', path]);
      }),
    );
  });

  it.each([
    ['{"order_id": 9007199254740993}', 'order_id'],
    ['[1,2,{"a":[0.1000000000000000055511151231257827]}]', '2/a/0'],
    ['1e400', ''],
    ['[-1E-400]', '0'],
    ['{"a":123456789012345678901234567890}', 'a'],
    [`{"a":0.${'3'.repeat(400)}}`, 'a'],
  ])('refuses %s, which a double cannot hold, with its path', (text, path) => {
    expect(refusal(text)).toEqual(['unprocessable', 'number_not_exact', path]);
  });

  it('accepts every double as JavaScript writes it, and an integer if and only if it stays exact', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => refusal(JSON.stringify(n))[0] === 'taken'));
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (n) => {
        const isKept = BigInt(Number(n)) === n && !/e/.test(String(Number(n))) && String(Number(n)) === String(n);
        if (isKept) expect(refusal(`[${n}]`)[0]).toBe('taken');
        if (BigInt(Number(n)) !== n) expect(refusal(`[${n}]`).slice(0, 2)).toEqual(['unprocessable', 'number_not_exact']);
      }),
    );
    for (const same of ['1.50', '-0.0', '1e3', '0.1E1', '100000000000000000000', '1E+2', '0.000']) expect(refusal(same)[0]).toBe('taken');
  });

  it.each(['{"__proto__":{"admin":true}}', '{"\\u005f_proto__":1}', '[{"a":{"__proto__":[]}}]'])('refuses the name in %s', (text) => {
    expect(refusal(text).slice(0, 2)).toEqual(['invalid', 'invalid_json']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('accepts the same names inside texts', () => {
    expect(parseJson('{"text":"__proto__ 9007199254740993 \\" {\\\\"}')).toEqual({ text: '__proto__ 9007199254740993 " {\\' });
  });

  it('limits levels and values before it parses anything', () => {
    expect(refusal('['.repeat(65)).slice(0, 2)).toEqual(['invalid', 'too_deep']);
    expect(refusal(`[${'{},'.repeat(100_000)}{}]`).slice(0, 2)).toEqual(['too_large', 'too_many_values']);
    expect(refusal('[1,2,3]', { maxValues: 2 }).slice(0, 2)).toEqual(['too_large', 'too_many_values']);
  });

  it('drops characters that cannot be stored', () => {
    expect(parseJson('{"a\\u0000":"x\\ud800y"}')).toEqual({ a: 'xy' });
  });

  it('compares names without the characters that cannot be stored, at any level', () => {
    const dropped = fc.constantFrom('\\u0000', '\\ud800', '\\uDFFF');
    fc.assert(
      fc.property(
        fc.constantFrom('text', '__proto__'),
        fc.nat(9),
        dropped,
        fc.array(fc.boolean(), { maxLength: 5 }),
        (name, at, character, nest) => {
          const i = at % (name.length + 1);
          const other = name === 'text' ? '"text":1,' : '';
          let text = `{"other":0,${other}"${name.slice(0, i)}${character}${name.slice(i)}":2}`;
          for (const isList of nest) text = isList ? `[0,${text}]` : `{"m":${text}}`;
          const path = [...nest.map((isList) => (isList ? '1' : 'm')).reverse(), name].join('/');
          expect(refusal(text)).toEqual(['invalid', name === 'text' ? 'duplicate_member' : 'invalid_json', path]);
        },
      ),
    );
  });
});

describe('parseKeepingDigits', () => {
  it('keeps the digits of integers beyond 2^53 and accepts repeated members', () => {
    expect(parseKeepingDigits('\ufeff{"id":9007199254740993,"t":1764000000000,"a":1,"a":2,"x":1.5}')).toEqual({
      id: '9007199254740993',
      t: 1764000000000,
      a: 2,
      x: 1.5,
    });
  });
});
