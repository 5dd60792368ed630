import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppError, RateLimiter } from '@heliograph/kernel';
import { ApiKeys, type Caller } from '@heliograph/tenants';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StaffDoor } from '../admin/staff-door';
import { HookSenders } from '../hooks/hook-senders';

/** Knows who calls before a byte of the body is read: what strangers send is neither parsed nor kept. */
@Injectable()
export class FrontDoor implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly keys: ApiKeys,
    private readonly limiter: RateLimiter,
    private readonly hooks: HookSenders,
    private readonly staff: StaffDoor,
  ) {}

  onModuleInit(): void {
    this.host.httpAdapter.getInstance<FastifyInstance>().addHook('onRequest', async (request, reply) => {
      const path = request.routeOptions.url ?? '';
      if (path.startsWith('/v1/')) Object.assign(request, { caller: await this.callerOf(request, reply) });
      if (path.startsWith('/admin/v1/')) {
        await this.limiter.admitAddress(request.ip, reply);
        Object.assign(request, { signedIn: await this.staff.admit(request) });
      }
      // Hooks are not counted: the provider must never be turned away.
      if (path.startsWith('/hooks/')) Object.assign(request, { hookSender: await this.hooks.admit(request) });
    });
  }

  /** Knows the caller by `Authorization: Bearer hg_live_…`. All ways of not being known look the same. */
  private async callerOf(request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    await this.limiter.admitAddress(request.ip, reply);
    const secret = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const caller = secret
      ? await this.keys.authenticate(secret, request.ip)
      : request.headers.cookie
        ? await this.staff.callerOf(request)
        : null;
    if (!caller) throw new AppError('unauthenticated', 'invalid_api_key', 'Send a valid API key: Authorization: Bearer hg_live_…');
    if (caller.tenant.suspended) throw new AppError('forbidden', 'tenant_suspended', 'This tenant is suspended.');
    await this.limiter.admitKey(caller.key.id, reply);
    return caller;
  }
}
