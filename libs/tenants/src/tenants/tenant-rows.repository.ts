/*
 * Fragments of statements of other libs that depend on a tenant. They read its columns through these, and through the settings
 * (`tenant-settings.repository.ts`).
 */

/** SQL: what follows JOIN for the tenant with this id, as `tenant`. */
export const tenantOf = (tenant: string, id: string): string => `tenants ${tenant} ON ${tenant}.id = ${id}`;

/** SQL: a value that `read` makes of the tenant with this id. */
export const ofTenant = (id: string, read: (tenant: string) => string): string =>
  `(SELECT ${read('of_tenant')} FROM tenants of_tenant WHERE of_tenant.id = ${id})`;

/** SQL: true for a tenant that is not suspended: its messages are sent, its events are evaluated. `tenant` is an alias of a row of `tenants`. */
export const isTenantOpen = (tenant: string): string => `${tenant}.suspended_at IS NULL`;
