import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, buildConnector, request } from 'undici';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { AppError } from '../errors/app-error';
import { type EgressAllowance, isAllowedAddress, mayBePrivate, publicUrl, readAllowance } from './public-url';

/** A POST to a URL that a user gave. */
export interface EgressRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What came back: the answer, or why there is none. `body` is what was read of it, at most 64 kB. */
export type EgressAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string | string[] | undefined>; body: string; durationMs: number }
  | { kind: 'failed'; reason: 'url_not_allowed' | 'timeout' | 'connection_failed'; durationMs: number };

/** Header of every call we make to a URL that a user gave: what carries it is refused by our own servers. */
export const loopHeader = 'heliograph-loop';
/** From the first look-up to the last byte, in ms. */
const deadlineMs = 15_000;
const connectMs = 5_000;
/** Bytes of an answer that are read; the rest is not waited for. */
const mostBytes = 64 * 1_024;
const connectionsPerOrigin = 64;

class NotAllowed extends Error {
  readonly code = 'EGRESS_NOT_ALLOWED';
}

/**
 * The one door to URLs that users give (callbacks, media). A name is resolved once, every address it has must be allowed, the
 * address of the socket that was opened is checked again, redirects are not followed, and time and bytes are bounded.
 */
@Injectable()
export class Egress implements OnApplicationShutdown {
  private readonly allowance: EgressAllowance;
  private readonly guarded: Agent;
  private readonly named: Agent;

  constructor(@Inject(APP_CONFIG) config: Pick<KernelConfig, 'EGRESS_ALLOWED'>) {
    this.allowance = readAllowance(config.EGRESS_ALLOWED);
    this.guarded = this.agent((address) => isAllowedAddress(address, this.allowance));
    this.named = this.agent(() => true);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.guarded.destroy(), this.named.destroy()]);
  }

  /** Whether the URL may be called as far as it shows by itself. */
  allows(url: string): boolean {
    return publicUrl(url, this.allowance) !== null;
  }

  /** @throws AppError `url_not_allowed`, which does not tell why */
  check(url: string, path: string): void {
    if (this.allows(url)) return;
    throw new AppError(
      'unprocessable',
      'url_not_allowed',
      'Give a public http or https URL on port 80, 443 or 8443, without credentials.',
      {
        path,
      },
    );
  }

  /** Never throws: what goes wrong out there is an answer. */
  async post({ url, headers, body }: EgressRequest): Promise<EgressAnswer> {
    const startedAt = performance.now();
    const since = () => Math.round(performance.now() - startedAt);
    const target = publicUrl(url, this.allowance);
    if (!target) return { kind: 'failed', reason: 'url_not_allowed', durationMs: 0 };
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      const answer = await request(target, {
        method: 'POST',
        headers: { ...headers, [loopHeader]: '1' },
        body,
        dispatcher: mayBePrivate(target, this.allowance) ? this.named : this.guarded,
        signal: deadline,
      });
      const text = await readSome(answer.body);
      return { kind: 'answer', status: answer.statusCode, headers: answer.headers, body: text, durationMs: since() };
    } catch (error) {
      const notAllowed = (error as { code?: unknown }).code === 'EGRESS_NOT_ALLOWED';
      const reason = notAllowed ? 'url_not_allowed' : deadline.aborted ? 'timeout' : 'connection_failed';
      return { kind: 'failed', reason, durationMs: since() };
    }
  }

  private agent(isAllowed: (address: string) => boolean): Agent {
    const connect = buildConnector({ timeout: connectMs, lookup: checkedLookup(isAllowed), maxCachedSessions: 100 });
    return new Agent({
      connections: connectionsPerOrigin,
      pipelining: 1,
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
      keepAliveTimeout: 10_000,
      maxResponseSize: -1,
      connect: (options, callback) => {
        // An address needs no look-up, so it is checked here.
        const host = options.hostname.replace(/^\[|\]$/g, '');
        if (isIP(host) && !isAllowed(host)) return callback(new NotAllowed('not allowed'), null);
        connect(options, (...[error, socket]) => {
          if (error) return callback(error, null);
          if (socket.remoteAddress && isAllowed(socket.remoteAddress)) return callback(null, socket);
          socket.destroy();
          callback(new NotAllowed('not allowed'), null);
        });
      },
    });
  }
}

/** Resolves all addresses of a name; one that is not allowed spoils them all. */
function checkedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = found;
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isAllowed(address))) return callback(new NotAllowed('not allowed'), '', 0);
      if (options.all) return callback(null, addresses, undefined);
      callback(null, first.address, first.family);
    });
  };
}

/** At most 64 kB of a body, as text. What is more is cut off with its connection. */
async function readSome(body: AsyncIterable<Buffer> & { destroy: () => unknown }): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size < mostBytes) continue;
    body.destroy();
    break;
  }
  return Buffer.concat(parts).subarray(0, mostBytes).toString('utf8');
}
