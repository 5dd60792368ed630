import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  RequestMethod,
  SetMetadata,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type AuditScope, inAuditScope, outsideAudit, systemActor } from '@heliograph/kernel';
import { AuditLog } from '@heliograph/staff';
import type { FastifyRequest } from 'fastify';
import { mergeMap, Observable } from 'rxjs';
import { eachRoute } from '../each-route';
import { actorOf, type ApiCaller, type StaffRequest } from '../principal';
import { type RouteAudit, routeAuditOf } from './audited-routes';

const auditMetadata = 'heliograph:audit';
const operationMetadata = 'swagger/apiOperation';

/**
 * Adds the interceptor to each route of these controllers that changes something, by its operation id. Call it before
 * `withIdempotency`, since the book-keeping of keys is no part of the act. Routes of ordinary traffic run without the interceptor.
 */
export function withAudit(controllers: Type[]): Type[] {
  for (const { prototype, name, descriptor, handler, method } of eachRoute(controllers)) {
    if (method === RequestMethod.GET) continue;
    const operation = Reflect.getMetadata(operationMetadata, handler) as { operationId?: string } | undefined;
    const audit = routeAuditOf(operation?.operationId ?? name);
    if (!audit) continue;
    SetMetadata(auditMetadata, audit)(prototype, name, descriptor);
    UseInterceptors(AuditInterceptor)(prototype, name, descriptor);
  }
  return controllers;
}

/** Runs a route as an audited act. Its entry is written in the transaction of the change, or afterwards where no transaction of ours made the change. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = this.reflector.get<RouteAudit>(auditMetadata, context.getHandler());
    const scope = scopeOf(route, context.switchToHttp().getRequest<FastifyRequest & Partial<StaffRequest> & { caller?: ApiCaller }>());
    const answer = new Observable<unknown>((subscriber) => inAuditScope(scope, () => next.handle().subscribe(subscriber)));
    return answer.pipe(
      mergeMap(async (body) => {
        // A library or the provider made the change, without a transaction of ours.
        if (!scope.isWritten && scope.actor) await outsideAudit(() => this.audit.write(scope));
        return body;
      }),
    );
  }
}

function scopeOf(
  { action, isLate = false }: RouteAudit,
  request: FastifyRequest & Partial<StaffRequest> & { caller?: ApiCaller },
): AuditScope {
  const { caller, signedIn } = request;
  const person = signedIn && { kind: 'person' as const, id: signedIn.person.id, name: signedIn.person.name };
  const kind = action.split('.')[0] as string;
  const params = request.params as Record<string, string | undefined>;
  const ownId = request.routeOptions.url?.startsWith('/admin/v1/me') ? person?.id : undefined;
  const id = ownId ?? params.id ?? params.name ?? params.language;
  return {
    mode: isLate ? 'late' : 'once',
    isWritten: false,
    // Nobody is signed in yet: the caller holds a link that works once, or becomes known by signing in.
    actor: caller ? actorOf(caller.principal) : (person ?? (isLate ? null : systemActor('one_time_link'))),
    action,
    subject: { kind, id, ...(kind === 'person' && ownId !== undefined && { name: person?.name }) },
    tenantId: caller?.tenant.id ?? (kind === 'tenant' ? params.id : undefined),
    address: request.ip,
    requestId: request.id,
  };
}
