import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { midnight } from '../live/live-line';
import { useEveryMs } from '../live/live-store';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

export type Overview = components['schemas']['Overview'];
export type OutcomeCounts = components['schemas']['OutcomeCounts'];
export type Traffic = components['schemas']['Traffic'];

/** Spans of the overview, in days; today is the day since midnight. */
export const spans = ['today', '7', '30'] as const;
export type Span = (typeof spans)[number];

/** Returns the midnight with which a span begins. */
export function beginOf(span: Span, now = new Date()): Date {
  const begin = midnight(now);
  if (span !== 'today') begin.setDate(begin.getDate() - Number(span) + 1);
  return begin;
}

/** Counts by client, and how the engine does. The stream patches the counts of today; the engine's figures are read again. */
export function useOverview(span: Span) {
  const tenant = useTenant();
  const from = beginOf(span).toISOString();
  const everyMs = useEveryMs(15_000);
  return useQuery<Overview, ApiError>({
    queryKey: ['overview', 'counts', span, tenant, from],
    queryFn: ({ signal }) =>
      ok(api.GET('/admin/v1/overview', { params: { query: { from, ...(tenant && { tenant_id: tenant }) } }, signal })),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
}

/** Messages over time. */
export function useTraffic(span: Span) {
  const tenant = useTenant();
  const from = beginOf(span).toISOString();
  const everyMs = useEveryMs(15_000);
  return useQuery<Traffic, ApiError>({
    queryKey: ['overview', 'traffic', span, tenant, from],
    queryFn: ({ signal }) =>
      ok(api.GET('/admin/v1/overview/traffic', { params: { query: { from, ...(tenant && { tenant_id: tenant }) } }, signal })),
    refetchInterval: everyMs,
    placeholderData: keepPreviousData,
  });
}
