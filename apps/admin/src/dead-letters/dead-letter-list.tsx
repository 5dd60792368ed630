import '@fontsource-variable/jetbrains-mono';
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button, Tab, Tabs } from '@mui/material';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useLocation, useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { ActButton } from '../parts/act-button';
import { ClientName } from '../parts/client-link';
import { type Filter, Pill, type PillProps } from '../parts/filters';
import { type Column, ListPage } from '../parts/list';
import { ListChanges } from '../parts/list-changes';
import { lookSearch } from '../parts/look-search';
import { Refused } from '../parts/refused';
import { useRowKeys } from '../parts/row-keys';
import { SelectionBar, useWhole } from '../parts/selection-bar';
import { Dash, Phone, Time } from '../parts/values';
import { api, type ApiError, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { useReasons } from '../providers/reasons';
import { useRefusalText } from '../providers/refusals';
import { useTenant } from '../providers/tenant';
import { CauseCards } from './cause-cards';
import { usePartWords } from './cause-parts';
import { DiscardDrawer } from './discard-drawer';
import { LetterLook } from './letter-look';
import {
  bulkFilter,
  type ClientLetter,
  clientsWith,
  countedByCauses,
  expectedOf,
  letterKinds,
  letterStates,
  type Target,
  useCauses,
  useMayDecideFor,
  useRecipients,
} from './letters';
import { RedriveDrawer } from './redrive-drawer';
import { RunningJobs } from '../jobs/running-jobs';
import '../parts/records.css';

/** Dead letters of a client, or of all: causes as cards, letters under them, a quick look at one, decisions about many. */
export function DeadLetterList() {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const reasons = useReasons();
  const numbers = useNumberNames();
  const { search } = useLocation();
  const { data: causes } = useCauses();
  const open = causes?.reduce((sum, { count }) => sum + count, 0);
  const wordsOf = (cause: string): string => reasons.get(cause)?.text.replace(/\.$/, '') ?? cause;
  const codes = new Set([...(causes ?? []).map(({ cause }) => cause), ...[...reasons.values()].map(({ code }) => code)]);
  const partFilters: Filter[] = [
    { source: 'detail', label: translate('dead_letters.parts.by.detail'), linked: true },
    { source: 'prefix', label: translate('dead_letters.parts.by.prefix'), show: (code) => `+${code}`, linked: true },
    { source: 'template_id', label: translate('dead_letters.parts.by.template'), pill: NamedPill, linked: true },
    { source: 'group_id', label: translate('dead_letters.parts.by.group'), pill: NamedPill, linked: true },
    {
      source: 'without',
      label: translate('dead_letters.parts.title'),
      show: (part) => translate(`dead_letters.parts.none.${part}`),
      linked: true,
    },
  ];
  const columns: Column<ClientLetter>[] = [
    { key: 'about', label: translate('dead_letters.about'), render: (letter) => <About letter={letter} /> },
    { key: 'letter', label: translate('dead_letters.letter'), render: ({ cause }) => wordsOf(cause) },
    {
      key: 'detail',
      label: translate('dead_letters.detail'),
      render: ({ detail }) => (detail ? <div className="cut">{detail}</div> : <Dash />),
      narrowHide: true,
    },
    tenant
      ? {
          key: 'number',
          label: translate('dead_letters.number'),
          render: ({ session_id }) => (session_id ? (numbers.get(session_id)?.name ?? <Dash />) : <Dash />),
          narrowHide: true,
        }
      : {
          key: 'client',
          label: translate('dead_letters.client'),
          render: ({ tenant_id }) => (tenant_id ? <ClientName id={tenant_id} /> : <Dash />),
        },
    {
      key: 'cause',
      label: translate('dead_letters.cause'),
      render: ({ cause }) => <span className="mono nowrap">{cause}</span>,
      low: true,
      narrowHide: true,
    },
    { key: 'died', label: translate('dead_letters.died'), render: ({ created_at }) => <Time at={created_at} />, end: true },
  ];
  return (
    <ListPage<ClientLetter>
      resource={tenant ? 'dead_letters' : 'dead_letters_of_clients'}
      title={translate('dead_letters.title')}
      needsClient={false}
      selectable
      {...(open !== undefined && { note: translate('dead_letters.open_count', { smart_count: open, figure: format.number(open) }) })}
      acts={<HeadActs />}
      above={
        <>
          <StateTabs open={open} />
          <RunningJobs about="dead_letters" />
          <OpenCauses />
        </>
      }
      filters={[
        {
          source: 'kind',
          label: translate('dead_letters.kind'),
          choices: letterKinds.map((value) => ({ value, label: translate(`dead_letters.kinds.${value}`) })),
        },
        { source: 'cause', label: translate('dead_letters.cause'), choices: [...codes].map((value) => ({ value, label: value })) },
        ...(tenant
          ? [
              {
                source: 'session_id',
                label: translate('dead_letters.number'),
                choices: [...numbers].map(([value, { name }]) => ({ value, label: name })),
              },
            ]
          : []),
        { source: 'created_from', label: translate('dead_letters.from'), kind: 'time' },
        { source: 'created_to', label: translate('dead_letters.to'), kind: 'time' },
        ...(tenant ? [{ source: 'subject_id', label: translate('dead_letters.subject') }, ...partFilters] : []),
      ]}
      hiddenFilters={[['state']]}
      between={
        <>
          <ListChanges name="dead_letters" />
          <Decisions />
        </>
      }
      linkOf={({ id, tenant_id }) => `?${lookSearch(search, tenant_id ? `${tenant_id}.${id}` : id)}`}
      columns={columns}
      empty={{ title: translate('dead_letters.empty'), text: translate('dead_letters.empty_text') }}
    >
      <Look />
      <KeyHint />
    </ListPage>
  );
}

/** A filter by a template or group, with its name. */
function NamedPill(props: PillProps) {
  const words = usePartWords(props.filter.source === 'group_id' ? 'group' : 'template', [props.value ?? []].flat());
  return <Pill {...props} filter={{ ...props.filter, show: words }} />;
}

/** Subject of a letter: the recipient of a message, else its kind. */
function About({ letter: { kind, subject_id } }: { letter: ClientLetter }) {
  const translate = useTranslate();
  const { data = none } = useListContext<ClientLetter>();
  const to = useRecipients(data).get(subject_id);
  return kind === 'message' && to ? <Phone value={to} /> : <>{translate(`dead_letters.kinds.${kind}`)}</>;
}

/** The quick look at the letter that the address names. */
function Look() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const tenant = useTenant();
  const { refetch } = useListContext();
  const look = new URLSearchParams(search).get('look');
  if (!look) return null;
  const [of, id] = look.includes('.') ? (look.split('.') as [string, string]) : [tenant, look];
  if (!of) return null;
  return (
    <LetterLook tenant={of} id={id} onDone={() => void refetch()} onClose={() => void navigate({ search: lookSearch(search, null) })} />
  );
}

