import AddOutlined from '@mui/icons-material/AddOutlined';
import DeleteOutlined from '@mui/icons-material/DeleteOutlined';
import { Button, Tab, Tabs, TextField } from '@mui/material';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { languageName } from '../opt-outs/language-name';
import { ActButton } from '../parts/act-button';
import { type Edited, NewerVersion } from '../parts/opened';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import type { ApiError } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { ContentFields } from './content-fields';
import { PreviewCard } from './preview-card';
import { bodyOf, emptyContent, type Preview, type Template, type TemplateDraft, useMayWriteTemplates } from './templates';
import '../parts/code.css';

/** Editor of a template, with the message as a recipient gets it beside it. What is typed is kept until it is saved. */
export function TemplateEditor({
  draft,
  onChange,
  edited,
  button,
  onSave,
  onSaved,
  aside,
}: {
  draft: TemplateDraft;
  onChange: (draft: TemplateDraft) => void;
  /** The template that is edited; none: it is new. */
  edited?: Pick<Edited<unknown, TemplateDraft>, 'isBehind' | 'takeTheirs' | 'keepMine'>;
  button: string;
  onSave: (body: ReturnType<typeof bodyOf>) => Promise<Template>;
  onSaved?: (saved: Template) => void;
  /** Under the preview. */
  aside?: ReactNode;
}) {
  const translate = useTranslate();
  const locale = useLocale();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`templates.${key}`, options);
  const may = useMayWriteTemplates();
  const act = useAct(['templates']);
  const [refusal, setRefusal] = useState<ApiError | null>(null);
  /** Place of the content that is shown: -1 the default one. */
  const [shown, setShown] = useState(-1);
  const [preview, setPreview] = useState<Preview | null>(null);
  const change = (changes: Partial<TemplateDraft>): void => {
    onChange({ ...draft, ...changes });
    setRefusal(null);
  };
  const faults = useFaults(refusal);
  const path = shown < 0 ? 'content' : `languages.${shown}.content`;
  const one = draft.languages[shown];
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending || may === false) return;
    setRefusal(null);
    let saved: Template | undefined;
    act.mutate(
      async () => {
        saved = await onSave(bodyOf(draft));
      },
      { onSuccess: () => saved && onSaved?.(saved), onError: (error) => setRefusal(error) },
    );
  };
  const setLanguage = (language: string): void =>
    one ? change({ languages: draft.languages.map((each, i) => (i === shown ? { ...each, language } : each)) }) : change({ language });
  return (
    <div className="two-one">
      <Card title={say('one')}>
        <form className="wide-form" onSubmit={save}>
          {edited?.isBehind && !act.isPending ? (
            <NewerVersion edited={edited} onChoice={act.reset} />
          ) : (
            <Refused error={act.error} title={say('refused')} />
          )}
          <TextField
            label={say('name')}
            value={draft.name}
            onChange={({ target }) => change({ name: target.value })}
            error={!!faults.name}
            helperText={faults.name ?? say('name_help')}
            slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' } }}
          />
          <div className="row" style={{ flexWrap: 'wrap' }}>
            <Tabs
              value={shown}
              onChange={(_event, to: number) => setShown(to)}
              aria-label={say('languages')}
              variant="scrollable"
              scrollButtons="auto"
            >
              <Tab value={-1} label={say('default_language', { language: languageName(draft.language, locale) })} disableRipple />
              {draft.languages.map(({ key, language }, at) => (
                <Tab key={key} value={at} label={language ? languageName(language, locale) : say('new_language')} disableRipple />
              ))}
            </Tabs>
            <Button
              variant="text"
              startIcon={<AddOutlined />}
              onClick={() => {
                const key = Math.max(-1, ...draft.languages.map((each) => each.key)) + 1;
                change({ languages: [...draft.languages, { key, language: '', content: { ...emptyContent, type: draft.content.type } }] });
                setShown(draft.languages.length);
              }}
            >
              {say('add_language')}
            </Button>
          </div>
          <div className={one ? 'wording-row' : undefined}>
            <TextField
              fullWidth
              label={say('language')}
              value={one?.language ?? draft.language}
              onChange={({ target }) => setLanguage(target.value.trim())}
              error={!!(one ? faults[`languages.${shown}.language`] : faults.language)}
              helperText={(one ? faults[`languages.${shown}.language`] : faults.language) ?? say(one ? 'language_help' : 'default_help')}
              slotProps={{ htmlInput: { maxLength: 35, dir: 'ltr', spellCheck: false } }}
            />
            {one && (
              <Button
                variant="text"
                startIcon={<DeleteOutlined />}
                onClick={() => {
                  change({ languages: draft.languages.filter((_, i) => i !== shown) });
                  setShown(-1);
                }}
              >
                {say('remove_language')}
              </Button>
            )}
          </div>
          <ContentFields
            key={one?.key ?? -1}
            content={one?.content ?? draft.content}
            onChange={(content) =>
              one
                ? change({ languages: draft.languages.map((each, i) => (i === shown ? { ...each, content } : each)) })
                : change({ content })
            }
            faultAt={(member) => faults[member === '' ? path : `${path}.${member}`]}
          />
          <Defaults draft={draft} preview={preview} faults={faults} onChange={(defaults) => change({ defaults })} />
          <div>
            <ActButton
              type="submit"
              variant="contained"
              off={may === false ? say('may_not') : undefined}
              busy={act.isPending && translate('frame.saving')}
            >
              {button}
            </ActButton>
          </div>
        </form>
      </Card>
      <div className="stack">
        <PreviewCard draft={draft} language={one ? one.language : null} onPreview={setPreview} />
        {aside}
      </div>
    </div>
  );
}

/** Variables that the texts name, each with its value for contacts that lack it. */
function Defaults({
  draft,
  preview,
  faults,
  onChange,
}: {
  draft: TemplateDraft;
  preview: Preview | null;
  faults: Record<string, string>;
  onChange: (defaults: Record<string, string>) => void;
}) {
  const translate = useTranslate();
  const names = [...new Set([...(preview?.variables.map(({ name }) => name) ?? []), ...Object.keys(draft.defaults)])].sort();
  return (
    <fieldset className="panel-group">
      <legend>{translate('templates.variables')}</legend>
      <p className="small mute" style={{ margin: 0 }}>
        {translate('templates.variables_help')}
      </p>
      {names.map((name) => {
        const variable = preview?.variables.find((each) => each.name === name);
        const value = draft.defaults[name] ?? '';
        const state = value !== '' ? 'has_default' : variable?.is_required ? 'required' : variable ? 'optional' : 'unused';
        return (
          <TextField
            key={name}
            label={name}
            value={value}
            onChange={({ target }) => onChange({ ...draft.defaults, [name]: target.value })}
            error={!!faults[`defaults.${name}`]}
            helperText={faults[`defaults.${name}`] ?? translate(`templates.variable.${state}`)}
            slotProps={{ htmlInput: { maxLength: 1_024, dir: 'auto' } }}
          />
        );
      })}
    </fieldset>
  );
}
