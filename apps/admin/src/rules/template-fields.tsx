import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import type { ListedContact } from '../contacts/contacts';
import { Failed } from '../parts/page';
import { useSettled } from '../parts/settled';
import { useMay } from '../providers/acts';
import { ContactPicker } from '../templates/contact-picker';
import { PhonePreview } from '../templates/phone-preview';
import { TemplatePicker, TemplateVariables, useTemplateChoice } from '../templates/template-picker';
import { draftOf, type Template, useMedia, usePreview } from '../templates/templates';

const typingMs = 300;

/** The template of a message of a rule, with values for its variables, and the message as a contact gets it. @param fault words about a wrong choice */
export function TemplateFields({
  templateId,
  variables,
  fault,
  onChange,
}: {
  templateId: string | null;
  variables: Record<string, string>;
  fault: string | undefined;
  onChange: (changes: { templateId?: string | null; variables?: Record<string, string> }) => void;
}) {
  const translate = useTranslate();
  const mayPreview = useMay('campaigns:manage');
  const choice = useTemplateChoice(templateId);
  const { chosen, error, retry } = choice;
  if (error) return <Failed error={error} retry={retry} />;
  return (
    <>
      <TemplatePicker choice={choice} fault={fault} onChange={(picked) => onChange({ templateId: picked?.id ?? null })} />
      {chosen && (
        <>
          <p className="small mute" style={{ margin: 0 }}>
            {translate('rules.template_version', { version: chosen.newest_version })}{' '}
            <Link className="linked" to={`/templates/${chosen.id}`}>
              {translate('rules.template_open')}
            </Link>
          </p>
          <TemplateVariables
            template={chosen}
            text={translate('rules.variables_text')}
            helpOf={({ default: own }) =>
              own === null ? translate('rules.variable_of_event') : translate('campaigns.variable_default', { value: own })
            }
            values={variables}
            onChange={(values) => onChange({ variables: values })}
          />
          {mayPreview && <Sample template={chosen} variables={variables} />}
        </>
      )}
    </>
  );
}

/** The newest version as a contact gets it. Values that the event brings are not known here; a dry run fills them in. */
function Sample({ template, variables }: { template: Template; variables: Record<string, string> }) {
  const translate = useTranslate();
  const mayRead = useMay('contacts:read');
  const [contact, setContact] = useState<ListedContact | null>(null);
  const draft = draftOf(template);
  const asked = useSettled({ draft, contactId: contact?.id ?? null, language: null, wording: 0, values: variables }, typingMs);
  const { data, error, refetch } = usePreview(asked);
  const content = template.languages.find(({ language }) => language === data?.language)?.content ?? template.content;
  const { data: file } = useMedia('media_id' in content ? (content.media_id ?? null) : null);
  return (
    <div className="wide-form" style={{ gap: 12 }} aria-live="polite">
      {mayRead && <ContactPicker value={contact} onChange={setContact} />}
      {error ? <Failed error={error} retry={() => void refetch()} /> : <PhonePreview body={data?.body ?? template.content} file={file} />}
      {data && data.missing.length > 0 && (
        <p className="small mute" style={{ margin: 0 }}>
          {translate('campaigns.preview_missing')} <span className="mono">{data.missing.join(', ')}</span>
        </p>
      )}
    </div>
  );
}
