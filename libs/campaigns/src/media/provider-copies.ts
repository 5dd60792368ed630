import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, AppError, Database, DrainService, Metrics, newId, TurnsByKey } from '@heliograph/kernel';
import { type FileAddress, FileAddresses, type FileCopies, type FileMessage } from '@heliograph/messaging';
import { clampedWaitMs, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { SessionCredentials, SessionReports } from '@heliograph/tenants';
import { LRUCache } from 'lru-cache';
import type { MediaConfig } from './media.config';
import { type CopyKey, copyOf, endUpload, giveUpUploads, takeUpload, type UploadEnd } from './media-copies.repository';
import { type MediaFile, MediaFiles } from './media-files.repository';
import { MediaLinks } from './media-links';

/**
 * Time that a copy must still live when a message names it, in ms: the provider queues the message and fetches the file later. With less than
 * `renewMs` left, the next message starts a new upload and still names the old copy.
 */
const usableMs = 2 * 3_600_000;
const renewMs = 6 * 3_600_000;
/** Time for which a process keeps an address without asking the database, in ms. */
const keptMs = 60_000;
const maxKept = 10_000;
/** Time for which a message returns to its lane while its file is uploaded, in ms. */
const soonMs = 2_000;
/** Time that a message waits which finds that the last upload failed, in ms. */
const restingMs = 250;
/** Time before a file is uploaded again that the provider refused, in ms. */
const refusedMs = 10 * 60_000;
/** Time of an upload for everything but its bytes, and the slowest rate that the provider's client waits for. A worker that dies holds up its file for so long. */
const uploadMs = 60_000;
const slowestBytesPerMs = 100;
/** Size above which a file takes a turn of the big ones, in bytes. */
const bigBytes = 5_000_000;
/** Interval at which the upload of another process is watched, in ms, and the time after which it is asked about anew. */
const watchMs = 250;
const maxWatchMs = 10_000;
/** Time that a process which ends waits for its uploads, in ms. */
const drainMs = 5_000;

/** Answers about the file itself: too large, of a type that is not taken, or not what it says. Others may be about this upload alone. */
const finalStatuses = new Set<number | null>([413, 415, 422]);

const gone = { refused: 'The file no longer exists.' } as const;
const later = (why: string, inMs = soonMs, countsTry = false): FileAddress => ({ later: why, inMs: Math.max(inMs, soonMs), countsTry });
const isOnItsWay = later('The file is being uploaded to the provider.');

/** A session that uploads. */
interface Uploader {
  sessionId: string;
  apiKey: string;
}

/**
 * Copies of files at the provider, for installations whose links the provider cannot fetch. A file is uploaded once for an account, by one
 * worker, and again before its copy expires. A message waits a short time for the upload, and otherwise returns to its lane.
 */
@Injectable()
export class ProviderCopies implements FileCopies {
  private readonly log = new Logger('MediaCopies');
  private readonly kept = new LRUCache<string, { url: string }>({ max: maxKept, ttl: keptMs });
  /** Acts that are under way to get a copy, by file and holder: an upload, or the watch of another process's. */
  private readonly running = new Map<string, Promise<FileAddress>>();
  private readonly uploads = new Map<string, string>();
  /** Turns of files that are uploaded within seconds, and of bigger ones, so that these do not hold up the files of other tenants. Together as many as the connections. */
  private readonly turns = new TurnsByKey({ atOnce: 6, ofKey: 2, maxWaitMs: 20_000 });
  private readonly bigTurns = new TurnsByKey({ atOnce: 2, ofKey: 1, maxWaitMs: 20_000 });
  private readonly counted;
  private isEnding = false;

  constructor(
    private readonly db: Database,
    private readonly files: MediaFiles,
    private readonly links: MediaLinks,
    private readonly credentials: SessionCredentials,
    private readonly sessions: SessionReports,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    addresses: FileAddresses,
    drain: DrainService,
    metrics: Metrics,
    @Inject(APP_CONFIG) config: Pick<MediaConfig, 'MEDIA_DELIVERY'>,
  ) {
    this.counted = metrics.counter('media_uploads_total', 'Uploads of files to the provider by outcome.', ['outcome']);
    if (config.MEDIA_DELIVERY !== 'provider') return;
    addresses.register(this);
    drain.onDrain('media_uploads', () => this.end());
  }

  owns(url: string): boolean {
    return this.links.fileOf(url) !== null;
  }

  async addressFor({ tenantId, sessionId, url }: FileMessage, waitMs: number): Promise<FileAddress> {
    try {
      const link = this.links.fileOf(url);
      if (link?.tenantId !== tenantId) return gone;
      const session = await this.credentials.find(sessionId);
      if (!session) return later('The session no longer exists.');
      const key = { ...link, holderId: session.accountId ?? sessionId };
      return this.kept.get(nameOf(key)) ?? (await this.find(key, { sessionId, apiKey: session.apiKey }, waitMs));
    } catch (error) {
      this.log.warn({ event: 'media.copies_unavailable', tenant: tenantId, error: (error as Error).name });
      return later('The copies of files cannot be read now.');
    }
  }

  private async find(key: CopyKey, session: Uploader, waitMs: number): Promise<FileAddress> {
    const state = await this.db.forTenant(key.tenantId, (tx) => copyOf(tx, key));
    if (state && state.url !== null && state.leftMs >= usableMs) {
      const { url } = state;
      this.kept.set(nameOf(key), { url }, { ttl: Math.min(keptMs, state.leftMs - usableMs + 1) });
      if (state.leftMs < renewMs && state.retryMs <= 0 && state.uploadingMs <= 0) void this.start(key, session);
      return { url };
    }
    if (state && state.retryMs > 0) {
      // Slows down a fast lane, which would take and return one message after the other.
      await sleep(Math.min(waitMs, restingMs), undefined, { ref: false });
      const detail = state.detail ?? 'The last upload failed.';
      return state.isRefused ? { refused: detail } : later(detail, state.retryMs);
    }
    const found = this.start(key, session);
    return Promise.race([found, sleep(waitMs, isOnItsWay, { ref: false })]);
  }

  /** Starts to get a copy, or joins who does. Never rejects. */
  private start(key: CopyKey, session: Uploader): Promise<FileAddress> {
    const name = nameOf(key);
    let running = this.running.get(name);
    if (!running) {
      running = this.obtain(key, session)
        .catch((error: unknown) => {
          if (!(error instanceof AppError))
            this.log.warn({ event: 'media.copies_unavailable', tenant: key.tenantId, error: (error as Error).name });
          return later('The file cannot be uploaded now.');
        })
        .finally(() => this.running.delete(name));
      this.running.set(name, running);
    }
    return running;
  }

  private async obtain(key: CopyKey, session: Uploader): Promise<FileAddress> {
    const file = await this.fileOf(key);
    if (!file) return gone;
    const turns = file.bytes > bigBytes ? this.bigTurns : this.turns;
    const own = await turns.run(key.tenantId, async () => {
      if (this.isEnding) return later('The worker ends.');
      const uploadId = newId();
      const forMs = uploadMs + file.bytes / slowestBytesPerMs;
      const isTaken = await this.db.forTenant(key.tenantId, (tx) => takeUpload(tx, key, { uploadId, forMs, leftMs: renewMs }));
      return isTaken ? this.upload(key, file, session, uploadId) : null;
    });
    return own ?? this.watch(key);
  }

  /** Returns null for a file that was deleted. */
  private fileOf({ tenantId, mediaId }: CopyKey): Promise<MediaFile | null> {
    return this.files.get(tenantId, mediaId).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_found') return null;
      throw error;
    });
  }

  /** Uploads the file and writes the result. */
  private async upload(key: CopyKey, file: MediaFile, session: Uploader, uploadId: string): Promise<FileAddress> {
    this.uploads.set(uploadId, key.tenantId);
    try {
      const startedAt = performance.now();
      const { end, address, outcome } = await this.attempt(key, file, session);
      if (end.kind === 'copied') end.livesMs -= performance.now() - startedAt;
      this.counted.inc({ outcome });
      const fields = {
        tenant: key.tenantId,
        media: key.mediaId,
        bytes: file.bytes,
        duration_ms: Math.round(performance.now() - startedAt),
      };
      if (end.kind === 'copied') this.log.log({ event: 'media.uploaded', ...fields });
      else this.log.warn({ event: 'media.upload_failed', ...fields, outcome, detail: end.detail });
      await this.db.forTenant(key.tenantId, (tx) => endUpload(tx, key, uploadId, end));
      if (end.kind === 'copied') this.kept.set(nameOf(key), { url: end.url });
      return address;
    } finally {
      this.uploads.delete(uploadId);
    }
  }

  /** Calls the provider once. */
  private async attempt(
    key: CopyKey,
    { type, bytes: size }: MediaFile,
    { sessionId, apiKey }: Uploader,
  ): Promise<{ end: UploadEnd; address: FileAddress; outcome: string }> {
    const failed = (outcome: string, detail: string, retryMs: number | null, countsTry: boolean) => ({
      end: { kind: 'failed' as const, detail, retryMs },
      address: later(detail, retryMs ?? soonMs, countsTry),
      outcome,
    });
    let content;
    try {
      ({ content } = await this.files.open(key.tenantId, key.mediaId));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // A content that is missing says nothing of the file: this worker may have another folder, or an empty one.
      if (error.code !== 'not_found' || (await this.fileOf(key)))
        return failed('store_unavailable', 'The file cannot be read from the media store.', null, true);
      return { end: { kind: 'refused', detail: gone.refused, retryMs: refusedMs }, address: gone, outcome: 'gone' };
    }
    const answer = await this.provider.uploadMedia({ apiKey }, { type, size, bytes: content });
    if (answer.ok) {
      const { url, livesMs } = answer.value;
      return { end: { kind: 'copied', url, livesMs }, address: { url }, outcome: 'copied' };
    }
    const { reason, detail } = answer;
    switch (reason) {
      case 'refused':
        if (!finalStatuses.has(answer.httpStatus)) return failed(reason, detail, null, true);
        return { end: { kind: 'refused', detail, retryMs: refusedMs }, address: { refused: detail }, outcome: reason };
      case 'throttled':
        return failed(reason, detail, clampedWaitMs(answer.feedback.retryAfterMs), false);
      // About this session alone: another one of the account may upload at once.
      case 'session_down':
        await this.sessions.reportDown(sessionId, detail);
        return failed(reason, detail, 0, false);
      case 'unauthorised':
        await this.sessions.reportUnauthorised(sessionId, detail, apiKey);
        return failed(reason, detail, 0, false);
      case 'not_found':
      case 'unavailable':
        return failed(reason, detail, null, true);
    }
  }

  /** Watches the upload of another process for some time. */
  private async watch(key: CopyKey): Promise<FileAddress> {
    const startedAt = performance.now();
    for (;;) {
      await sleep(watchMs, undefined, { ref: false });
      const state = await this.db.forTenant(key.tenantId, (tx) => copyOf(tx, key));
      if (state && state.url !== null && state.leftMs >= usableMs) return { url: state.url };
      const isOver = !state || state.uploadingMs <= 0 || state.retryMs > 0;
      if (isOver || this.isEnding || performance.now() - startedAt > maxWatchMs) return isOnItsWay;
    }
  }

  /** Waits for uploads under way and gives up the rest, so that other workers can begin them at once. */
  private async end(): Promise<void> {
    this.isEnding = true;
    if (this.running.size > 0) await Promise.race([Promise.allSettled(this.running.values()), sleep(drainMs, undefined, { ref: false })]);
    for (const [tenantId, uploads] of Map.groupBy(this.uploads, ([, tenant]) => tenant))
      await this.db.forTenant(tenantId, (tx) =>
        giveUpUploads(
          tx,
          tenantId,
          uploads.map(([id]) => id),
        ),
      );
  }
}

const nameOf = ({ tenantId, mediaId, holderId }: CopyKey): string => `${tenantId}/${mediaId}/${holderId}`;
