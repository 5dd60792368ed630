import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
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
