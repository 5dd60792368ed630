import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button } from '@mui/material';
import { type QueryKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import type { components } from '../providers/api-types';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { ActButton } from './act-button';
import { DecisionDrawer } from './decision-drawer';
import { type Job, JobProgress } from './job-progress';
import { Failed, Skeleton } from './page';
import { Refused } from './refused';
import { allStarted, type Started } from './started-jobs';

/** Answer of the API to a replay, or to a dry run of it. */
type Answer = components['schemas']['BulkMatching'] | Job;

/**
 * Replay of all that some filters match: counted by the server before anything is sent, then done by jobs, whose progress is shown. The
 * drawer may be closed; they go on.
 */
export function ReplayMany<F>({
  say,
  then,
  filters,
  isAsked = true,
  replay,
  countKey,
  reads,
  onDone,
  onClose,
  notes,
  children,
}: {
  /** Words by their key: title, will, count, none, act, busy. */
  say: (key: string, options?: Record<string, unknown>) => string;
  /** Words of what happens to those that match. */
  then: string;
  /** No row matches two of them. */
  filters: F[];
  /** False while something that the filters need is missing. */
  isAsked?: boolean;
  /** Calls the API. @param expect number that the person saw; null: a dry run, which counts */
  replay: (filter: F, expect: number | null, signal?: AbortSignal) => Promise<unknown>;
  countKey: QueryKey;
  /** Keys of what is read anew when a job has ended. */
  reads: string[];
  onDone?: () => void;
  onClose: () => void;
  /** Under the count. */
  notes?: ReactNode;
  /** Choices of the person. */
  children: ReactNode;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const queries = useQueryClient();
  const count = useQuery({
    queryKey: [...countKey, tenant, filters],
    queryFn: ({ signal }) =>
      Promise.all(filters.map(async (filter) => ((await replay(filter, null, signal)) as Extract<Answer, { matching: number }>).matching)),
    enabled: isAsked,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const act = useMutation<Started<Job>, ApiError>({
    mutationFn: () =>
      allStarted(
        filters.flatMap((filter, at) => {
          const expect = count.data?.[at] ?? 0;
          return expect === 0 ? [] : [replay(filter, expect) as Promise<Job>];
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const readAnew = (): void => {
    for (const key of reads) void queries.invalidateQueries({ queryKey: [key], predicate: ({ queryKey }) => queryKey[1] !== countKey[1] });
    onDone?.();
  };
  const hasChanged = act.error?.code === 'count_changed';
  const found = count.data?.reduce((sum, one) => sum + one, 0) ?? 0;
  const started = tenant && act.data;
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        <>
          <Button variant={started ? 'contained' : 'outlined'} onClick={onClose}>
            {translate(started ? 'outside.close' : 'outside.cancel')}
          </Button>
          {!started && found > 0 && (
            <ActButton
              variant="contained"
              startIcon={<ReplayOutlined />}
              busy={act.isPending && say('busy')}
              onClick={() => (hasChanged ? void count.refetch().then(() => act.reset()) : act.mutate())}
            >
              {hasChanged ? translate('endpoints.replay.count_again') : say('act', { smart_count: found, figure: format.number(found) })}
            </ActButton>
          )}
        </>
      }
    >
      {started ? (
        <>
          <p className="text">{translate('endpoints.replay.started')}</p>
          {started.jobs.map((job) => (
            <JobProgress key={job.id} tenant={tenant} job={job} onEnd={readAnew} />
          ))}
          {started.refusals.map(({ at, error }) => (
            <Refused key={at} error={error} />
          ))}
        </>
      ) : (
        <>
          {children}
          <div>
            <h3>{say('will')}</h3>
            {count.error && <Failed error={count.error} retry={() => void count.refetch()} />}
            {count.isPending && isAsked && <Skeleton rows={1} />}
            {count.data && (
              <p className="text" role="status">
                <b>{say('count', { smart_count: found, figure: format.number(found) })}</b> {found > 0 ? then : say('none')}
              </p>
            )}
          </div>
          {notes}
          <Refused error={act.error} />
        </>
      )}
    </DecisionDrawer>
  );
}
