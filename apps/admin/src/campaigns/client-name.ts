import { useClients } from '../providers/clients';
import { useTenant } from '../providers/tenant';

/** Name of the client that is chosen. */
export function useClientName(): string {
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  return clients.find(({ id }) => id === tenant)?.name ?? '';
}
