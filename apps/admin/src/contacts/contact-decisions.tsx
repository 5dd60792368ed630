import { Checkbox, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { DecisionDialog } from '../parts/decision-dialog';
import { PersonName, Tags } from '../parts/person-text';
import { groupedPhone, Phone } from '../parts/values';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { addressForm, type Contact, type ListedContact, useContactAct } from './contacts';
import { SourceField } from './source-field';

interface Open {
  contact: Contact;
  onClose: () => void;
}

/** Records that a person opted out or in, and where that was said. */
export function ConsentDialog({ contact, action, onClose }: Open & { action: 'opt_in' | 'opt_out' }) {
  const translate = useTranslate();
  const act = useContactAct(contact.id);
  const [source, setSource] = useState('');
  const [text, setText] = useState('');
  const [isMissing, setMissing] = useState(false);
  const say = (key: string): string => translate(`contacts.${action}_dialog.${key}`);
  return (
    <DecisionDialog
      title={say('title')}
      button={say('do')}
      back={translate('contacts.cancel')}
      act={act}
      onClose={onClose}
      onDo={() => {
        if (!source.trim()) return setMissing(true);
        act.mutate(
          () =>
            ok(
              api.POST('/v1/contacts/{id}/consents', {
                params: { path: { id: contact.id } },
                body: { action, purpose: 'marketing', source: source.trim(), text: text.trim() || null, text_version: null, proof: null },
              }),
            ),
          { onSuccess: onClose },
        );
      }}
    >
      <span className="soft">{say('text')}</span>
      <SourceField
        value={source}
        isMissing={isMissing}
        onChange={(given) => {
          setSource(given);
          setMissing(false);
        }}
      />
      <TextField
        label={translate('contacts.consent_text')}
        helperText={translate('contacts.consent_text_help')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        multiline
        minRows={2}
        slotProps={{ htmlInput: { maxLength: 4_096, dir: 'auto', style: { padding: '6px 10px' } } }}
      />
    </DecisionDialog>
  );
}

/** Merges another contact, looked for by phone or name, into this one. */
export function MergeDialog({ contact, onClose }: Open) {
  const translate = useTranslate();
  const tenant = useTenant();
  const act = useContactAct(contact.id);
  const [text, setText] = useState('');
  const [other, setOther] = useState<ListedContact | null>(null);
  const [isMissing, setMissing] = useState(false);
  const asked = text.trim();
  const isAddress = addressForm.test(asked);
  const { data, isFetching } = useQuery({
    queryKey: ['contacts', 'find', tenant, asked],
    queryFn: async ({ signal }) =>
      (
        await ok(
          api.GET('/v1/contacts', { params: { query: { ...(isAddress ? { address: asked } : { name: asked }), limit: 8 } }, signal }),
        )
      ).data,
    enabled: asked.length > 1 && !other,
  });
  const found = data?.filter(({ id }) => id !== contact.id);
  return (
    <DecisionDialog
      title={translate('contacts.merge_title')}
      button={translate('contacts.merge_do')}
      back={translate('contacts.cancel')}
      isDanger
      act={act}
      onClose={onClose}
      onDo={() => {
        if (!other) return setMissing(true);
        act.mutate(() => ok(api.POST('/v1/contacts/{id}/merge', { params: { path: { id: contact.id } }, body: { other_id: other.id } })), {
          onSuccess: onClose,
        });
      }}
    >
      <span className="soft">{translate('contacts.merge_text')}</span>
      {other ? (
        <div className="outcome">
          <div className="merge-choice">
            <PersonName name={other.name} address={other.addresses[0]} />
            <Phone value={other.addresses[0]} />
            <button type="button" className="as-link" onClick={() => setOther(null)}>
              {translate('contacts.another')}
            </button>
          </div>
        </div>
      ) : (
        <>
          <TextField
            autoFocus
            label={translate('contacts.find_other')}
            helperText={isMissing ? translate('contacts.other_needed') : undefined}
            error={isMissing}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              setMissing(false);
            }}
          />
          {asked.length > 1 && (
            <ul className="found" aria-busy={isFetching}>
              {found?.map((row) => (
                <li key={row.id}>
                  <button type="button" onClick={() => setOther(row)}>
                    <PersonName name={row.name} address={row.addresses[0]} />
                    <Phone value={row.addresses[0]} />
                    <Tags of={row.tags} max={2} />
                  </button>
                </li>
              ))}
              {found?.length === 0 && <li className="small mute">{translate('contacts.nobody_found')}</li>}
            </ul>
          )}
        </>
      )}
    </DecisionDialog>
  );
}

/** Splits addresses off into a contact of their own. */
export function SplitDialog({ contact, onClose }: Open) {
  const translate = useTranslate();
  const act = useContactAct(contact.id);
  const [chosen, setChosen] = useState<string[]>([]);
  const [isMissing, setMissing] = useState(false);
  const isWrong = chosen.length === 0 || chosen.length === contact.addresses.length;
  return (
    <DecisionDialog
      title={translate('contacts.split_title')}
      button={translate('contacts.split_do')}
      back={translate('contacts.cancel')}
      act={act}
      onClose={onClose}
      onDo={() => {
        if (isWrong) return setMissing(true);
        act.mutate(() => ok(api.POST('/v1/contacts/{id}/split', { params: { path: { id: contact.id } }, body: { addresses: chosen } })), {
          onSuccess: onClose,
        });
      }}
    >
      <span className="soft">{translate('contacts.split_text')}</span>
      <div>
        {contact.addresses.map((address) => (
          <label key={address} className="tick">
            <Checkbox
              checked={chosen.includes(address)}
              onChange={() => setChosen(chosen.includes(address) ? chosen.filter((one) => one !== address) : [...chosen, address])}
            />
            <bdi dir="ltr">{groupedPhone(address)}</bdi>
          </label>
        ))}
        {isMissing && isWrong && (
          <div className="field-error" role="alert">
            {translate('contacts.split_some')}
          </div>
        )}
      </div>
    </DecisionDialog>
  );
}
