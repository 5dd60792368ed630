import { Folder } from './folder';

/** A write whose batches wait until the test releases them. */
function gatedFolder(concurrency = 1, maxBatch = 100) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const folder = new Folder<number, number>({
    maxBatch,
    concurrency,
    write: async (batch) => {
      batches.push(batch);
      await new Promise<void>((resolve) => gates.push(resolve));
      return batch.map((n) => n * 10);
    },
  });
  return { folder, batches, open: () => gates.splice(0).forEach((go) => go()) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until this number of batches has started. */
async function begun(batches: unknown[], count: number) {
  while (batches.length < count) await turn();
}

describe('Folder', () => {
  it('writes items of one turn as one batch and returns each caller its own result', async () => {
    const { folder, batches, open } = gatedFolder();
    const results = Promise.all([folder.add(1), folder.add(2), folder.add(3)]);
    await turn();
    open();
    await expect(results).resolves.toEqual([10, 20, 30]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('lets the next batch grow while all writers are busy', async () => {
    const { folder, batches, open } = gatedFolder();
    const first = folder.add(1);
    await turn();
    const rest = Promise.all([folder.add(2), folder.add(3)]);
    await turn();
    expect(batches).toEqual([[1]]);
    open();
    await first;
    await begun(batches, 2);
    open();
    await rest;
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('never exceeds the maximum batch size', async () => {
    const { folder, batches, open } = gatedFolder(4, 2);
    const all = Promise.all([1, 2, 3, 4, 5].map((n) => folder.add(n)));
    await begun(batches, 3);
    open();
    await all;
    expect(batches.map((b) => b.length)).toEqual([2, 2, 1]);
  });

  it('isolates a value that the database refuses and writes the others', async () => {
    const folder = new Folder<number, number>({
      maxBatch: 10,
      concurrency: 1,
      write: async (batch) => {
        if (batch.includes(13)) throw Object.assign(new Error('refused'), { code: '22P02' });
        return batch;
      },
    });
    const results = await Promise.allSettled([folder.add(1), folder.add(13), folder.add(2)]);
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('finds the one refused value among many in few writes', async () => {
    let writes = 0;
    const folder = new Folder<number, number>({
      maxBatch: 256,
      concurrency: 1,
      write: async (batch) => {
        writes++;
        if (batch.includes(113)) throw Object.assign(new Error('refused'), { code: '22003' });
        return batch;
      },
    });
    const results = await Promise.allSettled(Array.from({ length: 256 }, (_, n) => folder.add(n)));
    expect(results.map((r, n) => r.status === 'fulfilled' || n).filter((n) => n !== true)).toEqual([113]);
    expect(writes).toBeLessThanOrEqual(17);
  });

  it('repeats a deadlocked batch', async () => {
    let tries = 0;
    const folder = new Folder<number, number>({
      maxBatch: 10,
      concurrency: 1,
      write: async (batch) => {
        if (++tries < 3) throw Object.assign(new Error('deadlock'), { code: '40P01' });
        return batch;
      },
    });
    await expect(folder.add(7)).resolves.toBe(7);
    expect(tries).toBe(3);
  });

  it('rejects every caller of a batch that fails for another reason', async () => {
    const folder = new Folder<number, number>({ maxBatch: 10, concurrency: 1, write: () => Promise.reject(new Error('down')) });
    const results = await Promise.allSettled([folder.add(1), folder.add(2)]);
    expect(results.map((r) => r.status)).toEqual(['rejected', 'rejected']);
    await expect(folder.drained()).resolves.toBeUndefined();
  });
});
