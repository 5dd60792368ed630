import { type LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Agent, buildConnector, request } from 'undici';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { AppError } from '../errors/app-error';
import { anyText } from '../text/any-text';
import { skippingContinue } from './interim-answers';
import { type EgressAllowance, isAllowedAddress, mayBePrivate, publicUrl, readAllowance } from './public-url';

/** A POST to a user's URL. */
export interface EgressRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Result of a call: the answer, or why there is none. `body` is the part that was read, at most 64 kB. */
export type EgressAnswer =
  | { kind: 'answer'; status: number; headers: Record<string, string | string[] | undefined>; body: string; durationMs: number }
  | { kind: 'failed'; reason: 'url_not_allowed' | 'host_not_found' | 'timeout' | 'connection_failed'; durationMs: number };

/** Returns all addresses of a name. Throws or returns none when it has none. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** Options of `Egress`; tests supply their own. */
export interface EgressOptions {
  /** Resolver of names. */
  resolve?: Resolve;
  /** Time from the first look-up to the last byte, in ms. */
  deadlineMs?: number;
  /** Ports that a URL may contain. */
  ports?: ReadonlySet<string>;
}

/** Injection token of `EgressOptions`; optional. */
export const EGRESS_OPTIONS = Symbol('EGRESS_OPTIONS');

/** Header of every call to a user's URL: our own servers refuse requests that contain it. */
export const loopHeader = 'heliograph-loop';
const defaultDeadlineMs = 15_000;
const connectMs = 5_000;
/** Maximum number of bytes of an answer that are read; the rest is discarded. */
const maxBodyBytes = 64 * 1_024;

/** Error for both a name without an address and one with a forbidden address: the caller cannot distinguish them. */
class NoAddress extends Error {
  readonly code = 'EGRESS_NO_ADDRESS';
}

/**
 * The only way to call URLs that users supply (callbacks, media). Resolves a name once, requires every address of it to be allowed,
 * checks the address of the opened socket again, follows no redirects, and limits time and bytes.
 */
@Injectable()
export class Egress implements OnApplicationShutdown {
  private readonly allowance: EgressAllowance;
  private readonly guarded: Agent;
  private readonly named: Agent;
  private readonly deadlineMs: number;

  constructor(
    @Inject(APP_CONFIG) config: Pick<KernelConfig, 'EGRESS_ALLOWED'>,
    @Optional() @Inject(EGRESS_OPTIONS) { resolve, deadlineMs = defaultDeadlineMs, ports }: EgressOptions = {},
  ) {
    this.allowance = readAllowance(config.EGRESS_ALLOWED, ports);
    this.deadlineMs = deadlineMs;
    this.guarded = this.agent(resolve ?? resolveInPublic(), (address) => isAllowedAddress(address, this.allowance));
    // A host in the setting may be in /etc/hosts or need a search domain: resolved by the operating system.
    this.named = this.agent(resolve ?? ((hostname) => lookup(hostname, { all: true })), () => true);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.guarded.destroy(), this.named.destroy()]);
  }

  /** True when the URL alone gives no reason to refuse it. */
  allows(url: string): boolean {
    return publicUrl(url, this.allowance) !== null;
  }

  /** @throws AppError `url_not_allowed`, which does not contain the reason */
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

  /** Never throws: a failure of the remote side is a result. */
  async post({ url, headers, body }: EgressRequest): Promise<EgressAnswer> {
    const startedAt = performance.now();
    const since = () => Math.round(performance.now() - startedAt);
    const target = publicUrl(url, this.allowance);
    if (!target) return { kind: 'failed', reason: 'url_not_allowed', durationMs: 0 };
    const deadline = AbortSignal.timeout(this.deadlineMs);
    try {
      const answer = await request(target, {
        method: 'POST',
        headers: { ...headers, [loopHeader]: '1' },
        body,
        dispatcher: mayBePrivate(target, this.allowance) ? this.named : this.guarded,
        signal: deadline,
      });
      const text = await readSome(answer.body, answer.headers['content-type']);
      return { kind: 'answer', status: answer.statusCode, headers: answer.headers, body: text, durationMs: since() };
    } catch (error) {
      const noAddress = (error as { code?: unknown }).code === 'EGRESS_NO_ADDRESS';
      const reason = noAddress ? 'host_not_found' : deadline.aborted ? 'timeout' : 'connection_failed';
      return { kind: 'failed', reason, durationMs: since() };
    }
  }

  private agent(resolve: Resolve, isAllowed: (address: string) => boolean): Agent {
    const connect = skippingContinue(
      buildConnector({ timeout: connectMs, lookup: checkedLookup(resolve, isAllowed), maxCachedSessions: 100 }),
    );
    return new Agent({
      // Not limited per origin: calls that hang at a shared host would delay others. Callers limit themselves.
      connections: null,
      pipelining: 1,
      headersTimeout: this.deadlineMs,
      bodyTimeout: this.deadlineMs,
      keepAliveTimeout: 10_000,
      maxResponseSize: -1,
      connect: (options, callback) => {
        // A literal address needs no look-up, so it is checked here.
        const host = options.hostname.replace(/^\[|\]$/g, '');
        if (isIP(host) && !isAllowed(host)) return callback(new NoAddress(), null);
        connect(options, (...[error, socket]) => {
          if (error) return callback(error, null);
          if (socket.remoteAddress && isAllowed(socket.remoteAddress)) return callback(null, socket);
          socket.destroy();
          callback(new NoAddress(), null);
        });
      },
    });
  }
}

/**
 * Queries the name servers directly. The resolver of the operating system (`dns.lookup`) occupies one of four threads for as long as a
 * name server is silent: a few names that hang would delay all calls, those to the provider included.
 */
function resolveInPublic(): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return async (hostname) => {
    const found = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    return found.flatMap((answer, i) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family: i === 0 ? 4 : 6 })) : [],
    );
  };
}

/** Resolves all addresses of a name, once per connection. One forbidden address refuses the name. */
function checkedLookup(resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first || !addresses.every(({ address }) => isAllowed(address))) return callback(new NoAddress(), '', 0);
        if (options.all) return callback(null, addresses, undefined);
        callback(null, first.address, first.family);
      },
      () => callback(new NoAddress(), '', 0),
    );
  };
}

/**
 * Reads at most 64 kB of a body, as text in its charset. A longer body is cut off and its connection closed. The head is the answer: a body that
 * breaks off, hangs or is unexpected ends the text and changes nothing else.
 */
async function readSome(body: AsyncIterable<Buffer> & { destroy: () => unknown }, type: string | string[] | undefined): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  let isCut = false;
  try {
    for await (const part of body) {
      parts.push(part);
      size += part.length;
      if (size < maxBodyBytes) continue;
      isCut = true;
      body.destroy();
      break;
    }
  } catch {
    isCut = true;
    body.destroy();
  }
  return anyText(Buffer.concat(parts).subarray(0, maxBodyBytes), Array.isArray(type) ? type[0] : type, { isCut });
}
