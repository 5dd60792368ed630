import { useQuery } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, ApiError, ok } from '../providers/client';

/** A report, as the holder of its link sees it. */
export type SharedReport = components['schemas']['SharedCampaignReport'];
/** A report as it is shown: to staff it has no link that ends. */
export type ShownReport = components['schemas']['CampaignReport'] & Partial<Pick<SharedReport, 'link_expires_at'>>;
export type Counts = SharedReport['counts'];

/** Outcomes in the order of the bar and of the table. */
export const cells = ['read', 'delivered', 'sent', 'failed', 'waiting', 'left_out'] as const;
export type Cell = (typeof cells)[number];

/** Returns the number of people who were sent a message. */
export const reachedOf = (counts: Counts): number => counts.read + counts.delivered + counts.sent;

/** True while the figures may still change by themselves. */
const isLive = ({ state }: ShownReport): boolean => ['scheduled', 'processing', 'paused'].includes(state);

/** True when the link is over and is not asked about any more. */
export const isOver = (error: unknown): boolean => error instanceof ApiError && [404, 410, 400, 422].includes(error.status);

/** The report of a token, read again every half minute while the campaign runs. */
export function useSharedReport(token: string) {
  return useQuery<SharedReport, ApiError>({
    queryKey: ['campaign-report', token],
    queryFn: ({ signal }) => ok(api.POST('/admin/v1/campaign-report', { body: { token }, signal })),
    refetchInterval: ({ state: { data, error } }) => {
      if (isOver(error)) return false;
      return !data || isLive(data) ? 30_000 : 300_000;
    },
    retry: false,
  });
}

/** The report of a campaign of a client. @param tenant null: nothing is asked */
export function useStaffReport(tenant: string | null, id: string) {
  return useQuery<ShownReport, ApiError>({
    queryKey: ['campaign', tenant, id, 'report'],
    queryFn: ({ signal }) => ok(api.GET('/v1/campaigns/{id}/report', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
    refetchInterval: ({ state: { data } }) => (data && isLive(data) ? 30_000 : false),
    retry: false,
  });
}

/** Points of a chart: steps are joined until there are at most so many, and steps in which nothing left are added. */
export function barsOf({ step_minutes, points }: SharedReport['series'], maxBars: number) {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return { stepMinutes: step_minutes, bars: [] };
  const stepMs = step_minutes * 60_000;
  const start = Date.parse(first.at);
  const steps = Math.round((Date.parse(last.at) - start) / stepMs) + 1;
  const joined = Math.ceil(steps / maxBars);
  const bars = Array.from({ length: Math.ceil(steps / joined) }, (_, i) => ({
    at: new Date(start + i * joined * stepMs),
    read: 0,
    delivered: 0,
    sent: 0,
    failed: 0,
  }));
  for (const point of points) {
    const bar = bars[Math.floor((Date.parse(point.at) - start) / stepMs / joined)];
    if (bar) for (const name of ['read', 'delivered', 'sent', 'failed'] as const) bar[name] += point[name];
  }
  return { stepMinutes: step_minutes * joined, bars };
}
