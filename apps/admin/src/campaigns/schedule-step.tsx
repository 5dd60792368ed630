import AddOutlined from '@mui/icons-material/AddOutlined';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { Button, IconButton, Radio, TextField } from '@mui/material';
import { useLocale, useTranslate } from 'react-admin';
import { countries } from '../clients/countries';
import { useCountryNames } from '../i18n/country-names';
import { intlOf } from '../i18n/languages';
import { Autocomplete } from '../parts/autocomplete';
import { Card } from '../parts/page';
import { timeZones } from '../parts/time-zones';
import { Amount } from './amount';
import type { CampaignDraft } from './api';
import { Tick } from './audience-step';
import { fieldOf, instantOf, missingIn } from './campaign-draft';
import { MessageCard } from './message-card';
import { RetryCard } from './retry-cards';
import { NumbersCard, PaceCard, RulesCard } from './sending-cards';
import type { EditedDraft } from './use-draft';
import { shownEnd, storedEnd } from './window-end';

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** Short name of a day of the week in the language of the panel; Monday is 1. */
export function weekdayName(locale: string, day: number): string {
  // The fifth of January 2026 is a Monday.
  return new Intl.DateTimeFormat(intlOf(locale), { weekday: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 0, 4 + day)));
}

/** Step 3: start, windows, numbers, pace and the rules by which it stops. */
export function ScheduleStep({ id, edited }: { id: string; edited: EditedDraft }) {
  return (
    <div className="two-one">
      <div className="stack">
        <StartCard edited={edited} />
        <NumbersCard edited={edited} />
        <PaceCard edited={edited} />
        <RulesCard edited={edited} />
        <RetryCard edited={edited} />
      </div>
      <MessageCard id={id} edited={edited} />
    </div>
  );
}

function StartCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const locale = useLocale();
  const countryName = useCountryNames();
  const { schedule } = draft;
  const set = (patch: Partial<CampaignDraft['schedule']>): void => change({ schedule: { ...schedule, ...patch } });
  const fault = missingIn('schedule', draft);
  const faultText = (own: (typeof fault)[]): string | null =>
    own.includes(fault) ? translate(`campaigns.missing.${fault ?? 'at'}`) : null;
  const atFault = faultText(['at', 'at_past']);
  const localFault = faultText(['local']);
  const windowFault = faultText(['window_days', 'window_order']);
  const endFault = faultText(['ends_before']);
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
          <div style={{ maxWidth: 320 }}>
            <Amount
              label={translate('campaigns.max_late')}
              help={translate('campaigns.max_late_help')}
              value={schedule.max_late_min}
              min={1}
              max={10_080}
              onChange={(max_late_min) => set({ max_late_min: max_late_min ?? schedule.max_late_min })}
            />
          </div>
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
                  value={shownEnd(window.to)}
                  onChange={(event) => event.target.value && put({ to: storedEnd(event.target.value) })}
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
          <Tick
            label={translate('campaigns.skip_late')}
            help={translate('campaigns.skip_late_help')}
            checked={schedule.when_closed === 'skip'}
            onChange={(skips) => set({ when_closed: skips ? 'skip' : 'hold' })}
          />
        </fieldset>
        <div className="two">
          <Autocomplete
            size="small"
            disableClearable
            options={timeZones}
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
          getOptionLabel={countryName}
          noOptionsText={translate('campaigns.no_sources')}
          onChange={(_, holidays) => set({ holidays: holidays.slice(0, 20) })}
          renderInput={(params) => (
            <TextField {...params} label={translate('campaigns.holidays')} helperText={translate('campaigns.holidays_help')} />
          )}
        />
        {schedule.holidays.length > 0 && (
          <Tick
            label={translate('campaigns.recipient_holidays')}
            help={translate('campaigns.recipient_holidays_help')}
            checked={schedule.recipient_holidays === true}
            onChange={(recipient_holidays) => set({ recipient_holidays })}
          />
        )}
      </div>
    </Card>
  );
}
