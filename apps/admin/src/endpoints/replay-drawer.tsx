import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button, FormControlLabel, MenuItem, Radio, RadioGroup, TextField } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { type Job, JobProgress } from '../parts/job-progress';
import { Failed, Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { allStarted, type Started } from '../parts/started-jobs';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type CallbackType, type Endpoint, useCallbackTypes } from './endpoints';

type Filter = components['schemas']['BulkReplayCallbacks']['filter'];
type Which = 'failed' | 'missing' | 'all';
/** States that each choice replays: what was not accepted is waiting or failed. */
const statesOf: Record<Which, ('dead' | 'pending' | undefined)[]> = {
  failed: ['dead'],
  missing: ['dead', 'pending'],
  all: [undefined],
};

/** Time in the form of a field of the browser, in its zone. */
function fieldTime(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Replay of many callbacks: which, since when; counted by the server before anything is sent, and done by a job. */
export function ReplayDrawer({ endpoint: { id, state }, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const queries = useQueryClient();
  const types = useCallbackTypes();
  const [which, setWhich] = useState<Which>('failed');
  const [type, setType] = useState<CallbackType | ''>('');
  const [from, setFrom] = useState(() => fieldTime(new Date(Date.now() - 24 * 3_600_000)));
  const say = (key: string, options?: Record<string, unknown>): string => translate(`endpoints.replay.${key}`, options);
  const since = Number.isNaN(Date.parse(from)) ? null : new Date(from).toISOString();
  const filters = statesOf[which].map((one): Filter => ({
    ...(one && { state: one }),
    ...(type && { type }),
    ...(since && { from: since }),
  }));
  const params = { params: { path: { id } } };
  const count = useQuery({
    queryKey: ['deliveries', 'count', tenant, id, filters],
    queryFn: ({ signal }) =>
      Promise.all(
        filters.map(async (filter) => {
          const answer = await ok(
            api.POST('/v1/callback-endpoints/{id}/bulk-replay', { ...params, body: { filter, dry_run: true }, signal }),
          );
          return (answer as components['schemas']['BulkMatching']).matching;
        }),
      ),
    enabled: since !== null,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const act = useMutation<Started<Job>, ApiError>({
    mutationFn: () =>
      allStarted(
        filters.flatMap((filter, at) => {
          const expect = count.data?.[at] ?? 0;
          if (expect === 0) return [];
          return ok(
            api.POST('/v1/callback-endpoints/{id}/bulk-replay', { ...params, body: { filter, expect, dry_run: false } }),
          ) as Promise<Job>;
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const readAnew = (): void => {
    for (const key of ['endpoints', 'deliveries', 'dead_letters'])
      void queries.invalidateQueries({ queryKey: [key], predicate: ({ queryKey }) => queryKey[1] !== 'count' });
  };
  const hasChanged = act.error?.code === 'count_changed';
  const found = count.data?.reduce((sum, one) => sum + one, 0) ?? 0;
  if (act.data && tenant)
    return (
      <DecisionDrawer
        title={say('title')}
        onClose={onClose}
        foot={
          <Button variant="contained" onClick={onClose}>
            {translate('outside.close')}
          </Button>
        }
      >
        <p className="text">{say('started')}</p>
        {act.data.jobs.map((job) => (
          <JobProgress key={job.id} tenant={tenant} job={job} onEnd={readAnew} />
        ))}
        {act.data.refusals.map(({ at, error }) => (
          <Refused key={at} error={error} />
        ))}
      </DecisionDrawer>
    );
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('outside.cancel')}
          </Button>
          {found > 0 && (
            <ActButton
              variant="contained"
              startIcon={<ReplayOutlined />}
              busy={act.isPending && say('busy')}
              onClick={() => (hasChanged ? void count.refetch().then(() => act.reset()) : act.mutate())}
            >
              {hasChanged ? say('count_again') : say('act', { smart_count: found, figure: format.number(found) })}
            </ActButton>
          )}
        </>
      }
    >
      <RadioGroup value={which} onChange={(event) => setWhich(event.target.value as Which)} aria-label={say('which')}>
        {(['failed', 'missing', 'all'] as const).map((one) => (
          <FormControlLabel
            key={one}
            value={one}
            control={<Radio size="small" />}
            label={
              <span>
                {say(one)} <span className="small mute">{translate(`endpoints.replay.${one}_text`)}</span>
              </span>
            }
          />
        ))}
      </RadioGroup>
      <TextField
        type="datetime-local"
        label={say('since')}
        value={from}
        onChange={(event) => setFrom(event.target.value)}
        error={since === null}
        helperText={say(since === null ? 'since_needed' : 'since_help')}
        slotProps={{ inputLabel: { shrink: true } }}
      />
      <TextField
        select
        label={say('type')}
        value={type}
        onChange={(event) => setType(event.target.value as CallbackType | '')}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        <MenuItem value="">{say('all_types')}</MenuItem>
        {types.map((one) => (
          <MenuItem key={one.type} value={one.type}>
            <span className="mono">{one.type}</span>
          </MenuItem>
        ))}
      </TextField>
      <div>
        <h3>{say('will')}</h3>
        {count.error && <Failed error={count.error} retry={() => void count.refetch()} />}
        {count.isPending && since !== null && <Skeleton rows={1} />}
        {count.data && (
          <p className="text" role="status">
            <b>{say('count', { smart_count: found, figure: format.number(found) })}</b>{' '}
            {found > 0 ? translate(`endpoints.replay.then_${which}`) : say('none')}
          </p>
        )}
      </div>
      {state !== 'active' && (
        <Note state="uncertain" title={translate(`endpoints.test.not_${state}`)}>
          {say('waits')}
        </Note>
      )}
      <Refused error={act.error} />
    </DecisionDrawer>
  );
}
