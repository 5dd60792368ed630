import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeLeftovers } from '@heliograph/kernel';

/** Age at which a file that still arrives belongs to a process that died: a live upload writes more often, or is ended. */
const leftAfterMs = 3_600_000;

/** A file that has arrived on this machine. */
export interface ArrivedFile {
  path: string;
  sha256: string;
  size: number;
}

/** Files of uploads, on this machine, until the store has them. */
export class ArrivingFiles {
  constructor(private readonly folder: string) {}

  /** Writes the bytes to a file of this machine, and deletes it after `work`. Holds a part of them in memory. */
  async receive<T>(bytes: AsyncIterable<Buffer>, work: (file: ArrivedFile) => Promise<T>): Promise<T> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, randomUUID());
    try {
      return await work({ path, ...(await writeTo(path, bytes)) });
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Deletes what processes left that died during an upload. @returns the number of files */
  async removeLeft(): Promise<number> {
    return (await removeLeftovers(this.folder, () => true, leftAfterMs)).length;
  }
}

async function writeTo(path: string, bytes: AsyncIterable<Buffer>): Promise<Omit<ArrivedFile, 'path'>> {
  const hash = createHash('sha256');
  let size = 0;
  await pipeline(
    Readable.from(bytes),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600, flush: true }),
  );
  return { sha256: hash.digest('hex'), size };
}
