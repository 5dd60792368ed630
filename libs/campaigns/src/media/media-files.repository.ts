import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  APP_CONFIG,
  AppError,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
  type UploadedFile,
} from '@heliograph/kernel';
import type { MediaConfig } from './media.config';
import { type MediaKind, maxMediaBytes, mediaTypeOf } from './media-types';
import { type MediaStore, mediaStoreOf } from './media-store';

/** A file that templates send. */
export interface MediaFile {
  id: string;
  name: string;
  /** Type by its content, e.g. image/jpeg. */
  type: string;
  kind: MediaKind;
  bytes: number;
  /** SHA-256 of the content, in hex. */
  sha256: string;
  createdAt: Date;
  createdBy: Actor;
}

const mediaList = new List('media', listKeys.id);
const columns = `m.id, m.name, m.type, m.kind, m.bytes::float8 AS bytes, encode(m.sha256, 'hex') AS sha256, m.created_at AS "createdAt", ${actorColumn('m.created_by')} AS "createdBy"`;
const keyOf = (tenantId: string, sha256: string) => `${tenantId}/${sha256.slice(0, 2)}/${sha256}`;

/** Files of tenants. The same content is stored once per tenant, however often it is uploaded. */
@Injectable()
export class MediaFiles {
  private readonly store: MediaStore;

  constructor(
    private readonly db: Database,
    @Inject(APP_CONFIG) config: MediaConfig,
  ) {
    this.store = mediaStoreOf(config);
  }

  /** Returns files, newest first. */
  list(tenantId: string, { kind }: { kind?: MediaKind | undefined }, page: PageRequest): Promise<Page<MediaFile>> {
    const [before] = mediaList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId);
    const range = ['m.tenant_id = $1', ...given(before, (p) => `m.id < ${p}::uuid`)];
    const checked = given(kind, (p) => `m.kind = ${p}`);
    return this.db.forTenant(tenantId, (tx) =>
      readPage<MediaFile>(tx, mediaList, page, {
        columns,
        from: 'media_files m',
        range,
        checked,
        order: 'm.id DESC',
        key: ['m.id'],
        values,
      }),
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<MediaFile> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [file] = await readFiles(tx, tenantId, [id]);
      if (!file) throw notFound('file');
      return file;
    });
  }

  /**
   * Stores a file, or returns the one with the same content. Reads the bytes once and holds a part of them in memory.
   * @throws AppError `empty_file`, `file_too_large`, `unsupported_media`
   */
  async add(tenantId: string, actor: Actor, { name, bytes }: UploadedFile): Promise<MediaFile> {
    await mkdir(this.store.incoming, { recursive: true });
    const path = join(this.store.incoming, randomUUID());
    try {
      const { sha256, size } = await receive(bytes, path);
      if (bytes.truncated === true)
        throw new AppError('too_large', 'file_too_large', `A file has at most ${maxMediaBytes} bytes.`, { path: 'file' });
      if (size === 0) throw new AppError('unprocessable', 'empty_file', 'The file is empty.', { path: 'file' });
      const { type, kind } = await mediaTypeOf(path, name, size);
      await this.store.keep(path, keyOf(tenantId, sha256), type, size);
      return await this.db.forTenant(tenantId, async (tx) => {
        const [file] = await tx.query<MediaFile>(
          `INSERT INTO media_files AS m (tenant_id, id, sha256, name, type, kind, bytes, created_by, created_by_ref)
           VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7, $8, $9)
           ON CONFLICT (tenant_id, sha256) DO UPDATE SET type = excluded.type RETURNING ${columns}`,
          [tenantId, newId(), sha256, name || 'file', type, kind, size, ...storedActor(actor)],
        );
        // The row is held: whoever deleted the same content before has done so, and nobody can until this commits.
        if (!(await this.store.has(keyOf(tenantId, sha256))))
          throw new AppError('unavailable', 'file_deleted', 'The same file was deleted at this moment. Send it again.', {
            retryAfterSeconds: 1,
          });
        return file as MediaFile;
      });
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Deletes a file that no template sends. @throws AppError not_found, `media_in_use` */
  async delete(tenantId: string, id: string): Promise<void> {
    await this.db.forTenant(tenantId, async (tx) => {
      const [found] = await readFiles(tx, tenantId, [id], 'FOR UPDATE');
      if (!found) throw notFound('file');
      const [use] = await tx.query(
        `SELECT 1 FROM message_template_versions v WHERE v.tenant_id = $1 AND (v.content->>'media_id' = $2
           OR jsonb_path_exists(v.languages, '$[*].content.media_id ? (@ == $id)', jsonb_build_object('id', $2::text))) LIMIT 1`,
        [tenantId, id],
      );
      if (use) throw new AppError('conflict', 'media_in_use', 'A version of a template sends this file.');
      await tx.query(`DELETE FROM media_files WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      // Before the row is free: an upload of the same content waits for it, and finds out.
      await this.store.delete(keyOf(tenantId, found.sha256));
    });
  }

  /** Returns the content of a file. @throws AppError not_found */
  async open(tenantId: string, id: string): Promise<{ file: MediaFile; content: Readable }> {
    const file = await this.get(tenantId, id);
    return { file, content: await this.store.open(keyOf(tenantId, file.sha256)) };
  }
}

/** Returns the files with these ids, in any order. @param lock `FOR KEY SHARE`: they stay until the transaction ends */
export function readFiles(sql: Sql, tenantId: string, ids: string[], lock: '' | 'FOR KEY SHARE' | 'FOR UPDATE' = ''): Promise<MediaFile[]> {
  return sql.query<MediaFile>(`SELECT ${columns} FROM media_files m WHERE m.tenant_id = $1 AND m.id = ANY ($2::uuid[]) ${lock}`, [
    tenantId,
    ids,
  ]);
}

/** Writes the bytes to a file of this machine. */
async function receive(bytes: AsyncIterable<Buffer>, path: string): Promise<{ sha256: string; size: number }> {
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
    createWriteStream(path, { mode: 0o600 }),
  );
  return { sha256: hash.digest('hex'), size };
}
