import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import type { components } from '../providers/api-types';
import { type Tagged, tagged, useAct } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';

export type Person = components['schemas']['Person'];
export type Grant = Person['grants'][number];
export type Role = Grant['role'];
export type OpenSignIn = components['schemas']['OpenSignIn'];
export type PasswordLink = components['schemas']['PasswordLink'];

/** Roles, the most powerful first. */
export const roles: Role[] = ['owner', 'admin', 'operator', 'engineer', 'agent', 'analyst', 'viewer'];

/** State of a person: a name of `state.person`. Who came in by a one-time link is here, too, though without a password. */
export function personState({ disabled_at, is_ready, last_seen_at }: Pick<Person, 'disabled_at' | 'is_ready' | 'last_seen_at'>): string {
  if (disabled_at) return 'disabled';
  return is_ready || last_seen_at ? 'active' : 'invited';
}

export function usePerson(id: string) {
  return useQuery<Tagged<Person>, ApiError>({
    queryKey: ['staff', 'one', id],
    queryFn: ({ signal }) => tagged(api.GET('/admin/v1/staff/{id}', { params: { path: { id } }, signal })),
  });
}

/** Open sign-ins of a person. */
export function useSignInsOf(id: string) {
  return useQuery<OpenSignIn[], ApiError>({
    queryKey: ['staff', 'sign-ins', id],
    queryFn: async ({ signal }) => (await ok(api.GET('/admin/v1/staff/{id}/sign-ins', { params: { path: { id } }, signal }))).data,
    refetchInterval: useEveryMs(30_000),
  });
}

/** Changes people, then reads all of them anew, and the alerts, which name whose password is guessed. */
export const usePeopleAct = () => useAct(['staff'], ['alerts']);

/** True when the person may change people; undefined until that is known. */
export function useMayManagePeople(): boolean | undefined {
  const me = useMe();
  return me && mayDo(me, 'staff:manage', null);
}

const browsers: [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrome\/|\bCriOS\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Returns browser and system that a User-Agent header names. */
export function browserOf(userAgent: string | null): { browser: string | null; system: string | null } {
  const nameIn = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1] ?? null;
  return { browser: nameIn(browsers) ?? (userAgent ? (/^[\w.-]+/.exec(userAgent)?.[0] ?? null) : null), system: nameIn(systems) };
}
