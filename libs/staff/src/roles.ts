import { type ApiKeyScope, apiKeyScopes } from '@heliograph/tenants';

/** Permissions that only people can have; what a key may too is a scope. */
export const staffPermissions = [
  'overview:read',
  'tenants:read',
  'tenants:manage',
  'staff:read',
  'staff:manage',
  'audit:read',
  'settings:manage',
] as const;
export type StaffPermission = (typeof staffPermissions)[number];

/** Rights of a person: the scopes of API keys, and those of the staff alone. */
export type Permission = ApiKeyScope | StaffPermission;
export const permissions: readonly Permission[] = [...apiKeyScopes, ...staffPermissions];

/** Roles of people, the most powerful first. */
export const staffRoles = ['owner', 'admin', 'operator', 'engineer', 'agent', 'analyst', 'viewer'] as const;
export type StaffRole = (typeof staffRoles)[number];

const reads = [
  'messages:read',
  'sessions:read',
  'callbacks:read',
  'contacts:read',
  'campaigns:read',
  'conversations:read',
  'events:read',
  'dead_letters:read',
] as const satisfies Permission[];

/**
 * The one table of role and permission. `messages:write` and `campaigns:launch` are to send, apart from every right to edit; `callbacks:bodies` shows
 * bodies that went to the core application. Only an owner gives or takes the role owner.
 */
export const permissionsOf: Readonly<Record<StaffRole, ReadonlySet<Permission>>> = {
  owner: new Set(permissions),
  admin: new Set(permissions),
  operator: new Set<Permission>([
    ...reads,
    'overview:read',
    'tenants:read',
    'messages:write',
    'sessions:manage',
    'contacts:manage',
    'campaigns:launch',
    'campaigns:manage',
    'conversations:write',
  ]),
  engineer: new Set<Permission>([
    ...reads,
    'overview:read',
    'tenants:read',
    'callbacks:manage',
    'callbacks:bodies',
    'events:manage',
    'events:write',
    'dead_letters:manage',
    'keys:manage',
    'audit:read',
  ]),
  agent: new Set<Permission>(['tenants:read', 'messages:read', 'contacts:read', 'conversations:read', 'conversations:write']),
  analyst: new Set<Permission>([...reads, 'overview:read', 'tenants:read']),
  viewer: new Set<Permission>(['overview:read', 'tenants:read', 'messages:read', 'sessions:read', 'campaigns:read']),
};

/** A role of a person, for one tenant or for all. */
export interface Grant {
  role: StaffRole;
  /** Null: all tenants. */
  tenantId: string | null;
}

/** True when a grant gives the permission for this tenant; `tenantId` null asks for what belongs to no tenant, or to all. */
export function may(grants: readonly Grant[], permission: Permission, tenantId: string | null): boolean {
  return grants.some((grant) => (grant.tenantId === null || grant.tenantId === tenantId) && permissionsOf[grant.role].has(permission));
}

/** Permissions the grants give for this tenant; `tenantId` null: for all tenants. */
export function permissionsFor(grants: readonly Grant[], tenantId: string | null): Permission[] {
  return permissions.filter((permission) => may(grants, permission, tenantId));
}
