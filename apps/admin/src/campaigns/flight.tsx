import BlockOutlined from '@mui/icons-material/BlockOutlined';
import DoneAllOutlined from '@mui/icons-material/DoneAllOutlined';
import DoneOutlined from '@mui/icons-material/DoneOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import StopOutlined from '@mui/icons-material/CropSquareOutlined';
import VisibilityOutlined from '@mui/icons-material/VisibilityOutlined';
import { Tab, Tabs, useMediaQuery } from '@mui/material';
import { type ComponentType, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { MoreMenu } from '../parts/more-menu';
import { Card, Facts, Failed, Page, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import {
  cancelCampaign,
  type Campaign,
  campaignKey,
  type CampaignResults,
  copyCampaign,
  hasNews,
  pauseCampaign,
  resumeCampaign,
  useResults,
  type PeopleFilter,
} from './api';
import { CampaignLinks } from './campaign-links';
import { CampaignChip, FlightBar } from './campaign-look';
import { FailuresCard } from './failures-card';
import { FlightBanner } from './flight-banner';
import { FlightChartCard } from './flight-chart-card';
import { LogCard } from './log-card';
import { AnswersCard, FlightNumbersCard, FlightRulesCard } from './flight-cards';
import { FlightChecksCard } from './number-checks';
import { PaceDrawer } from './pace-drawer';
import { PeopleTab } from './people-tab';
import { FlightRetryCard } from './retry-cards';
import { RepliesTab } from './replies-tab';
import { isKnown, LeftOutCard, rowsOf, useReasonWords } from './left-out';
import { useMoment } from './use-moment';
import { leftOutOf } from './plan-words';
import { audienceOf, type Cell, cellHues, chosenOf, goneOf, sixCells } from './six-cells';
import './campaigns.css';
import '../parts/records.css';

const tabs = ['flight', 'people', 'failures', 'skipped', 'replies', 'log'] as const;
type FlightTab = (typeof tabs)[number];

/** A campaign that was launched: how far it is, its figures, and the acts on it. */
export function Flight({ campaign, tag }: { campaign: Campaign; tag: string | null }) {
  const translate = useTranslate();
  const [search, setSearch] = useSearchParams();
  const asked = search.get('tab') as FlightTab | null;
  const tab = asked && tabs.includes(asked) ? asked : 'flight';
  const { data: results, error, refetch } = useResults(campaign.id, true, hasNews(campaign));
  const format = useFormat();
  const countOf = (name: FlightTab): number | null => {
    if (!results) return null;
    if (name === 'people') return audienceOf(results.counts);
    if (name === 'replies') return results.answers.replies + results.answers.opt_outs;
    if (name === 'failures') return results.counts.failed;
    if (name === 'skipped') return results.counts.left_out;
    return null;
  };
  return (
    <Page
      title={campaign.name}
      crumbs={[{ to: '/campaigns', label: translate('menu.campaigns') }]}
      beside={<CampaignChip big campaign={campaign} />}
      acts={<FlightActs campaign={campaign} tag={tag} results={results} />}
    >
      <FlightBanner campaign={campaign} results={results} />
      {error && !results ? (
        <div className="table-box">
          <Failed error={error} retry={() => void refetch()} />
        </div>
      ) : !results ? (
        <Skeleton rows={3} />
      ) : (
        <Figures campaign={campaign} results={results} />
      )}
      <Tabs
        className="flight-tabs"
        value={tab}
        variant="scrollable"
        scrollButtons={false}
        onChange={(_event, to: string) => setSearch(to === 'flight' ? {} : { tab: to }, { replace: true })}
        aria-label={campaign.name}
      >
        {tabs.map((name) => {
          const count = countOf(name);
          return (
            <Tab
              key={name}
              value={name}
              disableRipple
              label={
                <span>
                  {translate(`campaigns.tab.${name}`)}
                  {count !== null && <span className="num">{format.number(count)}</span>}
                </span>
              }
            />
          );
        })}
      </Tabs>
      {tab === 'flight' && (
        <div className="two-one">
          <div className="stack">
            <FlightChartCard campaign={campaign} isPlanned={results?.planned_end_at != null} />
            <FailuresCard campaign={campaign} results={results} />
            <LogCard campaign={campaign} max={5} />
          </div>
          <div className="stack">
            {results && <FlightNumbersCard results={results} />}
            {results && <FlightRulesCard results={results} />}
            <FlightRetryCard campaign={campaign} />
            <FlightChecksCard campaign={campaign} />
            {results && <AnswersCard results={results} />}
          </div>
        </div>
      )}
      {tab === 'people' && <PeopleTab campaign={campaign} results={results} />}
      {tab === 'replies' && <RepliesTab campaign={campaign} />}
      {tab === 'failures' && <FailuresCard campaign={campaign} results={results} />}
      {tab === 'skipped' && results && <SkippedTab campaign={campaign} results={results} />}
      {tab === 'log' && <LogCard campaign={campaign} />}
    </Page>
  );
}

const icons: Record<Cell, ComponentType> = {
  read: VisibilityOutlined,
  delivered: DoneAllOutlined,
  sent: DoneOutlined,
  failed: ErrorOutlineOutlined,
  waiting: ScheduleOutlined,
  left_out: BlockOutlined,
};

/** Bar and the six counts, whose sum is the audience. Each opens the people in it. */
function Figures({ campaign, results }: { campaign: Campaign; results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const [, setSearch] = useSearchParams();
  const { counts, uncertain, counted_at } = results;
  const audience = audienceOf(counts);
  const under = (cell: Cell): string => {
    const share = format.share(counts[cell], audience);
    if (cell === 'waiting' && uncertain > 0)
      return translate('campaigns.under.uncertain', { share, smart_count: uncertain, figure: format.number(uncertain) });
    return cell === 'sent' || cell === 'left_out' ? translate(`campaigns.under.${cell}`, { share }) : share;
  };
  return (
    <section aria-label={translate('campaigns.figures')}>
      <div className="flight-head">
        <span>
          <span className="big">{format.number(goneOf(results))}</span>{' '}
          {translate('campaigns.gone_of', { smart_count: goneOf(results), of: format.number(chosenOf(counts)) })}
        </span>
        <EndWords campaign={campaign} results={results} />
      </div>
      <FlightBar counts={counts} />
      <div className="strip cells">
        {sixCells.map((cell) => {
          const Icon = icons[cell];
          return (
            <a
              key={cell}
              data-cell={cell}
              href={`?tab=people&outcome=${cell}`}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                setSearch({ tab: 'people', outcome: cell });
              }}
            >
              <span className="label" data-state={cellHues[cell]}>
                <Icon />
                {translate(`campaigns.counts.${cell}`)}
              </span>
              <span className="figure">{format.number(counts[cell])}</span>
              <span className="under">{under(cell)}</span>
            </a>
          );
        })}
      </div>
      <p className="cells-note num">
        {translate('campaigns.adds_up', { audience: format.number(audience), time: format.when(new Date(counted_at)) })}
      </p>
    </section>
  );
}

/** Filter of the people whom the launch left out for a reason, without those who were suppressed for it since: they are not in its count. */
const ofLaunch = (reason: string): PeopleFilter => (isKnown(reason) ? { verdict: reason } : { outcome: 'left_out', reason });

/** People who get no message: those whom the launch left out, and those that were not sent since. */
function SkippedTab({ campaign, results }: { campaign: Campaign; results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const wordsOf = useReasonWords();
  const since = rowsOf(results.skipped_since_plan ?? {});
  const more = results.left_out_since_plan ?? 0;
  if (results.counts.left_out === 0) return <p className="text">{translate('campaigns.nobody_left_out')}</p>;
  return (
    <div className="stack">
      <LeftOutCard skips={results.skips} audience={results.audience} people={{ id: campaign.id, isLaunched: true, filterOf: ofLaunch }} />
      {since.length > 0 && (
        <Card
          title={translate('campaigns.since_plan')}
          note={translate('campaigns.since_plan_more', { smart_count: more, figure: format.number(more) })}
        >
          <Facts rows={since.map(([reason, people]) => [wordsOf(reason).name, format.number(people)])} />
          {leftOutOf(results.skipped_since_plan ?? {}) > more && <p className="text">{translate('campaigns.since_plan_moved')}</p>}
        </Card>
      )}
    </div>
  );
}

/** End of the campaign: expected beside planned while it runs, then the end itself. */
function EndWords({ campaign, results }: { campaign: Campaign; results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const now = campaign.ended_at
    ? translate('campaigns.ended', { time: format.when(new Date(campaign.ended_at)) })
    : campaign.state === 'processing' && results.estimated_end_at
      ? translate('campaigns.ends_about', { time: moment(new Date(results.estimated_end_at)) })
      : null;
  const rate =
    campaign.state === 'processing' && results.rate_per_minute > 0
      ? translate('campaigns.rate_words', { figure: format.number(Math.round(results.rate_per_minute)) })
      : null;
  const plan = results.planned_end_at && translate('campaigns.planned_end', { time: moment(new Date(results.planned_end_at)) });
  return (
    <span className="ends num" role="status">
      {now && <span className="strong">{now}</span>} {plan} {rate}
    </span>
  );
}

function FlightActs({ campaign, tag, results }: { campaign: Campaign; tag: string | null; results: CampaignResults | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const navigate = useNavigate();
  const tenant = useTenant();
  const act = useAct(campaignKey(tenant, campaign.id), ['campaigns']);
  const mayLaunch = useMay('campaigns:launch');
  const mayManage = useMay('campaigns:manage');
  const [open, setOpen] = useState<'cancel' | 'pace' | 'report' | null>(null);
  const { id, state, name } = campaign;
  const isActive = ['scheduled', 'processing', 'paused'].includes(state);
  const off = mayLaunch === false ? translate('campaigns.may_not_launch') : null;
  const waiting = results?.counts.waiting ?? 0;
  const figure = { smart_count: waiting, figure: format.number(waiting) };
  const copy = {
    key: 'copy',
    label: translate('campaigns.copy_open'),
    off: mayManage === false ? translate('campaigns.may_not_edit') : null,
    onDo: () =>
      act.mutate(
        async () => void navigate(`/campaigns/${(await copyCampaign(id, translate('campaigns.copy_name', { name: campaign.name }))).id}`),
      ),
  };
  // A phone has room for the acts of an emergency.
  const isNarrow = useMediaQuery('(max-width: 699px)');
  const pace = state !== 'scheduled' && { key: 'pace', label: translate('campaigns.change_pace'), off, onDo: () => setOpen('pace') };
  const page = { key: 'page', label: translate('campaigns.link.page'), off: null, onDo: () => void navigate(`/campaigns/${id}/report`) };
  const report = { key: 'report', label: translate('campaigns.link.report.open'), off: null, onDo: () => setOpen('report') };
  return (
    <>
      {act.error && open === null && <Refused error={act.error} />}
      {isActive && (
        <>
          {pace && !isNarrow && (
            <ActButton variant="outlined" off={off} reason="tip" onClick={pace.onDo}>
              {pace.label}
            </ActButton>
          )}
          <ActButton variant="outlined" startIcon={<StopOutlined />} off={off} reason="tip" onClick={() => setOpen('cancel')}>
            {translate(state === 'scheduled' ? 'campaigns.cancel.open_all' : 'campaigns.cancel.open')}
          </ActButton>
          {state === 'paused' ? (
            <ActButton
              variant="contained"
              startIcon={<PlayArrowOutlined />}
              off={off}
              busy={act.isPending && translate('campaigns.resuming')}
              onClick={() => act.mutate(() => resumeCampaign(id))}
            >
              {translate('campaigns.resume')}
            </ActButton>
          ) : (
            <ActButton
              variant="contained"
              startIcon={<PauseOutlined />}
              off={off}
              busy={act.isPending && translate('campaigns.pausing')}
              onClick={() => act.mutate(() => pauseCampaign(id))}
            >
              {translate('campaigns.pause')}
            </ActButton>
          )}
        </>
      )}
      {isActive ? (
        <MoreMenu acts={[...(pace && isNarrow ? [pace] : []), page, report, copy]} />
      ) : (
        [page, report, copy].map(({ key, label, off: isOff, onDo }) => (
          <ActButton key={key} variant="outlined" off={isOff} reason="tip" busy={key === 'copy' && act.isPending} onClick={onDo}>
            {label}
          </ActButton>
        ))
      )}
      {open === 'report' && <CampaignLinks campaign={campaign} kind="report" onClose={() => setOpen(null)} />}
      {open === 'pace' && <PaceDrawer campaign={campaign} tag={tag} onClose={() => setOpen(null)} />}
      {open === 'cancel' && (
        <DecisionDialog
          title={translate('campaigns.cancel.title', { name })}
          button={waiting > 0 ? translate('campaigns.cancel.act', figure) : translate('campaigns.cancel.act_all')}
          back={translate('campaigns.cancel.keep')}
          isDanger
          act={act}
          onClose={() => setOpen(null)}
          onDo={() => act.mutate(() => cancelCampaign(id), { onSuccess: () => setOpen(null) })}
        >
          <p className="text">
            {waiting > 0 && translate('campaigns.cancel.text', figure)}{' '}
            {results && goneOf(results) > 0 && translate('campaigns.cancel.stay', { figure: format.number(goneOf(results)) })}{' '}
            {translate('campaigns.cancel.final')}
          </p>
        </DecisionDialog>
      )}
    </>
  );
}
