import { ChunkReader } from './chunk-reader';

const named = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`v${i}`, 1]));

describe('a chunk of recipients', () => {
  it('is read row by row, and each fault names its row', () => {
    const reader = new ChunkReader();
    for (const row of [{ phone: '+447700900101' }, { phone: 7 }, null, { phon: 'x' }]) reader.add(row);
    expect(() => reader.end()).toThrow(
      expect.objectContaining({
        reason: 'invalid_body',
        details: {
          errors: [
            expect.objectContaining({ path: 'recipients/1/phone' }),
            expect.objectContaining({ path: 'recipients/2' }),
            expect.objectContaining({ path: 'recipients/3/phon' }),
          ],
        },
      }) as Error,
    );
    expect(() => new ChunkReader().end()).toThrow(expect.objectContaining({ reason: 'invalid_body' }) as Error);
  });

  it('ends at 253 variables of a recipient, 300,000 of all, and a hundred faults', () => {
    const reader = new ChunkReader();
    expect(() => reader.add({ variables: named(254) })).toThrow(
      expect.objectContaining({ reason: 'too_many_columns', details: { path: 'recipients/0/variables' } }) as Error,
    );
    const many = new ChunkReader();
    const row = { phone: '+447700900101', variables: named(253) };
    const read = () => {
      for (let rows = 0; ; rows++)
        try {
          many.add(row);
        } catch (error) {
          return [rows, (error as { reason: string }).reason];
        }
    };
    expect(read()).toEqual([Math.floor(300_000 / 253), 'too_many_values']);
    const wrong = new ChunkReader();
    for (let i = 0; i < 99; i++) wrong.add({ phone: 7 });
    expect(() => wrong.add({ phone: 7 })).toThrow(expect.objectContaining({ reason: 'invalid_body' }) as Error);
  });
});
