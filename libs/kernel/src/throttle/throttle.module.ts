import { Global, Inject, Injectable, Module } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { AppError } from '../errors/app-error';
import { SharedCounters } from './shared-counters';

const minuteMs = 60_000;

/** Limits requests per known API key and per client address, counted over all processes. What a client makes up is never a key. */
@Injectable()
export class RateLimiter {
  constructor(
    private readonly counters: SharedCounters,
    @Inject(APP_CONFIG) private readonly config: Pick<KernelConfig, 'RATE_LIMIT_PER_MINUTE' | 'RATE_LIMIT_PER_ADDRESS'>,
  ) {}

  /** Counts a request of this address, before anything is known of it. @throws AppError `rate_limited` */
  admitAddress(address: string, reply: FastifyReply): void {
    this.admit('address', networkOf(address), this.config.RATE_LIMIT_PER_ADDRESS, reply);
  }

  /** Counts a request of a key that exists. @throws AppError `rate_limited` */
  admitKey(keyId: string, reply: FastifyReply): void {
    this.admit('key', keyId, this.config.RATE_LIMIT_PER_MINUTE, reply);
  }

  /** Sets the fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10) of the last limit that was asked. */
  private admit(policy: string, subject: string, limit: number, reply: FastifyReply): void {
    if (limit === 0) return;
    const { isBlocked, left, resetMs } = this.counters.hit(`${policy}:${subject}`, minuteMs, limit);
    const seconds = Math.ceil(resetMs / 1_000);
    void reply.header('ratelimit-policy', `"${policy}";q=${limit};w=60`).header('ratelimit', `"${policy}";r=${left};t=${seconds}`);
    if (isBlocked) throw new AppError('throttled', 'rate_limited', `More than ${limit} requests a minute.`, { retryAfterSeconds: seconds });
  }
}

/** The address, or of IPv6 its /64, which one client has whole. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address.replace('::ffff:', '');
  const [head = '', tail] = address.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}

/** Rate limits for whoever answers requests. */
@Global()
@Module({ providers: [SharedCounters, RateLimiter], exports: [RateLimiter] })
export class ThrottleModule {}
