import { Button, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { type EventType } from '../events/events';
import { CodeArea } from '../parts/code-area';
import { DecisionDialog } from '../parts/decision-dialog';
import { DrawerForm } from '../parts/drawer-form';
import { pretty, readObject } from '../parts/json-text';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';

const firstSchema = { type: 'object', properties: { first_name: { type: 'string' } }, required: ['first_name'] };
const firstExample = { first_name: 'Priya' };
type Part = 'schema' | 'example';

/** Adds a type of event to the catalogue, or changes one. */
export function TypeDrawer({ name: given, type, onClose }: { name: string; type: EventType | undefined; onClose: () => void }) {
  const translate = useTranslate();
  const mayManage = useMay('events:manage');
  const act = useAct(['event-types'], ['rules']);
  const remove = useAct(['event-types'], ['rules']);
  const [isRemoving, setRemoving] = useState(false);
  const [name, setName] = useState(given);
  const [description, setDescription] = useState(type?.description ?? '');
  const [text, setText] = useState({
    schema: pretty(type?.schema ?? firstSchema),
    example: type ? (type.example ? pretty(type.example) : '') : pretty(firstExample),
  });
  const [faults, setFaults] = useState<Partial<Record<Part | 'name', { line: number | undefined; message: string }>>>({});
  const say = (key: string, options?: Record<string, unknown>): string => translate(`event_types.${key}`, options);
  const errors = useFaults(act.error);
  const saidOf = (part: string): string | undefined => {
    const path = Object.keys(errors).find((one) => one === part || one.startsWith(`${part}.`));
    return path && errors[path];
  };
  const submit = (): void => {
    const schema = readObject(text.schema);
    const example = text.example.trim() === '' ? null : readObject(text.example);
    const isNamed = /^[A-Za-z][\w.-]{0,99}$/.test(name.trim());
    setFaults({
      ...(!schema.ok && { schema }),
      ...(example && !example.ok && { example }),
      ...(!isNamed && { name: { line: undefined, message: say('name_fault') } }),
    });
    if (!schema.ok || (example && !example.ok) || !isNamed) return;
    act.mutate(
      () =>
        ok(
          api.PUT('/v1/event-types/{name}', {
            params: { path: { name: name.trim() } },
            body: { description: description.trim() || null, schema: schema.value, example: example?.value ?? null },
          }),
        ),
      { onSuccess: onClose },
    );
  };
  const area = (part: Part, minLines: number) => (
    <CodeArea
      label={say(part)}
      value={text[part]}
      onChange={(value) => {
        setText({ ...text, [part]: value });
        setFaults(({ [part]: _old, ...rest }) => rest);
      }}
      minLines={minLines}
      help={translate(`event_types.${part}_help`)}
      error={faults[part] ? translate('outside.bad_json', { message: faults[part].message }) : saidOf(part)}
      errorLine={faults[part]?.line}
    />
  );
  return (
    <>
      <DrawerForm
        title={type ? type.name : say('add')}
        button={type ? say('save') : say('add')}
        back={translate('outside.cancel')}
        busy={act.isPending && translate('frame.saving')}
        off={mayManage === false ? say('may_not') : undefined}
        beside={
          type &&
          mayManage && (
            <Button variant="text" color="error" onClick={() => setRemoving(true)} sx={{ marginInlineEnd: 'auto' }}>
              {say('remove')}
            </Button>
          )
        }
        layout="wide-form"
        onDo={submit}
        onClose={onClose}
      >
        <Refused error={act.error} title={say('refused')} />
        {!type && (
          <TextField
            autoFocus
            label={say('name')}
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={!!faults.name}
            helperText={faults.name?.message ?? say('name_help')}
            slotProps={{ htmlInput: { maxLength: 100, dir: 'ltr' } }}
          />
        )}
        <TextField
          label={say('description')}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
          error={!!saidOf('description')}
          helperText={saidOf('description')}
          slotProps={{ htmlInput: { maxLength: 1_000, dir: 'auto' } }}
        />
        {area('schema', 8)}
        {area('example', 3)}
        {!type && (
          <p className="small mute" style={{ margin: 0 }}>
            {say('then')}
          </p>
        )}
      </DrawerForm>
      {isRemoving && type && (
        <DecisionDialog
          title={say('remove_title', { name: type.name })}
          button={say('remove')}
          back={say('keep')}
          isDanger
          act={remove}
          onClose={() => setRemoving(false)}
          onDo={() =>
            remove.mutate(() => ok(api.DELETE('/v1/event-types/{name}', { params: { path: { name: type.name } } })), { onSuccess: onClose })
          }
        >
          <p className="text">{say('remove_text')}</p>
        </DecisionDialog>
      )}
    </>
  );
}
