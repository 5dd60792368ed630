import '@fontsource-variable/jetbrains-mono';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Tab, Tabs } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { Dash, Time } from '../parts/values';
import { useNumberNames } from '../providers/number-names';
import { useReasons } from '../providers/reasons';
import { CauseCards } from './cause-cards';
import { type Letter, letterKinds, letterStates, type LetterFilter, useCauses, useMayDecide } from './letters';
import { RedriveDrawer } from './redrive-drawer';
import '../parts/records.css';

/** Dead letters of a client: causes as cards, letters under them, redrive of all that the filter matches. */
export function DeadLetterList() {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const numbers = useNumberNames();
  const { data: causes } = useCauses();
  const open = causes?.reduce((sum, { count }) => sum + count, 0);
  const wordsOf = (cause: string): string => reasons.get(cause)?.text.replace(/\.$/, '') ?? cause;
  const codes = new Set([...(causes ?? []).map(({ cause }) => cause), ...[...reasons.values()].map(({ code }) => code)]);
  return (
    <ListPage<Letter>
      resource="dead_letters"
      title={translate('dead_letters.title')}
      {...(open !== undefined && { note: translate('dead_letters.open_count', { smart_count: open, figure: format.number(open) }) })}
      acts={<RedriveAct />}
      above={
        <>
          <StateTabs open={open} />
          <OpenCauses />
        </>
      }
      filters={[
        {
          source: 'kind',
          label: translate('dead_letters.kind'),
          choices: letterKinds.map((value) => ({ value, label: translate(`dead_letters.kinds.${value}`) })),
        },
        {
          source: 'cause',
          label: translate('dead_letters.cause'),
          choices: [...codes].map((value) => ({ value, label: value })),
        },
        {
          source: 'session_id',
          label: translate('dead_letters.number'),
          choices: [...numbers].map(([value, { name }]) => ({ value, label: name })),
        },
      ]}
      linkOf={({ id }) => `/dead-letters/${id}`}
      columns={[
        { key: 'letter', label: translate('dead_letters.letter'), render: ({ cause }) => wordsOf(cause) },
        {
          key: 'detail',
          label: translate('dead_letters.detail'),
          render: ({ detail }) => (detail ? <div className="cut">{detail}</div> : <Dash />),
          narrowHide: true,
        },
        { key: 'kind', label: translate('dead_letters.kind'), render: ({ kind }) => translate(`dead_letters.kinds.${kind}`), low: true },
        {
          key: 'number',
          label: translate('dead_letters.number'),
          render: ({ session_id }) => (session_id ? (numbers.get(session_id)?.name ?? <Dash />) : <Dash />),
          narrowHide: true,
        },
        {
          key: 'cause',
          label: translate('dead_letters.cause'),
          render: ({ cause }) => <span className="mono nowrap">{cause}</span>,
          low: true,
          narrowHide: true,
        },
        { key: 'died', label: translate('dead_letters.died'), render: ({ created_at }) => <Time at={created_at} />, end: true },
      ]}
      empty={{ title: translate('dead_letters.empty'), text: translate('dead_letters.empty_text') }}
    />
  );
}

function StateTabs({ open }: { open: number | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
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
              {state === 'open' && open !== undefined && <span className="mute num"> {format.number(open)}</span>}
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

function RedriveAct() {
  const translate = useTranslate();
  const mayDecide = useMayDecide();
  const { filterValues, data, refetch } = useListContext<Letter>();
  const [isOpen, setOpen] = useState(false);
  const { kind, cause, session_id, group_id } = filterValues as LetterFilter;
  if (!isOpenShown(filterValues as Record<string, unknown>) || !data?.length) return null;
  // With no filter the causes come first: all letters at once are seldom what is wanted.
  const isNarrowed = !!(kind ?? cause ?? session_id ?? group_id);
  return (
    <>
      <ActButton
        variant={isNarrowed ? 'contained' : 'outlined'}
        startIcon={<ReplayOutlined />}
        off={mayDecide ? undefined : translate('dead_letters.may_not')}
        onClick={() => setOpen(true)}
      >
        {translate('dead_letters.redrive_many.open')}
      </ActButton>
      {isOpen && (
        <RedriveDrawer
          filter={{
            ...(kind && { kind }),
            ...(cause && { cause }),
            ...(session_id && { session_id }),
            ...(group_id && { group_id }),
          }}
          onClose={() => setOpen(false)}
          onDone={() => void refetch()}
        />
      )}
    </>
  );
}
