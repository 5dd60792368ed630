import { Button, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { FormDrawer } from '../parts/form-drawer';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { useTenant } from '../providers/tenant';
import { type LetterCause, useMayDecide } from './letters';

/** A cause that alerts whatever is set: only a person can decide its letters. */
const alwaysAlerts = 'outcome_unknown';

/** The number of new letters from which on the chosen cause alerts; shown for one client. */
export function CauseAlert({ of }: { of: LetterCause }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const mayDecide = useMayDecide();
  const [isOpen, setOpen] = useState(false);
  if (!tenant || !of.alert || of.cause === alwaysAlerts) return null;
  const { from, at, actor } = of.alert;
  return (
    <div className="row small" style={{ marginBottom: 12 }}>
      <span className="grow">
        {translate('dead_letters.alert.from', { smart_count: from, figure: format.number(from) })}{' '}
        {at && actor && (
          <span className="mute">
            <bdi>{translate('dead_letters.alert.set_by', { name: actor.name, at: format.when(new Date(at)) })}</bdi>
          </span>
        )}
      </span>
      {mayDecide && (
        <Button variant="outlined" onClick={() => setOpen(true)}>
          {translate('dead_letters.alert.change')}
        </Button>
      )}
      {isOpen && <AlertDrawer of={of} from={from} onClose={() => setOpen(false)} />}
    </div>
  );
}

function AlertDrawer({ of: { kind, cause }, from, onClose }: { of: LetterCause; from: number; onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['dead_letters'], ['alerts']);
  const [count, setCount] = useState(String(from));
  const faults = useFaults(act.error);
  const say = (key: string): string => translate(`dead_letters.alert.${key}`);
  const save = (): void =>
    act.mutate(async () => {
      await ok(
        api.PUT('/v1/dead-letters/causes/{kind}/{cause}/alert', { params: { path: { kind, cause } }, body: { from: Number(count) } }),
      );
      onClose();
    });
  return (
    <FormDrawer title={say('title')} button={say('save')} act={act} onDo={save} onClose={onClose}>
      <p className="text">{say('text')}</p>
      <TextField
        required
        type="number"
        label={say('count')}
        helperText={faults.from ?? say('count_help')}
        error={'from' in faults}
        value={count}
        onChange={(event) => setCount(event.target.value)}
        slotProps={{ htmlInput: { min: 1, max: 100_000, step: 1, inputMode: 'numeric' }, inputLabel: { required: false } }}
      />
    </FormDrawer>
  );
}
