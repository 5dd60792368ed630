import BoltOutlined from '@mui/icons-material/BoltOutlined';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ErrorOutlined from '@mui/icons-material/ErrorOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Button } from '@mui/material';
import { useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card, Failed, Note, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { Rich } from '../parts/rich';
import { isNamed, TypedName } from '../parts/typed-name';
import { Dash } from '../parts/values';
import { useAct, useMay } from '../providers/acts';
import type { ApiError } from '../providers/client';
import { useClients } from '../providers/clients';
import { useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { approveCampaign, type Campaign, type CampaignCheck, campaignKey, type CampaignPlan, useCheck, usePlan } from './api';
import { missingIn, type Step, steps } from './campaign-draft';
import { useLaunch } from './launches';
import { LeftOutCard } from './left-out';
import { MessageCard } from './message-card';
import { planSentences } from './plan-words';
import type { EditedDraft } from './use-draft';
import { useMoment } from './use-moment';

/** More people than these are not written to before the client's name is typed. */
const maxUntyped = 1_000;
/** A start that is at least this far away is taken back by cancelling it, in ms. */
const soonMs = 60_000;

/** Step 4: what will happen, who is left out, and the start. */
export function ReviewStep({ campaign, edited, onGo }: { campaign: Campaign; edited: EditedDraft; onGo: (step: Step) => void }) {
  const translate = useTranslate();
  const { draft, flush } = edited;
  useEffect(() => void flush(), [flush]);
  const open = steps.find((step) => missingIn(step, draft) !== null);
  const revision = open ? null : edited.revision;
  const check = useCheck(campaign.id, revision);
  const plan = usePlan(campaign.id, check.data ? revision : null);
  if (open)
    return (
      <Note
        state="uncertain"
        icon={WarningAmberOutlined}
        title={translate(`campaigns.missing.${missingIn(open, draft) ?? 'include'}`)}
        acts={
          <Button variant="outlined" onClick={() => onGo(open)}>
            {translate(`campaigns.on_to.${open}`)}
          </Button>
        }
      />
    );
  const error = check.error ?? plan.error;
  const again = (): void => void (check.error ? check.refetch() : plan.refetch());
  return (
    <>
      <div className="two-one">
        <div className="stack">
          {error ? (
            <div className="table-box">
              <Failed error={error} retry={again} />
            </div>
          ) : plan.data && check.data ? (
            <Plan plan={plan.data} check={check.data} edited={edited} />
          ) : (
            <div className="table-box">
              <Skeleton />
            </div>
          )}
        </div>
        <div className="stack">
          <MessageCard
            edited={edited}
            acts={
              <Button variant="text" onClick={() => onGo('message')}>
                {translate('campaigns.edit')}
              </Button>
            }
          />
          {check.data && <BeforeCard campaign={campaign} check={check.data} plan={plan.data} />}
          {plan.data && <FasterCard plan={plan.data} />}
        </div>
      </div>
      <StartFoot campaign={campaign} edited={edited} check={check.data} plan={plan.data} onBack={() => onGo('schedule')} />
    </>
  );
}

function Plan({ plan, check, edited }: { plan: CampaignPlan; check: CampaignCheck; edited: EditedDraft }) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const client = useClientName();
  const sentences = planSentences(plan, edited.draft.schedule, client, { number: format.number, moment });
  return (
    <>
      <section>
        <h2 style={{ margin: '0 0 8px', fontSize: 15, lineHeight: '22px', fontWeight: 600 }}>{translate('campaigns.flight_plan')}</h2>
        <p className="plan-sentence" style={{ margin: 0 }}>
          <Rich>{sentences.map(({ key, options }) => translate(key, options)).join(' ')}</Rich>
        </p>
      </section>
      {plan.days.length > 0 && (
        <Card title={translate('campaigns.by_day')} note={translate('campaigns.by_day_note')} pad={false}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{translate('campaigns.day')}</th>
                <th scope="col" className="end">
                  {translate('campaigns.messages')}
                </th>
              </tr>
            </thead>
            <tbody>
              {plan.days.map(({ date, messages }) => (
                <tr key={date}>
                  <td className="name">{format.weekday(new Date(`${date}T12:00`))}</td>
                  <td className="end num">{format.number(messages)}</td>
                </tr>
              ))}
            </tbody>
            {plan.days.length > 1 && (
              <tfoot>
                <tr>
                  <td>{translate('campaigns.days', { smart_count: plan.days.length, figure: format.number(plan.days.length) })}</td>
                  <td className="end num">{format.number(plan.days.reduce((sum, { messages }) => sum + messages, 0))}</td>
                </tr>
              </tfoot>
            )}
          </table>
        </Card>
      )}
      {plan.numbers.length > 0 && (
        <Card title={translate('campaigns.by_number')} pad={false}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{translate('campaigns.number')}</th>
                <th scope="col" className="end">
                  {translate('campaigns.messages')}
                </th>
                <th scope="col" className="end narrow-hide">
                  {translate('campaigns.share')}
                </th>
                <th scope="col">{translate('campaigns.last_send')}</th>
              </tr>
            </thead>
            <tbody>
              {plan.numbers.map(({ session_id, name, share, messages, last_send_at }) => (
                <tr key={session_id}>
                  <td className="name" dir="auto">
                    {name}
                  </td>
                  <td className="end num">{format.number(messages)}</td>
                  <td className="end num narrow-hide">{format.share(share, 1)}</td>
                  <td className="num">{last_send_at ? moment(new Date(last_send_at)) : <Dash />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      )}
      <LeftOutCard skips={plan.skips} audience={check.audience} />
    </>
  );
}

function useClientName(): string {
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  return clients.find(({ id }) => id === tenant)?.name ?? '';
}

/** Problems that the check found, the approval of a second person, and what holds the plan. */
function BeforeCard({ campaign, check, plan }: { campaign: Campaign; check: CampaignCheck; plan: CampaignPlan | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <Card title={translate('campaigns.before')}>
      <ul className="ready">
        {check.problems.length === 0 && !check.needs_approval && (
          <li data-state="read">
            <CheckOutlined />
            <span>{translate('campaigns.before_none')}</span>
          </li>
        )}
        {check.problems.map(({ code, detail, blocks, people }) => (
          <li key={`${code}${detail}`} data-state={blocks ? 'failed' : 'uncertain'}>
            {blocks ? <ErrorOutlined /> : <WarningAmberOutlined />}
            <span>
              {blocks && <b>{translate('campaigns.blocks')} </b>}
              {detail} {people !== undefined && translate('campaigns.people_count', { smart_count: people, figure: format.number(people) })}{' '}
              <span className="mono mute">{code}</span>
            </span>
          </li>
        ))}
        {check.needs_approval && <Approval campaign={campaign} />}
        {campaign.approved_at && !check.needs_approval && (
          <li data-state="read">
            <CheckOutlined />
            <span>
              {translate('campaigns.approved', {
                name: campaign.approved_by?.name ?? '',
                time: format.when(new Date(campaign.approved_at)),
              })}
            </span>
          </li>
        )}
        {plan && plan.unsent > 0 && (
          <li data-state="uncertain">
            <WarningAmberOutlined />
            <span>{translate('campaigns.unsent', { smart_count: plan.unsent, figure: format.number(plan.unsent) })}</span>
          </li>
        )}
        {plan?.numbers
          .filter(({ is_down }) => is_down)
          .map(({ session_id, name }) => (
            <li key={session_id} data-state="uncertain">
              <WarningAmberOutlined />
              <span>{translate('campaigns.number_down', { name })}</span>
            </li>
          ))}
      </ul>
    </Card>
  );
}

/** Causes and ways that have words under `campaigns.limit` and `campaigns.faster`. */
const knownLimits = [
  'rate',
  'hourly_cap',
  'daily_cap',
  'warm_up',
  'pool',
  'number_window',
  'number_closed',
  'numbers_down',
  'windows',
  'quiet_hours',
  'own_pace',
  'own_daily_cap',
  'other_campaigns',
  'ends_at',
  'too_long',
] as const;
const knownWays = ['add_number', 'even_shares', 'windows', 'own_pace', 'own_daily_cap', 'other_campaigns'] as const;

/** Causes for which messages wait, and what would make it end earlier. */
function FasterCard({ plan }: { plan: CampaignPlan }) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const limits = knownLimits.filter((limit) => plan.limits.includes(limit));
  const ways = plan.faster.flatMap((way) => {
    const code = knownWays.find((known) => known === way.code);
    return code ? [{ ...way, code }] : [];
  });
  if (limits.length === 0 && ways.length === 0) return null;
  return (
    <Card title={translate('campaigns.faster_title')}>
      <div className="stack" style={{ gap: 12 }}>
        {limits.length > 0 && (
          <p className="text">
            {translate('campaigns.held_by')} {limits.map((limit) => translate(`campaigns.limit.${limit}`)).join(', ')}.
          </p>
        )}
        {ways.length > 0 && (
          <ul className="ready">
            {ways.map(({ code, last_send_at, saves_s, unsent }) => (
              <li key={code} data-state="sent">
                <BoltOutlined />
                <span>
                  <b>{translate(`campaigns.faster.${code}`)}</b>{' '}
                  {last_send_at && translate('campaigns.faster_ends', { time: moment(new Date(last_send_at)) })}{' '}
                  {saves_s !== null
                    ? translate('campaigns.faster_saves', { time: format.duration(saves_s * 1_000) })
                    : translate('campaigns.faster_reaches', { figure: format.number(plan.unsent - unsent) })}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

/** Asks for the approval of a second person. */
function Approval({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const me = useMe();
  const mayLaunch = useMay('campaigns:launch');
  const act = useAct(campaignKey(tenant, campaign.id));
  const isOwn = campaign.created_by.kind === 'person' && campaign.created_by.id === me?.id;
  const off = mayLaunch === false ? translate('campaigns.may_not_launch') : isOwn ? translate('campaigns.approve_own') : null;
  return (
    <li data-state="uncertain">
      <WarningAmberOutlined />
      <div style={{ display: 'grid', gap: 8, justifyItems: 'start' }}>
        <span>
          <b>{translate('campaigns.approve_first')}</b> {translate('campaigns.approve_text')}
        </span>
        <ActButton variant="outlined" off={off} busy={act.isPending} onClick={() => act.mutate(() => approveCampaign(campaign.id))}>
          {translate('campaigns.approve')}
        </ActButton>
        <Refused error={act.error} />
      </div>
    </li>
  );
}

/** The start: what is still missing, the client's name for many people, and 10 s in which it can be taken back. */
function StartFoot({
  campaign,
  edited,
  check,
  plan,
  onBack,
}: {
  campaign: Campaign;
  edited: EditedDraft;
  check: CampaignCheck | undefined;
  plan: CampaignPlan | undefined;
  onBack: () => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const mayLaunch = useMay('campaigns:launch');
  const client = useClientName();
  const { launch, begin, undo, now } = useLaunch(campaign.id);
  const [typed, setTyped] = useState('');
  const [told, setTold] = useState<string | null>(null);
  const people = plan?.people ?? 0;
  const mustType = people > maxUntyped;
  const { start } = edited.draft.schedule;
  const first = plan?.first_send_at ? new Date(plan.first_send_at) : null;
  const isLater = start !== 'now' && !!first && first.getTime() - Date.now() > soonMs;
  const figure = { smart_count: people, figure: format.number(people) };
  const button =
    people === 0 ? translate('campaigns.start') : translate(isLater ? 'campaigns.schedule_act' : 'campaigns.start_act', figure);
  const press = async (): Promise<void> => {
    setTold(null);
    if (!(await edited.flush())) return setTold(translate('campaigns.not_saved'));
    if (!check || !plan) return setTold(translate('campaigns.not_planned'));
    if (!check.ready) return setTold(translate('campaigns.not_ready'));
    if (check.needs_approval) return setTold(translate('campaigns.approve_first'));
    if (people === 0) return setTold(translate('campaigns.plan.nobody', { client }).replaceAll('**', ''));
    if (mustType && !isNamed(typed, client)) return setTold(translate('campaigns.type_fault', { name: client }));
    begin(people, isLater ? 0 : undefined);
  };
  const failed = launch?.phase === 'failed' ? (launch.error as ApiError) : null;
  if (launch?.phase === 'waiting')
    return (
      <footer className="wizard-foot">
        <span className="grow" role="status" style={{ fontSize: 13, color: 'inherit' }}>
          <Countdown at={launch.at} figure={figure} />
        </span>
        <Button variant="text" onClick={now}>
          {translate('campaigns.start_at_once')}
        </Button>
        <Button variant="contained" autoFocus onClick={undo}>
          {translate('campaigns.undo')}
        </Button>
      </footer>
    );
  return (
    <>
      {failed && (
        <div style={{ marginTop: 16 }}>
          <Refused error={failed} title={translate(failed.code === 'plan_changed' ? 'campaigns.plan_changed' : 'campaigns.not_started')} />
        </div>
      )}
      {mustType && (
        <div style={{ maxWidth: 420, marginTop: 24, marginInlineStart: 'auto' }}>
          <TypedName
            autoFocus={false}
            label={translate('campaigns.type_name')}
            value={typed}
            onChange={setTyped}
            fault={told !== null && !isNamed(typed, client) ? translate('campaigns.type_fault', { name: client }) : null}
          />
          <p className="small mute" style={{ margin: '6px 0 0' }}>
            {translate('campaigns.type_help', { figure: format.number(maxUntyped) })}
          </p>
        </div>
      )}
      <footer className="wizard-foot">
        <Button variant="text" onClick={onBack}>
          {translate('campaigns.back_to.schedule')}
        </Button>
        <span className="grow" role="status">
          {told ?? (isLater && first ? translate('campaigns.cancel_until', { time: moment(first) }) : translate('campaigns.undo_for'))}
        </span>
        <ActButton
          variant="contained"
          off={mayLaunch === false ? translate('campaigns.may_not_launch') : null}
          busy={launch?.phase === 'doing' && translate('campaigns.starting')}
          onClick={() => void press()}
        >
          {button}
        </ActButton>
      </footer>
    </>
  );
}

/** Seconds until the start. Said once, then only shown. */
function Countdown({ at, figure }: { at: number; figure: { smart_count: number; figure: string } }) {
  const translate = useTranslate();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      {translate('campaigns.starts_soon', figure)}{' '}
      <span aria-hidden="true" className="num strong">
        {translate('campaigns.seconds', { seconds: Math.max(0, Math.ceil((at - now) / 1_000)) })}
      </span>
    </>
  );
}
