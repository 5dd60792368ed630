import '@fontsource-variable/jetbrains-mono';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { NeedsClient } from '../parts/needs-client';
import { Page } from '../parts/page';
import { useUnsaved } from '../parts/unsaved';
import { api, ok } from '../providers/client';
import { emptyDraft } from './rule-draft';
import { RuleEditor } from './rule-editor';
import '../parts/records.css';

/** Makes a rule: its fields, and a dry run beside them. */
export function NewRule() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [draft, setDraft] = useState(() => emptyDraft(search.get('event') ?? ''));
  const [start] = useState(draft);
  const letGo = useUnsaved(draft !== start);
  const title = translate('rules.add');
  return (
    <NeedsClient title={title}>
      <Page title={title} crumbs={[{ to: '/rules', label: translate('rules.title') }]}>
        <RuleEditor
          draft={draft}
          onChange={setDraft}
          button={title}
          onSave={(body) => ok(api.POST('/v1/event-rules', { body: { ...body, is_active: true } }))}
          onSaved={(saved) => {
            letGo();
            void navigate(`/rules/${(saved as { id: string }).id}`);
          }}
        />
      </Page>
    </NeedsClient>
  );
}
