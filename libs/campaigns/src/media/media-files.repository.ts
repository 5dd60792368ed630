import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
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
  outsideAudit,
  type Page,
  type PageRequest,
  readPage,
  type Sql,
  sqlConditions,
  storedActor,
  TurnsByKey,
  type Tx,
  type UploadedFile,
} from '@heliograph/kernel';
import { type ArrivedFile, ArrivingFiles } from './arriving-files';
import type { MediaConfig } from './media.config';
import { type MediaKind, maxMediaBytes, mediaTypeOf } from './media-types';
import { MediaScanner } from './media-scanner';
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
export class MediaFiles implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(MediaFiles.name);
  private readonly store: MediaStore;
  private readonly arriving: ArrivingFiles;
  private readonly scanner: MediaScanner | null;
  private readonly maxMb: number;
  /** Transactions that ask the store. A slow one must not hold every connection of the process. */
  private readonly turns = new TurnsByKey({ atOnce: 4, ofKey: 2, maxWaitMs: 20_000 });

  constructor(
    private readonly db: Database,
    @Inject(APP_CONFIG) config: MediaConfig,
  ) {
    this.store = mediaStoreOf(config);
    this.arriving = new ArrivingFiles(this.store.incoming);
    this.scanner = MediaScanner.of(config);
    this.maxMb = config.MEDIA_MAX_MB_PER_TENANT;
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      const files = await this.arriving.removeLeft();
      const contents = await this.removeUnknown();
      if (files + contents > 0) this.log.log({ event: 'media.leftovers_removed', files, contents });
    } catch (error) {
      // A process that takes no uploads may not be allowed to see them.
      this.log.warn({ event: 'media.leftovers_unseen', error: (error as Error).message });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.scanner?.close();
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
   * @throws AppError `empty_file`, `file_too_large`, `unsupported_media`, `media_full`, `media_refused_by_scan`,
   *   `media_scan_unavailable`, `media_unavailable`
   */
  add(tenantId: string, actor: Actor, { name, bytes }: UploadedFile): Promise<MediaFile> {
    return this.arriving.receive(bytes, async (arrived) => {
      const { path, size, sha256 } = arrived;
      if (bytes.truncated === true)
        throw new AppError('too_large', 'file_too_large', `A file has at most ${maxMediaBytes} bytes.`, { path: 'file' });
      if (size === 0) throw new AppError('unprocessable', 'empty_file', 'The file is empty.', { path: 'file' });
      const { type, kind } = await mediaTypeOf(path, name, size);
      if (this.scanner) await this.scanner.check(tenantId, { path, name, type, size });
      const note = async (tx: Tx) => {
        await this.assertRoom(tx, tenantId, arrived);
        await tx.query(
          `INSERT INTO media_arrivals (tenant_id, sha256) VALUES ($1, decode($2, 'hex')) ON CONFLICT (tenant_id, sha256) DO UPDATE SET at = heliograph_now()`,
          [tenantId, sha256],
        );
      };
      // The entry in the audit log is that of the file.
      await outsideAudit(() => this.db.forTenant(tenantId, note));
      await this.store.keep(path, keyOf(tenantId, sha256), type, size);
      return this.inTurn(tenantId, async (tx) => {
        // Another upload may have taken the room meanwhile.
        await lockMedia(tx, tenantId);
        try {
          await this.assertRoom(tx, tenantId, arrived);
        } catch (error) {
          // After any other fault the file may be one that is stored already.
          if (error instanceof AppError) await this.store.delete(keyOf(tenantId, sha256));
          throw error;
        }
        const [file] = await tx.query<MediaFile>(
          `INSERT INTO media_files AS m (tenant_id, id, sha256, name, type, kind, bytes, created_by, created_by_ref)
           VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7, $8, $9)
           ON CONFLICT (tenant_id, sha256) DO UPDATE SET type = excluded.type RETURNING ${columns}`,
          [tenantId, newId(), sha256, name || 'file', type, kind, size, ...storedActor(actor)],
        );
        await tx.query(`DELETE FROM media_arrivals WHERE tenant_id = $1 AND sha256 = decode($2, 'hex')`, [tenantId, sha256]);
        // The row is held: whoever deleted the same content before has done so, and nobody can until this commits.
        if (!(await this.store.has(keyOf(tenantId, sha256))))
          throw new AppError('unavailable', 'file_deleted', 'The same file was deleted at this moment. Send it again.', {
            retryAfterSeconds: 1,
          });
        return file as MediaFile;
      });
    });
  }

  /** Deletes a file that no template sends. @throws AppError not_found, `media_in_use`, `media_unavailable` */
  async delete(tenantId: string, id: string): Promise<void> {
    await this.inTurn(tenantId, async (tx) => {
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

  /** Returns the content of a file. @throws AppError not_found, `media_unavailable` */
  async open(tenantId: string, id: string): Promise<{ file: MediaFile; content: Readable }> {
    const file = await this.get(tenantId, id);
    return { file, content: await this.store.open(keyOf(tenantId, file.sha256)) };
  }

  /** Deletes contents whose upload ended a day ago at the latest and that no file has: its process died. @returns their number */
  private async removeUnknown(): Promise<number> {
    const old = await this.db.query<{ tenantId: string; sha256: string }>(
      `SELECT tenant_id AS "tenantId", encode(sha256, 'hex') AS sha256 FROM media_arrivals WHERE at < heliograph_now() - interval '1 day' LIMIT 1000`,
    );
    let removed = 0;
    for (const { tenantId, sha256 } of old)
      removed += await this.inTurn(tenantId, async (tx) => {
        await lockMedia(tx, tenantId);
        const [gone] = await tx.query<{ isKnown: boolean }>(
          `DELETE FROM media_arrivals a WHERE tenant_id = $1 AND sha256 = decode($2, 'hex') AND at < heliograph_now() - interval '1 day'
           RETURNING EXISTS (SELECT 1 FROM media_files m WHERE m.tenant_id = a.tenant_id AND m.sha256 = a.sha256) AS "isKnown"`,
          [tenantId, sha256],
        );
        if (!gone || gone.isKnown) return 0;
        await this.store.delete(keyOf(tenantId, sha256));
        return 1;
      });
    return removed;
  }

  /** Refuses a new file that the tenant has no room for. @throws AppError `media_full` */
  private async assertRoom(tx: Sql, tenantId: string, { sha256, size }: ArrivedFile): Promise<void> {
    const [row] = await tx.query<{ bytes: number; isKnown: boolean }>(
      `SELECT coalesce(sum(bytes), 0)::float8 AS bytes, coalesce(bool_or(sha256 = decode($2, 'hex')), false) AS "isKnown" FROM media_files WHERE tenant_id = $1`,
      [tenantId, sha256],
    );
    if (!row || row.isKnown || row.bytes + size <= this.maxMb * 1_000_000) return;
    throw new AppError('conflict', 'media_full', `The files of the tenant would have more than ${this.maxMb} MB. Delete some first.`, {
      path: 'file',
    });
  }

  private inTurn<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.turns.run(tenantId, () => this.db.forTenant(tenantId, work));
  }
}

/** Lets one upload of a tenant at a time take room. */
async function lockMedia(tx: Tx, tenantId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('heliograph media'), hashtext($1))`, [tenantId]);
}

/** Returns the files with these ids, in any order. @param lock `FOR KEY SHARE`: they stay until the transaction ends */
export function readFiles(sql: Sql, tenantId: string, ids: string[], lock: '' | 'FOR KEY SHARE' | 'FOR UPDATE' = ''): Promise<MediaFile[]> {
  return sql.query<MediaFile>(`SELECT ${columns} FROM media_files m WHERE m.tenant_id = $1 AND m.id = ANY ($2::uuid[]) ${lock}`, [
    tenantId,
    ids,
  ]);
}
