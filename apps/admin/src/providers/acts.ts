import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ApiError } from './client';
import { mayDo, type Permission, useMe } from './me';
import { useTenant } from './tenant';

/** A record with its tag for If-Match. */
export interface Tagged<T> {
  value: T;
  tag: string | null;
}

/** Reads a record with its tag. @throws ApiError */
export async function tagged<T>(request: Promise<{ data?: T; response: Response }>): Promise<Tagged<T>> {
  const { data, response } = await request;
  return { value: data as T, tag: response.headers.get('etag') };
}

/** Calls the API, then reads the queries under these keys again, also after a refusal. */
export function useAct(...keys: QueryKey[]) {
  const queries = useQueryClient();
  return useMutation<unknown, ApiError, () => Promise<unknown>>({
    mutationFn: (act) => act(),
    onSettled: () => Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
}

/** True when the person may do this for the client that is chosen; undefined until that is known. */
export function useMay(permission: Permission): boolean | undefined {
  const me = useMe();
  const tenant = useTenant();
  return me && mayDo(me, permission, tenant);
}
