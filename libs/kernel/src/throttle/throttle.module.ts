import { type ExecutionContext, Global, Injectable, Module } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { getOptionsToken, getStorageToken, ThrottlerGuard, type ThrottlerModuleOptions, type ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { AppError } from '../errors/app-error';
import { SharedCounters } from './shared-counters';

const minuteMs = 60_000;

/** Subject that a request counts for. */
type Subject = { ip: string } | { keyId: string };

/**
 * Limits requests per known API key and per client address, counted over all processes. Values that a client invents are never keys.
 * Counts before routing, since `canActivate` would run only after the body has been read.
 */
@Injectable()
export class RateLimiter extends ThrottlerGuard {
  /** Counts a request of this address, before the client is authenticated. @throws AppError `rate_limited` */
  async admitAddress(address: string, reply: FastifyReply): Promise<void> {
    await this.admit('address', { ip: address }, reply);
  }

  /** Counts a request of a key that exists. @throws AppError `rate_limited` */
  async admitKey(keyId: string, reply: FastifyReply): Promise<void> {
    await this.admit('key', { keyId }, reply);
  }

  private async admit(policy: string, subject: Subject, reply: FastifyReply): Promise<void> {
    const throttler = this.throttlers.find(({ name }) => name === policy);
    const limit = Number(throttler?.limit);
    if (!throttler || limit === 0) return;
    await this.handleRequest({
      context: new ExecutionContextHost([subject, reply]),
      throttler,
      limit,
      ttl: Number(throttler.ttl),
      blockDuration: Number(throttler.ttl),
      getTracker: (req) => this.getTracker(req),
      generateKey: (context, tracker, name) => this.generateKey(context, tracker, name),
    });
  }

  /** Sets the fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10) of the limit that was checked last. */
  protected override async handleRequest({ context, limit, ttl, throttler, blockDuration, ...by }: ThrottlerRequest): Promise<boolean> {
    const { req, res } = this.getRequestResponse(context);
    const name = throttler.name ?? '';
    const key = by.generateKey(context, await by.getTracker(req, context), name);
    const { isBlocked, totalHits, timeToExpire } = await this.storageService.increment(key, ttl, limit, blockDuration, name);
    this.setResponseHeader(res, 'ratelimit-policy', `"${name}";q=${limit};w=${ttl / 1_000}`);
    this.setResponseHeader(res, 'ratelimit', `"${name}";r=${limit - totalHits};t=${timeToExpire}`);
    if (isBlocked) {
      throw new AppError('throttled', 'rate_limited', `More than ${limit} requests a minute.`, { retryAfterSeconds: timeToExpire });
    }
    return true;
  }

  /** Returns the key, or the normalised address: for IPv6 the /64, which usually belongs to one client. */
  protected override async getTracker(subject: Record<string, unknown>): Promise<string> {
    return typeof subject.keyId === 'string' ? subject.keyId : super.getTracker(subject);
  }

  protected override generateKey(_context: ExecutionContext, tracker: string, name: string): string {
    return `${name}:${tracker}`;
  }
}

function limitsOf(config: Pick<KernelConfig, 'RATE_LIMIT_PER_MINUTE' | 'RATE_LIMIT_PER_ADDRESS'>): ThrottlerModuleOptions {
  return [
    { name: 'address', ttl: minuteMs, limit: config.RATE_LIMIT_PER_ADDRESS },
    { name: 'key', ttl: minuteMs, limit: config.RATE_LIMIT_PER_MINUTE },
  ];
}

/** Rate limits for processes that serve requests. */
@Global()
@Module({
  providers: [
    SharedCounters,
    RateLimiter,
    { provide: getOptionsToken(), inject: [APP_CONFIG], useFactory: limitsOf },
    { provide: getStorageToken(), useExisting: SharedCounters },
  ],
  exports: [RateLimiter, SharedCounters],
})
export class ThrottleModule {}
