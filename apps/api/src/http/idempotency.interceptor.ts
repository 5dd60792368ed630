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
import { ApiHeader } from '@nestjs/swagger';
import { AppError, IdempotencyKeys, nothingToAudit, outsideAudit, requestHash, toProblem } from '@heliograph/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable, of } from 'rxjs';
import { eachRoute } from './each-route';
import { idempotencyKeyOf } from './idempotency-key';

const ownMetadata = 'heliograph:own-idempotency';

/** Marks a route that stores its idempotency keys itself, together with the rows it creates. */
export const OwnIdempotency = () => applyDecorators(SetMetadata(ownMetadata, true), ApiHeader({ name: 'Idempotency-Key' }));

/**
 * Adds the interceptor to every POST of these controllers, except where the route stores its keys itself. A handler without an interceptor
 * is cheaper: Nest runs it without observables.
 */
export function withIdempotency(controllers: Type[]): Type[] {
  for (const { prototype, name, descriptor, handler, method } of eachRoute(controllers)) {
    if (method !== RequestMethod.POST || Reflect.getMetadata(ownMetadata, handler)) continue;
    UseInterceptors(IdempotencyInterceptor)(prototype, name, descriptor);
  }
  return controllers;
}

/** Implements `Idempotency-Key` for POST: the same key and body get the same response, another body gets 422, a running request 409. */
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
    if (isStream(request.body) || request.isMultipart())
      throw new AppError(
        'invalid',
        'invalid_idempotency_key',
        'A stream does not accept an Idempotency-Key here. Send the rows as JSON, or omit the header.',
        { path: 'Idempotency-Key' },
      );
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const asked = { tenantId, key, requestHash: requestHash(request.body ?? null, `POST ${request.url}`) };
    return from(outsideAudit(() => this.keys.begin(asked))).pipe(
      mergeMap((answer) => {
        if (answer) {
          nothingToAudit();
          void reply.status(answer.status).header('idempotency-replayed', 'true');
          if (answer.status >= 400) void reply.header('content-type', 'application/problem+json');
          return of(answer.body);
        }
        return next.handle().pipe(
          mergeMap(async (body: unknown) => {
            await outsideAudit(() => this.keys.finish(asked, { status: reply.statusCode, body }));
            return body;
          }),
          catchError(async (error: unknown) => {
            // An error after a change is the response to every repeat; any other error releases the key.
            if (error instanceof AppError && error.details.isDone) {
              const { problem } = toProblem(error);
              // If even this write fails, the key stays locked for a while.
              await outsideAudit(() => this.keys.finish(asked, { status: problem.status, body: problem })).catch((unwritten: Error) => {
                this.log.error({ event: 'idempotency.unwritten', error: unwritten.message.slice(0, 200) });
              });
            } else await outsideAudit(() => this.keys.release(asked));
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
