import { Autocomplete, Radio, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { chipOf } from '../numbers/number-state';
import { Card, Failed, Skeleton } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Phone } from '../parts/values';
import { Amount } from './amount';
import type { CampaignDraft, StopRule } from './api';
import { Tick } from './audience-step';
import { newRules, paceOf, perMinuteOf, ruleSignals } from './campaign-draft';
import { useNumbers } from './numbers-of';
import type { EditedDraft } from './use-draft';

/** Numbers to use, their shares, and what happens when one is down. */
export function NumbersCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const { data, error, refetch } = useNumbers();
  const { numbers } = draft;
  const set = (patch: Partial<CampaignDraft['numbers']>): void => change({ numbers: { ...numbers, ...patch } });
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
    <Card title={translate('menu.numbers')}>
      <div className="form">
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
                          session_ids: on
                            ? [...numbers.session_ids, number.id]
                            : numbers.session_ids.filter((other) => other !== number.id),
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
      </div>
    </Card>
  );
}

/** The campaign's own rate and cap, and its share beside others. */
export function PaceCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const { pace } = draft;
  return (
    <Card title={translate('campaigns.pace')}>
      <div className="form">
        <div className="two">
          <Amount
            isOptional
            isWhole={false}
            label={translate('campaigns.per_minute')}
            help={translate('campaigns.per_minute_help')}
            value={perMinuteOf(pace)}
            min={0.01}
            max={1_000_000}
            onChange={(rate) => change({ pace: paceOf(pace, rate) })}
          />
          <Amount
            isOptional
            label={translate('campaigns.daily_cap')}
            help={translate('campaigns.daily_cap_help')}
            value={pace.daily_cap}
            min={1}
            max={10_000_000}
            onChange={(daily_cap) => change({ pace: { ...pace, daily_cap } })}
          />
          <Amount
            label={translate('campaigns.weight')}
            help={translate('campaigns.weight_help')}
            value={pace.weight}
            min={1}
            max={1_000}
            onChange={(weight) => change({ pace: { ...pace, weight: weight ?? 1 } })}
          />
        </div>
      </div>
    </Card>
  );
}

/** Rules that pause the campaign. */
export function RulesCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const rules = draft.stop_rules;
  return (
    <Card title={translate('campaigns.rules')} note={translate('campaigns.rules_note')}>
      <div className="form">
        {ruleSignals.map((signal) => {
          const rule = rules.find((one) => one.signal === signal);
          const put = (patch: Partial<StopRule>): void =>
            change({ stop_rules: rules.map((one) => (one === rule ? { ...one, ...patch } : one)) });
          return (
            <div key={signal} role="group" aria-label={translate(`campaigns.signal.${signal}`)} style={{ display: 'grid', gap: 8 }}>
              <Tick
                label={translate(`campaigns.signal.${signal}`)}
                checked={rule !== undefined}
                onChange={(on) => change({ stop_rules: on ? [...rules, newRules[signal]] : rules.filter((one) => one.signal !== signal) })}
              />
              {rule && (
                <div className="window-row">
                  <Amount
                    isWhole={false}
                    label={translate('campaigns.rule_percent')}
                    value={rule.percent}
                    min={0.1}
                    max={100}
                    onChange={(percent) => put({ percent: percent ?? rule.percent })}
                  />
                  <Amount
                    label={translate('campaigns.rule_window')}
                    value={rule.window_min}
                    min={1}
                    max={1_440}
                    onChange={(window_min) => put({ window_min: window_min ?? rule.window_min })}
                  />
                  <Amount
                    label={translate('campaigns.rule_min')}
                    value={rule.min_messages}
                    min={1}
                    max={100_000}
                    onChange={(min_messages) => put({ min_messages: min_messages ?? rule.min_messages })}
                  />
                </div>
              )}
            </div>
          );
        })}
      </div>
    </Card>
  );
}
