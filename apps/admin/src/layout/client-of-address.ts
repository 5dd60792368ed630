import { useLayoutEffect } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';
import { chooseTenant, useTenant } from '../providers/tenant';

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
