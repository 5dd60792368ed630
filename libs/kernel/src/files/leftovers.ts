import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Deletes files of a folder that nobody wrote to for a while: a process that was killed left them behind.
 * @param isOne true for the names of files that may be left behind
 * @returns names of the deleted files
 */
export async function removeLeftovers(folder: string, isOne: (name: string) => boolean, ageMs: number): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const removed: string[] = [];
  for (const name of names.filter(isOne)) {
    const path = join(folder, name);
    // Another process may delete it at the same time.
    const found = await stat(path).catch(() => null);
    if (!found?.isFile() || Date.now() - found.mtimeMs < ageMs) continue;
    await rm(path, { force: true });
    removed.push(name);
  }
  return removed;
}
