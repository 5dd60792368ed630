import { cleanText, type Sql } from '@heliograph/kernel';

/** A file, and the account of the provider (else the session) whose messages name its copy. */
export interface CopyKey {
  tenantId: string;
  mediaId: string;
  holderId: string;
}

/** State of a copy, as far as it is known. Times are ms from now; 0 or less: over. */
export interface CopyState {
  url: string | null;
  leftMs: number;
  /** Time until another upload may begin, because one is under way. */
  uploadingMs: number;
  /** Time until another upload may begin, because the last one failed. */
  retryMs: number;
  isRefused: boolean;
  detail: string | null;
}

/** Result of an upload. `failed`: the next one may begin after `retryMs`; null: after a time that grows with the failures in a row. */
export type UploadEnd =
  | { kind: 'copied'; url: string; livesMs: number }
  | { kind: 'failed'; detail: string; retryMs: number | null }
  | { kind: 'refused'; detail: string; retryMs: number };

const firstRetryS = 5;
const maxRetryS = 300;
const maxDetail = 300;

const untilMs = (column: string) => `coalesce(extract(epoch FROM ${column} - heliograph_now())::float8 * 1000, 0)`;
const keyed = 'tenant_id = $1 AND media_id = $2 AND holder_id = $3';

/** Returns null before the first upload. */
export async function copyOf(sql: Sql, { tenantId, mediaId, holderId }: CopyKey): Promise<CopyState | null> {
  const [row] = await sql.query<CopyState>(
    `SELECT url, ${untilMs('expires_at')} AS "leftMs", ${untilMs('uploading_until')} AS "uploadingMs", ${untilMs('retry_at')} AS "retryMs",
       is_refused AS "isRefused", detail
     FROM media_copies WHERE ${keyed}`,
    [tenantId, mediaId, holderId],
  );
  return row ?? null;
}

/**
 * Takes the upload of a file for this long. True for one caller at a time, and only when a copy is due: there is none with more than `leftMs`
 * left, and no upload failed a short time ago.
 */
export async function takeUpload(
  sql: Sql,
  { tenantId, mediaId, holderId }: CopyKey,
  of: { uploadId: string; forMs: number; leftMs: number },
): Promise<boolean> {
  const taken = await sql.query(
    `INSERT INTO media_copies AS c (tenant_id, media_id, holder_id, upload_id, uploading_until)
     VALUES ($1, $2, $3, $4, heliograph_now() + $5::float8 * interval '1 ms')
     ON CONFLICT (tenant_id, media_id, holder_id) DO UPDATE SET upload_id = excluded.upload_id, uploading_until = excluded.uploading_until
     WHERE (c.uploading_until > heliograph_now()) IS NOT TRUE AND (c.retry_at > heliograph_now()) IS NOT TRUE
       AND (c.expires_at > heliograph_now() + $6::float8 * interval '1 ms') IS NOT TRUE
     RETURNING 1`,
    [tenantId, mediaId, holderId, of.uploadId, of.forMs, of.leftMs],
  );
  return taken.length > 0;
}

/** Writes the result of an upload, unless another one was taken meanwhile. */
export async function endUpload(sql: Sql, { tenantId, mediaId, holderId }: CopyKey, uploadId: string, end: UploadEnd): Promise<void> {
  const own = [tenantId, mediaId, holderId, uploadId];
  const ended = 'upload_id = NULL, uploading_until = NULL';
  if (end.kind === 'copied') {
    await sql.query(
      `UPDATE media_copies SET ${ended}, url = $5, expires_at = heliograph_now() + $6::float8 * interval '1 ms', failures = 0, retry_at = NULL, is_refused = false, detail = NULL
       WHERE ${keyed} AND upload_id = $4`,
      [...own, end.url, end.livesMs],
    );
    return;
  }
  await sql.query(
    `UPDATE media_copies SET ${ended}, detail = $5, is_refused = $6, failures = failures + CASE WHEN $7::float8 IS NULL THEN 1 ELSE 0 END,
       retry_at = heliograph_now() + coalesce($7::float8 / 1000, least(${maxRetryS}, ${firstRetryS} * power(2, least(failures, 10)))) * interval '1 s'
     WHERE ${keyed} AND upload_id = $4`,
    [...own, cleanText(end.detail.slice(0, maxDetail)), end.kind === 'refused', end.retryMs],
  );
}

/** Gives up uploads that did not end, so that other workers need not wait for the end of their time. */
export async function giveUpUploads(sql: Sql, tenantId: string, uploadIds: string[]): Promise<void> {
  await sql.query(
    `UPDATE media_copies SET upload_id = NULL, uploading_until = NULL WHERE tenant_id = $1 AND upload_id = ANY ($2::uuid[])`,
    [tenantId, uploadIds],
  );
}
