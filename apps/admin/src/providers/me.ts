import { useGetIdentity } from 'react-admin';
import { api, ok } from './client';
import type { components } from './api-types';

/** The person who is signed in, with roles and permissions. */
export type Me = components['schemas']['Me'];
export type Permission = Me['permissions'][number];

let loading: Promise<Me | null> | undefined;

/** Returns the person who is signed in; null: nobody. Asked once until `forgetMe`. */
export function loadMe(): Promise<Me | null> {
  loading ??= ok(api.GET('/admin/v1/me')).then(
    (answer) => {
      // That nobody is signed in is not remembered: the next moment somebody may be.
      if (!answer.me) loading = undefined;
      return answer.me ?? null;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** Asks anew at the next `loadMe`. */
export function forgetMe(): void {
  loading = undefined;
}

/** True when the person may do this for the client, or for all clients when that is null. */
export function mayDo(me: Me | null | undefined, permission: Permission, tenant: string | null): boolean {
  return !!me && (me.permissions.includes(permission) || (!!tenant && (me.tenant_permissions[tenant] ?? []).includes(permission)));
}

/** True when the person may do this for at least one client. */
export function mayDoAnywhere(me: Me | null | undefined, permission: Permission): boolean {
  return !!me && (me.permissions.includes(permission) || Object.values(me.tenant_permissions).some((own) => own.includes(permission)));
}

/** The person, once known. */
export function useMe(): Me | undefined {
  return useGetIdentity().data as unknown as Me | undefined;
}
