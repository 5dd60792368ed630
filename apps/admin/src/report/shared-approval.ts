import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { isOver } from './shared-report';

type Schemas = components['schemas'];
/** The plan of a campaign, as the holder of its approval link sees it. */
export type SharedApproval = Schemas['SharedCampaignApproval'];
/** Decision of the holder of a link. */
export type Decision = Omit<Schemas['DecideCampaign'], 'token'>;

const keyOf = (token: string) => ['campaign-approval', token];

/** The plan of a token. It is read again while a decision is open: somebody may change the campaign meanwhile. */
export function useSharedApproval(token: string) {
  return useQuery<SharedApproval, ApiError>({
    queryKey: keyOf(token),
    queryFn: ({ signal }) => ok(api.POST('/admin/v1/campaign-approval', { body: { token }, signal })),
    refetchInterval: ({ state: { data, error } }) => (isOver(error) || (data && data.state !== 'open') ? false : 30_000),
    retry: false,
  });
}

/** Decides with the link. After a refusal the page shows what is so now. */
export function useDecision(token: string) {
  const queries = useQueryClient();
  return useMutation<SharedApproval, ApiError, Decision>({
    mutationFn: (decision) => ok(api.POST('/admin/v1/campaign-approval/decide', { body: { token, ...decision } })),
    onSuccess: (shared) => queries.setQueryData(keyOf(token), shared),
    onError: () => queries.invalidateQueries({ queryKey: keyOf(token) }),
  });
}
