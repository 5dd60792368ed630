import { keepPreviousData, type QueryKey, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEveryMs, usePollMs } from '../live/live-store';
import { type Tagged, tagged } from '../providers/acts';
import type { components, paths } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { byCursor } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';
import type { Template } from '../templates/templates';

type Schemas = components['schemas'];
export type Campaign = Schemas['Campaign'];
/** Members of a campaign that people edit. */
export type CampaignDraft = Pick<
  Campaign,
  'name' | 'audience' | 'message' | 'schedule' | 'numbers' | 'pace' | 'caps' | 'requires_consent' | 'check_numbers' | 'stop_rules' | 'retry'
>;
export type AudienceSource = Campaign['audience']['include'][number];
export type StopRule = Campaign['stop_rules'][number];
/** Plan by which a campaign is sent again. */
export type Retry = NonNullable<Campaign['retry']>;
export type CampaignCheck = Schemas['CampaignCheck'];
export type CampaignPlan = Schemas['CampaignPlan'];
export type NumberFigures = Schemas['NumberFigures'];
export type NumberChecks = Schemas['CampaignNumberChecks'];
/** Figures of a campaign that was launched. The counts add up to the audience. */
export type CampaignResults = Schemas['CampaignResults'];
export type CampaignNumber = CampaignResults['numbers'][number];
export type CampaignSeries = Schemas['CampaignSeries'];
export type CampaignFailure = Schemas['CampaignFailures']['data'][number];
export type CampaignReply = Schemas['CampaignReply'];
export type CampaignLogEntry = Schemas['CampaignLogEntry'];
/** Pages that links open for the client. */
export type LinkKind = 'report' | 'approval';
export type LinkDecision = Schemas['CampaignDecision'];
/** A link to a page of a campaign; one to a report takes no decision. */
export type CampaignLink = Schemas['CampaignReportLink'] & { decision?: LinkDecision | null };

/** Key of all that is read of a campaign. */
export const campaignKey = (tenant: string | null, id: string, ...part: string[]): QueryKey => ['campaign', tenant, id, ...part];
const of = (id: string) => ({ params: { path: { id } } });
/** The newest in one page: older ones are found by name. */
const wholePage = { limit: 200 };

/** Creates a draft; members that are left out have defaults. */
export const createCampaign = (name: string): Promise<Campaign> =>
  ok(api.POST('/v1/campaigns', { body: { name } as Schemas['CreateCampaign'] }));
export const readCampaign = (id: string, signal?: AbortSignal): Promise<Tagged<Campaign>> =>
  tagged(api.GET('/v1/campaigns/{id}', { ...of(id), ...(signal && { signal }) }));
const taggedOf = (id: string, tag: string | null) => ({ params: { path: { id }, header: tag ? { 'If-Match': tag } : {} } });
export const updateCampaign = (id: string, body: Partial<CampaignDraft>, tag: string | null): Promise<Tagged<Campaign>> =>
  tagged(api.PATCH('/v1/campaigns/{id}', { ...taggedOf(id, tag), body }));
export const deleteCampaign = (id: string, tag: string | null): Promise<unknown> => ok(api.DELETE('/v1/campaigns/{id}', taggedOf(id, tag)));
export const pauseCampaign = (id: string): Promise<Campaign> => ok(api.POST('/v1/campaigns/{id}/pause', of(id)));
export const resumeCampaign = (id: string): Promise<Campaign> => ok(api.POST('/v1/campaigns/{id}/resume', of(id)));
/** Turns off the plan by which a launched campaign is sent again. */
export const stopRetry = (id: string): Promise<Campaign> => ok(api.POST('/v1/campaigns/{id}/stop-retry', of(id)));
export const cancelCampaign = (id: string): Promise<Campaign> => ok(api.POST('/v1/campaigns/{id}/cancel', of(id)));
/** Approves what a check found, and nothing else. */
export const approveCampaign = (id: string, expect_hash: string): Promise<Campaign> =>
  ok(api.POST('/v1/campaigns/{id}/approve', { ...of(id), body: { expect_hash } }));
export const copyCampaign = (id: string, name: string): Promise<Campaign> =>
  ok(api.POST('/v1/campaigns/{id}/copy', { ...of(id), body: { name: name.slice(0, 200) } }));
/** People and content that were shown before a launch, which is refused when they are others now. */
export type ExpectedLaunch = Required<Schemas['LaunchCampaign']>;
/** Launches a campaign of a client, also when another one was chosen meanwhile. */
export const launchCampaign = (id: string, body: ExpectedLaunch, tenant: string | null): Promise<Campaign> =>
  ok(
    api.POST('/v1/campaigns/{id}/launch', {
      ...of(id),
      body,
      ...(tenant && { headers: { 'heliograph-tenant': tenant } }),
    }),
  );
