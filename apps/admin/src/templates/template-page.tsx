import ArchiveOutlined from '@mui/icons-material/ArchiveOutlined';
import SendOutlined from '@mui/icons-material/SendOutlined';
import UnarchiveOutlined from '@mui/icons-material/UnarchiveOutlined';
import { Tab, Tabs } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useParams, useSearchParams } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { MoreMenu } from '../parts/more-menu';
import { NeedsClient } from '../parts/needs-client';
import { type Edited, ifMatch, useEdited } from '../parts/opened';
import { Card, Failed, Note, Page, PendingPage, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { Id, Time } from '../parts/values';
import { tagged, useAct, useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { TemplateEditor } from './template-editor';
import { TemplateVersions } from './template-versions';
import { TestSendDialog } from './test-send';
import { draftOf, type Template, type TemplateDraft, templateKey, useMayWriteTemplates, useTemplate } from './templates';
import '../parts/records.css';

/** One template: editor with the message beside it, versions, what uses it. */
export function TemplatePage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  return (
    <NeedsClient title={translate('menu.templates')}>
      <Read key={id} id={id} />
    </NeedsClient>
  );
}

function Read({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useTemplate(id);
  const edited = useEdited(data, templateKey(tenant, id), draftOf);
  if (edited) return <Loaded edited={edited} />;
  return (
    <PendingPage
      title={translate('menu.templates')}
      crumbs={[{ to: '/templates', label: translate('menu.templates') }]}
      error={error}
      retry={() => void refetch()}
    />
  );
}

function Loaded({ edited }: { edited: Edited<Template, TemplateDraft> }) {
  const { value: template, tag } = edited.newest;
  const translate = useTranslate();
  const [search, setSearch] = useSearchParams();
  const mayWrite = useMayWriteTemplates();
  const mayTest = useMay('campaigns:launch');
  const act = useAct(['templates']);
  const [isTesting, setTesting] = useState(false);
  const { id, name, version, archived_at } = template;
  const tab = search.get('tab') === 'versions' ? 'versions' : 'template';
  const off = mayWrite === false ? translate('templates.may_not') : undefined;
  const archive = async (is_archived: boolean): Promise<void> => {
    const of = { params: { path: { id }, header: ifMatch(tag) } };
    edited.saved(await tagged(api.PATCH('/v1/templates/{id}', { ...of, body: { is_archived } })));
  };
  const isArchived = archived_at !== null;
  return (
    <Page
      title={name}
      crumbs={[{ to: '/templates', label: translate('menu.templates') }]}
      note={translate('versions.number', { version })}
      acts={
        <>
          <ActButton
            variant="outlined"
            startIcon={<SendOutlined />}
            off={mayTest === false ? translate('templates.may_not_test') : undefined}
            reason="tip"
            onClick={() => setTesting(true)}
          >
            {translate('templates.test.open')}
          </ActButton>
          <MoreMenu
            acts={[
              {
                key: 'archive',
                label: translate(isArchived ? 'templates.restore' : 'templates.archive'),
                off,
                onDo: () => act.mutate(() => archive(!isArchived)),
              },
            ]}
          />
        </>
      }
    >
      <Refused error={act.error} />
      {isArchived && (
        <Note
          icon={ArchiveOutlined}
          title={translate('templates.is_archived')}
          acts={
            <ActButton
              variant="outlined"
              startIcon={<UnarchiveOutlined />}
              off={off}
              reason="tip"
              busy={act.isPending}
              onClick={() => act.mutate(() => archive(false))}
            >
              {translate('templates.restore')}
            </ActButton>
          }
        >
          {translate('templates.is_archived_text')}
        </Note>
      )}
      <Tabs
        value={tab}
        onChange={(_event, to: string) => setSearch(to === 'template' ? {} : { tab: to }, { replace: true })}
        aria-label={name}
        sx={{ marginBottom: 2 }}
      >
        <Tab value="template" label={translate('templates.one')} disableRipple />
        <Tab value="versions" label={translate('versions.title')} disableRipple />
      </Tabs>
      {tab === 'versions' ? (
        <TemplateVersions template={template} />
      ) : (
        <TemplateEditor
          key={edited.round}
          draft={edited.draft}
          onChange={edited.change}
          edited={edited}
          button={translate('templates.save')}
          onSave={async (body) => {
            const answer = await tagged(api.PATCH('/v1/templates/{id}', { params: { path: { id }, header: edited.header }, body }));
            edited.saved(answer, edited.draft);
            return answer.value;
          }}
          aside={<Uses id={id} />}
        />
      )}
      <p className="small mute row" style={{ marginTop: 16 }}>
        {translate('templates.made')} <Time at={template.created_at} /> {translate('templates.last_change')}{' '}
        <Time at={template.changed_at} /> <Words>{template.changed_by.name}</Words> <Id value={id} short />
      </p>
      {isTesting && <TestSendDialog template={template} onClose={() => setTesting(false)} />}
    </Page>
  );
}

/** Campaigns and rules that send the template. */
function Uses({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: ['templates', tenant, id, 'uses'],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/templates/{id}/uses', { params: { path: { id } }, signal }))).data,
    enabled: !!tenant,
  });
  return (
    <Card title={translate('templates.used_by')} pad={false}>
      {!data ? (
        error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : (
          <Skeleton rows={2} />
        )
      ) : data.length === 0 ? (
        <div className="pad small mute">{translate('templates.used_by_none')}</div>
      ) : (
        <ul className="lines" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {data.map((use) => (
            <li key={use.id}>
              <Link className="linked cut" to={use.kind === 'campaign' ? `/campaigns/${use.id}` : `/rules/${use.id}`}>
                <Words>{use.name}</Words>
              </Link>
              <span className="grow" />
              <span className="small mute nowrap">
                {use.version === null ? translate('templates.newest') : translate('versions.number', { version: use.version })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
