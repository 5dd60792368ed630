import CheckOutlined from '@mui/icons-material/CheckOutlined';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { DecisionDialog } from '../parts/decision-dialog';
import { MoreMenu } from '../parts/more-menu';
import { Note, Page } from '../parts/page';
import { Refused } from '../parts/refused';
import { type Tagged, useAct, useMay } from '../providers/acts';
import type { ApiError } from '../providers/client';
import { type Campaign, copyCampaign, deleteCampaign } from './api';
import { AudienceStep } from './audience-step';
import type { SaveState } from './autosave';
import { firstOpenStep, missingIn, type Step, steps } from './campaign-draft';
import { CampaignChip } from './campaign-look';
import type { TemplateDraft } from '../templates/templates';
import { MessageStep } from './message-step';
import { ReviewStep } from './review-step';
import { ScheduleStep } from './schedule-step';
import { type EditedDraft, useDraft } from './use-draft';
import './campaigns.css';
import '../parts/records.css';

const isStep = (text: string | null): text is Step => (steps as readonly (string | null)[]).includes(text);

/** A campaign that is not launched: four steps, each saved by itself. */
export function Wizard({ campaign, tag }: { campaign: Campaign; tag: string | null }) {
  const translate = useTranslate();
  const mayManage = useMay('campaigns:manage');
  const edited = useDraft({ value: campaign, tag } satisfies Tagged<Campaign>);
  const { draft } = edited;
  const [search, setSearch] = useSearchParams();
  const [first] = useState(() => firstOpenStep(draft));
  const asked = search.get('step');
  const step = isStep(asked) ? asked : first;
  const go = (to: Step): void => {
    void edited.flush();
    setSearch({ step: to });
    scrollTo({ top: 0 });
  };
  const at = steps.indexOf(step);
  const before = steps[at - 1];
  const after = steps[at + 1];
  // Kept while other steps are looked at.
  const [written, setWritten] = useState<TemplateDraft | null>(null);
  const missing = step === 'message' && written !== null ? 'text' : missingIn(step, draft);
  const [isTold, setTold] = useState(false);
  return (
    <Page
      title={draft.name.trim() || campaign.name}
      crumbs={[{ to: '/campaigns', label: translate('menu.campaigns') }]}
      beside={<CampaignChip big campaign={campaign} />}
      acts={
        <>
          <SaveWords state={edited.save} />
          <WizardMore campaign={campaign} tag={tag} edited={edited} />
        </>
      }
    >
      <div className="wizard">
        <Trouble edited={edited} />
        {mayManage === false && <Note title={translate('campaigns.may_not_edit')}>{translate('campaigns.may_not_edit_text')}</Note>}
        <Steps step={step} draft={edited} onGo={go} />
        {step === 'audience' && <AudienceStep campaign={campaign} edited={edited} />}
        {step === 'message' && <MessageStep campaign={campaign} edited={edited} written={written} onWrite={setWritten} />}
        {step === 'schedule' && <ScheduleStep id={campaign.id} edited={edited} />}
        {step === 'review' && <ReviewStep campaign={campaign} edited={edited} onGo={go} />}
        {step !== 'review' && (
          <footer className="wizard-foot">
            {before && (
              <Button variant="text" onClick={() => go(before)}>
                {translate(`campaigns.back_to.${before}`)}
              </Button>
            )}
            <span className="grow" role="status">
              {isTold && missing ? translate(`campaigns.missing.${missing}`) : translate('campaigns.nothing_sent')}
            </span>
            {after && (
              <Button
                variant="contained"
                onClick={() => {
                  setTold(missing !== null);
                  if (!missing) go(after);
                }}
              >
                {translate(`campaigns.on_to.${after}`)}
              </Button>
            )}
          </footer>
        )}
      </div>
    </Page>
  );
}

function Steps({ step, draft: { draft }, onGo }: { step: Step; draft: EditedDraft; onGo: (step: Step) => void }) {
  const translate = useTranslate();
  return (
    <nav aria-label={translate('campaigns.steps')}>
      <ol className="steps">
        {steps.map((name, at) => {
          const isDone = name !== 'review' && name !== step && missingIn(name, draft) === null;
          return (
            <li key={name}>
              <button type="button" data-done={isDone} aria-current={name === step ? 'step' : undefined} onClick={() => onGo(name)}>
                <span className="mark" aria-hidden="true">
                  {isDone ? <CheckOutlined /> : at + 1}
                </span>
                <span className="word" {...(name === step && { 'data-now': '' })}>
                  {translate(`campaigns.step.${name}`)}
                  {isDone && <span className="hidden"> {translate('campaigns.step_done')}</span>}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

function SaveWords({ state }: { state: SaveState }) {
  const translate = useTranslate();
  const format = useFormat();
  const words =
    state.kind === 'saved'
      ? state.at === null
        ? translate('campaigns.save.kept')
        : translate('campaigns.save.saved', { time: format.when(new Date(state.at)) })
      : translate(`campaigns.save.${state.kind}`);
  return (
    <span className="small mute num" role="status">
      {words}
    </span>
  );
}

/** Says why the draft is not saved, and what can be done. */
function Trouble({ edited }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const act = useAct();
  const { save } = edited;
  if (save.kind === 'failed')
    return (
      <>
        <Refused error={save.error as ApiError} title={translate('campaigns.save.failed_title')} />
        <Button variant="outlined" sx={{ marginBottom: 2 }} onClick={edited.retry}>
          {translate('failed.retry')}
        </Button>
      </>
    );
  if (save.kind !== 'stale') return null;
  return (
    <>
      <Note
        state="uncertain"
        title={translate('campaigns.changed')}
        acts={
          <>
            <Button variant="outlined" onClick={() => act.mutate(() => edited.reload(false))}>
              {translate('campaigns.changed_reload')}
            </Button>
            <Button variant="outlined" onClick={() => act.mutate(() => edited.reload(true))}>
              {translate('campaigns.changed_keep')}
            </Button>
          </>
        }
      >
        {translate('campaigns.changed_text')}
      </Note>
      <Refused error={act.error} />
    </>
  );
}

function WizardMore({ campaign, tag, edited }: { campaign: Campaign; tag: string | null; edited: EditedDraft }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const mayManage = useMay('campaigns:manage');
  const act = useAct(['campaigns']);
  const [isDeleting, setDeleting] = useState(false);
  const off = mayManage === false ? translate('campaigns.may_not_edit') : null;
  return (
    <>
      <MoreMenu
        acts={[
          {
            key: 'copy',
            label: translate('campaigns.copy_open'),
            off,
            onDo: () =>
              act.mutate(async () => {
                await edited.flush();
                void navigate(
                  `/campaigns/${(await copyCampaign(campaign.id, translate('campaigns.copy_name', { name: campaign.name }))).id}`,
                );
              }),
          },
          { key: 'delete', label: translate('campaigns.delete.open'), off, danger: true, onDo: () => setDeleting(true) },
        ]}
      />
      {isDeleting && (
        <DecisionDialog
          title={translate('campaigns.delete.title', { name: campaign.name })}
          button={translate('campaigns.delete.act')}
          back={translate('campaigns.delete.keep')}
          isDanger
          act={act}
          onClose={() => setDeleting(false)}
          onDo={() => act.mutate(() => deleteCampaign(campaign.id, tag), { onSuccess: () => void navigate('/campaigns') })}
        >
          <p className="text">{translate('campaigns.delete.text')}</p>
        </DecisionDialog>
      )}
    </>
  );
}
