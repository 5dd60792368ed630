import { applyDecorators, type CanActivate, type ExecutionContext, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { AppError, notFound } from '@heliograph/kernel';
import { MessageQueries } from '@heliograph/messaging';
import type { AllowedSessions, ApiKeyScope } from '@heliograph/tenants';
import { z } from 'zod';
import type { ApiCaller, AuthenticatedRequest } from './principal';
import { problemResponse } from './problem.schema';

export const scopeMetadata = 'heliograph:scope';
export const limitedKeysMetadata = 'heliograph:limited-keys';
const sendsMetadata = 'heliograph:sends';

/**
 * Rule of a route for keys that are limited to sessions. A route that does not say so refuses such keys.
 * `session`: `:id` of the path is a session, which must be one of the key's.
 * `message`: `:id` of the path is a message, whose session must be one of them.
 * `narrowed`: the handler uses and shows only what belongs to them (`CurrentSessions`).
 * `any`: the answer tells nothing of a session.
 */
export type LimitedKeyRule = 'session' | 'message' | 'narrowed' | 'any';

/**
 * Admits a caller that has the scope: a key by its scopes, a person by the permissions of their roles. For a suspended tenant a person
 * reads and repairs, but sends nothing. The front door refuses the keys of that tenant. A key that is limited to sessions is judged here,
 * before a stored answer of an idempotency key is shown.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly messages: MessageQueries,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { caller, params } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const scope = this.reflector.getAllAndOverride<ApiKeyScope>(scopeMetadata, [context.getHandler(), context.getClass()]);
    if (!caller.scopes.has(scope)) {
      const whose = caller.principal.kind === 'key' ? 'This API key lacks' : 'Your roles lack';
      throw new AppError('forbidden', 'missing_scope', `${whose} the scope ${scope}.`);
    }
    if (caller.tenant.suspended && this.reflector.get<boolean | undefined>(sendsMetadata, context.getHandler()))
      throw new AppError('forbidden', 'tenant_suspended', 'This tenant is suspended: nothing new is sent for it. Resume it first.');
    if (!caller.sessions) return true;
    const rule = this.reflector.get<LimitedKeyRule | undefined>(limitedKeysMetadata, context.getHandler());
    return this.admitLimited(caller, caller.sessions, rule, (params as { id?: string }).id ?? '');
  }

  /** @throws AppError `key_limited_to_sessions`; `not_found` for what belongs to another session, as for what does not exist */
  private async admitLimited(
    { tenant }: ApiCaller,
    sessions: NonNullable<AllowedSessions>,
    rule: LimitedKeyRule | undefined,
    id: string,
  ): Promise<boolean> {
    switch (rule) {
      case 'any':
      case 'narrowed':
        return true;
      case 'session':
        if (!sessions.has(id.toLowerCase())) throw notFound('session');
        return true;
      case 'message': {
        const sessionId = z.uuid().safeParse(id).success ? await this.messages.sessionOf(tenant.id, id) : null;
        if (sessionId === null || !sessions.has(sessionId)) throw notFound('message');
        return true;
      }
      case undefined:
        throw new AppError(
          'forbidden',
          'key_limited_to_sessions',
          'This API key is limited to sessions, and this route is about more than one session. Use a key without that limit.',
        );
    }
  }
}

/** Marks a route that takes something new to send. Nobody may call it while the tenant is suspended. */
export const Sends = (): MethodDecorator => SetMetadata(sendsMetadata, true);

/** Declares the scope that a route requires. @param limitedKeys how keys that are limited to sessions are judged; left out: they are refused */
export function RequireScope(scope: ApiKeyScope, limitedKeys?: LimitedKeyRule): MethodDecorator {
  const lacks = `The key lacks the scope \`${scope}\``;
  const refusal = limitedKeys ? lacks : `${lacks}, is limited to sessions (\`key_limited_to_sessions\`)`;
  return applyDecorators(
    SetMetadata(scopeMetadata, scope),
    SetMetadata(limitedKeysMetadata, limitedKeys),
    UseGuards(ApiKeyGuard),
    ApiBearerAuth(),
    ApiSecurity('signIn'),
    ApiResponse(problemResponse(403, 'missing_scope', `${refusal}, or the tenant is suspended.`)),
  );
}
