import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '@heliograph/kernel';
import type { SignedIn } from '@heliograph/staff';
import type { ApiKeyScope, Caller } from '@heliograph/tenants';
import type { FastifyRequest } from 'fastify';

/** Whoever a request was authenticated as. What a body claims of who did it never replaces this. */
export interface Principal {
  kind: Exclude<Actor['kind'], 'system'>;
  id: string;
  name: string;
}

/** A principal, the tenant it acts for, and what it may do there. */
export interface ApiCaller {
  principal: Principal;
  tenant: Caller['tenant'];
  scopes: ReadonlySet<ApiKeyScope>;
}

/** A request of `/v1`, whose caller the front door knows. */
export interface AuthenticatedRequest extends FastifyRequest {
  caller: ApiCaller;
}

/** A request of `/admin/v1`; `signedIn` null: nobody is. */
export interface StaffRequest extends FastifyRequest {
  signedIn: SignedIn | null;
}

/** The actor that a principal's changes are kept under. */
export function actorOf({ kind, id, name }: Principal): Actor {
  return { kind, id, name };
}

const callerOf = (context: ExecutionContext): ApiCaller => context.switchToHttp().getRequest<AuthenticatedRequest>().caller;

/** The tenant the caller acts for. */
export const CurrentTenant = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context).tenant);

/** Whoever calls, with what it may do. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context));

/** The actor of the request, for the histories of what it changes. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext) => actorOf(callerOf(context).principal));

export type CurrentTenantInfo = ApiCaller['tenant'];
