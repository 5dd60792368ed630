import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { DecisionDialog } from '../parts/decision-dialog';
import { useOpened } from '../parts/opened';
import { Facts } from '../parts/page';
import { Phone } from '../parts/values';
import { api, ok } from '../providers/client';
import type { WhatsAppNumber } from './number-state';
import { useNumberAct } from './queries';

interface Open {
  number: WhatsAppNumber;
  onClose: () => void;
}

/** A decision: the phone that is linked now is the right one to send from, or not. */
export function ConfirmPhoneDialog({ number, onClose }: Open) {
  const translate = useTranslate();
  const act = useNumberAct(number.id);
  const [phone] = useState(number.phone ?? '');
  return (
    <DecisionDialog
      title={translate('numbers.confirm_title')}
      button={translate('numbers.confirm')}
      back={translate('numbers.keep_held')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.POST('/v1/sessions/{id}/confirm-phone', { params: { path: { id: number.id } }, body: { phone } })), {
          onSuccess: onClose,
        })
      }
    >
      <Facts
        rows={[
          [translate('numbers.expected_phone'), <Phone key="expected" value={number.confirmed_phone} />],
          [
            translate('numbers.linked_phone'),
            <b key="linked">
              <Phone value={phone} />
            </b>,
          ],
        ]}
      />
      <span className="soft">{translate('numbers.confirm_text')}</span>
    </DecisionDialog>
  );
}

/** Takes a new API key of the provider; the one of another phone holds the number. */
export function KeyDialog({ number, onClose }: Open) {
  const translate = useTranslate();
  const act = useNumberAct(number.id);
  const [key, setKey] = useState('');
  return (
    <DecisionDialog
      title={translate('numbers.act.give_key')}
      button={translate('numbers.save_key')}
      back={translate('numbers.keep')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.PATCH('/v1/sessions/{id}', { params: { path: { id: number.id } }, body: { api_key: key.trim() } })), {
          onSuccess: onClose,
        })
      }
    >
      <TextField
        autoFocus
        required
        type="password"
        autoComplete="off"
        label={translate('numbers.api_key')}
        helperText={translate('numbers.key_help')}
        value={key}
        onChange={(event) => setKey(event.target.value)}
        slotProps={{ htmlInput: { minLength: 8, maxLength: 500 }, inputLabel: { required: false } }}
      />
    </DecisionDialog>
  );
}

/** Name, tags and weight of a number. */
export function RenameDialog({ number, tag, onClose }: Open & { tag: string | null }) {
  const translate = useTranslate();
  const act = useNumberAct(number.id);
  const { header } = useOpened(number, tag);
  const [name, setName] = useState(number.name);
  const [tags, setTags] = useState(number.tags.join(', '));
  const [weight, setWeight] = useState(String(number.weight));
  return (
    <DecisionDialog
      title={translate('numbers.act.rename')}
      button={translate('numbers.save_name')}
      back={translate('numbers.keep')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(
          () =>
            ok(
              api.PATCH('/v1/sessions/{id}', {
                params: { path: { id: number.id }, header },
                body: { name: name.trim(), tags: listOf(tags), weight: Number(weight) },
              }),
            ),
          { onSuccess: onClose },
        )
      }
    >
      <TextField
        autoFocus
        required
        label={translate('numbers.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' }, inputLabel: { required: false } }}
      />
      <TextField
        label={translate('numbers.tags')}
        helperText={translate('numbers.tags_help')}
        value={tags}
        onChange={(event) => setTags(event.target.value)}
      />
      <TextField
        required
        type="number"
        label={translate('numbers.weight')}
        helperText={translate('numbers.weight_help')}
        value={weight}
        onChange={(event) => setWeight(event.target.value)}
        slotProps={{ htmlInput: { min: 0, max: 1_000 }, inputLabel: { required: false } }}
      />
    </DecisionDialog>
  );
}

/** Tags that are typed with commas. */
export const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);

/** Disconnects a number at the provider, or ends it for good. */
export function EndDialog({ number, kind, onClose, onDone }: Open & { kind: 'disconnect' | 'end'; onDone?: () => void }) {
  const translate = useTranslate();
  const act = useNumberAct(number.id);
  const path = { params: { path: { id: number.id } } };
  return (
    <DecisionDialog
      title={translate(`numbers.${kind}_title`, { name: number.name })}
      button={translate(`numbers.${kind}_do`, { name: number.name })}
      back={translate('numbers.keep_number')}
      isDanger={kind === 'end'}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(
          () => (kind === 'end' ? ok(api.DELETE('/v1/sessions/{id}', path)) : ok(api.POST('/v1/sessions/{id}/disconnect', path))),
          { onSuccess: onDone ?? onClose },
        )
      }
    >
      <span className="soft">{translate(`numbers.${kind}_text`)}</span>
    </DecisionDialog>
  );
}
