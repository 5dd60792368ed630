import { Button } from '@mui/material';
import { useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { CopyCurl } from '../parts/copy-curl';
import { Refused } from '../parts/refused';
import { isNamed, TypedName } from '../parts/typed-name';
import { useMay } from '../providers/acts';
import type { ApiError } from '../providers/client';
import type { Campaign, CampaignCheck, CampaignPlan } from './api';
import { useClientName } from './client-name';
import { useLaunch } from './launches';
import type { EditedDraft } from './use-draft';
import { useMoment } from './use-moment';

/** More people than these are not written to before the client's name is typed. */
const maxUntyped = 1_000;
/** A start that is at least this far away is taken back by cancelling it, in ms. */
const soonMs = 60_000;

/** The start: what is still missing, the client's name for many people, and 10 s in which it can be taken back. */
export function StartFoot({
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
  const [refusal, setRefusal] = useState<string | null>(null);
  const people = plan?.people ?? 0;
  const mustType = people > maxUntyped;
  const { start } = edited.draft.schedule;
  const first = plan?.first_send_at ? new Date(plan.first_send_at) : null;
  const isLater = start !== 'now' && (first === null || first.getTime() - Date.now() > soonMs);
  const figure = { smart_count: people, figure: format.number(people) };
  const button =
    people === 0 ? translate('campaigns.start') : translate(isLater ? 'campaigns.schedule_act' : 'campaigns.start_act', figure);
  const press = async (): Promise<void> => {
    setRefusal(null);
    if (!(await edited.flush())) return setRefusal(translate('campaigns.not_saved'));
    if (!check || !plan) return setRefusal(translate('campaigns.not_planned'));
    if (!check.ready) return setRefusal(translate('campaigns.not_ready'));
    if (check.needs_approval)
      return setRefusal(translate(check.approval === 'client' ? 'campaigns.approve_client' : 'campaigns.approve_first'));
    if (people === 0) return setRefusal(translate('campaigns.plan.nobody', { client }).replaceAll('**', ''));
    if (mustType && !isNamed(typed, client)) return setRefusal(translate('campaigns.type_fault', { name: client }));
    begin({ expect_people: people, expect_hash: check.hash }, isLater ? 0 : undefined);
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
            fault={refusal !== null && !isNamed(typed, client) ? translate('campaigns.type_fault', { name: client }) : null}
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
          {refusal ?? (isLater && first ? translate('campaigns.cancel_until', { time: moment(first) }) : translate('campaigns.undo_for'))}
        </span>
        {plan && check && (
          <CopyCurl
            variant="text"
            call={{ path: `/v1/campaigns/${campaign.id}/launch`, body: { expect_people: people, expect_hash: check.hash } }}
          />
        )}
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
