import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { APP_CONFIG, AppError, type KernelConfig, RateLimiter, UploadPlaces } from '@heliograph/kernel';
import { ApiKeys } from '@heliograph/tenants';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiCaller } from './principal';
import { StaffDoor } from './staff-door';

/** Authenticates the caller before the body is read, so that bodies of strangers are neither parsed nor kept. */
@Injectable()
export class FrontDoor implements OnModuleInit {
  private readonly takesKeys: boolean;
  private readonly takesSignIns: boolean;
  private readonly uploads: UploadPlaces;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly keys: ApiKeys,
    private readonly staff: StaffDoor,
    private readonly limiter: RateLimiter,
    @Inject(APP_CONFIG) { API_SURFACES: surfaces, UPLOADS_PER_TENANT: uploads }: Pick<KernelConfig, 'API_SURFACES' | 'UPLOADS_PER_TENANT'>,
  ) {
    this.takesKeys = surfaces.length === 0 || surfaces.includes('public');
    this.takesSignIns = surfaces.length === 0 || surfaces.includes('admin');
    this.uploads = new UploadPlaces(uploads);
  }

  onModuleInit(): void {
    this.host.httpAdapter.getInstance<FastifyInstance>().addHook('onRequest', async (request, reply) => {
      const route = request.routeOptions.url ?? '';
      if (route.startsWith('/v1/')) {
        const caller = await this.callerOf(request, reply);
        this.uploads.take(caller.tenant.id, request, reply);
        Object.assign(request, { caller });
      }
      if (route.startsWith('/admin/v1/')) Object.assign(request, { signedIn: await this.signedInOf(request, reply) });
    });
  }

  /** Authenticates the caller by `Authorization: Bearer hg_live_…` or by a sign-in. All failures get the same response. */
  private async callerOf(request: FastifyRequest, reply: FastifyReply): Promise<ApiCaller> {
    await this.limiter.admitAddress(request.ip, reply);
    const { authorization, cookie } = request.headers;
    const caller =
      this.takesKeys && authorization !== undefined
        ? await this.byKey(authorization, request.ip)
        : this.takesSignIns && cookie !== undefined
          ? await this.staff.callerOf(request)
          : null;
    if (!caller)
      throw new AppError(
        'unauthenticated',
        'invalid_api_key',
        this.takesKeys
          ? 'Send a valid API key: Authorization: Bearer hg_live_…'
          : 'This process takes sign-ins and no API keys. Call one that serves the surface public (API_SURFACES).',
      );
    if (caller.tenant.suspended && caller.principal.kind === 'key')
      throw new AppError('forbidden', 'tenant_suspended', 'This tenant is suspended.');
    await this.limiter.admitKey(caller.principal.id, reply);
    return caller;
  }

  private async byKey(authorization: string, address: string): Promise<ApiCaller | null> {
    const secret = /^bearer +(\S+)$/i.exec(authorization)?.[1];
    const known = secret ? await this.keys.authenticate(secret, address) : null;
    if (!known) return null;
    const { key, tenant, sessions } = known;
    return { tenant, scopes: key.scopes, sessions, principal: { kind: 'key', id: key.id, name: key.name } };
  }

  private async signedInOf(request: FastifyRequest, reply: FastifyReply) {
    await this.limiter.admitAddress(request.ip, reply);
    return this.staff.admit(request);
  }
}
