import { keepPreviousData, type QueryKey, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLive } from '../live/live-store';
import type { Tagged } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import type { CellCounts } from './six-cells';

type Actor = components['schemas']['Actor'];
export type Campaign = components['schemas']['Campaign'] & {
  approved_at?: string | null;
  approved_by?: Actor | null;
  /** Null: not launched. */
  run?: { starts_at: string; started_at: string | null; expanded_at: string | null } | null;
};
/** Members of a campaign that people edit. */
export type CampaignDraft = Pick<
  Campaign,
  'name' | 'audience' | 'message' | 'schedule' | 'numbers' | 'pace' | 'caps' | 'requires_consent' | 'stop_rules'
>;
export type AudienceSource = Campaign['audience']['include'][number];
export type StopRule = Campaign['stop_rules'][number];

/** Something that keeps a campaign from its launch, or that a person should know before it. */
export interface CampaignProblem {
  code: string;
  detail: string;
  /** True: the campaign cannot be launched before it is mended. */
  blocks: boolean;
  people?: number;
}
export interface CampaignCheck {
  audience: number;
  sendable: number;
  skips: Record<string, number>;
  problems: CampaignProblem[];
  ready: boolean;
  /** True when another person must approve it first. */
  needs_approval: boolean;
}
export interface CampaignPlan {
  hash: string;
  people: number;
  skips: Record<string, number>;
  first_send_at: string | null;
  last_send_at: string | null;
  days: { date: string; messages: number }[];
  numbers: {
    session_id: string;
    name: string;
    share: number;
    messages: number;
    last_send_at: string | null;
    /** Not connected now; the plan counts it as if it were. */
    is_down: boolean;
    waiting_warmup: boolean;
  }[];
  /** People to whom nothing is sent before the campaign ends. */
  unsent: number;
  /** Messages that caps and warm-ups still allow today; null: one has no cap. */
  budget_today: number | null;
  /** Causes for which messages wait, the weightiest first. */
  limits: string[];
  /** What would make it end earlier. `saves_s` null: it reaches more people instead. */
  faster: { code: string; last_send_at: string | null; saves_s: number | null; unsent: number }[];
}
/** Figures of a campaign that was launched. The counts add up to the audience. */
export interface CampaignResults {
  counted_at: string;
  audience: number;
  counts: CellCounts;
  /** Messages of `waiting` whose outcome is unknown. */
  uncertain: number;
  /** Parts of the count of those left out. */
  left_out: Record<'skipped' | 'suppressed' | 'cancelled' | 'expired', number>;
  /** People left out by the launch, by reason. */
  skips: Record<string, number>;
  rate_per_minute: number;
  estimated_end_at: string | null;
  numbers: CampaignNumber[];
}
/** Messages that left through a number, by their outcome so far. */
export interface CampaignNumber {
  session_id: string;
  name: string;
  share: number;
  rate_per_minute: number;
  sent: number;
  delivered: number;
  read: number;
  failed: number;
}
/** Messages that left, by time and by their outcome so far. */
export interface CampaignSeries {
  step_minutes: number;
  points: SeriesPoint[];
}
export interface SeriesPoint {
  at: string;
  sent: number;
  delivered: number;
  read: number;
  failed: number;
}
/** Messages that failed or ended unsent for one reason. */
export interface CampaignFailure {
  state: string;
  reason: string;
  count: number;
  text: string | null;
  what_to_do: string | null;
  retry_helps: boolean;
}
export interface CampaignLogEntry {
  id: string;
  at: string;
  kind: string;
  actor: Actor;
  detail: Record<string, unknown> | null;
}

interface Init {
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
  /** Tag of the version that was read, for If-Match. */
  tag?: string | null;
  /** Client to act for, instead of the one that is chosen. */
  tenant?: string | null;
  signal?: AbortSignal;
}
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type Untyped = Record<Method, (path: string, init: object) => Promise<{ data?: unknown; response: Response }>>;

/** Calls the API and returns its answer with its tag. @throws ApiError */
async function call<T>(method: Method, at: string, { path, query, body, tag, tenant, signal }: Init = {}): Promise<Tagged<T>> {
  const params = { ...(path && { path }), ...(query && { query }), ...(tag && { header: { 'If-Match': tag } }) };
  const { data, response } = await (api as unknown as Untyped)[method](at, {
    params,
    ...(body !== undefined && { body }),
    ...(tenant && { headers: { 'heliograph-tenant': tenant } }),
    ...(signal && { signal }),
  });
  return { value: data as T, tag: response.headers.get('etag') };
}
const valueOf = async <T>(request: Promise<Tagged<T>>): Promise<T> => (await request).value;

