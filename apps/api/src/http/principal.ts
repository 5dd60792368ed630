import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Actor } from '@heliograph/kernel';
import type { SignedIn } from '@heliograph/staff';
import type { AllowedSessions, ApiKeyScope, Caller } from '@heliograph/tenants';
import type { FastifyRequest } from 'fastify';

/** The authenticated caller of a request. Nothing in a body overrides it. */
export interface Principal {
  kind: Exclude<Actor['kind'], 'system'>;
  id: string;
  name: string;
}

/** A principal, the tenant it acts for, and its rights there. */
export interface ApiCaller {
  principal: Principal;
  tenant: Caller['tenant'];
  scopes: ReadonlySet<ApiKeyScope>;
  sessions: AllowedSessions;
}

/** A request to `/v1` whose caller the front door authenticated. */
export interface AuthenticatedRequest extends FastifyRequest {
  caller: ApiCaller;
}

/** A request to `/admin/v1`; `signedIn` is null when nobody is signed in. */
export interface StaffRequest extends FastifyRequest {
  signedIn: SignedIn | null;
}

/** Returns the actor under which changes of a principal are recorded. */
export function actorOf({ kind, id, name }: Principal): Actor {
  return { kind, id, name };
}

const callerOf = (context: ExecutionContext): ApiCaller => context.switchToHttp().getRequest<AuthenticatedRequest>().caller;

/** Returns the tenant that the caller acts for. */
export const CurrentTenant = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context).tenant);

/** Returns the sessions that the caller is limited to; null: all of its tenant. */
export const CurrentSessions = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context).sessions);

/** Returns the caller with its rights. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context));

/** Returns the actor of the request, for the history of its changes. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext) => actorOf(callerOf(context).principal));

export type CurrentTenantInfo = ApiCaller['tenant'];
