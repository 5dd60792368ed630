import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown, Optional } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  APP_CONFIG,
  AppError,
  Database,
  List,
  listKeys,
  Loops,
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

/** Interval at which contents are looked for that are to leave the store, in ms. */
const leavingsMs = 60_000;

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
  /** Deletions of contents. A slow store must not hold every connection of the process. */
  private readonly turns = new TurnsByKey({ atOnce: 4, ofKey: 2, maxWaitMs: 20_000 });

  constructor(
    private readonly db: Database,
    @Inject(APP_CONFIG) config: MediaConfig,
    @Optional() private readonly loops?: Loops,
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
    // What could not be deleted, since the store was away or the process died.
    this.loops?.start({ name: 'media_leavings', everyMs: leavingsMs, work: async () => (await this.removeUnknown()) > 0 });
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
      // The entry in the audit log is that of the file.
      await outsideAudit(() => this.announce(tenantId, arrived));
      await this.store.keep(path, keyOf(tenantId, sha256), type, size);
      try {
        return await this.db.forTenant(tenantId, async (tx) => {
          await lockMedia(tx, tenantId);
          // Another upload may have taken the room meanwhile.
          await this.assertRoom(tx, tenantId, arrived);
          const [row] = await tx.query<MediaFile & { isNew: boolean }>(
            `INSERT INTO media_files AS m (tenant_id, id, sha256, name, type, kind, bytes, created_by, created_by_ref)
             VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7, $8, $9)
             ON CONFLICT (tenant_id, sha256) DO UPDATE SET type = excluded.type RETURNING ${columns}, xmax = 0 AS "isNew"`,
            [tenantId, newId(), sha256, name || 'file', type, kind, size, ...storedActor(actor)],
          );
          const { isNew, ...file } = row as MediaFile & { isNew: boolean };
          // An upload of more than a day may have been taken for one whose process died.
          if (!(await endUpload(tx, tenantId, sha256)) && isNew)
            throw new AppError('unavailable', 'file_deleted', 'The same file was deleted at this moment. Send it again.', {
              retryAfterSeconds: 1,
            });
          return file;
        });
      } catch (error) {
        // After any other fault the file may be one that is stored already.
        if (error instanceof AppError) await outsideAudit(() => this.giveUp(tenantId, sha256));
        throw error;
      }
    });
  }

  /**
   * Deletes a file that no template sends. Its content leaves the store after the commit, or later when the store cannot be reached now.
   * @throws AppError not_found, `media_in_use`
   */
  async delete(tenantId: string, id: string): Promise<void> {
    const left = await this.db.forTenant(tenantId, async (tx) => {
      await lockMedia(tx, tenantId);
      const [found] = await readFiles(tx, tenantId, [id], 'FOR UPDATE');
      if (!found) throw notFound('file');
      const [use] = await tx.query(
        `SELECT 1 FROM message_template_versions v WHERE v.tenant_id = $1 AND (v.content->>'media_id' = $2
           OR jsonb_path_exists(v.languages, '$[*].content.media_id ? (@ == $id)', jsonb_build_object('id', $2::text))) LIMIT 1`,
        [tenantId, id],
      );
      if (use) throw new AppError('conflict', 'media_in_use', 'A version of a template sends this file.');
      await tx.query(`DELETE FROM media_files WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      // An upload of the same content that is under way goes on with it.
      const isLeaving = await tx.query(
        `INSERT INTO media_arrivals (tenant_id, sha256, uploads, is_leaving) VALUES ($1, decode($2, 'hex'), 0, true) ON CONFLICT DO NOTHING RETURNING 1`,
        [tenantId, found.sha256],
      );
      return isLeaving.length > 0 ? found.sha256 : null;
    });
    if (left !== null) await outsideAudit(() => this.removeSoon(tenantId, left));
  }

  /** Returns the content of a file. @throws AppError not_found, `media_unavailable` */
  async open(tenantId: string, id: string): Promise<{ file: MediaFile; content: Readable }> {
    const file = await this.get(tenantId, id);
    return { file, content: await this.store.open(keyOf(tenantId, file.sha256)) };
  }

  /** Notes an upload before the store gets its content. @throws AppError `media_full`, `media_unavailable` */
  private async announce(tenantId: string, arrived: ArrivedFile): Promise<void> {
    for (;;) {
      const isNoted = await this.db.forTenant(tenantId, async (tx) => {
        await lockMedia(tx, tenantId);
        await this.assertRoom(tx, tenantId, arrived);
        const noted = await tx.query(
          `INSERT INTO media_arrivals AS a (tenant_id, sha256) VALUES ($1, decode($2, 'hex'))
           ON CONFLICT (tenant_id, sha256) DO UPDATE SET at = heliograph_now(), uploads = a.uploads + 1 WHERE NOT a.is_leaving RETURNING 1`,
          [tenantId, arrived.sha256],
        );
        return noted.length > 0;
      });
      if (isNoted) return;
      // Content that is leaving must be gone before the same is stored again.
      await this.removeContent(tenantId, arrived.sha256);
    }
  }

  /** Ends an upload that was refused after the store had its content. */
  private async giveUp(tenantId: string, sha256: string): Promise<void> {
    const isLast = await this.db.forTenant(tenantId, async (tx) => {
      await lockMedia(tx, tenantId);
      await endUpload(tx, tenantId, sha256);
      const left = await tx.query(
        `INSERT INTO media_arrivals (tenant_id, sha256, uploads, is_leaving) SELECT $1, decode($2, 'hex'), 0, true
         WHERE NOT EXISTS (SELECT 1 FROM media_files m WHERE m.tenant_id = $1 AND m.sha256 = decode($2, 'hex')) ON CONFLICT DO NOTHING RETURNING 1`,
        [tenantId, sha256],
      );
      return left.length > 0;
    });
    if (isLast) await this.removeSoon(tenantId, sha256);
  }

  /** Deletes content that is leaving. When the store cannot be asked now, a later turn of the loop does so. */
  private async removeSoon(tenantId: string, sha256: string): Promise<void> {
    await this.removeContent(tenantId, sha256).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  /**
   * Deletes content that is leaving from the store. The lock keeps others from storing the same content before the store has answered; nothing is
   * written before that, since feeds wait for transactions that write.
   * @returns whether it was still there. @throws AppError `media_unavailable`, `busy`
   */
  private removeContent(tenantId: string, sha256: string): Promise<boolean> {
    const leaving = `FROM media_arrivals WHERE tenant_id = $1 AND sha256 = decode($2, 'hex') AND is_leaving`;
    return this.turns.run(tenantId, () =>
      this.db.forTenant(tenantId, async (tx) => {
        await tx.query(`SELECT pg_advisory_xact_lock(hashtext('heliograph media content'), hashtext($1))`, [keyOf(tenantId, sha256)]);
        const [left] = await tx.query(`SELECT 1 ${leaving}`, [tenantId, sha256]);
        if (!left) return false;
        await this.store.delete(keyOf(tenantId, sha256));
        await tx.query(`DELETE ${leaving}`, [tenantId, sha256]);
        return true;
      }),
    );
  }

  /**
   * Deletes contents that no file has: those that are leaving, and those whose upload began a day ago at the latest, since its process died.
   * @returns their number. @throws AppError `media_unavailable`
   */
  private async removeUnknown(): Promise<number> {
    const old = await this.db.query<{ tenantId: string; sha256: string }>(
      `SELECT tenant_id AS "tenantId", encode(sha256, 'hex') AS sha256 FROM media_arrivals
       WHERE at < heliograph_now() - CASE WHEN is_leaving THEN interval '1 minute' ELSE interval '1 day' END ORDER BY at LIMIT 1000`,
    );
    let removed = 0;
    for (const { tenantId, sha256 } of old) {
      await this.db.forTenant(tenantId, async (tx) => {
        await lockMedia(tx, tenantId);
        const stale = `a.tenant_id = $1 AND a.sha256 = decode($2, 'hex') AND NOT a.is_leaving AND a.at < heliograph_now() - interval '1 day'`;
        const isKnown = `EXISTS (SELECT 1 FROM media_files m WHERE m.tenant_id = a.tenant_id AND m.sha256 = a.sha256)`;
        await tx.query(`DELETE FROM media_arrivals a WHERE ${stale} AND ${isKnown}`, [tenantId, sha256]);
        await tx.query(`UPDATE media_arrivals a SET is_leaving = true, uploads = 0 WHERE ${stale} AND NOT ${isKnown}`, [tenantId, sha256]);
      });
      if (await this.removeContent(tenantId, sha256)) removed++;
    }
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
}

/** Ends an upload of a content. @returns whether it was noted, so that nobody deleted the content meanwhile */
async function endUpload(tx: Tx, tenantId: string, sha256: string): Promise<boolean> {
  const noted = `tenant_id = $1 AND sha256 = decode($2, 'hex') AND NOT is_leaving`;
  const last = await tx.query(`DELETE FROM media_arrivals WHERE ${noted} AND uploads <= 1 RETURNING 1`, [tenantId, sha256]);
  if (last.length > 0) return true;
  return (await tx.query(`UPDATE media_arrivals SET uploads = uploads - 1 WHERE ${noted} RETURNING 1`, [tenantId, sha256])).length > 0;
}

/** Lets one act on the files of a tenant at a time decide about room and contents. No store is asked under it. */
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