/** Changes pace or numbers of a campaign that was launched. */
export const setPace = (id: string, body: Partial<Pick<CampaignDraft, 'pace' | 'numbers'>>, tag: string | null): Promise<unknown> =>
  ok(api.PATCH('/v1/campaigns/{id}/pace', { ...taggedOf(id, tag), body }));

/** People whom a follow-up goes to. */
export type FollowUp = Schemas['CreateCampaignFollowUp'];
/** Creates a draft for the people with an outcome in a campaign. */
export const followUp = (id: string, body: FollowUp): Promise<Campaign> =>
  ok(api.POST('/v1/campaigns/{id}/follow-up', { ...of(id), body }));

/** True where the API says that somebody else changed the campaign, or that it can no longer be edited. */
export const isStale = (error: unknown): boolean => {
  const { status, code } = error as ApiError;
  return status === 412 || (status === 409 && code === 'campaign_not_editable');
};

const movingStates: readonly string[] = ['scheduled', 'processing'];
export const isMoving = (campaign: Pick<Campaign, 'state'> | undefined): boolean => !!campaign && movingStates.includes(campaign.state);

/** Time after the end of a campaign in which many of its receipts still come, in ms. */
const receiptsMs = 24 * 3_600_000;
/** True while figures of the campaign may change: also for a while after its last message was sent. */
export const hasNews = (campaign: Pick<Campaign, 'state' | 'ended_at'>): boolean =>
  isMoving(campaign) || (campaign.ended_at !== null && Date.now() - Date.parse(campaign.ended_at) < receiptsMs);

export function useCampaign(id: string) {
  const tenant = useTenant();
  const everyMs = useEveryMs(2_000);
  return useQuery<Tagged<Campaign>, ApiError>({
    queryKey: campaignKey(tenant, id, 'campaign'),
    queryFn: ({ signal }) => readCampaign(id, signal),
    enabled: tenant !== null,
    refetchInterval: ({ state: { data } }) => (isMoving(data?.value) ? everyMs : false),
  });
}

