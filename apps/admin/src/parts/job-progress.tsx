import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { mayDo, type Permission, useMe } from '../providers/me';
import { ActButton } from './act-button';
import { ProgressBar } from './progress-bar';
import { Refused } from './refused';
import { StateChip } from './state-chip';

export type Job = components['schemas']['Job'];

/** Kinds that have words under `jobs.what` and `jobs.done`, and the permission that the API asks for. A kind of the API has a dot. */
const kinds: Record<string, Permission> = {
  dead_letters_redrive: 'dead_letters:manage',
  dead_letters_discard: 'dead_letters:manage',
  messages_cancel: 'messages:write',
  callbacks_replay: 'callbacks:manage',
  events_replay: 'events:manage',
};
const wordOf = ({ kind }: Pick<Job, 'kind'>): string => kind.replace('.', '_');

/** Reasons that have words. */
const knownReasons = [
  'not_editable',
  'of_campaign',
  'session_deleted',
  'no_other_number',
  'opted_out',
  'bad_number',
  'suppressed',
  'agency_suppressed',
  'needs_consent',
  'changed_since',
  'message_deleted',
  'campaign_over',
  'group_cancelled',
  'import_undone',
  'no_consent',
  'too_late',
];

/** A job in words: what it does to how many. */
export function jobWords(translate: Translate, format: ReturnType<typeof useFormat>, job: Job): string {
  const word = wordOf(job);
  return word in kinds ? translate(`jobs.what.${word}`, { smart_count: job.total, figure: format.number(job.total) }) : job.kind;
}

type Translate = (key: string, options?: Record<string, unknown>) => string;

export const isJobOpen = ({ state }: Pick<Job, 'state'>): boolean => state === 'queued' || state === 'running';

/** Items that a job has gone through. */
export const passedOf = ({ done, failed, skipped }: Pick<Job, 'done' | 'failed' | 'skipped'>): number =>
  done + failed + Object.values(skipped).reduce((sum, count) => sum + count, 0);

/** Time that the rest takes at the pace so far, in ms; undefined while that is not known. */
export function timeLeft(job: Job, now = Date.now()): number | undefined {
  const passed = passedOf(job);
  if (!job.started_at || passed === 0 || passed >= job.total) return undefined;
  const spent = now - Date.parse(job.started_at);
  return spent < 500 ? undefined : (spent / passed) * (job.total - passed);
}

const headerOf = (tenant: string) => ({ headers: { 'heliograph-tenant': tenant } });

/** A job of a client, read anew while it runs. `onEnd` is called once when it ends. */
export function useJob(tenant: string, job: Job, onEnd?: () => void): Job {
  const { data = job } = useQuery({
    queryKey: ['jobs', 'one', tenant, job.id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/jobs/{id}', { params: { path: { id: job.id } }, ...headerOf(tenant), signal })),
    initialData: job,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isJobOpen(state.data) ? 1_000 : false),
  });
  const hasEnded = !isJobOpen(data);
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    if (hasEnded) end.current?.();
  }, [hasEnded]);
  return data;
}

/** Progress of a job: what, how far, time left, who started it, and the way to stop it. When it has ended, its result. */
export function JobProgress({ tenant, job: known, onEnd }: { tenant: string; job: Job; onEnd?: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const me = useMe();
  const queries = useQueryClient();
  const job = useJob(tenant, known, onEnd);
  const cancel = useMutation<unknown, ApiError>({
    mutationFn: () => ok(api.POST('/v1/jobs/{id}/cancel', { params: { path: { id: job.id } }, ...headerOf(tenant) })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const passed = passedOf(job);
  const left = timeLeft(job);
  const isOpen = isJobOpen(job);
  const needs = kinds[wordOf(job)];
  const mayStop = !needs || mayDo(me, needs, tenant);
  return (
    <div className="job">
      <div className="job-head">
        <b>{jobWords(translate, format, job)}</b>
        {!isOpen && <StateChip kind="job" state={job.state} />}
        <span className="grow" />
        {isOpen && (
          <span className="num mute" role="status">
            {translate('jobs.of', { done: format.number(passed), total: format.number(job.total) })}
            {left !== undefined && `, ${translate('jobs.left', { time: format.duration(left) })}`}
          </span>
        )}
      </div>
      {isOpen && <ProgressBar label={translate('jobs.progress')} done={passed} total={job.total} />}
      <JobCounts job={job} />
      <div className="job-foot">
        <span className="mute">
          {translate('jobs.by', { name: job.actor.name, at: format.when(new Date(job.created_at)) })}
          {job.note && ` “${job.note}”`}
        </span>
        <span className="grow" />
        {isOpen && (
          <ActButton
            variant="outlined"
            size="small"
            off={mayStop ? undefined : translate('jobs.may_not_stop')}
            busy={cancel.isPending && translate('jobs.stopping')}
            onClick={() => cancel.mutate()}
          >
            {translate('jobs.stop')}
          </ActButton>
        )}
      </div>
      {cancel.error && <Refused error={cancel.error} />}
    </div>
  );
}

/** Counts of a job in words; they add up to its total once it is done. */
export function JobCounts({ job }: { job: Job }) {
  const translate = useTranslate();
  const format = useFormat();
  const say = (key: string, count: number): string => translate(key, { smart_count: count, figure: format.number(count) });
  const rest = job.total - passedOf(job);
  const parts = [
    job.done > 0 && (wordOf(job) in kinds ? say(`jobs.done.${wordOf(job)}`, job.done) : format.number(job.done)),
    ...Object.entries(job.skipped).map(([reason, count]) => `${format.number(count)} ${reasonWords(translate, reason)}`),
    job.failed > 0 && say('jobs.failed', job.failed),
    !isJobOpen(job) && rest > 0 && say('jobs.rest', rest),
    job.error,
  ].filter((part): part is string => !!part);
  if (parts.length === 0) return null;
  return <p className="small job-counts">{parts.join(' · ')}</p>;
}

/** Reason of a job for leaving an item, in words; one that has none is shown by its code. */
export function reasonWords(translate: Translate, reason: string): string {
  return knownReasons.includes(reason) ? translate(`jobs.skipped.${reason}`) : reason.replaceAll('_', ' ');
}
