import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { AppError, cleanText, skippingContinue } from '@heliograph/kernel';
import { Agent, buildConnector, request } from 'undici';
import type { MediaConfig } from './media.config';

/** A file to scan, on this machine. */
export interface FileToScan {
  path: string;
  name: string;
  type: string;
  size: number;
}

type Verdict = { kind: 'clean' } | { kind: 'refused'; reason: string };

const connectMs = 5_000;
const maxAnswerBytes = 64 * 1_024;
const maxReason = 200;
const clean = new Set(['ok', 'clean']);
const refused = new Set(['found', 'infected', 'refused']);

/** Asks the scanner of the installation about every uploaded file. Without a clear answer, the file is not stored. */
export class MediaScanner {
  private readonly log = new Logger('MediaScanner');
  private readonly agent: Agent;

  private constructor(
    private readonly url: string,
    private readonly config: Pick<MediaConfig, 'MEDIA_SCAN_SECRET' | 'MEDIA_SCAN_TIMEOUT_MS'>,
  ) {
    const { MEDIA_SCAN_TIMEOUT_MS: timeout } = config;
    this.agent = new Agent({
      connect: skippingContinue(buildConnector({ timeout: connectMs })),
      headersTimeout: timeout,
      bodyTimeout: timeout,
      keepAliveTimeout: 10_000,
    });
  }

  /** Returns null when the installation has no scanner. */
  static of(config: MediaConfig): MediaScanner | null {
    return config.MEDIA_SCAN_URL === undefined ? null : new MediaScanner(config.MEDIA_SCAN_URL, config);
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  /** @throws AppError `media_refused_by_scan`, `media_scan_unavailable` */
  async check(tenantId: string, file: FileToScan): Promise<void> {
    const startedAt = performance.now();
    const verdict = await this.ask(file).catch((error: unknown) => {
      this.log.error({ event: 'media.scan_failed', tenant: tenantId, error: causeOf(error) });
      throw new AppError('unavailable', 'media_scan_unavailable', 'The file cannot be scanned now, so it is not stored. Try again.', {
        retryAfterSeconds: 30,
      });
    });
    const fields = { tenant: tenantId, bytes: file.size, duration_ms: Math.round(performance.now() - startedAt) };
    this.log[verdict.kind === 'clean' ? 'debug' : 'warn']({ event: 'media.scanned', verdict: verdict.kind, ...fields });
    if (verdict.kind === 'clean') return;
    const why = verdict.reason === '' ? '' : `: ${verdict.reason}`;
    throw new AppError('unprocessable', 'media_refused_by_scan', `The scanner refused the file${why}.`, {
      errors: [{ path: 'file', code: 'media_refused_by_scan', message: verdict.reason }],
    });
  }

  /** Posts the file as a form, as a browser would. Redirects are no answer. */
  private async ask({ path, name, type, size }: FileToScan): Promise<Verdict> {
    const boundary = `heliograph-${randomUUID()}`;
    const fileName = name.replace(/["\\\p{Cc}]/gu, '_') || 'file';
    const head = Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${fileName}"\r\ncontent-type: ${type}\r\n\r\n`,
    );
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    const answer = await request(this.url, {
      method: 'POST',
      headers: {
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': String(head.length + size + tail.length),
        accept: 'application/json',
        ...(this.config.MEDIA_SCAN_SECRET !== undefined && { authorization: `Bearer ${this.config.MEDIA_SCAN_SECRET}` }),
      },
      body: Readable.from(formOf(head, path, tail)),
      dispatcher: this.agent,
      signal: AbortSignal.timeout(this.config.MEDIA_SCAN_TIMEOUT_MS),
    });
    const text = await readAll(answer.body);
    return verdictOf(answer.statusCode, text);
  }
}

class NoVerdict extends Error {}

/** Returns words for the log: a code such as ECONNREFUSED, or the name of the error. The code of a timeout is a number. */
function causeOf(error: unknown): string {
  if (error instanceof NoVerdict) return error.message;
  const { code, name } = error as { code?: unknown; name: string };
  return typeof code === 'string' ? code : name;
}

async function* formOf(head: Buffer, path: string, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  yield* createReadStream(path) as AsyncIterable<Buffer>;
  yield tail;
}

async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxAnswerBytes) throw new NoVerdict('The answer is too long.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * Reads an answer: 204 is clean, 406 refused, 413 refused by size; 200 says it in `status`, for one file or for each of a list. Anything else
 * is no verdict.
 * @throws NoVerdict
 */
export function verdictOf(status: number, text: string): Verdict {
  if (status === 204) return { kind: 'clean' };
  if (status === 413) return { kind: 'refused', reason: 'The file is too large for the scanner' };
  if (status !== 200 && status !== 406) throw new NoVerdict(`The scanner answered ${status}.`);
  const results = resultsIn(text);
  const bad = results.find(({ word }) => refused.has(word));
  if (status === 406 || bad) return { kind: 'refused', reason: (bad ?? results[0])?.reason ?? '' };
  if (results.length > 0 && results.every(({ word }) => clean.has(word))) return { kind: 'clean' };
  throw new NoVerdict('The answer of the scanner contains no verdict.');
}

function resultsIn(text: string): { word: string; reason: string }[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.map((one) => {
    const named = Object.entries((one ?? {}) as Record<string, unknown>);
    const members = new Map(named.map(([name, member]) => [name.toLowerCase(), member]));
    const wordOf = (...names: string[]) => names.map((name) => members.get(name)).find((member) => typeof member === 'string') ?? '';
    return { word: wordOf('status').toLowerCase(), reason: plain(wordOf('reason', 'description')) };
  });
}

/** Returns a text of one line for people, without marks that hide or reverse it. */
function plain(text: string): string {
  const line = cleanText(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .trim();
  return [...line].slice(0, maxReason).join('').replace(/\.+$/, '');
}