/** @param of client of the campaign, where it is not the one that is chosen */
export function useResults(id: string, isOn: boolean, moves: boolean, of?: string) {
  const chosen = useTenant();
  const tenant = of ?? chosen;
  const everyMs = usePollMs(moves);
  return useQuery<CampaignResults, ApiError>({
    queryKey: campaignKey(tenant, id, 'results'),
    queryFn: ({ signal }) =>
      ok(api.GET('/v1/campaigns/{id}/results', { params: { path: { id } }, headers: { 'heliograph-tenant': tenant ?? '' }, signal })),
    enabled: tenant !== null && isOn,
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
}

/** @param revision version of the draft that the API has; null: nothing is asked */
export function useCheck(id: string, revision: string | null) {
  const tenant = useTenant();
  const queries = useQueryClient();
  const everyMs = usePollMs();
  return useQuery<CampaignCheck, ApiError>({
    queryKey: campaignKey(tenant, id, 'check', revision ?? ''),
    queryFn: async ({ signal, queryKey }) => {
      const waited = queries.getQueryData<CampaignCheck>(queryKey)?.needs_approval;
      const check = await ok(api.POST('/v1/campaigns/{id}/check', { ...of(id), signal }));
      // A draft that is ready becomes checked; its tag stays.
      queries.setQueryData<Tagged<Campaign>>(
        campaignKey(tenant, id, 'campaign'),
        (read) => read && { ...read, value: { ...read.value, state: check.state } },
      );
      // By whom it was approved stands in the campaign.
      if (waited && !check.needs_approval) void queries.invalidateQueries({ queryKey: campaignKey(tenant, id, 'campaign') });
      return check;
    },
    // The second person approves in another browser.
    refetchInterval: ({ state: { data } }) => (data?.needs_approval ? everyMs : false),
    enabled: tenant !== null && revision !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });
}

/** @param revision version of the draft that the API has; null: nothing is asked */
export function usePlan(id: string, revision: string | null) {
  const tenant = useTenant();
  return useQuery<CampaignPlan, ApiError>({
    queryKey: campaignKey(tenant, id, 'plan', revision ?? ''),
    queryFn: ({ signal }) => ok(api.GET('/v1/campaigns/{id}/plan', { ...of(id), signal })),
    enabled: tenant !== null && revision !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });
}

/** Progress of the number checks of a campaign. They go on slowly: minutes lie between two answers. */
export function useNumberChecks({ id, check_numbers }: Campaign, moves: boolean) {
  const tenant = useTenant();
  const everyMs = usePollMs(moves, { live: 30_000, otherwise: 30_000 });
  return useQuery<NumberChecks, ApiError>({
    queryKey: campaignKey(tenant, id, 'number-checks'),
    queryFn: ({ signal }) => ok(api.GET('/v1/campaigns/{id}/number-checks', { ...of(id), signal })),
    enabled: tenant !== null && check_numbers,
    refetchInterval: everyMs,
  });
}

/** People that a campaign can be sent to, by name. */
export interface Source {
  kind: AudienceSource['kind'];
  id: string;
  name: string;
  /** Number of people, where it is known without counting. */
  people: number | null;
}

/** The newest lists, segments and imports of the client whose name has a text in it. An import is one only if its rows were kept. */
export async function readSources(text: string, signal: AbortSignal): Promise<Source[]> {
  const query = { ...wholePage, ...(text !== '' && { name: text }) };
  const [lists, segments, imports] = await Promise.all([
    ok(api.GET('/v1/contact-lists', { params: { query }, signal })),
    ok(api.GET('/v1/segments', { params: { query }, signal })),
    ok(api.GET('/v1/imports', { params: { query: { ...query, state: ['done'] } }, signal })),
  ]);
  return [
    ...lists.data.map(({ id, name, members }) => ({ kind: 'list' as const, id, name, people: members })),
    ...segments.data.map(({ id, name }) => ({ kind: 'segment' as const, id, name, people: null })),
    ...imports.data
      .filter(({ is_audience }) => is_audience)
      .map((one) => ({ kind: 'import' as const, id: one.id, name: one.file_name, people: one.new + one.changed + one.unchanged })),
  ];
}

/** Filter of the people of a campaign. */
export type PeopleFilter = Omit<NonNullable<paths['/v1/campaigns/{id}/people']['get']['parameters']['query']>, 'cursor' | 'limit'>;

/** People of a campaign, page after page. */
export function usePeople(id: string, filter: PeopleFilter) {
  const tenant = useTenant();
  return useInfiniteQuery({
    queryKey: campaignKey(tenant, id, 'people', JSON.stringify(filter)),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/v1/campaigns/{id}/people', {
          params: { path: { id }, query: { ...filter, limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
    enabled: tenant !== null,
  });
}

/** Reads the file of a campaign's people and outcomes. */
export const exportPeople = (id: string, filter: PeopleFilter): Promise<Blob> =>
  ok<Blob>(api.GET('/v1/campaigns/{id}/export', { params: { path: { id }, query: filter }, parseAs: 'blob' }));

/** Times between two reads of figures that need no haste. */
const figures = { otherwise: 5_000 };

/** People who answered a campaign, last first, page after page. */
export function useReplies(campaign: Campaign, kind: CampaignReply['kind'] | null, isOn: boolean) {
  const tenant = useTenant();
  const { id } = campaign;
  const everyMs = usePollMs(isMoving(campaign), figures);
  return useInfiniteQuery({
    queryKey: campaignKey(tenant, id, 'replies', kind ?? ''),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/v1/campaigns/{id}/replies', {
          params: { path: { id }, query: { limit: 50, ...(kind && { kind }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
    enabled: tenant !== null && isOn,
    refetchInterval: everyMs,
  });
}

export function useSeries(id: string, moves: boolean) {
  const tenant = useTenant();
  const everyMs = usePollMs(moves, figures);
  return useQuery<CampaignSeries, ApiError>({
    queryKey: campaignKey(tenant, id, 'series'),
    queryFn: ({ signal }) => ok(api.GET('/v1/campaigns/{id}/series', { ...of(id), signal })),
    enabled: tenant !== null,
    refetchInterval: everyMs,
  });
}

export function useFailures(id: string, moves: boolean) {
  const tenant = useTenant();
  const everyMs = usePollMs(moves, figures);
  return useQuery<CampaignFailure[], ApiError>({
    queryKey: campaignKey(tenant, id, 'failures'),
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/campaigns/{id}/failures', { ...of(id), signal }))).data,
    enabled: tenant !== null,
    refetchInterval: everyMs,
  });
}

/** Log of a campaign, newest first, page after page. Every change of state or pace adds an entry. */
export function useLog({ id, state, version }: Campaign) {
  const tenant = useTenant();
  return useInfiniteQuery({
    queryKey: campaignKey(tenant, id, 'log', state, String(version)),
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/v1/campaigns/{id}/log', {
          params: { path: { id }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
    enabled: tenant !== null,
  });
}

/** Campaigns that were launched, of all pages, at most a thousand. */
export async function readLaunched(signal: AbortSignal): Promise<Campaign[]> {
  const all: Campaign[] = [];
  const state = 'scheduled,processing,paused,completed,cancelled,failed';
  let cursor: string | null = null;
  do {
    const query: { state: string; limit: number; cursor?: string } = { state, ...wholePage };
    if (cursor !== null) query.cursor = cursor;
    const page: Schemas['CampaignPage'] = await ok(api.GET('/v1/campaigns', { params: { query }, signal }));
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null && all.length < 1_000);
  return all;
}

/** A message as one person would get it. */
export type MessagePreview = Schemas['TemplatePreview'];

/**
 * Fills a template in for a contact as the campaign does; without one, with the values of the campaign alone.
 * @param revision version of the draft that the API has; null: nothing is asked
 */
export function usePreview(id: string, revision: string | null, template: Template | undefined, contactId: string | null) {
  const tenant = useTenant();
  return useQuery<MessagePreview & { contactId: string | null }, ApiError>({
    queryKey: campaignKey(tenant, id, 'preview', revision ?? '', template?.id ?? '', String(template?.version), contactId ?? ''),
    queryFn: async ({ signal }) => {
      const { language, content, languages, defaults } = template as Template;
      const body = { template: { language, content, languages, defaults }, campaign_id: id, ...(contactId && { contact_id: contactId }) };
      const preview = await ok(api.POST('/v1/templates/preview', { body: body as Schemas['PreviewTemplate'], signal }));
      return { ...preview, contactId };
    },
    enabled: tenant !== null && template !== undefined && revision !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

/** Sends a template to one recipient, beside every campaign; with a key that was used before, nothing more. */
export const sendTest = (
  id: string,
  key: string,
  body: {
    to: string;
    wording: number;
    version?: number;
    variables: Record<string, string>;
    campaign_id: string;
    contact_id?: string;
    session_id?: string;
  },
): Promise<Schemas['AcceptedMessage']> =>
  ok(
    api.POST('/v1/templates/{id}/test', {
      params: { path: { id }, header: { 'Idempotency-Key': key } },
      body,
    }),
  );

export type CampaignTest = Schemas['CampaignTest'];
/** Sends the message of a campaign to a seed list; with a key that was used before, nothing more. */
export const testCampaign = (id: string, key: string, body: { list_id?: string }): Promise<CampaignTest> =>
  ok(
    api.POST('/v1/campaigns/{id}/test', {
      params: { path: { id }, header: { 'Idempotency-Key': key } },
      body: body as Schemas['TestCampaign'],
    }),
  );

/** Newest links of a campaign. @param isAwaited true: a decision by one is waited for */
export function useCampaignLinks(id: string, kind: LinkKind, isAwaited = false) {
  const tenant = useTenant();
  const everyMs = usePollMs();
  return useQuery<CampaignLink[], ApiError>({
    queryKey: campaignKey(tenant, id, 'links', kind),
    queryFn: async ({ signal }) => {
      const query = { params: { path: { id }, query: wholePage }, signal };
      const read =
        kind === 'report' ? api.GET('/v1/campaigns/{id}/report-links', query) : api.GET('/v1/campaigns/{id}/approval-links', query);
      return (await ok<{ data: CampaignLink[] }>(read)).data;
    },
    enabled: tenant !== null,
    refetchInterval: isAwaited ? everyMs : false,
  });
}
export const createReportLink = (id: string, expires_in_days: number): Promise<Schemas['NewCampaignReportLink']> =>
  ok(api.POST('/v1/campaigns/{id}/report-links', { ...of(id), body: { expires_in_days } }));
/** Makes a link to what a check found, and nothing else. */
export const createApprovalLink = (id: string, expires_in_days: number, expect_hash: string): Promise<Schemas['NewCampaignApprovalLink']> =>
  ok(api.POST('/v1/campaigns/{id}/approval-links', { ...of(id), body: { expires_in_days, expect_hash } }));
export const revokeCampaignLink = (id: string, kind: LinkKind, link_id: string): Promise<unknown> => {
  const params = { params: { path: { id, link_id } } };
  return kind === 'report'
    ? ok(api.DELETE('/v1/campaigns/{id}/report-links/{link_id}', params))
    : ok(api.DELETE('/v1/campaigns/{id}/approval-links/{link_id}', params));
};
