import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Facts } from '../parts/page';
import { ReplayMany } from '../parts/replay-many';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';

type Filter = components['schemas']['BulkReplayEvents']['filter'];

/** Replay of all events that a filter matches, rejected and failed ones unless it says otherwise. */
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
  // As it was when the drawer opened; without a state, what did not go well.
  const [asked] = useState(() => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '')));
  const states = asked.state ? [asked.state] : ['rejected', 'failed'];
  const say = (key: string, options?: Record<string, unknown>): string => translate(`events.replay_many.${key}`, options);
  const { repeated, ...rest } = asked;
  const matching = { ...rest, state: states, ...(repeated && { repeated: repeated === 'true' }) } as Filter;
  return (
    <ReplayMany<Filter>
      say={say}
      then={say('then')}
      filters={[matching]}
      replay={(of, expect, signal) => {
        const body = { filter: of, dry_run: expect === null, ...(expect !== null && { expect }) };
        return ok(api.POST('/v1/events/bulk-replay', { body, ...(signal && { signal }) }));
      }}
      countKey={['events', 'count']}
      reads={['events', 'dead_letters']}
      onDone={onDone}
      onClose={onClose}
    >
      <Facts
        rows={[
          [translate('events.state'), states.map((state) => translate(`state.event.${state}`)).join(', ')],
          [translate('events.name'), asked.name],
          [translate('events.reason'), asked.reason],
          [translate('events.key'), asked.event_key],
          [translate('events.since'), asked.from && format.full(new Date(asked.from))],
        ]}
      />
    </ReplayMany>
  );
}
