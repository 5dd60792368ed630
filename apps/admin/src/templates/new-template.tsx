import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { NeedsClient } from '../parts/needs-client';
import { Page } from '../parts/page';
import { useUnsaved } from '../parts/unsaved';
import { api, ok } from '../providers/client';
import { TemplateEditor } from './template-editor';
import { emptyTemplate } from './templates';

/** Makes a template: its fields, and the message beside them. */
export function NewTemplate() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => emptyTemplate('en'));
  const [start] = useState(draft);
  const letGo = useUnsaved(draft !== start);
  const title = translate('templates.add');
  return (
    <NeedsClient title={title}>
      <Page title={title} crumbs={[{ to: '/templates', label: translate('menu.templates') }]}>
        <TemplateEditor
          draft={draft}
          onChange={setDraft}
          button={translate('templates.create')}
          onSave={(body) => ok(api.POST('/v1/templates', { body }))}
          onSaved={(saved) => {
            letGo();
            void navigate(`/templates/${saved.id}`);
          }}
        />
      </Page>
    </NeedsClient>
  );
}
