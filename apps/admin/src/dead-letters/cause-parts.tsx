import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { filterOf } from '../live/live-alerts';
import { ClientLink, ClientName } from '../parts/client-link';
import { Failed, Skeleton } from '../parts/page';
import type { operations } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { useTenant } from '../providers/tenant';
import { useNamesOf } from '../segments/segments';
import { bulkFilter, type LetterCause, type LetterFilter } from './letters';

type By = operations['countDeadLettersByPart']['parameters']['query']['by'];

/** Parts that the letters of a kind have. */
const partsOf = (kind: string): By[] => (kind === 'message' ? ['detail', 'session', 'prefix', 'template', 'group'] : ['detail', 'session']);
const filterNames: Record<By, keyof LetterFilter> = {
  detail: 'detail',
  session: 'session_id',
  prefix: 'prefix',
  template: 'template_id',
  group: 'group_id',
};
const maxShown = 8;

/** Shows what the letters of the chosen cause have in common, with counts. A part filters the list; a second press takes the filter back. */
export function CauseParts({ of }: { of: LetterCause }) {
  const tenant = useTenant();
  if (!tenant) return <Clients of={of} />;
  return <Parts of={of} tenant={tenant} />;
}

function Parts({ of: { kind, cause }, tenant }: { of: LetterCause; tenant: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const { filterValues, setFilters } = useListContext();
  const [by, setBy] = useState<By>('detail');
  const [isWhole, setWhole] = useState(false);
  const name = filterNames[by];
  const { kind: _kind, cause: _cause, [name]: set, without, ...others } = bulkFilter(filterValues as Record<string, unknown>);
  const { data, error, refetch } = useQuery({
    queryKey: ['dead_letters', 'parts', tenant, kind, cause, by, others],
    queryFn: ({ signal }) =>
      ok(
        api.GET('/v1/dead-letters/causes/{kind}/{cause}/parts', {
          params: { path: { kind, cause }, query: { ...others, by } as never },
          signal,
        }),
      ),
  });
  const shown = data?.data.slice(0, isWhole ? undefined : maxShown) ?? [];
  const words = usePartWords(
    by,
    shown.flatMap(({ value }) => value ?? []),
  );
  const { without: _without, [name]: _set, ...rest } = filterValues as Record<string, unknown>;
  return (
    <section className="cause-parts" aria-label={translate('dead_letters.parts.title')}>
      <div className="segment" role="group" aria-label={translate('dead_letters.parts.title')}>
        {partsOf(kind).map((one) => (
          <button key={one} type="button" aria-pressed={one === by} onClick={() => setBy(one)}>
            {translate(`dead_letters.parts.split.${one}`)}
          </button>
        ))}
      </div>
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!error && !data && <Skeleton rows={2} />}
      {data && (
        <ul>
          {shown.map(({ value, count, filter }) => {
            const isSet = value === null ? without === by : set === value;
            return (
              <li key={value}>
                <button
                  type="button"
                  className="part"
                  aria-pressed={isSet}
                  onClick={() => setFilters(isSet ? rest : { ...rest, ...(value === null ? { without: by } : { [name]: filter[name] }) })}
                >
                  <span className="grow cut" dir="auto" title={value ?? undefined}>
                    {value === null ? translate(`dead_letters.parts.none.${by}`) : words(value)}
                  </span>
                  <span className="num mute">{format.share(count, data.matching)}</span>
                  <b className="num">{format.number(count)}</b>
                </button>
              </li>
            );
          })}
          {(data.data.length > shown.length || data.others > 0) && (
            <li className="small mute">
              {data.data.length > shown.length ? (
                <button type="button" className="linked" onClick={() => setWhole(true)}>
                  {translate('dead_letters.parts.all', { count: format.number(data.data.length) })}
                </button>
              ) : (
                translate('dead_letters.parts.others', { smart_count: data.others, figure: format.number(data.others) })
              )}
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

/** Clients with letters of a cause. Each opens its letters, which are parted further there. */
function Clients({ of: { kind, cause, tenants = [] } }: { of: LetterCause }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <section className="cause-parts" aria-label={translate('dead_letters.parts.clients')}>
      <ul>
        {tenants.slice(0, maxShown).map(({ id, count }) => (
          <li key={id}>
            <ClientLink tenant={id} to={`/dead-letters?${filterOf({ kind, cause })}`} className="part">
              <span className="grow">
                <ClientName id={id} />
              </span>
              <b className="num">{format.number(count)}</b>
            </ClientLink>
          </li>
        ))}
        {tenants.length > maxShown && (
          <li className="small mute">{translate('dead_letters.clients', { smart_count: tenants.length - maxShown })} …</li>
        )}
      </ul>
    </section>
  );
}

/** Returns the words of a part's value: names in place of ids. */
export function usePartWords(by: By, values: string[]): (value: string) => string {
  const numbers = useNumberNames();
  const isNamed = by === 'template' || by === 'group';
  const names = useNamesOf(isNamed ? values.map((id) => ({ kind: by, id })) : none);
  return (value) => {
    if (by === 'session') return numbers.get(value)?.name ?? value;
    if (by === 'prefix') return `+${value}`;
    return names.get(value) ?? value;
  };
}

const none: [] = [];
