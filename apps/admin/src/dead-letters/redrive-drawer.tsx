import BlockOutlined from '@mui/icons-material/BlockOutlined';
import HelpOutlineOutlined from '@mui/icons-material/HelpOutlineOutlined';
import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Button, Checkbox, MenuItem, TextField } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ComponentType, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { countries } from '../clients/countries';
import { useCountryNames } from '../i18n/country-names';
import { ActButton } from '../parts/act-button';
import { Autocomplete } from '../parts/autocomplete';
import { DecisionDrawer } from '../parts/decision-drawer';
import { type Job, JobProgress, reasonWords } from '../parts/job-progress';
import { Facts, Failed, Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { allStarted, type Started } from '../parts/started-jobs';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useClients } from '../providers/clients';
import { useNumberNames } from '../providers/number-names';
import { useReasons } from '../providers/reasons';
import { useNamesOf } from '../segments/segments';
import type { StateName } from '../theme/tokens';
import { expectedOf, type LetterCause, type LetterFilter, type Target, useCauses } from './letters';

type Forecast = components['schemas']['RedriveForecast'];
type Edit = NonNullable<components['schemas']['BulkRedriveDeadLetters']['edit']>;
type Line = Forecast['lines'][number];

/** Letters per minute that a person may pick; the first: as fast as it goes. */
const paces = [0, 600, 60, 6];

const orders = ['oldest_first', 'newest_first'] as const;
type Order = (typeof orders)[number];

/** A job of a client. */
export interface ClientJob {
  tenant: string;
  job: Job;
}

const headerOf = (tenant: string) => ({ headers: { 'heliograph-tenant': tenant } });

/** Adds up what the server foresees at each client: one line for each fate, reason and number. */
export function addedUp(forecasts: Forecast[]): Line[] {
  const lines = new Map<string, Line>();
  for (const line of forecasts.flatMap((forecast) => forecast.lines)) {
    const key = `${line.fate}/${line.reason}/${line.session_id}`;
    lines.set(key, { ...line, count: line.count + (lines.get(key)?.count ?? 0) });
  }
  const order: Line['fate'][] = ['go', 'wait', 'refused', 'needs_consent', 'not_examined'];
  return [...lines.values()].sort((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate) || b.count - a.count);
}

