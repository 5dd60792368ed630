import { Injectable } from '@nestjs/common';
import { AppError, notFound } from '@heliograph/kernel';
import { type Permission, permissionsFor, type SignedIn, SignIns } from '@heliograph/staff';
import { type ApiKeyScope, apiKeyScopes, KnownTenants } from '@heliograph/tenants';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ApiCaller } from './principal';

const tenantHeader = 'heliograph-tenant';
const isRead = (method: string) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
const isScope = (permission: Permission): permission is ApiKeyScope => (apiKeyScopes as readonly string[]).includes(permission);

/** Authenticates people by their session cookie, and refuses writes from other sites. */
@Injectable()
export class StaffDoor {
  constructor(
    private readonly signIns: SignIns,
    private readonly tenants: KnownTenants,
  ) {}

  /** Returns the signed-in person; null when nobody is signed in. @throws AppError `foreign_origin` */
  async admit(request: FastifyRequest): Promise<SignedIn | null> {
    if (!isRead(request.method)) this.refuseForeign(request);
    return this.signIns.find(request.headers.cookie);
  }

  /**
   * Returns a person who acts for the tenant in the header `Heliograph-Tenant`; null when nobody is signed in.
   * @throws AppError `tenant_required`; `not_found` for an unknown tenant or one the person has no access to
   */
  async callerOf(request: FastifyRequest): Promise<ApiCaller | null> {
    const signedIn = await this.admit(request);
    if (!signedIn) return null;
    const given = request.headers[tenantHeader];
    if (given === undefined)
      throw new AppError('invalid', 'tenant_required', 'Name the tenant you act for in the header Heliograph-Tenant.', {
        path: tenantHeader,
      });
    const id = z.uuid().toLowerCase().safeParse(given);
    const rights = id.success ? permissionsFor(signedIn.person.grants, id.data) : [];
    const tenant = id.success && rights.length > 0 ? await this.tenants.find(id.data) : null;
    if (!tenant) throw notFound('tenant');
    const { id: personId, name } = signedIn.person;
    return { principal: { kind: 'person', id: personId, name }, scopes: new Set(rights.filter(isScope)), sessions: null, tenant };
  }

  /** A browser sends the origin of a write; our own pages have the host of the request as their origin. */
  private refuseForeign({ headers }: FastifyRequest): void {
    const site = headers['sec-fetch-site'];
    const origin = headers.origin;
    const isOurs =
      site === 'same-origin' ||
      (site === undefined && origin !== undefined && URL.canParse(origin) && new URL(origin).host === headers.host);
    if (!isOurs) throw new AppError('forbidden', 'foreign_origin', 'A sign-in can write only from the panel itself.');
  }
}
