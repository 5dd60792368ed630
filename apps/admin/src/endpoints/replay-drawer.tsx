import { FormControlLabel, MenuItem, Radio, RadioGroup, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Note } from '../parts/page';
import { ReplayMany } from '../parts/replay-many';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
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

/** Replay of many callbacks of an endpoint: which, and since when. */
export function ReplayDrawer({ endpoint: { id, state }, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const translate = useTranslate();
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
  return (
    <ReplayMany<Filter>
      say={say}
      then={translate(`endpoints.replay.then_${which}`)}
      filters={filters}
      isAsked={since !== null}
      replay={(filter, expect, signal) => {
        const body = { filter, dry_run: expect === null, ...(expect !== null && { expect }) };
        return ok(api.POST('/v1/callback-endpoints/{id}/bulk-replay', { params: { path: { id } }, body, ...(signal && { signal }) }));
      }}
      countKey={['deliveries', 'count', id]}
      reads={['endpoints', 'deliveries', 'dead_letters']}
      onClose={onClose}
      notes={
        state !== 'active' && (
          <Note state="uncertain" title={translate(`endpoints.test.not_${state}`)}>
            {say('waits')}
          </Note>
        )
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
    </ReplayMany>
  );
}
