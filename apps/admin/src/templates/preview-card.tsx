import CheckCircleOutlined from '@mui/icons-material/CheckCircleOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Button, TextField } from '@mui/material';
import { type ComponentType, useEffect, useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import type { ListedContact } from '../contacts/contacts';
import { languageName } from '../opt-outs/language-name';
import { useFormat } from '../i18n/format';
import { Card, Failed } from '../parts/page';
import { useSettled } from '../parts/settled';
import { useMay } from '../providers/acts';
import { useFaultText } from '../providers/field-faults';
import type { StateName } from '../theme/tokens';
import { ContactPicker } from './contact-picker';
import { PhonePreview } from './phone-preview';
import { type Preview, type TemplateDraft, useMedia, usePreview } from './templates';

const pauseMs = 300;

/** The message as a contact gets it: the phone, the length, and what is wrong. */
export function PreviewCard({
  draft,
  language,
  onPreview,
}: {
  draft: TemplateDraft;
  /** Language of the content that is edited; null: that of the contact. */
  language: string | null;
  onPreview: (preview: Preview) => void;
}) {
  const translate = useTranslate();
  const locale = useLocale();
  const format = useFormat();
  const mayRead = useMay('contacts:read');
  const [contact, setContact] = useState<ListedContact | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const [wording, setWording] = useState(0);
  const asked = useSettled({ draft, contactId: contact?.id ?? null, language: language || null, wording, values }, pauseMs);
  const { data, error, refetch, isFetching } = usePreview(asked);
  useEffect(() => {
    if (data) onPreview(data);
  }, [data, onPreview]);
  const content = draft.languages.find((one) => one.language === data?.language)?.content ?? draft.content;
  const { data: file } = useMedia(content.mediaId);
  // A content that is not whole yet is no fault of anybody.
  const isUnfinished = error?.status === 400;
  const own = data?.variables.filter(({ name, default: fallback }) => !name.startsWith('contact.') && fallback === null) ?? [];
  const asks = [...new Set([...own.map(({ name }) => name), ...(data?.missing ?? []), ...Object.keys(values)])].sort();
  return (
    <>
      <Card
        title={translate('templates.preview')}
        note={data && translate('templates.in_language', { language: languageName(data.language, locale) })}
        acts={
          data &&
          data.wordings > 1 && (
            <Button variant="text" onClick={() => setWording((data.wording + 1) % data.wordings)}>
              {translate('templates.wording_of', { number: data.wording + 1, of: data.wordings })}
            </Button>
          )
        }
      >
        <div className="wide-form" style={{ gap: 12 }} aria-busy={isFetching}>
          {mayRead && <ContactPicker value={contact} onChange={setContact} />}
          {error && !isUnfinished ? (
            <Failed error={error} retry={() => void refetch()} />
          ) : data?.body && !isUnfinished ? (
            <PhonePreview body={data.body} file={file} />
          ) : (
            <p className="small mute">{data?.failed && !isUnfinished ? data.failed : translate('templates.nothing_yet')}</p>
          )}
          {data?.characters != null && !isUnfinished && (
            <span className="small mute num" role="status">
              {translate('templates.characters', { smart_count: data.characters, figure: format.number(data.characters) })}
            </span>
          )}
          {asks.map((name) => (
            <TextField
              key={name}
              label={translate('templates.sample', { name })}
              value={values[name] ?? ''}
              onChange={({ target }) => setValues({ ...values, [name]: target.value })}
              slotProps={{ htmlInput: { dir: 'auto', maxLength: 1_024 } }}
            />
          ))}
        </div>
      </Card>
      {data && !isUnfinished && !error && <Checks preview={data} />}
    </>
  );
}

/** Faults and warnings of the template. */
function Checks({ preview: { findings, missing, failed, body } }: { preview: Preview }) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`templates.checks.${key}`, options);
  const textOf = useFaultText();
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const isFine = errors.length === 0 && missing.length === 0 && failed === null && body !== null;
  return (
    <Card title={say('title')}>
      <ul className="template-checks">
        {errors.map((error) => (
          <Line key={`${error.path}${error.message}`} state="failed" icon={ErrorOutlineOutlined}>
            <b>{textOf(error)}</b> <span className="mono mute">{error.path}</span>
          </Line>
        ))}
        {errors.length === 0 && failed !== null && (
          <Line state="failed" icon={ErrorOutlineOutlined}>
            {failed}
          </Line>
        )}
        {missing.map((name) => (
          <Line key={name} state="uncertain" icon={WarningAmberOutlined}>
            {say('missing', { name })}
          </Line>
        ))}
        {warnings.map(({ code, message }) => (
          <Line key={code} state="uncertain" icon={WarningAmberOutlined}>
            {code === 'folds' ? say('folds') : message}
          </Line>
        ))}
        {isFine && (
          <Line state="read" icon={CheckCircleOutlined}>
            {say('fine')}
          </Line>
        )}
      </ul>
    </Card>
  );
}

function Line({ state, icon: Icon, children }: { state: StateName; icon: ComponentType; children: React.ReactNode }) {
  return (
    <li data-state={state}>
      <Icon />
      <span>{children}</span>
    </li>
  );
}
