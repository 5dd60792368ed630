import { useEffect, useLayoutEffect } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';
import { type Client, useClients } from '../providers/clients';
import { firstTenant, useMe } from '../providers/me';
import { chooseTenant, currentTenant, useTenant } from '../providers/tenant';

/** Chooses the client that the address names (`?client=<id>`), and takes the name out of it. @returns false until that is done */
export function useClientOfAddress(): boolean {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const tenant = useTenant();
  const client = new URLSearchParams(search).get('client');
  useLayoutEffect(() => {
    if (!client) return;
    if (client !== tenant) chooseTenant(client);
    const rest = new URLSearchParams(search);
    rest.delete('client');
    void navigate({ pathname, search: rest.toString() }, { replace: true });
  }, [client, tenant, pathname, search, navigate]);
  return !client;
}

const isUnknown = (clients: Client[]): boolean => currentTenant() !== null && !clients.some(({ id }) => id === currentTenant());

/** Leaves a client that the person does not see, such as that of an old link. One that was just added is no such client. */
export function useLeaveUnknownClient(): void {
  const me = useMe();
  const tenant = useTenant();
  const { data, refetch } = useClients();
  useEffect(() => {
    if (!me || !data || !isUnknown(data)) return;
    void refetch().then((now) => {
      if (now.isSuccess && isUnknown(now.data)) chooseTenant(firstTenant(me));
    });
  }, [me, tenant, data, refetch]);
}
