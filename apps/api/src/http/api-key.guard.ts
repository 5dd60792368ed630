import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { AppError } from '@heliograph/kernel';
import type { ApiKeyScope } from '@heliograph/tenants';
import type { AuthenticatedRequest } from './principal';
import { problemResponse } from './problem.schema';

export const scopeMetadata = 'heliograph:scope';
const sendsMetadata = 'heliograph:sends';

/**
 * Admits a caller that has the scope: a key by its scopes, a person by the permissions of their roles. For a suspended tenant a person
 * reads and repairs, but sends nothing. The front door refuses the keys of that tenant.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { caller } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const scope = this.reflector.getAllAndOverride<ApiKeyScope>(scopeMetadata, [context.getHandler(), context.getClass()]);
    if (!caller.scopes.has(scope)) {
      const whose = caller.principal.kind === 'key' ? 'This API key lacks' : 'Your roles lack';
      throw new AppError('forbidden', 'missing_scope', `${whose} the scope ${scope}.`);
    }
    if (caller.tenant.suspended && this.reflector.get<boolean | undefined>(sendsMetadata, context.getHandler()))
      throw new AppError('forbidden', 'tenant_suspended', 'This tenant is suspended: nothing new is sent for it. Resume it first.');
    return true;
  }
}

/** Marks a route that takes something new to send. Nobody may call it while the tenant is suspended. */
export const Sends = (): MethodDecorator => SetMetadata(sendsMetadata, true);

/** Declares the scope that a route requires. */
export function RequireScope(scope: ApiKeyScope): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(scopeMetadata, scope),
    UseGuards(ApiKeyGuard),
    ApiBearerAuth(),
    ApiSecurity('signIn'),
    ApiResponse(problemResponse(403, 'missing_scope', `The key lacks the scope \`${scope}\`, or the tenant is suspended.`)),
  );
}
