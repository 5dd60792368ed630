import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useCountryNames } from '../i18n/country-names';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { type ContactImport, type RefusalReason, type RefusedRow, saveRefused, shownRefused, useRefused } from './imports';

/** Rows that stay out, by reason: each with its line, column, value and why; all of them as a file to fix and load again. */
export function RefusedCard({ one }: { one: ContactImport }) {
  const translate = useTranslate();
  const format = useFormat();
  const act = useAct();
  const [reason, setReason] = useState<RefusalReason | null>(null);
  const { data: rows, error, refetch } = useRefused(one, reason);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  const reasons = Object.entries(one.reasons).toSorted(([, a], [, b]) => b - a) as [RefusalReason, number][];
  const count = reason === null ? one.refused : (one.reasons[reason] ?? 0);
  if (one.refused === 0)
    return (
      <Card title={say('refused_rows')} pad={false}>
        <Empty title={say('none_refused')}>{say('none_refused_text')}</Empty>
      </Card>
    );
  if (!one.has_refused_rows)
    return (
      <Card title={say('refused_rows')} pad={false}>
        <Empty title={say('refused_gone')}>
          {say('refused_gone_text', { smart_count: one.refused, figure: format.number(one.refused) })}
        </Empty>
      </Card>
    );
  return (
    <Card
      title={say('refused_rows')}
      note={count > shownRefused ? say('first_of', { first: shownRefused, figure: format.number(count) }) : undefined}
      pad={false}
      acts={
        <ActButton
          variant="outlined"
          size="small"
          startIcon={<DownloadOutlined />}
          busy={act.isPending}
          onClick={() => act.mutate(() => saveRefused(one))}
        >
          {say('all_as_csv', { smart_count: one.refused, figure: format.number(one.refused) })}
        </ActButton>
      }
    >
      <Refused error={act.error} />
      {reasons.length > 1 && (
        <div className="filters import-reasons" role="group" aria-label={say('why')}>
          <button
            type="button"
            className={`pill${reason === null ? ' set' : ''}`}
            aria-pressed={reason === null}
            onClick={() => setReason(null)}
          >
            {say('all')} <span className="num">{format.number(one.refused)}</span>
          </button>
          {reasons.map(([name, of]) => (
            <button
              key={name}
              type="button"
              className={`pill${reason === name ? ' set' : ''}`}
              aria-pressed={reason === name}
              onClick={() => setReason(name)}
            >
              {say(`reason.${name}`)} <span className="num">{format.number(of)}</span>
            </button>
          ))}
        </div>
      )}
      {error ? <Failed error={error} retry={() => void refetch()} /> : rows ? <Rows rows={rows} /> : <Skeleton />}
    </Card>
  );
}

function Rows({ rows }: { rows: RefusedRow[] }) {
  const why = useWhy();
  const translate = useTranslate();
  const format = useFormat();
  const say = (key: string, args?: Record<string, unknown>): string => translate(`imports.${key}`, args);
  return (
    <table className="table import-refused">
      <thead>
        <tr>
          <th scope="col">{say('line')}</th>
          <th scope="col">{say('column')}</th>
          <th scope="col">{say('value')}</th>
          <th scope="col">{say('why')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.line}>
            <td className="num nowrap line">
              <span className="only-narrow mute">{say('line')} </span>
              {format.number(row.line)}
            </td>
            <td className="narrow-hide">{row.column && <Words className="mono cut">{row.column}</Words>}</td>
            <td className="lead">
              {row.value ? <Words className="mono cut">{row.value}</Words> : <span className="mute">{say('blank_cell')}</span>}
            </td>
            <td className="why">{why(row)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Says why a row stays out. */
function useWhy(): (row: RefusedRow) => string {
  const translate = useTranslate();
  const format = useFormat();
  const countryName = useCountryNames();
  return ({ reason, detail }) => {
    const { line, limit, country } = detail ?? {};
    if (typeof country === 'string') return translate(`imports.why_in.${reason}`, { country: countryName(country) });
    const figure = (value: unknown) => (typeof value === 'number' ? format.number(value) : '');
    return translate(`imports.why_reason.${reason}`, { line: figure(line), limit: figure(limit) });
  };
}
