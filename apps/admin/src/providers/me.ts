import { useGetIdentity } from 'react-admin';
import { api, ok } from './client';
import type { components } from './api-types';
import { chooseTenant, currentTenant } from './tenant';

/** The person who is signed in, with roles and permissions. */
export type Me = components['schemas']['Me'];
export type Permission = Me['permissions'][number];

let loading: Promise<Me | null> | undefined;
let isSignedIn = false;
let isOver = false;

/** Returns the person who is signed in; null: nobody. Asked once until `forgetMe`. */
export function loadMe(): Promise<Me | null> {
  loading ??= ok(api.GET('/admin/v1/me')).then(
    (answer) => {
      // That nobody is signed in is not remembered: the next moment somebody may be.
      if (!answer.me) {
        loading = undefined;
        isOver ||= isSignedIn;
      } else if (!mayChoose(answer.me, currentTenant())) chooseTenant(firstTenant(answer.me));
      if (answer.me) [isSignedIn, isOver] = [true, false];
      return answer.me ?? null;
    },
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** True when a sign-in of this page ended by itself, and nobody signed in since. */
export const isSignInOver = (): boolean => isOver;

/** Notes that the person signs out. */
export function leave(): void {
  isSignedIn = false;
}

/** Asks anew at the next `loadMe`. */
export function forgetMe(): void {
  loading = undefined;
}

/** False for a choice that another person left in this browser, or that a person with one client did not make yet. */
function mayChoose({ permissions, tenant_permissions }: Me, tenant: string | null): boolean {
  // Whoever has rights for all clients has them all.
  if (permissions.length > 0) return true;
  return tenant === null ? Object.keys(tenant_permissions).length !== 1 : tenant in tenant_permissions;
}

/** The client of a person who has only that one, else null: all. */
export function firstTenant({ permissions, tenant_permissions }: Me): string | null {
  const [only, ...others] = Object.keys(tenant_permissions);
  return permissions.length === 0 && others.length === 0 ? (only ?? null) : null;
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