/** Key of all that is read of a campaign. */
export const campaignKey = (tenant: string | null, id: string, ...part: string[]): QueryKey => ['campaign', tenant, id, ...part];

export const createCampaign = (name: string): Promise<Campaign> => valueOf(call('POST', '/v1/campaigns', { body: { name } }));
export const readCampaign = (id: string, signal?: AbortSignal): Promise<Tagged<Campaign>> =>
  call('GET', '/v1/campaigns/{id}', { path: { id }, ...(signal && { signal }) });
export const updateCampaign = (id: string, patch: Partial<CampaignDraft>, tag: string | null): Promise<Tagged<Campaign>> =>
  call('PATCH', '/v1/campaigns/{id}', { path: { id }, body: patch, tag });
export const deleteCampaign = (id: string, tag: string | null): Promise<unknown> =>
  call('DELETE', '/v1/campaigns/{id}', { path: { id }, tag });

const act =
  (name: string) =>
  (id: string, body?: object): Promise<Campaign> =>
    valueOf(call('POST', `/v1/campaigns/{id}/${name}`, { path: { id }, ...(body && { body }) }));
export const pauseCampaign = act('pause');
export const resumeCampaign = act('resume');
export const cancelCampaign = act('cancel');
export const copyCampaign = (id: string, name: string): Promise<Campaign> => act('copy')(id, { name });
export const approveCampaign = act('approve');
export const launchCampaign = (id: string, body: { expect_people: number }, tenant: string | null): Promise<Campaign> =>
  valueOf(call('POST', '/v1/campaigns/{id}/launch', { path: { id }, body, tenant }));

/** True where the API says that somebody else changed the campaign, or that it can no longer be edited. */
export const isStale = (error: unknown): boolean => {
  const { status, code } = error as ApiError;
  return status === 412 || (status === 409 && code === 'campaign_not_editable');
};

/** Time between two reads of what moves, in ms: rarely while the stream tells of changes, never while the person reads, else often. */
export function usePollMs(isMoving: boolean): number | false {
  const { state } = useLive();
  if (!isMoving || state === 'paused') return false;
  return state === 'live' ? 10_000 : 2_000;
}

const movingStates: readonly string[] = ['scheduled', 'processing'];
export const isMoving = (campaign: Pick<Campaign, 'state'> | undefined): boolean => !!campaign && movingStates.includes(campaign.state);

export function useCampaign(id: string) {
  const tenant = useTenant();
  const { state } = useLive();
  return useQuery<Tagged<Campaign>, ApiError>({
    queryKey: campaignKey(tenant, id, 'campaign'),
    queryFn: ({ signal }) => readCampaign(id, signal),
    enabled: tenant !== null,
    refetchInterval: ({ state: { data } }) => (isMoving(data?.value) && state !== 'paused' ? 2_000 : false),
  });
}

