import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  RequestMethod,
  SetMetadata,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApiHeader } from '@nestjs/swagger';
import { AppError, IdempotencyKeys, requestHash, toProblem } from '@heliograph/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable, of } from 'rxjs';
import { idempotencyKeyOf } from './idempotency-key';

const ownMetadata = 'heliograph:own-idempotency';

/** The route keeps its idempotency keys itself, with what it stores under them. */
export const OwnIdempotency = () => applyDecorators(SetMetadata(ownMetadata, true), ApiHeader({ name: 'Idempotency-Key' }));

/**
 * Puts the interceptor before every POST of these controllers, except where the route keeps its keys itself. Handlers behind no
 * interceptor cost less: Nest answers them without observables.
 */
export function withIdempotency(controllers: Type[]): Type[] {
  for (const { prototype } of controllers as { prototype: object }[])
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      const handler = descriptor.value as object | undefined;
      if (typeof handler !== 'function' || Reflect.getMetadata(METHOD_METADATA, handler) !== RequestMethod.POST) continue;
      if (!Reflect.getMetadata(ownMetadata, handler)) UseInterceptors(IdempotencyInterceptor)(prototype, name, descriptor);
    }
  return controllers;
}

/** `Idempotency-Key` on a POST: the same key and body give the same answer, another body 422, one still running 409. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly log = new Logger(IdempotencyInterceptor.name);

  constructor(private readonly keys: IdempotencyKeys) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest & { caller?: { tenant: { id: string } } }>();
    const header = request.headers['idempotency-key'];
    const tenantId = request.caller?.tenant.id;
    if (header === undefined || !tenantId) return next.handle();
    const key = idempotencyKeyOf(header) as string;
    if (isStream(request.body))
      throw new AppError(
        'invalid',
        'invalid_idempotency_key',
        'A stream takes no Idempotency-Key here: send its rows as JSON, or without the header.',
        { path: 'Idempotency-Key' },
      );
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const asked = { tenantId, key, requestHash: requestHash(request.body ?? null, `POST ${request.url}`) };
    return from(this.keys.begin(asked)).pipe(
      mergeMap((answer) => {
        if (answer) {
          void reply.status(answer.status).header('idempotency-replayed', 'true');
          if (answer.status >= 400) void reply.header('content-type', 'application/problem+json');
          return of(answer.body);
        }
        return next.handle().pipe(
          mergeMap(async (body: unknown) => {
            await this.keys.finish(asked, { status: reply.statusCode, body });
            return body;
          }),
          catchError(async (error: unknown) => {
            // An error that leaves something done is the answer to every repeat; any other leaves the key free.
            if (error instanceof AppError && error.details.isDone) {
              const { problem } = toProblem(error);
              // Where even that cannot be written, the key stays locked for a while.
              await this.keys.finish(asked, { status: problem.status, body: problem }).catch((unwritten: Error) => {
                this.log.error({ event: 'idempotency.unwritten', error: unwritten.message.slice(0, 200) });
              });
            } else await this.keys.release(asked);
            throw error;
          }),
        );
      }),
    );
  }
}

function isStream(body: unknown): boolean {
  return typeof (body as { pipe?: unknown } | null | undefined)?.pipe === 'function';
}
