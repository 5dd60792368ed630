import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Autocomplete } from '../parts/autocomplete';
import { CodeArea } from '../parts/code-area';
import { DrawerForm } from '../parts/drawer-form';
import { pretty, readObject } from '../parts/json-text';
import { Refused } from '../parts/refused';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { type CoreEvent, useEventAct, useEventTypes } from './events';

type Part = 'subject' | 'payload';

/** Corrects a rejected event and replays it. What was sent stays with it. */
export function CorrectDrawer({ event, onClose }: { event: CoreEvent; onClose: () => void }) {
  const translate = useTranslate();
  const act = useEventAct();
  const { data: types = [] } = useEventTypes();
  const [name, setName] = useState(event.name);
  const [text, setText] = useState({ subject: pretty(event.subject), payload: pretty(event.payload) });
  const [faults, setFaults] = useState<Partial<Record<Part, { line: number | undefined; message: string }>>>({});
  const say = (key: string): string => translate(`events.correct.${key}`);
  const errors = useFaults(act.error);
  const saidOf = (part: string): string | undefined =>
    Object.entries(errors)
      .filter(([path]) => path === part || path.startsWith(`${part}.`))
      .map(([path, message]) => `${path}: ${message}`)
      .join(' ') || undefined;
  const submit = (): void => {
    const read = { subject: readObject(text.subject), payload: readObject(text.payload) };
    setFaults({ ...(!read.subject.ok && { subject: read.subject }), ...(!read.payload.ok && { payload: read.payload }) });
    if (!read.subject.ok || !read.payload.ok) return;
    const body: components['schemas']['UpdateEvent'] = { name: name.trim(), subject: read.subject.value, payload: read.payload.value };
    act.mutate(() => ok(api.PATCH('/v1/events/{id}', { params: { path: { id: event.id } }, body })), { onSuccess: onClose });
  };
  const area = (part: Part, help?: string) => (
    <CodeArea
      label={translate(`events.${part}`)}
      value={text[part]}
      onChange={(value) => {
        setText({ ...text, [part]: value });
        setFaults(({ [part]: _old, ...rest }) => rest);
      }}
      help={help}
      error={faults[part] ? translate('outside.bad_json', { message: faults[part].message }) : saidOf(part)}
      errorLine={faults[part]?.line}
    />
  );
  return (
    <DrawerForm
      title={say('title')}
      button={say('act')}
      back={translate('outside.cancel')}
      busy={act.isPending && say('busy')}
      layout="wide-form"
      onDo={submit}
      onClose={onClose}
    >
      <p className="text">{say('text')}</p>
      {event.detail && (
        <div>
          <p className="small mute" style={{ margin: 0 }}>
            {translate('events.said')}
          </p>
          <div className="code mono" dir="auto">
            {event.detail}
          </div>
        </div>
      )}
      <Refused error={act.error} />
      <Autocomplete
        freeSolo
        options={types.map((type) => type.name)}
        inputValue={name}
        onInputChange={(_, value) => setName(value)}
        renderInput={(params) => (
          <TextField {...params} label={translate('events.name')} error={!!saidOf('name')} helperText={saidOf('name')} />
        )}
      />
      {area('subject', say('subject_help'))}
      {area('payload')}
    </DrawerForm>
  );
}
