import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeLeftovers } from './leftovers';

describe('files that a killed process left behind', () => {
  it('are deleted when nobody wrote to them for a while; others stay', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'leftovers-'));
    try {
      const old = new Date(Date.now() - 2 * 3_600_000);
      for (const name of ['part.old', 'part.new', 'kept']) await writeFile(join(folder, name), 'x');
      await mkdir(join(folder, 'part.folder'));
      for (const name of ['part.old', 'kept', 'part.folder']) await utimes(join(folder, name), old, old);
      expect(await removeLeftovers(folder, (name) => name.startsWith('part.'), 3_600_000)).toEqual(['part.old']);
      expect((await readdir(folder)).sort()).toEqual(['kept', 'part.folder', 'part.new']);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(await removeLeftovers(folder, () => true, 0)).toEqual([]);
  });
});
