import CloseOutlined from '@mui/icons-material/CloseOutlined';
import { Checkbox, Drawer, FormControlLabel, IconButton, MenuItem, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Autocomplete } from '../parts/autocomplete';
import { useOpened } from '../parts/opened';
import { Note } from '../parts/page';
import { api, type ApiError, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { useTenant } from '../providers/tenant';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import { timeZones } from '../parts/time-zones';
import { type SendWindow, useDayNames } from './limits-words';
import type { Lane, LaneLimits, WhatsAppNumber } from './number-state';
import { useNumberAct } from './queries';

/** Fields of the form; seconds stand for the milliseconds of the API, and empty is no limit. */
interface Typed {
  count: string;
  seconds: string;
  jitter: string;
  burst: string;
  burstPause: string;
  typing: string;
  hour: string;
  day: string;
  warmUp: string;
  pool: string;
  hasHours: boolean;
  days: number[];
  from: string;
  to: string;
  zone: string;
}

const inSeconds = (ms: number): string => String(ms / 1_000);
const inMs = (seconds: string): number => Math.round(Number(seconds) * 1_000);
const orNone = (text: string): number | null => (text.trim() === '' ? null : Number(text));

function typedOf(lane: Lane): Typed {
  const hours = lane.send_window as SendWindow | null;
  return {
    count: String(lane.window_limit),
    seconds: inSeconds(lane.window_ms),
    jitter: inSeconds(lane.jitter_ms),
    burst: String(lane.burst_size),
    burstPause: inSeconds(lane.burst_pause_ms),
    typing: inSeconds(lane.typing_ms),
    hour: lane.hourly_cap === null ? '' : String(lane.hourly_cap),
    day: lane.daily_cap === null ? '' : String(lane.daily_cap),
    warmUp: lane.warm_up?.join(', ') ?? '',
    pool: lane.cap_pool ?? '',
    hasHours: hours !== null,
    days: hours?.days ?? [1, 2, 3, 4, 5],
    from: hours?.from ?? '09:00',
    to: hours?.to ?? '20:00',
    zone: lane.time_zone,
  };
}

/** Members of the API that a person changed: what another one changed meanwhile stays. */
function changesOf(typed: Typed, start: Lane): LaneLimits {
  const was = typedOf(start);
  const isNew = (...names: (keyof Typed)[]): boolean => names.some((name) => String(typed[name]) !== String(was[name]));
  const hours = start.send_window as SendWindow | null;
  return {
    ...(isNew('count') && { window_limit: Number(typed.count) }),
    ...(isNew('seconds') && { window_ms: inMs(typed.seconds) }),
    ...(isNew('jitter') && { jitter_ms: inMs(typed.jitter) }),
    ...(isNew('burst') && { burst_size: Number(typed.burst) }),
    ...(isNew('burstPause') && { burst_pause_ms: inMs(typed.burstPause) }),
    ...(isNew('typing') && { typing_ms: inMs(typed.typing) }),
    ...(isNew('hour') && { hourly_cap: orNone(typed.hour) }),
    ...(isNew('day') && { daily_cap: orNone(typed.day) }),
    ...(isNew('pool') && { cap_pool: typed.pool || null }),
    ...(isNew('warmUp') && {
      warm_up:
        typed.warmUp.trim() === ''
          ? null
          : typed.warmUp
              .split(/[\s,;]+/)
              .filter(Boolean)
              .map(Number),
    }),
    ...(isNew('zone') && { time_zone: typed.zone }),
    ...(isNew('hasHours', 'days', 'from', 'to') && {
      send_window: typed.hasHours
        ? {
            ...(hours?.exempt_classes && { exempt_classes: hours.exempt_classes as ('transactional' | 'reply' | 'drip' | 'broadcast')[] }),
            days: typed.days.toSorted((a, b) => a - b),
            from: typed.from,
            to: typed.to,
          }
        : null,
    }),
  } as LaneLimits;
}

/** Changes the limits of a number. A change that came first is named, and what was typed goes on top of it. */
export function LimitsDrawer({
  number,
  start,
  tag,
  onClose,
}: {
  number: WhatsAppNumber;
  start: Lane;
  tag: string | null;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const title = useId();
  const dayNames = useDayNames('short');
  const pools = usePools();
  const act = useNumberAct(number.id);
  // As it was when the drawer opened, whatever is read meanwhile.
  const { value: opened, header, retag } = useOpened(start, tag);
  const [typed, setTyped] = useState(() => typedOf(opened));
  const [isStale, setStale] = useState(false);
  const set = <K extends keyof Typed>(name: K, value: Typed[K]): void => setTyped((old) => ({ ...old, [name]: value }));
  const changes = changesOf(typed, opened);
  const exempt = (opened.send_window as SendWindow | null)?.exempt_classes ?? ['transactional', 'reply'];
  const isSame = Object.keys(changes).length === 0;
  const errors = useFaults(act.error);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending) return;
    if (isSame) return onClose();
    act.mutate(
      () =>
        ok(
          api.PATCH('/v1/sessions/{id}/limits', {
            params: { path: { id: number.id }, header },
            body: changes,
          }),
        ),
      {
        onSuccess: onClose,
        onError: (error: ApiError) => {
          if (error.status !== 412) return setStale(false);
          setStale(true);
          void api
            .GET('/v1/sessions/{id}/lane', { params: { path: { id: number.id } } })
            .then(({ response }) => retag(response.headers.get('etag')));
        },
      },
    );
  };
  const field = (
    name: keyof Typed,
    error: string,
    props: { min?: number; max?: number; step?: string; help?: string; needed?: boolean },
  ) => (
    <TextField
      type="number"
      label={translate(`numbers.form.${name}`)}
      value={typed[name]}
      onChange={(event) => set(name, event.target.value)}
      required={props.needed ?? false}
      error={error in errors}
      helperText={errors[error] ?? (props.help && translate(`numbers.form.${props.help}`))}
      slotProps={{
        htmlInput: { min: props.min ?? 0, max: props.max, step: props.step ?? '1', inputMode: 'decimal' },
        inputLabel: { required: false },
      }}
    />
  );
  return (
    <Drawer anchor="right" open onClose={onClose} slotProps={{ paper: { role: 'dialog', 'aria-modal': true, 'aria-labelledby': title } }}>
      <form className="drawer" onSubmit={save}>
        <header>
          <h2 id={title}>{translate('numbers.limits_of', { name: number.name })}</h2>
          <IconButton aria-label={translate('numbers.close')} onClick={onClose}>
            <CloseOutlined />
          </IconButton>
        </header>
        <div className="body">
          {isStale && (
            <Note state="uncertain" title={translate('numbers.limits_changed')}>
              {translate('numbers.limits_changed_text')}
            </Note>
          )}
          {!isStale && <Refused error={act.error} title={translate('numbers.limits_refused')} />}
          <fieldset className="group">
            <legend>{translate('numbers.form.pace')}</legend>
            <div className="pair">
              {field('count', 'window_limit', { max: 1_000_000, help: 'count_help', needed: true })}
              {field('seconds', 'window_ms', { min: 0.1, max: 86_400, step: '0.1', needed: true })}
              {field('jitter', 'jitter_ms', { max: 600, step: '0.1', help: 'jitter_help', needed: true })}
              {field('typing', 'typing_ms', { max: 5, step: '0.1', help: 'typing_help', needed: true })}
              {field('burst', 'burst_size', { max: 10_000, help: 'burst_help', needed: true })}
              {field('burstPause', 'burst_pause_ms', { max: 86_400, step: '0.1', needed: true })}
            </div>
          </fieldset>
          <fieldset className="group">
            <legend>{translate('numbers.form.caps')}</legend>
            <div className="pair">
              {field('hour', 'hourly_cap', { min: 1, help: 'cap_help' })}
              {field('day', 'daily_cap', { min: 1, help: 'cap_help' })}
            </div>
            <TextField
              select
              label={translate('numbers.form.pool')}
              value={typed.pool}
              onChange={(event) => set('pool', event.target.value)}
              error={'cap_pool' in errors}
              helperText={errors.cap_pool ?? translate('numbers.form.pool_help')}
              slotProps={{ select: { displayEmpty: true } }}
            >
              <MenuItem value="">{translate('numbers.form.no_pool')}</MenuItem>
              {[...new Set([...pools, ...(typed.pool ? [typed.pool] : [])])].map((name) => (
                <MenuItem key={name} value={name}>
                  {name}
                </MenuItem>
              ))}
            </TextField>
            <TextField
              label={translate('numbers.form.warmUp')}
              value={typed.warmUp}
              onChange={(event) => set('warmUp', event.target.value)}
              error={'warm_up' in errors}
              helperText={errors.warm_up ?? translate('numbers.form.warm_up_help')}
              placeholder="50, 100, 200, 400"
              slotProps={{ htmlInput: { pattern: '[\\d\\s,;]*', inputMode: 'numeric', dir: 'ltr' } }}
            />
          </fieldset>
          <fieldset className="group">
            <legend>{translate('numbers.form.hours')}</legend>
            <FormControlLabel
              control={<Checkbox checked={typed.hasHours} onChange={(event) => set('hasHours', event.target.checked)} />}
              label={translate('numbers.form.hasHours')}
            />
            {typed.hasHours && (
              <>
                <div className="days" role="group" aria-label={translate('numbers.form.days')}>
                  {dayNames.map((name, at) => {
                    const day = at + 1;
                    const isOn = typed.days.includes(day);
                    return (
                      <button
                        key={name}
                        type="button"
                        className={`pill${isOn ? ' set' : ''}`}
                        aria-pressed={isOn}
                        onClick={() => set('days', isOn ? typed.days.filter((other) => other !== day) : [...typed.days, day])}
                      >
                        {name}
                      </button>
                    );
                  })}
                </div>
                {typed.days.length === 0 && <div className="field-error">{translate('numbers.form.no_days')}</div>}
                <div className="pair">
                  {(['from', 'to'] as const).map((name) => (
                    <TextField
                      key={name}
                      type="time"
                      required
                      label={translate(`numbers.form.${name}`)}
                      value={typed[name]}
                      onChange={(event) => set(name, event.target.value)}
                      slotProps={{ inputLabel: { required: false } }}
                    />
                  ))}
                </div>
                <span className="small mute">
                  {exempt.length > 0
                    ? translate('numbers.form.exempt', { classes: exempt.map((name) => translate(`class.${name}`)).join(', ') })
                    : translate('numbers.form.exempt_none')}
                </span>
                {'send_window' in errors && <div className="field-error">{errors.send_window}</div>}
              </>
            )}
            <Autocomplete
              size="small"
              disableClearable
              options={timeZones}
              value={typed.zone}
              onChange={(_, zone) => set('zone', zone)}
              renderInput={(params) => (
                <TextField
                  {...params}
                  label={translate('numbers.form.zone')}
                  error={'time_zone' in errors}
                  helperText={errors.time_zone ?? translate('numbers.form.zone_help')}
                />
              )}
            />
          </fieldset>
        </div>
        <footer>
          <ActButton type="submit" variant="contained" busy={act.isPending}>
            {translate(act.isPending ? 'frame.saving' : 'numbers.save_limits')}
          </ActButton>
          <ActButton variant="outlined" onClick={onClose}>
            {translate('numbers.keep')}
          </ActButton>
        </footer>
      </form>
    </Drawer>
  );
}

function usePools(): string[] {
  const tenant = useTenant();
  const { data } = useQuery({
    queryKey: ['pools', tenant, 'names'],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/cap-pools', { signal }))).data.map(({ name }) => name),
  });
  return data ?? [];
}
