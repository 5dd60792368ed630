import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiResponse } from '@nestjs/swagger';
import { AppError } from '@heliograph/kernel';
import type { ApiKeyScope, Caller } from '@heliograph/tenants';
import type { FastifyRequest } from 'fastify';
import { problemResponse } from './problem.schema';

export const scopeMetadata = 'heliograph:scope';

interface AuthenticatedRequest extends FastifyRequest {
  caller: Caller;
}

/** Lets a caller, whom `FrontDoor` knows, only where its key has the scope. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const scope = this.reflector.getAllAndOverride<ApiKeyScope>(scopeMetadata, [context.getHandler(), context.getClass()]);
    if (!caller.key.scopes.has(scope)) throw new AppError('forbidden', 'missing_scope', `This API key lacks the scope ${scope}.`);
    return true;
  }
}

/** The one scope a route needs. */
export function RequireScope(scope: ApiKeyScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(scopeMetadata, scope),
    UseGuards(ApiKeyGuard),
    ApiBearerAuth(),
    ApiResponse(problemResponse(403, 'missing_scope', `The key lacks the scope \`${scope}\`, or the tenant is suspended.`)),
  );
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
