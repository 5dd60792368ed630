import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card } from '../parts/page';
import { RowButton } from '../parts/row-button';
import type { PeopleFilter } from './api';
import { PeopleDrawer } from './people-drawer';
import { leftOutOf } from './plan-words';

/** Reasons for which people are left out, in the order they are explained. All have words. */
export const skipReasons = [
  'no_consent',
  'opted_out',
  'suppressed',
  'duplicate',
  'frequency_cap',
  'min_gap',
  'invalid_address',
  'no_address',
  'not_on_whatsapp',
  'missing_variable',
  'deleted',
] as const;
/** A reason of messages that are withdrawn after the start. */
const undone = 'import_undone';
export type SkipReason = (typeof skipReasons)[number];
/** True for a reason of the API that has words, and by which people can be listed before the start. */
export const isKnown = (reason: string): reason is SkipReason => (skipReasons as readonly string[]).includes(reason);

/** Words of a reason; one that has none is shown by its code. */
export function useReasonWords(): (reason: string) => { name: string; text: string } {
  const translate = useTranslate();
  return (reason) =>
    isKnown(reason) || reason === undone
      ? { name: translate(`campaigns.reason.${reason}`), text: translate(`campaigns.reason_text.${reason}`) }
      : { name: reason, text: '' };
}

/** Returns reasons with their people, most people first; those without anybody are left out. */
export const rowsOf = (skips: Record<string, number>): [reason: string, people: number][] =>
  Object.entries(skips)
    .filter(([, people]) => people > 0)
    .toSorted(([, a], [, b]) => b - a);

/** People who would be left out, by reason, each with the people behind it. */
export function LeftOutList({ id, skips, audience }: { id: string; skips: Record<string, number>; audience: number }) {
  const translate = useTranslate();
  const format = useFormat();
  const wordsOf = useReasonWords();
  const [reason, setReason] = useState<SkipReason | null>(null);
  const rows = rowsOf(skips);
  if (rows.length === 0) return null;
  return (
    <>
      <table className="table">
        <caption className="hidden">{translate('campaigns.left_out')}</caption>
        <thead>
          <tr>
            <th scope="col">{translate('campaigns.left_out')}</th>
            <th scope="col" className="end">
              {translate('campaigns.people')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, people]) => (
            <tr key={name}>
              <td className="name">
                {isKnown(name) ? <RowButton onClick={() => setReason(name)}>{wordsOf(name).name}</RowButton> : wordsOf(name).name}
              </td>
              <td className="end num">
                {format.number(people)} <span className="mute">{format.share(people, audience)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {reason !== null && (
        <PeopleDrawer id={id} filter={{ verdict: reason }} title={wordsOf(reason).name} onClose={() => setReason(null)} />
      )}
    </>
  );
}

/** People who are left out, by reason, each with what it means and the people behind it. */
export function LeftOutCard({
  skips,
  audience,
  people,
}: {
  skips: Record<string, number>;
  audience: number;
  /** Campaign and filter of the people behind a reason, where they can be listed. */
  people?: { id: string; isLaunched?: boolean; filterOf: (reason: string) => PeopleFilter };
}) {
  const translate = useTranslate();
  const format = useFormat();
  const wordsOf = useReasonWords();
  const [reason, setReason] = useState<string | null>(null);
  const rows = rowsOf(skips);
  const maxCount = rows[0]?.[1] ?? 0;
  if (rows.length === 0) return null;
  return (
    <Card
      title={translate('campaigns.left_out')}
      note={translate('campaigns.of', { part: format.number(leftOutOf(skips)), of: format.number(audience) })}
      pad={false}
    >
      <table className="table reasons">
        <thead>
          <tr>
            <th scope="col">{translate('campaigns.reason_head')}</th>
            <th scope="col" className="narrow-hide">
              {translate('campaigns.meaning')}
            </th>
            <th scope="col" className="end">
              {translate('campaigns.people')}
            </th>
            <th scope="col" className="narrow-hide">
              <span className="hidden">{translate('campaigns.share')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, count]) => (
            <tr key={name}>
              <td className="name">
                {people ? <RowButton onClick={() => setReason(name)}>{wordsOf(name).name}</RowButton> : wordsOf(name).name}
                <span className="meaning">{wordsOf(name).text}</span>
              </td>
              <td className="narrow-hide">{wordsOf(name).text}</td>
              <td className="end num">{format.number(count)}</td>
              <td className="narrow-hide">
                <span className="reason-bar" aria-hidden="true">
                  <i style={{ width: `${(count / maxCount) * 100}%` }} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {people && reason !== null && (
        <PeopleDrawer
          id={people.id}
          filter={people.filterOf(reason)}
          title={wordsOf(reason).name}
          isLaunched={people.isLaunched ?? false}
          onClose={() => setReason(null)}
        />
      )}
    </Card>
  );
}
