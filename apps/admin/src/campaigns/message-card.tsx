import SendOutlined from '@mui/icons-material/SendOutlined';
import { Button } from '@mui/material';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Card, Failed, Note, Skeleton } from '../parts/page';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { PhonePreview } from '../templates/phone-preview';
import { useMedia, useTemplateVersion } from '../templates/templates';
import { campaignKey, usePreview } from './api';
import { SeedTest } from './seed-test';
import { TestDialog } from './test-dialog';
import type { EditedDraft } from './use-draft';

/** A person to show the message for. */
interface Sample {
  id: string;
  name: string | null;
}

/** People to show the message for: some of the audience who would get it, else some who lack a variable of it, else the newest contacts. */
function useSamples(id: string, { draft, revision }: EditedDraft): Sample[] {
  const tenant = useTenant();
  const mayRead = useMay('contacts:read');
  const isChosen = draft.audience.include.length > 0;
  const { data = [] } = useQuery({
    queryKey: campaignKey(tenant, id, 'samples', isChosen ? (revision ?? '') : 'contacts'),
    queryFn: async ({ signal }): Promise<Sample[]> => {
      const newest = async () => (await ok(api.GET('/v1/contacts', { params: { query: { limit: 20 } }, signal }))).data;
      if (!isChosen) return newest();
      const ofVerdict = async (verdict: 'sendable' | 'missing_variable') => {
        const { data: people } = await ok(
          api.GET('/v1/campaigns/{id}/people', { params: { path: { id }, query: { verdict, limit: 20 } }, signal }),
        );
        return people.flatMap(({ contact_id, name }) => (contact_id === null ? [] : [{ id: contact_id, name }]));
      };
      for (const verdict of ['sendable', 'missing_variable'] as const) {
        const people = await ofVerdict(verdict);
        if (people.length > 0) return people;
      }
      return newest();
    },
    enabled: tenant !== null && mayRead === true && (!isChosen || revision !== null),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
  return data;
}

/** The message beside the steps, as one person would get it, and a test of it. */
export function MessageCard({
  id,
  edited,
  version = null,
  acts,
}: {
  id: string;
  edited: EditedDraft;
  /** Version that a launch would send; null: the newest, as long as the draft names none. */
  version?: number | null;
  acts?: ReactNode;
}) {
  const translate = useTranslate();
  const { template_id } = edited.draft.message;
  const template_version = version ?? edited.draft.message.template_version;
  const { data: template, error, refetch } = useTemplateVersion(template_id, template_version);
  const people = useSamples(id, edited);
  const [at, setAt] = useState(0);
  const [testing, setTesting] = useState<'one' | 'seeds' | null>(null);
  const [isUnsaved, setUnsaved] = useState(false);
  const person = people.length > 0 ? people[at % people.length] : undefined;
  const mayManage = useMay('campaigns:manage');
  const preview = usePreview(id, edited.revision, mayManage ? template : undefined, person?.id ?? null);
  const content = template && (template.languages.find(({ language }) => language === preview.data?.language)?.content ?? template.content);
  const { data: file } = useMedia(content && 'media_id' in content ? (content.media_id ?? null) : null);
  // Another person's text stays until that of this one is there.
  const shown = people.find((one) => one.id === preview.data?.contactId);
  const test = async (kind: 'one' | 'seeds'): Promise<void> => {
    const isSaved = await edited.flush();
    setUnsaved(!isSaved);
    setTesting(isSaved ? kind : null);
  };
  return (
    <Card
      title={translate('campaigns.step.message')}
      note={template_id !== null && template && translate('campaigns.template_version', { name: template.name, version: template.version })}
      acts={acts}
      pad={false}
    >
      {template_id === null ? (
        <p className="text" style={{ padding: '14px 16px' }}>
          {translate('campaigns.missing.template')}
        </p>
      ) : error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !template ? (
        <Skeleton rows={3} />
      ) : (
        <div className="stack" style={{ gap: 10, padding: '14px 16px' }} aria-live="polite">
          {preview.error ? (
            <Failed error={preview.error} retry={() => void preview.refetch()} />
          ) : preview.data?.failed ? (
            <Note state="failed" title={translate('campaigns.preview_failed')}>
              {preview.data.failed}
            </Note>
          ) : (
            <PhonePreview body={preview.data?.body ?? template.content} file={file} />
          )}
          {preview.data && preview.data.missing.length > 0 && (
            <p className="small mute" style={{ margin: 0 }}>
              {translate('campaigns.preview_missing')} <span className="mono">{preview.data.missing.join(', ')}</span>
            </p>
          )}
          {shown && (
            <p className="small mute" style={{ margin: 0 }}>
              {translate('campaigns.preview_as', { name: shown.name ?? translate('campaigns.no_name') })}{' '}
              {people.length > 1 && (
                <Button variant="text" size="small" sx={{ minHeight: 0, height: 22, p: '0 4px' }} onClick={() => setAt(at + 1)}>
                  {translate('campaigns.preview_other')}
                </Button>
              )}
            </p>
          )}
          <div>
            <Button variant="outlined" startIcon={<SendOutlined />} onClick={() => void test('one')}>
              {translate('campaigns.test_send')}
            </Button>{' '}
            <Button variant="outlined" onClick={() => void test('seeds')}>
              {translate('campaigns.seeds.open')}
            </Button>{' '}
            {isUnsaved && (
              <span className="small" role="alert">
                {translate('campaigns.not_saved')}
              </span>
            )}
          </div>
        </div>
      )}
      {testing === 'one' && template && !preview.isPlaceholderData && (
        <TestDialog
          template={template}
          version={template_version}
          campaignId={id}
          missing={preview.data?.missing ?? []}
          contactId={person?.id ?? null}
          onClose={() => setTesting(null)}
        />
      )}
      {testing === 'seeds' && <SeedTest campaignId={id} onClose={() => setTesting(null)} />}
    </Card>
  );
}
