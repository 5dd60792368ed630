import PrintOutlined from '@mui/icons-material/PrintOutlined';
import { useTheme } from '@mui/material';
import type { ReactNode } from 'react';
import { useAuthenticated, useTranslate } from 'react-admin';
import { Link, useLocation, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Failed, Note, Skeleton } from '../parts/page';
import { usePageBrand } from '../providers/brand';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { charts } from '../theme/tokens';
import { barsOf, type Cell, cells, reachedOf, type ShownReport, useSharedReport, useStaffReport } from './shared-report';
import { LinkOver, Sheet } from './sheet';

/** Bars that a printed page has room for. */
const maxBars = 60;
/** Width of a bar with its gap when there are few, in px. */
const widestBar = 48;

/** Colour of each outcome, as charts of the panel have it. */
function useColours(): Record<Cell, string> {
  return { ...charts[useTheme().palette.mode], left_out: 'var(--suppressed-line)' };
}

/** Report of one campaign for its client, who has no account. The token stands behind `#`. */
export function ReportPage() {
  const translate = useTranslate();
  const token = useLocation().hash.slice(1);
  const { data, error } = useSharedReport(token);
  usePageBrand(data?.brand);
  return (
    <ReportSheet report={data} error={error}>
      {error && <LinkOver title={translate('report.title')} error={error} />}
    </ReportSheet>
  );
}

/** The same report for staff, without a link. */
export function StaffReportPage() {
  const translate = useTranslate();
  const tenant = useTenant();
  const { id = '' } = useParams();
  const { isPending } = useAuthenticated();
  const { data, error, refetch } = useStaffReport(isPending ? null : tenant, id);
  const fault =
    tenant === null ? (
      <Note title={translate('client.choose')}>{translate('client.choose_text')}</Note>
    ) : (
      error && <Failed error={error} retry={() => void refetch()} />
    );
  return (
    <ReportSheet
      report={data}
      error={error}
      back={
        <Link className="linked" to={`/campaigns/${id}`}>
          {translate('report.back')}
        </Link>
      }
    >
      {fault && (
        <>
          <h1>{translate('report.title')}</h1>
          {fault}
        </>
      )}
    </ReportSheet>
  );
}

/** The page of a report. @param children stands in its place while there is none */
function ReportSheet({
  report: data,
  error,
  back,
  children,
}: {
  report: ShownReport | undefined;
  error: ApiError | null;
  back?: ReactNode;
  children: ReactNode;
}) {
  const translate = useTranslate();
  const title = data?.name ?? translate('report.title');
  return (
    <Sheet
      title={title}
      acts={
        (data || !error) && (
          <ActButton startIcon={<PrintOutlined />} busy={!data} onClick={() => window.print()}>
            {translate('report.print')}
          </ActButton>
        )
      }
    >
      {back && <p className="print-none">{back}</p>}
      {data && (!error || error.status === 0 || error.status >= 500) ? (
        <Report report={data} isOffline={error !== null} />
      ) : children ? (
        children
      ) : (
        <>
          <h1>{title}</h1>
          <Skeleton rows={8} />
        </>
      )}
    </Sheet>
  );
}