export function useResults(id: string, isOn: boolean, moves: boolean) {
  const tenant = useTenant();
  const everyMs = usePollMs(moves);
  return useQuery<CampaignResults, ApiError>({
    queryKey: campaignKey(tenant, id, 'results'),
    queryFn: ({ signal }) => valueOf(call('GET', '/v1/campaigns/{id}/results', { path: { id }, signal })),
    enabled: tenant !== null && isOn,
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
}

export function useCheck(id: string, revision: string | null) {
  const tenant = useTenant();
  return useQuery<CampaignCheck, ApiError>({
    queryKey: campaignKey(tenant, id, 'check', revision ?? ''),
    queryFn: ({ signal }) => valueOf(call('POST', '/v1/campaigns/{id}/check', { path: { id }, signal })),
    enabled: tenant !== null && revision !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });
}

export function usePlan(id: string, revision: string | null) {
  const tenant = useTenant();
  return useQuery<CampaignPlan, ApiError>({
    queryKey: campaignKey(tenant, id, 'plan', revision ?? ''),
    queryFn: ({ signal }) => valueOf(call('GET', '/v1/campaigns/{id}/plan', { path: { id }, signal })),
    enabled: tenant !== null && revision !== null,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });
}

interface Page<T> {
  data: T[];
  next_cursor: string | null;
}
/** People that a campaign can be sent to, by name. */
export interface Source {
  kind: AudienceSource['kind'];
  id: string;
  name: string;
  /** Number of people, where it is known without counting. */
  people: number | null;
}
const wholePage = { limit: 200 };

export async function readLists(signal: AbortSignal): Promise<Source[]> {
  const { data } = await valueOf(
    call<Page<{ id: string; name: string; members?: number }>>('GET', '/v1/contact-lists', { query: wholePage, signal }),
  );
  return data.map(({ id, name, members }) => ({ kind: 'list', id, name, people: members ?? null }));
}
export async function readSegments(signal: AbortSignal): Promise<Source[]> {
  const { data } = await valueOf(call<Page<{ id: string; name: string }>>('GET', '/v1/segments', { query: wholePage, signal }));
  return data.map(({ id, name }) => ({ kind: 'segment', id, name, people: null }));
}
export async function readImports(signal: AbortSignal): Promise<Source[]> {
  const { data } = await valueOf(call<Page<StoredImport>>('GET', '/v1/imports', { query: { ...wholePage, state: 'done' }, signal }));
  return data
    .filter(({ settings }) => settings?.keep_rows)
    .map(({ id, file_name, ...counts }) => ({
      kind: 'import',
      id,
      name: file_name,
      people: counts.new + counts.changed + counts.unchanged,
    }));
}

/** Members of an import that say whether it can be an audience. */
interface StoredImport {
  id: string;
  file_name: string;
  settings: { keep_rows?: boolean } | null;
  new: number;
  changed: number;
  unchanged: number;
}

/** A person of an audience: the verdict before the launch, the outcome after it. */
export interface CampaignPerson {
  contact_id: string | null;
  name: string | null;
  phone: string | null;
  state: string | null;
  reason: string | null;
  detail: string | null;
  message_id: string | null;
  session_id: string | null;
  sent_at: string | null;
}
export type PeopleFilter = Record<string, string>;

export const readPeople = (id: string, filter: PeopleFilter, cursor: string | null, signal?: AbortSignal): Promise<Page<CampaignPerson>> =>
  valueOf(
    call('GET', '/v1/campaigns/{id}/people', {
      path: { id },
      query: { ...filter, limit: 50, ...(cursor && { cursor }) },
      ...(signal && { signal }),
    }),
  );

export interface CampaignTemplate {
  id: string;
  name: string;
  version: number;
  newest_version: number;
  language: string;
  content: { type: string; [member: string]: unknown };
  languages: { language: string; content: { type: string; [member: string]: unknown } }[];
  defaults: Record<string, string>;
  variables: { name: string; is_required: boolean; default: string | null }[];
  archived_at: string | null;
}

export function useTemplates() {
  const tenant = useTenant();
  return useQuery<CampaignTemplate[], ApiError>({
    queryKey: ['templates', 'all', tenant],
    queryFn: async ({ signal }) => (await valueOf(call<Page<CampaignTemplate>>('GET', '/v1/templates', { query: wholePage, signal }))).data,
    enabled: tenant !== null,
    staleTime: 15_000,
  });
}

export function useSeries(id: string, moves: boolean) {
  const tenant = useTenant();
  const everyMs = usePollMs(moves);
  return useQuery<CampaignSeries, ApiError>({
    queryKey: campaignKey(tenant, id, 'series'),
    queryFn: ({ signal }) => valueOf(call('GET', '/v1/campaigns/{id}/series', { path: { id }, signal })),
    enabled: tenant !== null,
    refetchInterval: everyMs === false ? false : Math.max(everyMs, 5_000),
  });
}

export function useFailures(id: string, moves: boolean) {
  const tenant = useTenant();
  const everyMs = usePollMs(moves);
  return useQuery<CampaignFailure[], ApiError>({
    queryKey: campaignKey(tenant, id, 'failures'),
    queryFn: async ({ signal }) =>
      (await valueOf(call<{ data: CampaignFailure[] }>('GET', '/v1/campaigns/{id}/failures', { path: { id }, signal }))).data,
    enabled: tenant !== null,
    refetchInterval: everyMs === false ? false : Math.max(everyMs, 5_000),
  });
}

/** Log of a campaign, newest first, page after page. */
export function useLog(id: string) {
  const tenant = useTenant();
  return useInfiniteQuery({
    queryKey: campaignKey(tenant, id, 'log'),
    queryFn: ({ pageParam, signal }) =>
      valueOf(
        call<Page<CampaignLogEntry>>('GET', '/v1/campaigns/{id}/log', {
          path: { id },
          query: { limit: 50, ...(pageParam && { cursor: pageParam }) },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    enabled: tenant !== null,
  });
}

/** Changes pace or numbers of a campaign that was launched. */
export const setPace = (id: string, body: Partial<Pick<CampaignDraft, 'pace' | 'numbers'>>): Promise<unknown> =>
  valueOf(call('PATCH', '/v1/campaigns/{id}/pace', { path: { id }, body }));

/** Creates a draft for the people of a cell. */
export const followUp = (id: string, body: { cell: string; reasons?: string[] }): Promise<Campaign> =>
  valueOf(call('POST', '/v1/campaigns/{id}/follow-up', { path: { id }, body }));

/** Reads the file of a campaign's people and outcomes. */
export async function exportPeople(id: string, filter: PeopleFilter): Promise<Blob> {
  const { data } = await (api as unknown as Untyped).GET('/v1/campaigns/{id}/export', {
    params: { path: { id }, query: filter },
    parseAs: 'blob',
  });
  return data as Blob;
}

/** Campaigns of all pages, at most a thousand. */
export async function readAllCampaigns(filter: Record<string, string>, signal: AbortSignal): Promise<Campaign[]> {
  const all: Campaign[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Campaign> = await valueOf(
      call('GET', '/v1/campaigns', { query: { ...filter, limit: 200, ...(cursor && { cursor }) }, signal }),
    );
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null && all.length < 1_000);
  return all;
}

/** A template in the version that a campaign sends. */
export function useTemplate(id: string | null, version: number | null) {
  const tenant = useTenant();
  return useQuery<CampaignTemplate, ApiError>({
    queryKey: ['templates', 'version', tenant, id, version],
    queryFn: ({ signal }) =>
      valueOf(call('GET', '/v1/templates/{id}', { path: { id: id ?? '' }, query: version === null ? {} : { version }, signal })),
    enabled: tenant !== null && id !== null,
    staleTime: 15_000,
  });
}

/** A message as one person would get it. */
export interface MessagePreview {
  body: { type: string; [member: string]: unknown } | null;
  failed: string | null;
  missing: string[];
}

/** Fills a template in for a contact; without one, with the values of the campaign alone. */
export function usePreview(template: CampaignTemplate | undefined, contactId: string | null, variables: Record<string, string>) {
  const tenant = useTenant();
  return useQuery<MessagePreview, ApiError>({
    queryKey: ['templates', 'preview', tenant, template?.id, template?.version, contactId, variables],
    queryFn: ({ signal }) => {
      const { language, content, languages, defaults } = template as CampaignTemplate;
      const body = { template: { language, content, languages, defaults }, variables, ...(contactId && { contact_id: contactId }) };
      return valueOf(call('POST', '/v1/templates/preview', { body, signal }));
    },
    enabled: tenant !== null && template !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

/** Sends a template to one recipient, beside every campaign. */
export const sendTest = (
  templateId: string,
  body: { to: string; version?: number; variables: Record<string, string>; contact_id?: string },
): Promise<{ id: string; to: string }> => valueOf(call('POST', '/v1/templates/{id}/test', { path: { id: templateId }, body }));

/** A link to the report of a campaign. */
export interface ReportLink {
  id: string;
  created_at: string;
  created_by: Actor;
  expires_at: string;
  revoked_at: string | null;
  opened_at: string | null;
}

export function useReportLinks(id: string) {
  const tenant = useTenant();
  return useQuery<ReportLink[], ApiError>({
    queryKey: campaignKey(tenant, id, 'report-links'),
    queryFn: async ({ signal }) =>
      (await valueOf(call<Page<ReportLink>>('GET', '/v1/campaigns/{id}/report-links', { path: { id }, query: wholePage, signal }))).data,
    enabled: tenant !== null,
  });
}
export const createReportLink = (id: string, days: number): Promise<ReportLink & { url: string }> =>
  valueOf(call('POST', '/v1/campaigns/{id}/report-links', { path: { id }, body: { expires_in_days: days } }));
export const revokeReportLink = (id: string, linkId: string): Promise<unknown> =>
  call('DELETE', '/v1/campaigns/{id}/report-links/{link_id}', { path: { id, link_id: linkId } });
