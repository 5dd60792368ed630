import { Readable } from 'node:stream';
import fc from 'fast-check';
import { linesOf, maxLineBytes } from './lines-of';

async function read(chunks: Buffer[]): Promise<(string | null)[]> {
  const lines: (string | null)[] = [];
  for await (const some of linesOf(Readable.from(chunks, { objectMode: false }))) lines.push(...some);
  return lines;
}

describe('linesOf', () => {
  it('gives the same lines however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é', '😀', '"') }), fc.array(fc.nat(40)), async (text, cuts) => {
        const bytes = Buffer.from(text);
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(await read(chunks.filter((chunk) => chunk.length > 0))).toEqual(expected);
      }),
    );
  });

  it('drops a byte order mark before the first line only, and reports which lines are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('\ufeffa\nJos'), Buffer.from([0xe9]), Buffer.from('\n\ufeffb\nc')]);
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0))).toEqual([
        'a',
        null,
        '\ufeffb',
        'c',
      ]);
  });

  it('rejects a line without an end, after it returned the lines before it', async () => {
    let given = 0;
    function* endless(): Generator<Buffer> {
      yield Buffer.from('first\nsecond\n');
      for (; given < 100; given++) yield Buffer.alloc(65_536, 'x');
    }
    const lines: (string | null)[] = [];
    const reading = (async () => {
      for await (const some of linesOf(Readable.from(endless(), { objectMode: false }))) lines.push(...some);
    })();
    await expect(reading).rejects.toMatchObject({ reason: 'line_too_long' });
    expect(lines).toEqual(['first', 'second']);
    expect(given).toBeLessThan(maxLineBytes / 65_536 + 5);
  });
});
