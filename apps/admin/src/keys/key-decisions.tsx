import { MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { DecisionDialog } from '../parts/decision-dialog';
import { FormDrawer } from '../parts/form-drawer';
import { Note } from '../parts/page';
import type { components } from '../providers/api-types';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import type { ApiKey } from './keys';
import { NewKey } from './new-key';

type Rotated = components['schemas']['RotatedApiKey'];

const overlaps = [24, 72, 168, 1, 0];

/** Replaces a key by a new one, which is shown once; both work for a while. */
export function RotateKeyDrawer({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct(['keys']);
  const [hours, setHours] = useState(24);
  const [made, setMade] = useState<Rotated | null>(null);
  if (made) return <NewKey apiKey={made} previous={made.previous} onClose={onClose} />;
  const say = (key: string, options?: object): string => translate(`keys.rotate_form.${key}`, options);
  return (
    <FormDrawer
      title={say('title', { name: apiKey.name })}
      button={say('do')}
      act={act}
      onDo={() =>
        act.mutate(async () => {
          const path = { id: apiKey.id };
          setMade(await ok(api.POST('/v1/api-keys/{id}/rotate', { params: { path }, body: { overlap_hours: hours } })));
        })
      }
      onClose={onClose}
    >
      <p className="text">{say('text')}</p>
      <TextField select autoFocus label={say('overlap')} value={hours} onChange={(event) => setHours(Number(event.target.value))}>
        {overlaps.map((value) => (
          <MenuItem key={value} value={value}>
            {value === 0 ? say('at_once') : value > 24 ? say('days', { smart_count: value / 24 }) : say('hours', { smart_count: value })}
          </MenuItem>
        ))}
      </TextField>
      {hours === 0 && (
        <Note state="uncertain" title={say('at_once')}>
          {say('at_once_text')}
        </Note>
      )}
    </FormDrawer>
  );
}

/** Ends a key for good. */
export function RevokeKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const act = useAct(['keys']);
  const say = (key: string, options?: object): string => translate(`keys.revoke_form.${key}`, options);
  return (
    <DecisionDialog
      title={say('title', { name: apiKey.name })}
      button={say('do')}
      back={say('keep')}
      isDanger
      act={act}
      onClose={onClose}
      onDo={() => act.mutate(() => ok(api.DELETE('/v1/api-keys/{id}', { params: { path: { id: apiKey.id } } })), { onSuccess: onClose })}
    >
      <p className="text">{say('text')}</p>
      <p className="text">{apiKey.last_used_at ? say('used', { time: format.when(new Date(apiKey.last_used_at)) }) : say('unused')}</p>
    </DecisionDialog>
  );
}
