import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ApiKeyScope } from '@heliograph/tenants';
import { anyTenantMetadata, type StaffNeed, staffNeedMetadata } from '../../apps/api/src/admin/person.guard';
import { type LimitedKeyRule, limitedKeysMetadata, scopeMetadata } from '../../apps/api/src/http/api-key.guard';

/** A route of a running api, with what it needs. */
export interface Route {
  method: string;
  path: string;
  /** Scope that a route of `/v1` needs. */
  scope: ApiKeyScope | undefined;
  /** Rule of a route of `/v1` for keys that are limited to sessions; undefined: it refuses them. */
  limitedKeys: LimitedKeyRule | undefined;
  /** Permission that a route of `/admin/v1` needs. */
  need: StaffNeed | undefined;
  anyTenant: boolean;
  guards: string[];
}

/** Every route of the controllers, from their metadata. */
export function routesOf(app: NestFastifyApplication): Route[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  const types = [...new Set(controllers.map(({ metatype }) => metatype as new () => object))];
  return types.flatMap((type) => {
    const handlers = Object.getOwnPropertyNames(type.prototype)
      .filter((name) => name !== 'constructor')
      .map((name) => (type.prototype as Record<string, unknown>)[name]);
    return handlers.flatMap((handler): Route[] => {
      if (typeof handler !== 'function' || !Reflect.hasMetadata('path', handler)) return [];
      const of = <T>(key: string) => (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, type)) as T | undefined;
      const all = [
        ...((Reflect.getMetadata('__guards__', type) as object[]) ?? []),
        ...((Reflect.getMetadata('__guards__', handler) as object[]) ?? []),
      ];
      const parts = [Reflect.getMetadata('path', type), Reflect.getMetadata('path', handler)] as (string | string[])[];
      const path = `/${parts.flat().join('/').split('/').filter(Boolean).join('/')}`;
      return [
        {
          method: RequestMethod[Reflect.getMetadata('method', handler) as number] ?? '',
          path,
          scope: of(scopeMetadata),
          limitedKeys: of(limitedKeysMetadata),
          need: of(staffNeedMetadata),
          anyTenant: of<boolean>(anyTenantMetadata) ?? false,
          guards: all.map((guard) => (guard as { name: string }).name),
        },
      ];
    });
  });
}
