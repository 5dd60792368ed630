import AddOutlined from '@mui/icons-material/AddOutlined';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { Autocomplete, Button, IconButton, Radio, TextField } from '@mui/material';
import { useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { countries } from '../clients/countries';
import { intlOf } from '../i18n/languages';
import { chipOf } from '../numbers/number-state';
import { Card, Failed, Skeleton } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Phone } from '../parts/values';
import { Amount } from './amount';
import type { CampaignDraft, StopRule } from './api';
import { Tick } from './audience-step';
import { fieldOf, instantOf, missingIn, newRules, paceOf, perMinuteOf, ruleSignals } from './campaign-draft';
import { MessageCard } from './message-card';
import { useNumbers } from './numbers-of';
import type { EditedDraft } from './use-draft';

const zones = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])].toSorted();
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** Short name of a day of the week in the language of the panel; Monday is 1. */
export function weekdayName(locale: string, day: number): string {
  // The fifth of January 2026 is a Monday.
  return new Intl.DateTimeFormat(intlOf(locale), { weekday: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 0, 4 + day)));
}

/** Step 3: start, windows, numbers, pace and the rules by which it stops. */
export function ScheduleStep({ edited }: { edited: EditedDraft }) {
  return (
    <div className="two-one">
      <div className="stack">
        <StartCard edited={edited} />
        <NumbersCard edited={edited} />
        <PaceCard edited={edited} />
        <RulesCard edited={edited} />
      </div>
      <MessageCard edited={edited} />
    </div>
  );
}

function StartCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const locale = useLocale();
  const { schedule } = draft;
  const set = (patch: Partial<CampaignDraft['schedule']>): void => change({ schedule: { ...schedule, ...patch } });
  const fault = missingIn('schedule', draft);
  const faultText = (own: (typeof fault)[]): string | null =>
    own.includes(fault) ? translate(`campaigns.missing.${fault ?? 'at'}`) : null;
  const atFault = faultText(['at', 'at_past']);
  const localFault = faultText(['local']);
  const windowFault = faultText(['window_days', 'window_order']);
  const endFault = faultText(['ends_before']);
  const regions = new Intl.DisplayNames(intlOf(locale), { type: 'region' });
  return (
    <Card title={translate('campaigns.when')}>
      <div className="form">
        <fieldset className="fieldset">
          <legend>{translate('campaigns.start')}</legend>
          {(['now', 'at', 'local'] as const).map((start) => (
            <label key={start} className="tick-line">
              <Radio name="start" checked={schedule.start === start} onChange={() => set({ start })} size="small" />
              <span>
                {translate(`campaigns.start_${start}`)}
                <span className="small">{translate(`campaigns.start_${start}_help`)}</span>
              </span>
            </label>
          ))}
          {schedule.start === 'at' && (
            <TextField
              type="datetime-local"
              label={translate('campaigns.at')}
              value={fieldOf(schedule.at)}
              error={atFault !== null}
              helperText={atFault ?? translate('campaigns.at_help', { zone: ownZone })}
              onChange={(event) => set({ at: instantOf(event.target.value) })}
              sx={{ maxWidth: 280 }}
            />
          )}
          {schedule.start === 'local' && (
            <TextField
              type="datetime-local"
              label={translate('campaigns.local')}
              value={schedule.local ?? ''}
              error={localFault !== null}
              helperText={localFault ?? translate('campaigns.local_help')}
              onChange={(event) => set({ local: event.target.value === '' ? null : event.target.value.slice(0, 16) })}
              sx={{ maxWidth: 280 }}
            />
          )}
        </fieldset>
        <fieldset className="fieldset">
          <legend>{translate('campaigns.windows')}</legend>
          {schedule.windows.length === 0 && <p className="text">{translate('campaigns.any_time')}</p>}
          {schedule.windows.map((window, at) => {
            const put = (patch: Partial<typeof window>): void =>
              set({ windows: schedule.windows.map((other, i) => (i === at ? { ...other, ...patch } : other)) });
            return (
              <div key={at} className="window-row" role="group" aria-label={translate('campaigns.window', { number: at + 1 })}>
                <div className="days">
                  {weekdays.map((day) => (
                    <button
                      key={day}
                      type="button"
                      aria-pressed={window.days.includes(day)}
                      onClick={() =>
                        put({
                          days: window.days.includes(day)
                            ? window.days.filter((other) => other !== day)
                            : [...window.days, day].toSorted((a, b) => a - b),
                        })
                      }
                    >
                      {weekdayName(locale, day)}
                    </button>
                  ))}
                </div>
                <TextField
                  type="time"
                  label={translate('campaigns.from')}
                  value={window.from}
                  onChange={(event) => event.target.value && put({ from: event.target.value })}
                />
                <TextField
                  type="time"
                  label={translate('campaigns.to')}
                  value={window.to === '24:00' ? '23:59' : window.to}
                  onChange={(event) => event.target.value && put({ to: event.target.value })}
                />
                <IconButton
                  aria-label={translate('campaigns.window_remove', { number: at + 1 })}
                  onClick={() => set({ windows: schedule.windows.filter((_, i) => i !== at) })}
                >
                  <DeleteOutlined />
                </IconButton>
              </div>
            );
          })}
          {windowFault && (
            <div className="field-error" role="alert">
              {windowFault}
            </div>
          )}
          {schedule.windows.length < 28 && (
            <div>
              <Button
                variant="outlined"
                startIcon={<AddOutlined />}
                onClick={() => set({ windows: [...schedule.windows, { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }] })}
              >
                {translate('campaigns.window_add')}
              </Button>
            </div>
          )}
          <Tick
            label={translate('campaigns.recipient_zone')}
            help={translate('campaigns.recipient_zone_help')}
            checked={schedule.recipient_zone}
            onChange={(recipient_zone) => set({ recipient_zone })}
          />
        </fieldset>
        <div className="two">
          <Autocomplete
            size="small"
            disableClearable
            options={zones}
            value={schedule.time_zone}
            onChange={(_, time_zone) => set({ time_zone })}
            renderInput={(params) => (
              <TextField {...params} label={translate('campaigns.zone')} helperText={translate('campaigns.zone_help')} />
            )}
          />
          <TextField
            type="datetime-local"
            label={translate('campaigns.ends_at')}
            value={fieldOf(schedule.ends_at)}
            error={endFault !== null}
            helperText={endFault ?? translate('campaigns.ends_at_help', { zone: ownZone })}
            onChange={(event) => set({ ends_at: instantOf(event.target.value) })}
          />
        </div>
        <Autocomplete
          multiple
          size="small"
          options={countries}
          value={schedule.holidays}
          getOptionLabel={(code) => regions.of(code) ?? code}
          noOptionsText={translate('campaigns.no_sources')}
          onChange={(_, holidays) => set({ holidays: holidays.slice(0, 20) })}
          renderInput={(params) => (
            <TextField {...params} label={translate('campaigns.holidays')} helperText={translate('campaigns.holidays_help')} />
          )}
        />
      </div>
    </Card>
  );
}

function NumbersCard({ edited: { draft, change } }: { edited: EditedDraft }) {
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

function PaceCard({ edited: { draft, change } }: { edited: EditedDraft }) {
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

function RulesCard({ edited: { draft, change } }: { edited: EditedDraft }) {
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
