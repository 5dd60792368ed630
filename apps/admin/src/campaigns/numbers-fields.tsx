import { Radio, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { chipOf } from '../numbers/number-state';
import { Autocomplete } from '../parts/autocomplete';
import { Failed, Skeleton } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Phone } from '../parts/values';
import { Amount } from './amount';
import type { CampaignDraft } from './api';
import { Tick } from './audience-step';
import { useNumbers } from './numbers-of';

/** Numbers to use, their shares, and what happens when one is down. */
export function NumbersFields({
  numbers,
  onChange,
}: {
  numbers: CampaignDraft['numbers'];
  onChange: (numbers: CampaignDraft['numbers']) => void;
}) {
  const translate = useTranslate();
  const { data, error, refetch } = useNumbers();
  const set = (patch: Partial<CampaignDraft['numbers']>): void => onChange({ ...numbers, ...patch });
  // A choice without a number or a tag yet is a matter of this page alone: an empty list means all numbers.
  const [asked, setAsked] = useState<'all' | 'some' | 'tag'>(
    numbers.session_ids.length > 0 ? 'some' : numbers.tag !== null ? 'tag' : 'all',
  );
  const choose = (kind: typeof asked): void => {
    setAsked(kind);
    if (kind !== 'some' && numbers.session_ids.length > 0) set({ session_ids: [], ...(kind === 'all' && { tag: null }) });
    else if (kind !== 'tag' && numbers.tag !== null) set({ tag: null });
  };
  const tags = [...new Set((data ?? []).flatMap((number) => number.tags))].toSorted();
  return (
    <>
      <fieldset className="fieldset">
        <legend>{translate('campaigns.numbers_use')}</legend>
        {(['all', 'some', ...(tags.length > 0 || asked === 'tag' ? (['tag'] as const) : [])] as const).map((kind) => (
          <label key={kind} className="tick-line">
            <Radio name="numbers" size="small" checked={asked === kind} onChange={() => choose(kind)} />
            <span>{translate(`campaigns.numbers_${kind}`)}</span>
          </label>
        ))}
        {asked === 'tag' && (
          <Autocomplete
            size="small"
            options={tags}
            value={numbers.tag}
            onChange={(_, tag) => set({ tag })}
            sx={{ maxWidth: 280 }}
            renderInput={(params) => <TextField {...params} label={translate('campaigns.numbers_tag_name')} />}
          />
        )}
      </fieldset>
      {asked === 'some' &&
        (error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Skeleton rows={3} />
        ) : (
          <ul className="log-lines" aria-label={translate('menu.numbers')}>
            {data.map((number) => {
              const isOn = numbers.session_ids.includes(number.id);
              return (
                <li key={number.id} style={{ gridTemplateColumns: 'minmax(0, 1fr) auto 96px', alignItems: 'center' }}>
                  <Tick
                    label={number.name}
                    checked={isOn}
                    onChange={(on) =>
                      set({
                        session_ids: on ? [...numbers.session_ids, number.id] : numbers.session_ids.filter((other) => other !== number.id),
                      })
                    }
                  />
                  <span className="row">
                    <span className="narrow-hide mute">
                      <Phone value={number.phone} />
                    </span>
                    <StateChip kind="number" state={chipOf(number.status)} />
                  </span>
                  {isOn ? (
                    <Amount
                      isLabelHidden
                      label={translate('campaigns.weight_of', { name: number.name })}
                      value={numbers.weights[number.id] ?? 1}
                      min={1}
                      max={1_000}
                      onChange={(weight) => set({ weights: { ...numbers.weights, [number.id]: weight ?? 1 } })}
                    />
                  ) : (
                    <span />
                  )}
                </li>
              );
            })}
          </ul>
        ))}
      {asked === 'some' && numbers.session_ids.length === 0 && <p className="text">{translate('campaigns.numbers_none')}</p>}
      <Tick
        label={translate('campaigns.sticky')}
        help={translate('campaigns.sticky_help')}
        checked={numbers.sticky}
        onChange={(sticky) => set({ sticky })}
      />
      <Tick
        label={translate('campaigns.when_down')}
        help={translate('campaigns.when_down_help')}
        checked={numbers.when_down === 'move'}
        onChange={(moves) => set({ when_down: moves ? 'move' : 'hold' })}
      />
    </>
  );
}
