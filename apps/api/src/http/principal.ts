import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '@heliograph/kernel';
import type { Caller } from '@heliograph/tenants';
import type { FastifyRequest } from 'fastify';

/** A request whose caller the front door knows. */
export interface AuthenticatedRequest extends FastifyRequest {
  caller: Caller;
}

/** The tenant the caller acts for. */
export const CurrentTenant = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>().caller.tenant,
);

/** The key the caller used. */
export const CurrentKey = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>().caller.key,
);

export type CurrentTenantInfo = Caller['tenant'];
export type CurrentKeyInfo = Caller['key'];

/** Whoever a request was authenticated as. What a body claims of who did it never replaces this. */
export interface Principal {
  kind: Exclude<Actor['kind'], 'system'>;
  id: string;
  name: string;
}

const principalOf = (request: { caller: Caller }): Principal => ({ ...request.caller.key, kind: 'key' });

/** The actor that a principal's changes are kept under. */
export function actorOf({ kind, id, name }: Principal): Actor {
  return { kind, id, name };
}

/** The actor of the request, for the histories of what it changes. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext) =>
  actorOf(principalOf(context.switchToHttp().getRequest<{ caller: Caller }>())),
);