/** Redrive of all that the targets match: what would happen is said by the server before anything does; then the jobs, with their progress. */
export function RedriveDrawer({ targets, onClose, onDone }: { targets: Target[]; onClose: () => void; onDone: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const queries = useQueryClient();
  const [accepts, setAccepts] = useState(false);
  const [perMinute, setPerMinute] = useState(0);
  const [order, setOrder] = useState<Order>('oldest_first');
  const [note, setNote] = useState('');
  const [edit, setEdit] = useState<Edit>({});
  const change = Object.keys(edit).length > 0 ? { edit } : {};
  const say = (key: string, options?: Record<string, unknown>): string => translate(`dead_letters.redrive_many.${key}`, options);
  const forecast = useQuery({
    queryKey: ['dead_letters', 'forecast', targets, edit],
    queryFn: async ({ signal }) => {
      const each = await Promise.all(
        targets.map(
          async ({ tenant, filter }) =>
            (await ok(
              api.POST('/v1/dead-letters/bulk-redrive', {
                ...headerOf(tenant),
                body: { filter, ...change, may_duplicate: false, dry_run: true, order: 'oldest_first' },
                signal,
              }),
            )) as Forecast,
        ),
      );
      return { each, lines: addedUp(each), at: new Date() };
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const start = useMutation<Started<ClientJob>, ApiError>({
    mutationFn: () =>
      allStarted(
        targets.map(async ({ tenant, filter }, at) => ({
          tenant,
          job: (await ok(
            api.POST('/v1/dead-letters/bulk-redrive', {
              ...headerOf(tenant),
              body: {
                filter,
                ...change,
                expect: forecast.data?.each[at]?.matching ?? 0,
                may_duplicate: accepts,
                dry_run: false,
                order,
                ...(perMinute > 0 && { per_minute: perMinute }),
                ...(note.trim() && { note: note.trim() }),
              },
            }),
          )) as Job,
        })),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  if (start.data)
    return (
      <JobsDrawer title={say('title')} targets={targets} started={start.data} text={say('started')} onClose={onClose} onDone={onDone} />
    );

  const lines = forecast.data?.lines ?? [];
  const sumOf = (...fates: Line['fate'][]): number => lines.reduce((sum, { fate, count }) => sum + (fates.includes(fate) ? count : 0), 0);
  const doubtful = sumOf('needs_consent');
  const go = sumOf('go', 'wait', 'not_examined') + (accepts ? doubtful : 0);
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        <>
          <span className="small mute grow">{say('as_job')}</span>
          <Button variant="outlined" onClick={onClose}>
            {translate('dead_letters.cancel')}
          </Button>
          {go > 0 && (
            <ActButton
              variant="contained"
              busy={start.isPending && say('busy')}
              onClick={() => (start.error?.code === 'count_changed' ? void forecast.refetch().then(() => start.reset()) : start.mutate())}
            >
              {start.error?.code === 'count_changed' ? say('count_again') : say('act', { smart_count: go, figure: format.number(go) })}
            </ActButton>
          )}
        </>
      }
    >
      <Which targets={targets} />
      <Change targets={targets} edit={edit} onChange={setEdit} />
      <div>
        <h3>{say('will')}</h3>
        {forecast.error && <Failed error={forecast.error} retry={() => void forecast.refetch()} />}
        {forecast.isPending && <Skeleton rows={2} />}
        {forecast.data && (
          <>
            <div className="outcome" role="status">
              {lines.map((line) => (
                <Outcome key={`${line.fate}.${line.reason}.${line.session_id}`} line={line} accepts={accepts} />
              ))}
            </div>
            <p className="small mute" style={{ margin: '6px 0 0' }}>
              {say('counted', { at: format.when(forecast.data.at) })} {go === 0 && say('none')}
            </p>
          </>
        )}
      </div>
      <NoHelp targets={targets} />
      {doubtful > 0 && (
        <>
          <Note
            state="uncertain"
            icon={WarningAmberOutlined}
            title={translate('dead_letters.duplicate.title_many', { smart_count: doubtful, figure: format.number(doubtful) })}
          >
            {translate('dead_letters.duplicate.text')}
          </Note>
          <label className="tick">
            <Checkbox checked={accepts} onChange={(event) => setAccepts(event.target.checked)} />
            <span>
              {translate('dead_letters.duplicate.accept_many')} <span className="mono mute">may_duplicate</span>
            </span>
          </label>
        </>
      )}
      {go > 0 && (
        <>
          <TextField
            select
            label={say('pace')}
            helperText={say('pace_help')}
            value={perMinute}
            onChange={(event) => setPerMinute(Number(event.target.value))}
          >
            {paces.map((pace) => (
              <MenuItem key={pace} value={pace}>
                {pace === 0 ? say('own_pace') : say('per_minute', { smart_count: pace, figure: format.number(pace) })}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            select
            label={say('order')}
            helperText={say('order_help')}
            value={order}
            onChange={(event) => setOrder(event.target.value as Order)}
          >
            {orders.map((value) => (
              <MenuItem key={value} value={value}>
                {translate(`dead_letters.redrive_many.orders.${value}`)}
              </MenuItem>
            ))}
          </TextField>
          <TextField
            label={say('note')}
            placeholder={say('note_hint')}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            multiline
            minRows={2}
            slotProps={{ htmlInput: { maxLength: 500, style: { padding: '6px 10px' } } }}
          />
        </>
      )}
      {start.error && <Refused error={start.error} />}
    </DecisionDrawer>
  );
}

/** Asks what is changed in all messages before they are sent on: the number that sends them, the country of their numbers. */
function Change({ targets, edit, onChange }: { targets: Target[]; edit: Edit; onChange: (edit: Edit) => void }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  const countryName = useCountryNames();
  const say = (key: string): string => translate(`dead_letters.redrive_many.${key}`);
  if (targets.some(({ filter: { kind } }) => kind !== undefined && kind !== 'message')) return null;
  return (
    <details>
      <summary>{say('change')}</summary>
      <div className="stack" style={{ marginTop: 8 }}>
        {/* Numbers are those of the client that is chosen. */}
        {numbers.size > 0 && (
          <TextField
            select
            label={say('other_number')}
            helperText={say('other_number_help')}
            value={edit.session_id ?? ''}
            onChange={({ target: { value } }) => onChange({ ...without(edit, 'session_id'), ...(value && { session_id: value }) })}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">{say('same_number')}</MenuItem>
            {[...numbers].map(([id, { name }]) => (
              <MenuItem key={id} value={id}>
                {name}
              </MenuItem>
            ))}
          </TextField>
        )}
        <Autocomplete
          size="small"
          options={countries}
          value={edit.country ?? null}
          getOptionLabel={countryName}
          onChange={(_, country) => onChange({ ...without(edit, 'country'), ...(country && { country }) })}
          renderInput={(params) => <TextField {...params} label={say('country')} helperText={say('country_help')} />}
        />
      </div>
    </details>
  );
}

const without = (edit: Edit, name: keyof Edit): Edit => Object.fromEntries(Object.entries(edit).filter(([key]) => key !== name));

/** The jobs that a decision started, with their progress. The drawer may be closed; they go on. */
export function JobsDrawer({
  title,
  targets,
  started: { jobs, refusals },
  text,
  onClose,
  onDone,
}: {
  title: string;
  targets: Target[];
  started: Started<ClientJob>;
  text: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const { data: clients = [] } = useClients();
  const end = (): void => {
    void queries.invalidateQueries({ queryKey: ['dead_letters'] });
    onDone();
  };
  return (
    <DecisionDrawer
      title={title}
      onClose={onClose}
      foot={
        <Button variant="contained" onClick={onClose}>
          {translate('dead_letters.close')}
        </Button>
      }
    >
      {jobs.map(({ tenant, job }) => (
        <JobProgress key={job.id} tenant={tenant} job={job} onEnd={end} />
      ))}
      {refusals.map(({ at, error }) => (
        <Refused key={at} error={error} title={clients.find(({ id }) => id === targets[at]?.tenant)?.name} />
      ))}
      <p className="text">{text}</p>
    </DecisionDrawer>
  );
}

const looksOf: Record<Line['fate'], readonly [StateName, ComponentType]> = {
  go: ['sent', ReplayOutlined],
  wait: ['queued', ScheduleOutlined],
  refused: ['suppressed', BlockOutlined],
  needs_consent: ['uncertain', HelpOutlineOutlined],
  not_examined: ['queued', MoreHorizOutlined],
};

function Outcome({ line: { fate, count, reason, session_id }, accepts }: { line: Line; accepts: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const number = useNumberNames().get(session_id ?? '');
  const [state, Icon] = looksOf[fate];
  const words = ((): string => {
    const say = (key: string, options?: Record<string, unknown>): string => translate(`dead_letters.fate.${key}`, options);
    if (fate === 'needs_consent') return say(accepts ? 'consented' : 'needs_consent');
    if (fate === 'refused') return say('refused', { reason: reasonWords(translate, reason ?? '') });
    if (fate === 'wait') return number ? say('wait_for', { number: number.name }) : say('wait');
    return say(fate);
  })();
  return (
    <div data-state={state}>
      <Icon />
      <b>{format.number(count)}</b>
      <span>{words}</span>
    </div>
  );
}

/** The filter in words. */
export function Which({ targets }: { targets: Target[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const {
    kind,
    cause,
    session_id,
    ids,
    created_from,
    created_to,
    detail,
    prefix,
    template_id,
    group_id,
    without: lacks,
  }: LetterFilter = targets[0]?.filter ?? {};
  const nameOf = useNamesOf([
    ...(template_id ? [{ kind: 'template' as const, id: template_id }] : []),
    ...(group_id ? [{ kind: 'group' as const, id: group_id }] : []),
  ]);
  const number = useNumberNames().get(session_id ?? '');
  const count = expectedOf(targets);
  const say = (key: string): string =>
    translate(`dead_letters.redrive_many.${key}`, {
      smart_count: count,
      figure: format.number(count),
      clients: translate('dead_letters.clients', { smart_count: targets.length }),
    });
  const rows: [string, React.ReactNode][] = [
    [
      translate('dead_letters.cause'),
      cause && (
        <>
          {reasons.get(cause)?.text.replace(/\.$/, '')} <span className="mono mute">{cause}</span>
        </>
      ),
    ],
    [translate('dead_letters.kind'), kind && translate(`dead_letters.kinds.${kind}`)],
    [translate('dead_letters.number'), session_id && (number?.name ?? session_id)],
    [translate('dead_letters.parts.by.detail'), detail && <bdi>{detail}</bdi>],
    [translate('dead_letters.parts.by.prefix'), prefix && `+${prefix}`],
    [translate('dead_letters.parts.by.template'), template_id && (nameOf.get(template_id) ?? template_id)],
    [translate('dead_letters.parts.by.group'), group_id && (nameOf.get(group_id) ?? group_id)],
    [translate('dead_letters.parts.title'), lacks && translate(`dead_letters.parts.none.${lacks}`)],
    [translate('dead_letters.from'), created_from && format.full(new Date(created_from))],
    [translate('dead_letters.to'), created_to && format.full(new Date(created_to))],
    [translate('dead_letters.redrive_many.which'), ids ? say('picked') : targets.length > 1 ? say('all_of_clients') : say('all')],
  ];
  return <Facts rows={rows.map(([label, value]) => [label, value || null])} />;
}

const none: LetterCause[] = [];

/** Says how many of them fail again. Counts by cause know kind and cause alone, so a narrower choice gets no figure. */
function NoHelp({ targets }: { targets: Target[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const { data: causes = none, error, refetch } = useCauses();
  const { kind, cause, ...rest }: LetterFilter = targets[0]?.filter ?? {};
  const helpless = causes.filter(
    (one) => (!kind || one.kind === kind) && (!cause || one.cause === cause) && reasons.get(one.cause)?.redrive_helps === false,
  );
  const total = helpless.reduce((sum, one) => sum + one.count, 0);
  if (error && causes === none) return <Failed error={error} retry={() => void refetch()} />;
  if (total === 0 || Object.keys(rest).length > 0) return null;
  return (
    <Note state="queued" title={translate('dead_letters.redrive_many.no_help', { smart_count: total, figure: format.number(total) })}>
      {translate('dead_letters.redrive_many.no_help_text', { causes: helpless.map((one) => one.cause).join(', ') })}
    </Note>
  );
}
