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
import { ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { AppError } from '@heliograph/kernel';
import { may, type Permission } from '@heliograph/staff';
import type { FastifyRequest } from 'fastify';
import type { StaffRequest } from '../http/principal';
import { problemResponse } from '../http/problem.schema';

/** Requirement of a staff route: a permission, a sign-in (`true`), or nothing (`false`). */
export type StaffNeed = Permission | boolean;
export const staffNeedMetadata = 'heliograph:staff-need';
const anyTenantMetadata = 'heliograph:staff-need-any-tenant';

/** Admits a signed-in person who has the permission for all tenants, or for one tenant where the route shows only the person's tenants. */
@Injectable()
export class PersonGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { signedIn } = context.switchToHttp().getRequest<StaffRequest>();
    const need = this.reflector.getAllAndOverride<StaffNeed>(staffNeedMetadata, [context.getHandler(), context.getClass()]);
    if (!signedIn) throw new AppError('unauthenticated', 'signed_out', 'Sign in first.');
    const { grants } = signedIn.person;
    const isAnyTenant = this.reflector.getAllAndOverride<boolean | undefined>(anyTenantMetadata, [
      context.getHandler(),
      context.getClass(),
    ]);
    const tenants = isAnyTenant ? grants.map(({ tenantId }) => tenantId) : [null];
    const isGiven = need === true || tenants.some((tenantId) => may(grants, need as Permission, tenantId));
    if (!isGiven) throw new AppError('forbidden', 'missing_permission', `Your roles lack the permission ${String(need)}.`);
    return true;
  }
}

/**
 * Declares the permission that a staff route requires, for all tenants.
 * @param anyTenant one tenant is enough: the route shows a person only their own tenants
 */
export function RequirePermission(need: Permission, { anyTenant = false } = {}): MethodDecorator & ClassDecorator {
  return applyDecorators(
    SetMetadata(staffNeedMetadata, need),
    SetMetadata(anyTenantMetadata, anyTenant),
    UseGuards(PersonGuard),
    ApiSecurity('signIn'),
    ApiResponse(problemResponse(403, 'missing_permission', `The person lacks the permission \`${need}\`.`)),
  );
}

/** Marks a route that requires a sign-in and no permission. */
export function RequireSignIn(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(staffNeedMetadata, true), UseGuards(PersonGuard), ApiSecurity('signIn'));
}

/** Marks a route for people who are not signed in yet. */
export function NoSignIn(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(staffNeedMetadata, false), ApiSecurity({}));
}

/** Returns the sign-in of the request; null on routes with `NoSignIn` when nobody is signed in. */
export const CurrentSignIn = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<StaffRequest>().signedIn,
);

/** Returns the request in the form that the authentication library needs. */
export const AuthFrom = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { cookie: request.headers.cookie, address: request.ip, userAgent: request.headers['user-agent'] };
});
