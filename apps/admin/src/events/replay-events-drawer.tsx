import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { type Job, JobProgress } from '../parts/job-progress';
import { Facts, Failed, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

type Filter = components['schemas']['BulkReplayEvents']['filter'];

/** Replay of all events that a filter matches, rejected and failed ones unless it says otherwise: counted by the server first, and done by a job. */
export function ReplayEventsDrawer({
  filter,
  onClose,
  onDone,
}: {
  filter: Record<string, string>;
  onClose: () => void;
  onDone: () => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const queries = useQueryClient();
  // As it was when the drawer opened; without a state, what did not go well.
  const [asked] = useState(() => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '')));
  const states = asked.state ? [asked.state] : ['rejected', 'failed'];
  const say = (key: string, options?: Record<string, unknown>): string => translate(`events.replay_many.${key}`, options);
  const { repeated, ...rest } = asked;
  const matching = { ...rest, state: states, ...(repeated && { repeated: repeated === 'true' }) } as Filter;
  const count = useQuery({
    queryKey: ['events', 'count', tenant, asked],
    queryFn: async ({ signal }) => {
      const answer = await ok(api.POST('/v1/events/bulk-replay', { body: { filter: matching, dry_run: true }, signal }));
      return (answer as components['schemas']['BulkMatching']).matching;
    },
    staleTime: 0,
    gcTime: 0,
  });
  const found = count.data ?? 0;
  const act = useMutation<Job, ApiError>({
    mutationFn: async () =>
      (await ok(api.POST('/v1/events/bulk-replay', { body: { filter: matching, expect: found, dry_run: false } }))) as Job,
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const readAnew = (): void => {
    for (const key of ['events', 'dead_letters'])
      void queries.invalidateQueries({ queryKey: [key], predicate: ({ queryKey }) => queryKey[1] !== 'count' });
    onDone();
  };
  const job = act.data;
  const hasChanged = act.error?.code === 'count_changed';
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        <>
          <Button variant={job ? 'contained' : 'outlined'} onClick={onClose}>
            {translate(job ? 'outside.close' : 'outside.cancel')}
          </Button>
          {!job && found > 0 && (
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
      {job && tenant ? (
        <>
          <p className="text">{translate('endpoints.replay.started')}</p>
          <JobProgress tenant={tenant} job={job} onEnd={readAnew} />
        </>
      ) : (
        <>
          <Facts
            rows={[
              [translate('events.state'), states.map((state) => translate(`state.event.${state}`)).join(', ')],
              [translate('events.name'), asked.name],
              [translate('events.reason'), asked.reason],
              [translate('events.key'), asked.event_key],
              [translate('events.since'), asked.from && format.full(new Date(asked.from))],
            ]}
          />
          <div>
            <h3>{say('will')}</h3>
            {count.error && <Failed error={count.error} retry={() => void count.refetch()} />}
            {count.isPending && <Skeleton rows={1} />}
            {count.data !== undefined && (
              <p className="text" role="status">
                <b>{say('count', { smart_count: found, figure: format.number(found) })}</b> {say(found > 0 ? 'then' : 'none')}
              </p>
            )}
          </div>
          <Refused error={act.error} />
        </>
      )}
    </DecisionDrawer>
  );
}
