import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import type { components } from '../providers/api-types';
import { useAct } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { allPages } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';

export type SimulatorNumber = components['schemas']['SimulatorNumber'];
export type SimulatorFault = components['schemas']['SimulatorFault'];
export type SimulatorSend = components['schemas']['SimulatorSend'];
export type FaultKind = components['schemas']['AddSimulatorFault']['kind'];

/** Numbers, faults and counts of the simulator. */
export function useSimulator(isOn: boolean) {
  return useQuery<components['schemas']['Simulator'], ApiError>({
    queryKey: ['simulator', 'state'],
    queryFn: ({ signal }) => ok(api.GET('/admin/v1/simulator', { signal })),
    enabled: isOn,
    refetchInterval: useEveryMs(3_000),
  });
}

/** The last sends in the ledger of the simulator, newest first. */
export function useSends() {
  return useQuery<SimulatorSend[], ApiError>({
    queryKey: ['simulator', 'sends'],
    queryFn: async ({ signal }) => (await ok(api.GET('/admin/v1/simulator/sends', { params: { query: { limit: 50 } }, signal }))).data,
    refetchInterval: useEveryMs(3_000),
  });
}

/** Numbers of the client that is chosen, by the id that the simulator knows them by. */
export function useOwnNumbers(): Map<string, { id: string; name: string }> {
  const tenant = useTenant();
  const { data } = useQuery({
    queryKey: ['numbers', 'by provider id', tenant],
    queryFn: async ({ signal }) => {
      const numbers = await allPages(tenant, (query, headers) => ok(api.GET('/v1/sessions', { params: { query }, headers, signal })));
      return new Map(
        numbers.flatMap(({ id, name, provider_session_id: at }) =>
          at === null ? [] : [[at, { id, name }] as [string, { id: string; name: string }]],
        ),
      );
    },
    staleTime: 30_000,
    enabled: tenant !== null,
  });
  return data ?? none;
}

const none = new Map<string, { id: string; name: string }>();

/** Numbers with those of the client that is chosen first. */
export function ownFirst(numbers: SimulatorNumber[], own: Map<string, unknown>): SimulatorNumber[] {
  return numbers.toSorted((a, b) => Number(own.has(String(b.id))) - Number(own.has(String(a.id))));
}

/** Changes something in the simulator, then reads it again. */
export const useSimulatorAct = () => useAct(['simulator'], ['number'], ['numbers']);
