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

/** What a staff route needs: a permission, only to be signed in (`true`), or nothing (`false`). */
export type StaffNeed = Permission | boolean;
export const staffNeedMetadata = 'heliograph:staff-need';
export const anyTenantMetadata = 'heliograph:staff-need-any-tenant';

/** Lets a person in who is signed in and has the permission for all tenants, or, where the route shows what of each tenant is hers, for one. */
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
 * The one permission a staff route needs, for all tenants.
 * @param anyTenant for one tenant is enough: the route shows a person only the tenants that are hers
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

/** Marks a route for everybody who is signed in. */
export function RequireSignIn(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(staffNeedMetadata, true), UseGuards(PersonGuard), ApiSecurity('signIn'));
}

/** Marks a route for people who are not signed in yet. */
export function NoSignIn(): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(staffNeedMetadata, false), ApiSecurity({}));
}

/** Who is signed in; null on routes with `NoSignIn` when nobody is. */
export const CurrentSignIn = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<StaffRequest>().signedIn,
);

/** The request as the library that signs people in needs it. */
export const AuthFrom = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { cookie: request.headers.cookie, address: request.ip, userAgent: request.headers['user-agent'] };
});
