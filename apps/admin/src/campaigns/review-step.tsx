import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Button } from '@mui/material';
import { useEffect } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { intlOf } from '../i18n/languages';
import { Card, Failed, Note, Skeleton } from '../parts/page';
import { Rich } from '../parts/rich';
import { Dash } from '../parts/values';
import { useMay } from '../providers/acts';
import { type Campaign, type CampaignPlan, useCheck, usePlan } from './api';
import { BeforeCard, FasterCard } from './before-card';
import { missingIn, type Step, steps } from './campaign-draft';
import { useClientName } from './client-name';
import { isKnown, LeftOutCard } from './left-out';
import { MessageCard } from './message-card';
import { NumberChecksCard } from './number-checks';
import { leftOutOf, planSentences } from './plan-words';
import { StartFoot } from './start-foot';
import type { EditedDraft } from './use-draft';
import { useMoment } from './use-moment';

/** Step 4: what will happen, who is left out, and the start. */
export function ReviewStep({ campaign, edited, onGo }: { campaign: Campaign; edited: EditedDraft; onGo: (step: Step) => void }) {
  const translate = useTranslate();
  const { draft, flush } = edited;
  useEffect(() => void flush(), [flush]);
  const open = steps.find((step) => missingIn(step, draft) !== null);
  const revision = open ? null : edited.revision;
  const mayManage = useMay('campaigns:manage');
  const check = useCheck(campaign.id, mayManage ? revision : null);
  // Whoever may not check it sees the plan alone.
  const plan = usePlan(campaign.id, check.data || mayManage === false ? revision : null);
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
  const figures = check.data?.numbers ?? plan.data?.number_checks;
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
          ) : plan.data ? (
            <Plan id={campaign.id} plan={plan.data} edited={edited} />
          ) : (
            <div className="table-box">
              <Skeleton />
            </div>
          )}
        </div>
        <div className="stack">
          <MessageCard
            id={campaign.id}
            edited={edited}
            version={check.data?.template_version ?? null}
            acts={
              <Button variant="text" onClick={() => onGo('message')}>
                {translate('campaigns.edit')}
              </Button>
            }
          />
          {check.data && <BeforeCard campaign={campaign} check={check.data} plan={plan.data} />}
          {figures && <NumberChecksCard figures={figures} edited={edited} />}
          {plan.data && <FasterCard plan={plan.data} />}
        </div>
      </div>
      <StartFoot campaign={campaign} edited={edited} check={check.data} plan={plan.data} onBack={() => onGo('schedule')} />
    </>
  );
}

function Plan({ id, plan, edited }: { id: string; plan: CampaignPlan; edited: EditedDraft }) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const client = useClientName();
  const locale = useLocale();
  // Days are those of the schedule, and so are their times.
  const zone = edited.draft.schedule.time_zone;
  const clock = new Intl.DateTimeFormat(intlOf(locale), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone });
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
        <Card title={translate('campaigns.by_day')} note={translate('campaigns.by_day_note', { zone })} pad={false}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{translate('campaigns.day')}</th>
                <th scope="col" className="end">
                  {translate('campaigns.messages')}
                </th>
                <th scope="col" className="end">
                  {translate('campaigns.first_last')}
                </th>
              </tr>
            </thead>
            <tbody>
              {plan.days.map(({ date, messages, first_send_at, last_send_at }) => (
                <tr key={date}>
                  <td className="name">{format.weekday(new Date(`${date}T12:00`))}</td>
                  <td className="end num">{format.number(messages)}</td>
                  <td className="end num">
                    {first_send_at && last_send_at ? clock.formatRange(new Date(first_send_at), new Date(last_send_at)) : <Dash />}
                  </td>
                </tr>
              ))}
            </tbody>
            {plan.days.length > 1 && (
              <tfoot>
                <tr>
                  <td>{translate('campaigns.days', { smart_count: plan.days.length, figure: format.number(plan.days.length) })}</td>
                  <td className="end num">{format.number(plan.days.reduce((sum, { messages }) => sum + messages, 0))}</td>
                  <td className="narrow-hide" />
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
      <LeftOutCard
        skips={plan.skips}
        audience={plan.people + leftOutOf(plan.skips)}
        people={{ id, filterOf: (reason) => (isKnown(reason) ? { verdict: reason } : { reason }) }}
      />
    </>
  );
}
