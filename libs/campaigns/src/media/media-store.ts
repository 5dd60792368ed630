import type { IncomingMessage } from 'node:http';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Logger } from '@nestjs/common';
import { AppError } from '@heliograph/kernel';
import type { MediaConfig } from './media.config';

/** Store of files, by key. Each method throws AppError `media_unavailable` when the store cannot be asked now. */
export interface MediaStore {
  /** Folder on this machine for files that are still arriving. */
  readonly incoming: string;
  /** Keeps a whole file under its key. The file at `path` may be moved. */
  keep(path: string, key: string, type: string, bytes: number): Promise<void>;
  /** @throws AppError not_found */
  open(key: string): Promise<Readable>;
  delete(key: string): Promise<void>;
}

/** Returns the store that the configuration names. */
export function mediaStoreOf(config: MediaConfig): MediaStore {
  return new AskedStore(
    config.MEDIA_S3_BUCKET === undefined ? new DiskStore(config.MEDIA_DIR) : new S3Store(config, config.MEDIA_S3_BUCKET),
  );
}

const gone = () => new AppError('not_found', 'not_found', 'The file is no longer stored.');

/** Turns every fault of a store into one answer, which names nothing of it. The log has the kind of the fault, not its words. */
class AskedStore implements MediaStore {
  private readonly log = new Logger('MediaStore');

  constructor(private readonly store: MediaStore) {}

  get incoming(): string {
    return this.store.incoming;
  }

  keep(path: string, key: string, type: string, bytes: number): Promise<void> {
    return this.ask('keep', () => this.store.keep(path, key, type, bytes));
  }

  open(key: string): Promise<Readable> {
    return this.ask('open', () => this.store.open(key));
  }

  delete(key: string): Promise<void> {
    return this.ask('delete', () => this.store.delete(key));
  }

  private async ask<T>(act: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError) throw error;
      const { name, code, $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
      this.log.error({ event: 'media.store_failed', act, fault: code ?? name, status: $metadata?.httpStatusCode });
      throw new AppError('unavailable', 'media_unavailable', 'The store of files cannot be reached. Try again.', { retryAfterSeconds: 10 });
    }
  }
}

class DiskStore implements MediaStore {
  readonly incoming: string;

  constructor(private readonly folder: string) {
    this.incoming = join(folder, 'incoming');
  }

  async keep(path: string, key: string): Promise<void> {
    const target = join(this.folder, key);
    await mkdir(dirname(target), { recursive: true });
    await rename(path, target);
  }

  async open(key: string): Promise<Readable> {
    const file = createReadStream(join(this.folder, key));
    await new Promise<void>((resolve, reject) => {
      file.once('open', () => resolve());
      file.once('error', (error: Error & { code?: string }) => reject(error.code === 'ENOENT' ? gone() : error));
    });
    return file;
  }

  async delete(key: string): Promise<void> {
    await rm(join(this.folder, key), { force: true });
  }
}

/** Time for which somebody who reads a file may take nothing, in ms. */
const slowReaderMs = 120_000;

/** Limits of a call to S3, in ms: a server that does not answer must not hold up requests. An upload may last as long as bytes flow. */
const limits = { connectionTimeout: 3_000, socketTimeout: 10_000 };
/** Limit of a deletion, retries included, in ms. A connection to the database and a lock are held for it. */
const deletionMs = 3_000;

class S3Store implements MediaStore {
  readonly incoming = join(tmpdir(), 'heliograph-media');
  private client: Promise<S3Client> | undefined;

  constructor(
    private readonly config: MediaConfig,
    private readonly bucket: string,
  ) {}

  async keep(path: string, key: string, type: string, bytes: number): Promise<void> {
    const { PutObjectCommand } = await sdk();
    const client = await this.connected();
    await client.send(
      new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: createReadStream(path), ContentLength: bytes, ContentType: type }),
    );
  }

  async open(key: string): Promise<Readable> {
    const { GetObjectCommand, NoSuchKey } = await sdk();
    try {
      const { Body } = await (await this.connected()).send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      if (!Body) throw gone();
      const body = Body as Readable & Partial<Pick<IncomingMessage, 'socket'>>;
      // From here on the reader may be slow, not only the server. A body that is read already has no socket any more.
      body.socket?.setTimeout(slowReaderMs);
      return body;
    } catch (error) {
      throw error instanceof NoSuchKey ? gone() : error;
    }
  }

  async delete(key: string): Promise<void> {
    const { DeleteObjectCommand } = await sdk();
    await (
      await this.connected()
    ).send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }), {
      abortSignal: AbortSignal.timeout(deletionMs),
    });
  }

  private connected(): Promise<S3Client> {
    return (this.client ??= sdk().then(({ S3Client }) => {
      const { MEDIA_S3_ENDPOINT, MEDIA_S3_REGION, MEDIA_S3_ACCESS_KEY_ID, MEDIA_S3_SECRET_ACCESS_KEY } = this.config;
      return new S3Client({
        region: MEDIA_S3_REGION,
        maxAttempts: 2,
        requestHandler: limits,
        ...(MEDIA_S3_ENDPOINT && { endpoint: MEDIA_S3_ENDPOINT, forcePathStyle: true }),
        ...(MEDIA_S3_ACCESS_KEY_ID && {
          credentials: { accessKeyId: MEDIA_S3_ACCESS_KEY_ID, secretAccessKey: MEDIA_S3_SECRET_ACCESS_KEY ?? '' },
        }),
        // Other servers than that of AWS do not know the checksums that the SDK adds by itself.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
    }));
  }
}

/** The SDK is loaded by processes that use it. */
const sdk = () => import('@aws-sdk/client-s3');
