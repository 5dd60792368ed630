import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Facts, Failed, Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

/** Replay of all events that a filter matches, rejected and failed ones unless it says otherwise; counted by the server first. */
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
  const replay = async (dryRun: boolean): Promise<number> => {
    let total = 0;
    for (const state of states) {
      const body = { ...asked, state, dry_run: dryRun } as components['schemas']['ReplayEvents'];
      const answer = await ok(api.POST('/v1/events/replay', { body }));
      total += dryRun ? (answer.matching ?? 0) : answer.replayed;
    }
    return total;
  };
  const count = useQuery({
    queryKey: ['events', 'count', tenant, asked],
    queryFn: () => replay(true),
    staleTime: 0,
    gcTime: 0,
  });
  const act = useMutation<number, ApiError>({
    mutationFn: () => replay(false),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['events'], predicate: ({ queryKey }) => queryKey[1] !== 'count' });
      await queries.invalidateQueries({ queryKey: ['dead_letters'] });
      onDone();
    },
  });
  const found = count.data ?? 0;
  const isDone = act.data !== undefined;
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        <>
          <Button variant={isDone ? 'contained' : 'outlined'} onClick={onClose}>
            {translate(isDone ? 'outside.close' : 'outside.cancel')}
          </Button>
          {!isDone && found > 0 && (
            <ActButton variant="contained" startIcon={<ReplayOutlined />} busy={act.isPending && say('busy')} onClick={() => act.mutate()}>
              {say('act', { smart_count: found, figure: format.number(found) })}
            </ActButton>
          )}
        </>
      }
    >
      {isDone ? (
        <Note state="sent" icon={ReplayOutlined} title={say('done', { smart_count: act.data, figure: format.number(act.data) })}>
          {say('done_text')}
        </Note>
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
