import './overview.css';
import { type ComponentType, lazy, Suspense } from 'react';
import { useTranslate } from 'react-admin';
import { Navigate, useSearchParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { isOpenTo, menu } from '../layout/menu-items';
import { Empty, Failed, Note, Page, Skeleton } from '../parts/page';
import { useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { CampaignsCard } from './campaigns-card';
import { ClientTable } from './client-table';
import { CountStrip } from './count-strip';
import { EngineCard } from './engine-card';
import { NeedsAttention } from './needs-attention';
import { type Span, spans, useOverview } from './overview-queries';
import { TrafficCard } from './traffic-card';

/** The guide for an installation that sends nothing yet. It hides itself once its steps are done. */
const guides = Object.values(import.meta.glob<Record<'FirstRunCard', ComponentType>>('../first-run/first-run-card.tsx')).map((load) =>
  lazy(async () => ({ default: (await load()).FirstRunCard })),
);

/** Shows what needs a person, what was sent and how the engine does, for all clients or one. */
export function OverviewPage() {
  const me = useMe();
  const tenant = useTenant();
  if (!me) return <Skeleton />;
  const first = menu.flatMap(({ items }) => items).find((item) => isOpenTo(me, item, tenant));
  if (first?.to === '/') return <Overview key={tenant} />;
  return <Navigate to={first?.to ?? '/account'} replace />;
}

function Overview() {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const [params, setParams] = useSearchParams();
  const span = spans.find((one) => one === params.get('span')) ?? 'today';
  const { data, error, refetch, isPending } = useOverview(span);
  const clients = data?.clients.filter(({ accepted }) => accepted > 0).length ?? 0;
  return (
    <Page
      title={translate('menu.overview')}
      note={format.weekday(new Date())}
      acts={<Spans span={span} onChange={(next) => setParams(next === 'today' ? {} : { span: next }, { replace: true })} />}
    >
      <div className="stack">
        {guides.map((Guide, at) => (
          <Suspense key={at} fallback={null}>
            <Guide />
          </Suspense>
        ))}
        <NeedsAttention />
        {error && !data ? (
          <div className="table-box">
            <Failed error={error} retry={() => void refetch()} />
          </div>
        ) : isPending || !data ? (
          <div className="table-box">
            <Skeleton />
          </div>
        ) : (
          <>
            {data.counted_from !== null && Date.parse(data.counted_from) > Date.parse(data.from) && (
              <Note title={translate('overview.counted_from', { time: format.when(new Date(data.counted_from)) })}>
                {translate('overview.counted_from_text')}
              </Note>
            )}
            <section className="section">
              <header>
                <h2>{translate(`overview.span.${span}`)}</h2>
                <span className="small mute num">
                  {translate('overview.accepted', {
                    figure: format.number(data.totals.accepted),
                    smart_count: clients,
                    clients: format.number(clients),
                  })}
                </span>
              </header>
              <CountStrip counts={data.totals} from={data.from} />
            </section>
            <div className="two-one even">
              <TrafficCard span={span} />
              <EngineCard engine={data.engine} />
            </div>
            <CampaignsCard />
            {data.totals.accepted === 0 && !data.has_traffic ? (
              <div className="table-box">
                <Empty title={translate('overview.empty')}>{translate('overview.empty_text')}</Empty>
              </div>
            ) : (
              !tenant && (
                <section className="section">
                  <header>
                    <h2>{translate(`overview.by_client.${span}`)}</h2>
                  </header>
                  <ClientTable overview={data} />
                </section>
              )
            )}
          </>
        )}
      </div>
    </Page>
  );
}

function Spans({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const translate = useTranslate();
  return (
    <div className="segment" role="group" aria-label={translate('overview.spans')}>
      {spans.map((one) => (
        <button key={one} type="button" aria-pressed={one === span} onClick={() => onChange(one)}>
          {translate(`overview.span.${one}`)}
        </button>
      ))}
    </div>
  );
}
