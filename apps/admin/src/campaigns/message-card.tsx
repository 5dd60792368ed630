import { useTranslate } from 'react-admin';
import { Card, Failed, Skeleton } from '../parts/page';
import type { ReactNode } from 'react';
import { type Campaign, type CampaignTemplate, useTemplates } from './api';
import type { EditedDraft } from './use-draft';

/** The text of a content: what is read first of it. */
export function textOf(content: CampaignTemplate['content']): string {
  for (const member of ['text', 'caption', 'question', 'name', 'address', 'file_name'])
    if (typeof content[member] === 'string') return content[member];
  return '';
}

/** The message beside the steps, as it is written. */
export function MessageCard({ edited, acts }: { campaign: Campaign; edited: EditedDraft; acts?: ReactNode }) {
  const translate = useTranslate();
  const { data, error, refetch } = useTemplates();
  const { template_id, template_version } = edited.draft.message;
  const template = data?.find(({ id }) => id === template_id);
  return (
    <Card
      title={translate('campaigns.step.message')}
      note={template && translate('campaigns.template_version', { name: template.name, version: template_version ?? template.version })}
      acts={acts}
      pad={false}
    >
      {template_id === null ? (
        <p className="text" style={{ padding: '14px 16px' }}>
          {translate('campaigns.missing.template')}
        </p>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={3} />
      ) : (
        <div className="bubble-ground">
          {template ? (
            <>
              <div className="bubble" dir="auto">
                {template.content.type !== 'text' && (
                  <div className="media small mute">{translate(`campaigns.content.${template.content.type}`)}</div>
                )}
                {textOf(template.content)}
              </div>
              {template.languages.length > 0 && (
                <p className="small mute" style={{ margin: '8px 0 0' }}>
                  {translate('campaigns.languages', {
                    languages: [template.language, ...template.languages.map(({ language }) => language)].join(', '),
                  })}
                </p>
              )}
            </>
          ) : (
            <p className="text">{translate('campaigns.template_gone')}</p>
          )}
        </div>
      )}
    </Card>
  );
}
