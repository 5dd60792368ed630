import EditOutlined from '@mui/icons-material/EditOutlined';
import { Button, MenuItem, TextField } from '@mui/material';
import { lazy, type ReactNode, Suspense } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card, Empty, Failed, Note, Skeleton } from '../parts/page';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { TemplatePicker, TemplateVariables, useTemplateChoice } from '../templates/template-picker';
import { emptyTemplate, type Template, type TemplateDraft } from '../templates/templates';
import { type Campaign, type CampaignDraft, useCheck } from './api';
import { LeftOutList } from './left-out';
import { MessageCard } from './message-card';
import type { EditedDraft } from './use-draft';

/** Length of a template's name at most. */
const maxName = 200;

// As large as the rest of the wizard, and needed by whoever writes here alone.
const TemplateEditor = lazy(async () => ({ default: (await import('../templates/template-editor')).TemplateEditor }));

/** Step 2: the template, or a text that becomes one, values that contacts do not have, and the message beside it. */
export function MessageStep({
  campaign,
  edited,
  written,
  onWrite,
}: {
  campaign: Campaign;
  edited: EditedDraft;
  /** Text that is being written; null: none. */
  written: TemplateDraft | null;
  onWrite: (written: TemplateDraft | null) => void;
}) {
  const mayManage = useMay('campaigns:manage');
  const translate = useTranslate();
  const locale = useLocale();
  const { draft, change } = edited;
  if (written)
    return (
      <WriteStep
        draft={written}
        onChange={onWrite}
        onBack={() => onWrite(null)}
        onSaved={({ id }) => {
          change({ message: { ...draft.message, template_id: id, template_version: null } });
          onWrite(null);
        }}
      />
    );
  const write = mayManage && (
    <div>
      <Button
        variant="outlined"
        startIcon={<EditOutlined />}
        onClick={() => onWrite({ ...emptyTemplate(locale), name: draft.name.slice(0, maxName) })}
      >
        {translate('campaigns.write_here')}
      </Button>
    </div>
  );
  return <ChooseStep campaign={campaign} edited={edited} write={write} />;
}

/** A new template in place of the others, with the message as a contact gets it beside it. */
function WriteStep({
  draft,
  onChange,
  onSaved,
  onBack,
}: {
  draft: TemplateDraft;
  onChange: (draft: TemplateDraft) => void;
  onSaved: (saved: Template) => void;
  onBack: () => void;
}) {
  const translate = useTranslate();
  return (
    <div className="stack">
      <div>
        <Button variant="text" onClick={onBack}>
          {translate('campaigns.write_not')}
        </Button>
      </div>
      <Suspense fallback={<Skeleton rows={6} />}>
        <TemplateEditor
          draft={draft}
          onChange={onChange}
          button={translate('campaigns.write_use')}
          onSave={(body) => ok(api.POST('/v1/templates', { body }))}
          onSaved={onSaved}
        />
      </Suspense>
    </div>
  );
}

/** @param write act that writes a text here instead */
function ChooseStep({ campaign, edited, write }: { campaign: Campaign; edited: EditedDraft; write: ReactNode }) {
  const translate = useTranslate();
  const { draft, change } = edited;
  const { message } = draft;
  const choice = useTemplateChoice(message.template_id);
  const { isEmpty, chosen, error, retry } = choice;
  const set = (patch: Partial<CampaignDraft['message']>): void => change({ message: { ...message, ...patch } });
  return (
    <div className="two-one">
      <div className="stack">
        <Card title={translate('campaigns.step.message')}>
          {error ? (
            <Failed error={error} retry={retry} />
          ) : choice.offered === undefined ? (
            <Skeleton rows={3} />
          ) : isEmpty ? (
            <Empty
              title={translate('campaigns.no_templates')}
              acts={
                <>
                  {write}
                  <Link className="linked" to="/templates">
                    {translate('campaigns.to_templates')}
                  </Link>
                </>
              }
            >
              {translate('campaigns.no_templates_text')}
            </Empty>
          ) : (
            <div className="form">
              <div className="two">
                <TemplatePicker choice={choice} onChange={(picked) => set({ template_id: picked?.id ?? null, template_version: null })} />
                {chosen && (
                  <TextField
                    select
                    label={translate('campaigns.version')}
                    helperText={translate('campaigns.version_help')}
                    value={message.template_version ?? ''}
                    onChange={(event) => set({ template_version: event.target.value === '' ? null : Number(event.target.value) })}
                    slotProps={{ select: { displayEmpty: true } }}
                  >
                    <MenuItem value="">{translate('campaigns.version_newest')}</MenuItem>
                    {[...new Set([chosen.newest_version, ...(message.template_version ? [message.template_version] : [])])].map(
                      (version) => (
                        <MenuItem key={version} value={version}>
                          {translate('campaigns.version_fixed', { version })}
                        </MenuItem>
                      ),
                    )}
                  </TextField>
                )}
              </div>
              {write}
              {chosen && (
                <TemplateVariables
                  template={chosen}
                  text={translate('campaigns.variables_text')}
                  helpOf={({ is_required, default: own }) =>
                    is_required
                      ? translate('campaigns.variable_required')
                      : own === null
                        ? translate('campaigns.variable_optional')
                        : translate('campaigns.variable_default', { value: own })
                  }
                  values={message.variables}
                  onChange={(variables) => set({ variables })}
                />
              )}
            </div>
          )}
        </Card>
        {chosen && <MissingCard campaign={campaign} edited={edited} />}
      </div>
      <MessageCard id={campaign.id} edited={edited} />
    </div>
  );
}

/** People for whom no message can be made, since a variable is missing. */
function MissingCard({ campaign, edited }: { campaign: Campaign; edited: EditedDraft }) {
  const translate = useTranslate();
  const format = useFormat();
  const isChosen = edited.draft.audience.include.length > 0;
  const mayManage = useMay('campaigns:manage');
  const { data, error, isFetching, refetch } = useCheck(campaign.id, isChosen && mayManage ? edited.revision : null);
  if (!isChosen || mayManage === false) return null;
  const people = data?.skips.missing_variable ?? 0;
  const problems = data?.problems.filter(({ code }) => code.includes('variable') || code.includes('template')) ?? [];
  return (
    <Card
      title={translate('campaigns.missing_variables')}
      note={isFetching && data ? translate('campaigns.counting') : undefined}
      pad={false}
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={2} />
      ) : (
        <div aria-live="polite">
          {problems.map(({ code, detail, people: behind }) => (
            <div key={`${code}${detail}`} style={{ padding: '14px 16px 0' }}>
              <Note state="uncertain" title={detail}>
                {behind !== undefined && translate('campaigns.people_count', { smart_count: behind, figure: format.number(behind) })}{' '}
                <span className="mono mute">{code}</span>
              </Note>
            </div>
          ))}
          {people > 0 ? (
            <LeftOutList id={campaign.id} skips={{ missing_variable: people }} audience={data.audience} />
          ) : (
            <p className="text" style={{ padding: '14px 16px' }}>
              {translate('campaigns.missing_none')}
            </p>
          )}
        </div>
      )}
    </Card>
  );
}
