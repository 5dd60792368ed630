import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { removeLeftovers } from '@heliograph/kernel';
import { z } from 'zod';

/** Age at which a draft belongs to a process that died: a live one is there for milliseconds. */
const draftLeftAfterMs = 3_600_000;
/** End of the name of a draft. */
const draftId = /^\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Position up to which a ledger was written, as remembered outside the database. */
export interface LedgerMark {
  lineage: string;
  beats: number;
  /** Time of the beat by the clock of the database. */
  at: Date;
}

/** Contents of the installation file. */
export interface InstallationRecord {
  id: string;
  /** Null until a ledger was seen. */
  mark: LedgerMark | null;
}

const recordSchema = z.object({
  installation_id: z.string().min(1),
  lineage: z.string().nullable(),
  beats: z.number(),
  at: z.string().nullable(),
});

/**
 * The installation file: the id of the installation, and the position up to which its ledger was written. It is never part of the backup of
 * the database.
 */
export class InstallationFile {
  constructor(readonly path: string) {}

  /** Returns null when the file does not exist. @throws when it cannot be read or is damaged */
  async read(): Promise<InstallationRecord | null> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    const { installation_id: id, lineage, beats, at } = recordSchema.parse(JSON.parse(text));
    return { id, mark: lineage === null || at === null ? null : { lineage, beats, at: new Date(at) } };
  }

  /** Creates the file unless another process just did. @returns its contents */
  async create(record: InstallationRecord): Promise<InstallationRecord> {
    await mkdir(dirname(this.path), { recursive: true });
    const draft = await this.draft(record);
    try {
      await link(draft, this.path);
      return record;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return (await this.read()) ?? record;
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Replaces the contents atomically. */
  async write(record: InstallationRecord): Promise<void> {
    await rename(await this.draft(record), this.path);
  }

  /** Deletes drafts of processes that were killed while they wrote one. @returns names of the deleted files */
  removeDrafts(): Promise<string[]> {
    const own = basename(this.path);
    return removeLeftovers(dirname(this.path), (name) => name.startsWith(own) && draftId.test(name.slice(own.length)), draftLeftAfterMs);
  }

  private async draft({ id, mark }: InstallationRecord): Promise<string> {
    const path = `${this.path}.${randomUUID()}`;
    const text = JSON.stringify({
      installation_id: id,
      lineage: mark?.lineage ?? null,
      beats: mark?.beats ?? 0,
      at: mark?.at.toISOString() ?? null,
    });
    await writeFile(path, `${text}\n`, { mode: 0o600, flush: true });
    return path;
  }
}
