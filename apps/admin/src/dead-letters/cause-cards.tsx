import { Button } from '@mui/material';
import { Fragment, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { useClients } from '../layout/client-switcher';
import { Failed } from '../parts/page';
import { Spark } from '../parts/spark';
import { StateChip } from '../parts/state-chip';
import { hopeOf, useReasons } from '../providers/reasons';
import { CauseAlert } from './cause-alert';
import { CauseCare } from './cause-care';
import { CauseParts } from './cause-parts';
import { type LetterCause, useCauses, withoutParts } from './letters';

const maxCards = 9;

/** Causes of open letters, the most first. One of them filters the list under it; a second press shows all again. */
export function CauseCards() {
  const translate = useTranslate();
  const { filterValues, setFilters } = useListContext();
  const { data: causes, error, refetch } = useCauses();
  const [isWhole, setWhole] = useState(false);
  if (error && !causes)
    return (
      <div className="table-box">
        <Failed error={error} retry={() => void refetch()} />
      </div>
    );
  if (!causes?.length) return null;
  const { kind: setKind, cause: setCause, ...others } = filterValues as Record<string, string>;
  const rest = withoutParts(others);
  // A link may name the cause alone.
  const isChosen = ({ kind, cause }: LetterCause): boolean => setCause === cause && (setKind === undefined || setKind === kind);
  return (
    <>
      <ul className="causes" aria-label={translate('dead_letters.causes')}>
        {causes.slice(0, isWhole ? undefined : maxCards).map((cause) => {
          const isSet = isChosen(cause);
          return (
            <li key={`${cause.kind}.${cause.cause}`}>
              <CauseCard
                of={cause}
                isSet={isSet}
                onPress={() => setFilters(isSet ? rest : { ...rest, kind: cause.kind, cause: cause.cause })}
              />
            </li>
          );
        })}
      </ul>
      {causes.length > maxCards && (
        <Button variant="text" onClick={() => setWhole(!isWhole)} sx={{ marginBottom: 1.5 }}>
          {translate(isWhole ? 'dead_letters.fewer_causes' : 'dead_letters.all_causes', { count: causes.length })}
        </Button>
      )}
      {causes.filter(isChosen).map((cause) => (
        <Fragment key={`${cause.kind}.${cause.cause}`}>
          <CauseCare of={cause} />
          <CauseAlert of={cause} />
          <CauseParts of={cause} />
        </Fragment>
      ))}
    </>
  );
}

function CauseCard({ of, isSet, onPress }: { of: LetterCause; isSet: boolean; onPress: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const { data: clients = [] } = useClients();
  const { kind, cause, count, first_at, last_at, trend, tenants, care } = of;
  const reason = reasons.get(cause);
  const words = reason?.text.replace(/\.$/, '') ?? cause;
  const kindWords = translate(`dead_letters.kinds.${kind}`);
  const only = tenants?.length === 1 ? clients.find(({ id }) => id === tenants[0]?.id)?.name : undefined;
  return (
    <button type="button" className="cause" aria-pressed={isSet} onClick={onPress}>
      <span className="row" style={{ alignItems: 'baseline', flexWrap: 'nowrap' }}>
        <span className="figure">{format.number(count)}</span>
        <span className="small mute cut" dir="auto">
          {tenants ? (only ?? translate('dead_letters.clients', { smart_count: tenants.length })) : kindWords}
        </span>
        <span className="grow" />
        <Spark figures={trend} label={translate('dead_letters.trend')} />
      </span>
      <span>
        <span className="words">{words}</span>
        <br />
        <span className="small mute num">
          {translate('dead_letters.span', { first: format.when(new Date(first_at)), last: format.when(new Date(last_at)) })}
        </span>
      </span>
      <span className="foot">
        {reason ? <StateChip kind="redrive" state={hopeOf(reason)} bare /> : <span />}
        <span className="mono mute cut">{cause}</span>
      </span>
      {care && (
        <span className="small mute cut">
          <bdi>{translate('dead_letters.care.by', { name: care.assignee })}</bdi>
          {care.since > 0 && ` ${translate('dead_letters.care.since', { smart_count: care.since, figure: format.number(care.since) })}`}
        </span>
      )}
    </button>
  );
}
