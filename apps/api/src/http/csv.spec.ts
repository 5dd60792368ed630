import { begun, csvOf } from './csv';

describe('an export', () => {
  it('is refused before it begins when its first page cannot be read, and keeps its pages otherwise', async () => {
    async function* pages(fault: boolean) {
      if (fault) throw new Error('no such page');
      yield [1, 2];
      yield await Promise.resolve([3]);
    }
    await expect(begun(pages(true))).rejects.toThrow('no such page');
    const lines: string[] = [];
    for await (const some of csvOf(['n'], await begun(pages(false)), (n) => [n])) lines.push(some);
    expect(lines.join('')).toBe('n\r\n1\r\n2\r\n3\r\n');
  });
});
