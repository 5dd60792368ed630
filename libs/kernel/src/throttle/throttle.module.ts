import { type ExecutionContext, Global, Injectable, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, type ThrottlerLimitDetail, ThrottlerModule } from '@nestjs/throttler';
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { Database } from '../database/database';
import { AppError } from '../errors/app-error';
import { SharedCounterStorage } from './shared-counter.storage';

const minuteMs = 60_000;

/** Refuses with 429 and Retry-After. Hooks, health and metrics are not counted: the provider must never be turned away. */
@Injectable()
export class ProblemThrottlerGuard extends ThrottlerGuard {
  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    const { url } = context.switchToHttp().getRequest<FastifyRequest>();
    return Promise.resolve(!url.startsWith('/v1/') && !url.startsWith('/admin/'));
  }

  protected override generateKey(_context: ExecutionContext, tracker: string, name: string): string {
    return `${name}:${tracker}`;
  }

  protected override throwThrottlingException(_context: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    throw new AppError('throttled', 'rate_limited', `More than ${detail.limit} requests a minute.`, {
      retryAfterSeconds: detail.timeToBlockExpire,
    });
  }
}

@Module({ providers: [SharedCounterStorage], exports: [SharedCounterStorage] })
class ThrottleStorageModule {}

/** Limits requests per API key (known by its hash only) and per client address, counted over all processes. */
@Global()
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      imports: [ThrottleStorageModule],
      inject: [APP_CONFIG, SharedCounterStorage, Database],
      useFactory: (config: KernelConfig, storage: SharedCounterStorage) => ({
        storage,
        throttlers: [
          {
            name: 'key',
            ttl: minuteMs,
            limit: config.RATE_LIMIT_PER_MINUTE,
            skipIf: (context: ExecutionContext) => config.RATE_LIMIT_PER_MINUTE === 0 || !keyOf(context),
            getTracker: (request: Record<string, unknown>) =>
              fingerprint((request as unknown as FastifyRequest).headers.authorization ?? ''),
          },
          {
            name: 'address',
            ttl: minuteMs,
            limit: config.RATE_LIMIT_PER_ADDRESS,
            skipIf: () => config.RATE_LIMIT_PER_ADDRESS === 0,
            getTracker: (request: Record<string, unknown>) => (request as unknown as FastifyRequest).ip,
          },
        ],
      }),
    }),
  ],
  providers: [{ provide: APP_GUARD, useClass: ProblemThrottlerGuard }],
})
export class ThrottleModule {}

function keyOf(context: ExecutionContext): string | undefined {
  return context.switchToHttp().getRequest<FastifyRequest>().headers.authorization;
}

function fingerprint(authorization: string): string {
  return createHash('sha256')
    .update(authorization.replace(/^bearer\s+/i, ''))
    .digest('base64url')
    .slice(0, 22);
}
