import { useQuery } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';

type Message = components['schemas']['Message'];

/** Returns the newest dead letter about a message, an open one first; null: there is none. */
async function letterOf({ id }: Message): Promise<components['schemas']['DeadLetter'] | null> {
  for (const state of ['open', 'redriven', 'discarded', 'resolved'] as const) {
    const { data } = await ok(api.GET('/v1/dead-letters', { params: { query: { kind: 'message', subject_id: id, state, limit: 1 } } }));
    if (data[0]) return data[0];
  }
  return null;
}

const deadStates = ['failed', 'uncertain'];

/** The dead letter about a message that failed or is uncertain; null: there is none. */
export function useLetterOf(message: Message, tenant: string) {
  const { id, state, cause } = message;
  const me = useMe();
  return useQuery({
    queryKey: ['dead_letters', 'of-message', tenant, id, state, cause],
    queryFn: () => letterOf(message),
    enabled: deadStates.includes(state) && !!cause && mayDo(me, 'dead_letters:read', tenant),
  }).data;
}