function Report({ report, isOffline }: { report: ShownReport; isOffline: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const colours = useColours();
  const { counts, audience } = report;
  const reached = reachedOf(counts);
  // It is printed and passed on, so that a day and a zone belong to each time.
  const time = (at: string | null): string | null => at && format.full(new Date(at));
  const since = report.left_out_since_plan ?? 0;
  const reasons = [
    ...Object.entries(report.skips).map(([reason, count]) => ({ reason, count, text: null })),
    ...report.failures.map(({ reason, count, text }) => ({ reason, count, text })),
  ];
  return (
    <>
      <p className="soft">{report.client}</p>
      <h1>{report.name}</h1>
      <p className="soft">
        {[
          translate(`report.state.${report.state}`),
          report.launched_at && translate('report.began', { time: time(report.launched_at) }),
          report.ended_at && translate('report.ended', { time: time(report.ended_at) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {isOffline && (
        <Note state="uncertain" title={translate('report.offline')}>
          {translate('report.offline_text')}
        </Note>
      )}
      <section>
        <h2>{translate('report.reached', { figure: format.number(reached), of: format.number(audience), smart_count: reached })}</h2>
        <Bar report={report} />
        <table>
          <thead>
            <tr>
              <th scope="col">{translate('report.outcome')}</th>
              <th scope="col" className="num">
                {translate('report.people')}
              </th>
              <th scope="col" className="num">
                {translate('report.share')}
              </th>
            </tr>
          </thead>
          <tbody>
            {cells.map((cell) => (
              <tr key={cell}>
                <th scope="row">
                  <i style={{ background: colours[cell] }} />
                  {translate(`report.cell.${cell}`)}
                  <span className="soft small"> {translate(`report.under.${cell}`)}</span>
                </th>
                <td className="num">{format.number(counts[cell])}</td>
                <td className="num">{format.share(counts[cell], audience)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{translate('report.all')}</th>
              <td className="num">{format.number(audience)}</td>
              <td />
            </tr>
          </tfoot>
        </table>
      </section>
      <Times report={report} />
      {reasons.length > 0 && (
        <section>
          <h2>{translate('report.reasons')}</h2>
          <table>
            <thead>
              <tr>
                <th scope="col">{translate('report.reason_head')}</th>
                <th scope="col" className="num">
                  {translate('report.people')}
                </th>
              </tr>
            </thead>
            <tbody>
              {reasons.map(({ reason, count, text }, i) => (
                <tr key={i}>
                  <th scope="row">{translate(`report.reason.${reason}`, { _: text ?? reason.replaceAll('_', ' ') })}</th>
                  <td className="num">{format.number(count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {since > 0 && (
            <p className="soft small">{translate('report.since_plan', { smart_count: since, figure: format.number(since) })}</p>
          )}
        </section>
      )}
      <footer className="soft small">
        <p>{translate('report.counted', { time: time(report.counted_at) })}</p>
        {report.link_expires_at && <p className="print-none">{translate('report.valid_until', { time: time(report.link_expires_at) })}</p>}
      </footer>
    </>
  );
}

/** Share of each outcome; the figures stand in the table under it. */
function Bar({ report: { counts, audience } }: { report: ShownReport }) {
  const colours = useColours();
  return (
    <div className="outcome-bar" aria-hidden>
      {cells.map((cell) => counts[cell] > 0 && <i key={cell} style={{ background: colours[cell], flexGrow: counts[cell] / audience }} />)}
    </div>
  );
}

/** Messages by the time at which they were sent, each bar by what became of them. */
function Times({ report: { series } }: { report: ShownReport }): ReactNode {
  const translate = useTranslate();
  const format = useFormat();
  const colours = useColours();
  const { bars, stepMinutes } = barsOf(series, maxBars);
  const first = bars[0];
  const last = bars.at(-1);
  if (!first || !last) return null;
  const sums = bars.map(({ read, delivered, sent, failed }) => read + delivered + sent + failed);
  const maxSum = Math.max(...sums, 1);
  const step = format.duration(stepMinutes * 60_000);
  const busiest = bars[sums.indexOf(maxSum)] ?? first;
  return (
    <section>
      <h2>{translate('report.times')}</h2>
      <p className="soft small">{translate('report.step', { duration: step })}</p>
      <div style={{ maxInlineSize: bars.length * widestBar }}>
        <div
          className="times"
          role="img"
          dir="ltr"
          aria-label={translate('report.times_text', { figure: format.number(maxSum), time: format.when(busiest.at), duration: step })}
        >
          {bars.map((bar) => (
            <span key={bar.at.getTime()}>
              {(['failed', 'sent', 'delivered', 'read'] as const).map(
                (name) =>
                  bar[name] > 0 && <i key={name} style={{ background: colours[name], blockSize: `${(bar[name] / maxSum) * 100}%` }} />,
              )}
            </span>
          ))}
        </div>
        <p className="axis soft small" dir="ltr">
          <bdi>{format.when(first.at)}</bdi>
          {last !== first && <bdi>{format.when(last.at)}</bdi>}
        </p>
      </div>
    </section>
  );
}
