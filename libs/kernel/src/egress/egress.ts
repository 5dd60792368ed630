import { type LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { Agent, buildConnector, request } from 'undici';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { AppError } from '../errors/app-error';
import { skippingContinue } from './interim-answers';
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
  | { kind: 'failed'; reason: 'url_not_allowed' | 'host_not_found' | 'timeout' | 'connection_failed'; durationMs: number };

/** All addresses of a name; throws or answers none when it has none. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** What the door to the outside is made with; tests give their own. */
export interface EgressOptions {
  /** How names are resolved. */
  resolve?: Resolve;
  /** From the first look-up to the last byte, in ms. */
  deadlineMs?: number;
  /** Ports that a URL may name. */
  ports?: ReadonlySet<string>;
}

/** Token of `EgressOptions`; nothing need be provided. */
export const EGRESS_OPTIONS = Symbol('EGRESS_OPTIONS');

/** Header of every call we make to a URL that a user gave: what carries it is refused by our own servers. */
export const loopHeader = 'heliograph-loop';
const defaultDeadlineMs = 15_000;
const connectMs = 5_000;
/** Bytes of an answer that are read; the rest is not waited for. */
const mostBytes = 64 * 1_024;

/** A name without an address, and one with an address that is not allowed: whoever asks cannot tell which. */
class NoAddress extends Error {
  readonly code = 'EGRESS_NO_ADDRESS';
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
  private readonly deadlineMs: number;

  constructor(
    @Inject(APP_CONFIG) config: Pick<KernelConfig, 'EGRESS_ALLOWED'>,
    @Optional() @Inject(EGRESS_OPTIONS) { resolve, deadlineMs = defaultDeadlineMs, ports }: EgressOptions = {},
  ) {
    this.allowance = readAllowance(config.EGRESS_ALLOWED, ports);
    this.deadlineMs = deadlineMs;
    this.guarded = this.agent(resolve ?? resolveInPublic(), (address) => isAllowedAddress(address, this.allowance));
    // A host that the setting names may stand in /etc/hosts or need a search domain: the machine's own way to resolve it.
    this.named = this.agent(resolve ?? ((hostname) => lookup(hostname, { all: true })), () => true);
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
    const deadline = AbortSignal.timeout(this.deadlineMs);
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
      // Not bounded by origin: what hangs at a host that many share would hold up the others. Who calls bounds itself.
      connections: null,
      pipelining: 1,
      headersTimeout: this.deadlineMs,
      bodyTimeout: this.deadlineMs,
      keepAliveTimeout: 10_000,
      maxResponseSize: -1,
      connect: (options, callback) => {
        // An address needs no look-up, so it is checked here.
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
 * Asks the name servers by itself. The resolver of the operating system (`dns.lookup`) occupies one of four threads for as long as a
 * name server is silent: a few names that hang would hold up everybody's calls, the provider's too.
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

/** Resolves all addresses of a name, once for each connection; one that is not allowed spoils them all. */
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
 * At most 64 kB of a body, as text. What is more is cut off with its connection. The head is the answer: a body that breaks, hangs or
 * should not be there ends the text and changes nothing else.
 */
async function readSome(body: AsyncIterable<Buffer> & { destroy: () => unknown }): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      parts.push(part);
      size += part.length;
      if (size < mostBytes) continue;
      body.destroy();
      break;
    }
  } catch {
    body.destroy();
  }
  return Buffer.concat(parts).subarray(0, mostBytes).toString('utf8');
}
