import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { pretty, prettyText, readObject } from './json-text';

describe('a JSON object that is typed', () => {
  it('is read as it was written, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const written = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        expect(readObject(pretty(written))).toEqual({ ok: true, value: written });
      }),
    );
  });

  it('is refused with the line of its fault', () => {
    expect(readObject('{\n  "a": 1,\n  b\n}')).toMatchObject({ ok: false, line: 3 });
    expect(readObject('{\n  "a": 1,\n')).toMatchObject({ ok: false, line: 3 });
    for (const text of ['[]', 'null', '7', '"x"']) expect(readObject(text)).toMatchObject({ ok: false, line: 1 });
  });

  it('is laid out for reading only when it is one', () => {
    expect(prettyText('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(prettyText('not json')).toBe('not json');
  });
});
