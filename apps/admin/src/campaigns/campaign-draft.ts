import type { Campaign, CampaignDraft, Retry, StopRule } from './api';

export const draftMembers = [
  'name',
  'audience',
  'message',
  'schedule',
  'numbers',
  'pace',
  'caps',
  'requires_consent',
  'check_numbers',
  'stop_rules',
  'retry',
] as const satisfies (keyof CampaignDraft)[];

/** Returns the members of a campaign that people edit. */
export function draftOf(campaign: Campaign): CampaignDraft {
  return Object.fromEntries(draftMembers.map((member) => [member, campaign[member]])) as unknown as CampaignDraft;
}

export const steps = ['audience', 'message', 'schedule', 'review'] as const;
export type Step = (typeof steps)[number];

/** Causes why a member cannot be saved or a step is not done, as keys of words under `campaigns.missing`. */
export type Fault =
  'name' | 'include' | 'template' | 'at' | 'at_past' | 'local' | 'window_days' | 'window_order' | 'ends_before' | 'numbers' | 'tag';

/** Returns why the API would refuse a member of a draft; such a member is kept in the browser until it is right. */
export function refusedOf(draft: CampaignDraft): Partial<Record<keyof CampaignDraft, Fault>> {
  const { name, schedule } = draft;
  const faults: Partial<Record<keyof CampaignDraft, Fault>> = {};
  if (name.trim() === '') faults.name = 'name';
  if (schedule.start === 'at' && !schedule.at) faults.schedule = 'at';
  else if (schedule.start === 'local' && !schedule.local) faults.schedule = 'local';
  else if (schedule.windows.some(({ days }) => days.length === 0)) faults.schedule = 'window_days';
  else if (schedule.windows.some(({ from, to }) => from >= to)) faults.schedule = 'window_order';
  return faults;
}

/** Returns what is missing in a step; null: it is done. */
export function missingIn(step: Step, draft: CampaignDraft, now = Date.now()): Fault | null {
  const refused = refusedOf(draft);
  switch (step) {
    case 'audience':
      return refused.name ?? (draft.audience.include.length === 0 ? 'include' : null);
    case 'message':
      return draft.message.template_id === null ? 'template' : null;
    case 'schedule': {
      const { start, at, ends_at } = draft.schedule;
      if (refused.schedule) return refused.schedule;
      if (start === 'at' && at && Date.parse(at) < now) return 'at_past';
      const begin = start === 'at' && at ? Date.parse(at) : now;
      return ends_at && Date.parse(ends_at) <= begin ? 'ends_before' : null;
    }
    case 'review':
      return null;
  }
}

/** Returns the first step that is not done; the last one when all are. */
export function firstOpenStep(draft: CampaignDraft, now = Date.now()): Step {
  return steps.find((step) => step !== 'review' && missingIn(step, draft, now) !== null) ?? 'review';
}

/** Writes an instant for a `datetime-local` field, in the zone of the browser. */
export function fieldOf(instant: string | null | undefined): string {
  if (!instant) return '';
  const at = new Date(instant);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Reads a `datetime-local` field, in the zone of the browser; null: it is empty or half typed. */
export function instantOf(field: string): string | null {
  const at = new Date(field);
  return field === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
}

const minuteMs = 60_000;
/** Returns the pace in messages a minute; null: no own rate. */
export const perMinuteOf = ({ window_ms, window_limit }: CampaignDraft['pace']): number | null =>
  window_limit === null ? null : Math.round((window_limit * minuteMs * 100) / window_ms) / 100;

/** Returns the pace with another rate, in messages a minute. Below one a minute the window is longer instead. */
export function paceOf(pace: CampaignDraft['pace'], perMinute: number | null): CampaignDraft['pace'] {
  if (perMinute === null || !(perMinute > 0)) return { ...pace, window_ms: minuteMs, window_limit: null };
  if (perMinute < 1) return { ...pace, window_ms: Math.round(minuteMs / perMinute), window_limit: 1 };
  return { ...pace, window_ms: minuteMs, window_limit: Math.round(perMinute) };
}

export const ruleSignals = ['failed', 'opted_out', 'undelivered'] as const;
/** Rules as they are when a person turns them on. */
export const newRules: Record<StopRule['signal'], StopRule> = {
  failed: { signal: 'failed', percent: 20, window_min: 60, min_messages: 100 },
  opted_out: { signal: 'opted_out', percent: 2, window_min: 60, min_messages: 100 },
  undelivered: { signal: 'undelivered', percent: 50, window_min: 60, min_messages: 100 },
};

/** Reasons of failures that may pass, and for which a campaign can be sent again by itself. Words stand under `report.reason`. */
export const retryReasons = ['provider_error', 'retries_exhausted', 'refused', 'file_failed', 'expired'] as const;
/** A plan as it is when a person turns it on. */
export const newRetry: Retry = { reasons: ['provider_error', 'retries_exhausted'], times: 1, gap_min: 60, other_session: false };