/** Counts of the letters that are not open any more, by state; a count of more than 1,000 is not known. */
function useSettledCounts(): Map<string, number | null> {
  const tenant = useTenant();
  const { data } = useQuery({
    queryKey: ['dead_letters', 'settled', tenant],
    queryFn: async ({ signal }) => {
      const each = settledStates.map(async (state): Promise<[string, number | null]> => {
        const query = { params: { query: { state, limit: 1 } }, signal };
        const { total } = await ok(tenant ? api.GET('/v1/dead-letters', query) : api.GET('/admin/v1/dead-letters', query));
        return [state, total ?? null];
      });
      return new Map(await Promise.all(each));
    },
    refetchInterval: useEveryMs(60_000),
  });
  return data ?? noCounts;
}

const settledStates = letterStates.filter((state) => state !== 'open');
const noCounts = new Map<string, number | null>();
/** The api counts no further. */
const maxCounted = 1_000;

function StateTabs({ open }: { open: number | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const counts = useSettledCounts();
  const countOf = (state: string): string => {
    const count = state === 'open' ? open : counts.get(state);
    if (count === undefined) return '';
    return count === null ? translate('dead_letters.many', { count: format.number(maxCounted) }) : format.number(count);
  };
  const { filterValues, setFilters } = useListContext();
  const { state: shown = 'open', ...rest } = filterValues as Record<string, string>;
  return (
    <Tabs
      value={shown}
      onChange={(_event, state: string) => setFilters(state === 'open' ? rest : { ...rest, state })}
      aria-label={translate('dead_letters.states')}
      variant="scrollable"
      scrollButtons={false}
      sx={{ marginBottom: 2 }}
    >
      {letterStates.map((state) => (
        <Tab
          key={state}
          value={state}
          disableRipple
          label={
            <span>
              {translate(`state.dead_letter.${state}`)}
              <span className="mute num"> {countOf(state)}</span>
            </span>
          }
        />
      ))}
    </Tabs>
  );
}

const isOpenShown = (filterValues: Record<string, unknown>): boolean => (filterValues.state ?? 'open') === 'open';

function OpenCauses() {
  const { filterValues } = useListContext();
  return isOpenShown(filterValues as Record<string, unknown>) ? <CauseCards /> : null;
}

/** The targets of a decision about everything that the filter matches; undefined while their count is not known, and to a reader who may not ask. */
function useWholeFilter(): { whole: Target[] | undefined; error: Error | null } {
  const tenant = useTenant();
  const mayDecide = useMayDecideFor();
  const { filterValues } = useListContext();
  const { data: causes, error: uncounted } = useCauses();
  const filter = useMemo(() => bulkFilter(filterValues as Record<string, unknown>), [filterValues]);
  const known = causes && countedByCauses(causes, filter, tenant);
  // A client's letters are counted by the server, also while their causes cannot be read.
  const isAsked = causes ? !known : !!uncounted;
  const asked = (tenant ? [tenant] : clientsWith(causes ?? [], filter)).filter(mayDecide);
  const { data: matching, error } = useQuery({
    queryKey: ['dead_letters', 'matching', asked, filter],
    queryFn: ({ signal }) =>
      Promise.all(
        asked.map(async (of): Promise<Target> => {
          const body = { filter, may_duplicate: true, dry_run: true };
          const counted = await ok(api.POST('/v1/dead-letters/redrive', { headers: { 'heliograph-tenant': of }, body, signal }));
          return { tenant: of, filter, expect: counted.matching ?? 0 };
        }),
      ),
    enabled: asked.length > 0 && isAsked,
  });
  if (known) return { whole: known, error: null };
  if (!tenant && causes && asked.length === 0) return { whole: [], error: null };
  return { whole: matching?.filter(({ expect }) => tenant !== null || expect > 0), error: tenant || causes ? error : uncounted };
}

type Decision = { verb: 'redrive' | 'discard'; targets: Target[] };

function DecisionOf({ decision, onClose }: { decision: Decision | null; onClose: () => void }) {
  const { refetch, onUnselectItems } = useListContext<ClientLetter>();
  if (!decision) return null;
  const Drawer = decision.verb === 'redrive' ? RedriveDrawer : DiscardDrawer;
  return (
    <Drawer
      targets={decision.targets}
      onClose={onClose}
      onDone={() => {
        onUnselectItems();
        void refetch();
      }}
    />
  );
}

/** Redrive of the whole filter, and the export of what it shows. */
function HeadActs() {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const mayDecide = useMayDecideFor();
  const { filterValues, data } = useListContext<ClientLetter>();
  const [decision, setDecision] = useState<Decision | null>(null);
  const { whole, error } = useWholeFilter();
  const textOf = useRefusalText();
  const targets = whole?.filter((target) => mayDecide(target.tenant));
  // Who may redrive none of them sees the button all the same, and why it is off.
  const count = whole && targets && expectedOf(targets.length > 0 ? targets : whole);
  const mayNone = tenant ? !mayDecide(tenant) : targets?.length === 0;
  // With no filter the causes come first: all letters at once are seldom what is wanted.
  const isNarrowed = Object.keys(bulkFilter(filterValues as Record<string, unknown>)).length > 0;
  const { state = 'open' } = filterValues as Record<string, string>;
  return (
    <>
      {!!data?.length && <Export filterValues={{ ...(filterValues as Record<string, string>), state }} />}
      {isOpenShown(filterValues as Record<string, unknown>) && !!data?.length && count !== 0 && (
        <ActButton
          variant={isNarrowed ? 'contained' : 'outlined'}
          startIcon={<ReplayOutlined />}
          off={mayNone ? translate('dead_letters.may_not') : error ? textOf(error) : undefined}
          busy={!targets && !error}
          onClick={() => targets && setDecision({ verb: 'redrive', targets })}
        >
          {count === undefined
            ? translate('dead_letters.redrive_many.open')
            : translate('dead_letters.redrive_many.open_count', { smart_count: count, figure: format.number(count) })}
        </ActButton>
      )}
      <DecisionOf decision={decision} onClose={() => setDecision(null)} />
    </>
  );
}

function Export({ filterValues }: { filterValues: Record<string, string> }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const saving = useMutation<void, ApiError>({ mutationFn: () => save() });
  const save = async (): Promise<void> => {
    const file = { params: { query: { ...filterValues, format: 'csv' } as never }, parseAs: 'blob' as const };
    const { data } = await (tenant ? api.GET('/v1/dead-letters/export', file) : api.GET('/admin/v1/dead-letters/export', file));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(data as unknown as Blob);
    link.download = 'dead-letters.csv';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      {saving.error && <Refused error={saving.error} />}
      <Button variant="outlined" startIcon={<DownloadOutlined />} onClick={() => saving.mutate()}>
        {translate('dead_letters.export')}
      </Button>
    </>
  );
}

const none: ClientLetter[] = [];

/** Offers the decisions about the letters that are selected on the page, or about all that match the filter. */
function Decisions(): ReactNode {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayDecide = useMayDecideFor();
  const { selectedIds, data = none, filterValues } = useListContext<ClientLetter>();
  const [isWhole, setWhole] = useWhole();
  const [decision, setDecision] = useState<Decision | null>(null);
  const { whole } = useWholeFilter();
  const picked = useMemo(() => {
    const byTenant = new Map<string, string[]>();
    for (const { id, tenant_id } of data) {
      const of = tenant_id ?? tenant ?? '';
      if (selectedIds.includes(id)) byTenant.set(of, [...(byTenant.get(of) ?? []), id]);
    }
    return [...byTenant].map(([of, ids]): Target => ({ tenant: of, filter: { ids }, expect: ids.length }));
  }, [data, selectedIds, tenant]);
  const isOpen = isOpenShown(filterValues as Record<string, unknown>);
  const chosen = isWhole && selectedIds.length > 0 ? whole : picked;
  const targets = useMemo(() => (chosen ?? []).filter((target) => mayDecide(target.tenant)), [chosen, mayDecide]);
  const acts = useMemo(
    (): Record<string, () => void> => (isOpen && targets.length > 0 ? { r: () => setDecision({ verb: 'redrive', targets }) } : {}),
    [isOpen, targets],
  );
  useRowKeys(acts);
  const off = targets.length === 0 ? translate('dead_letters.may_not') : undefined;
  return (
    <>
      {isOpen && picked.length > 0 && (
        <SelectionBar
          selected={expectedOf(picked)}
          onPage={data.length}
          matching={whole && expectedOf(whole)}
          isWhole={isWhole}
          onWhole={setWhole}
          acts={
            <>
              <ActButton variant="outlined" size="small" off={off} reason="tip" onClick={() => setDecision({ verb: 'discard', targets })}>
                {translate('dead_letters.discard_many.open')}
              </ActButton>
              <ActButton
                variant="contained"
                size="small"
                startIcon={<ReplayOutlined />}
                off={off}
                reason="tip"
                onClick={() => setDecision({ verb: 'redrive', targets })}
              >
                {translate('dead_letters.redrive_many.open')}
              </ActButton>
            </>
          }
        />
      )}
      <DecisionOf decision={decision} onClose={() => setDecision(null)} />
    </>
  );
}

function KeyHint() {
  const translate = useTranslate();
  const { data } = useListContext();
  return data?.length ? <p className="small mute narrow-hide">{translate('dead_letters.keys')}</p> : null;
}
