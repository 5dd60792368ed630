import { notFound } from '@heliograph/kernel';
import { type Grant, may, type Permission } from '@heliograph/staff';
import type { Tenants } from '@heliograph/tenants';

/** Returns the tenants in which a person has the permission; null: all tenants, also future ones. */
export function tenantsWith(grants: readonly Grant[], permission: Permission): string[] | null {
  if (may(grants, permission, null)) return null;
  const named = new Set(grants.flatMap(({ tenantId }) => tenantId ?? []));
  return [...named].filter((id) => may(grants, permission, id));
}

/**
 * Returns the tenants that a request reads: the one it names, or all in which the person has the permission.
 * @throws AppError `not_found` when the person lacks the permission in the named tenant
 */
export function tenantsRead(grants: readonly Grant[], permission: Permission, named: string | undefined): string[] | null {
  if (named === undefined) return tenantsWith(grants, permission);
  if (!may(grants, permission, named)) throw notFound('tenant');
  return [named];
}

/** Returns the named tenant when the person has the permission in it, otherwise none; without a name, all in which they have it. */
export function tenantsWithin(grants: readonly Grant[], permission: Permission, named: string | undefined): string[] | null {
  if (named === undefined) return tenantsWith(grants, permission);
  return may(grants, permission, named) ? [named] : [];
}

/** Tenants read at once. */
const tenantsAtOnce = 500;

/** Returns all of these tenants by name: the table has a row for each. */
export async function namesOf(tenants: Tenants, tenantIds: string[] | null): Promise<{ id: string; name: string }[]> {
  const all: { id: string; name: string }[] = [];
  for (let cursor: string | undefined; ;) {
    const { rows, next } = await tenants.page({ limit: tenantsAtOnce, cursor }, tenantIds);
    all.push(...rows);
    if (!next) return all;
    cursor = next;
  }
}
