import { Checkbox, FormControlLabel, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { CodeArea } from '../parts/code-area';
import { DrawerForm } from '../parts/drawer-form';
import { useOpened } from '../parts/opened';
import { Note } from '../parts/page';
import { Refused } from '../parts/refused';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { useNumberNames } from '../providers/number-names';
import { type CallbackType, type Endpoint, useCallbackTypes } from './endpoints';
import { faultAt, headersOf, headersText } from './endpoint-text';

type Created = components['schemas']['CallbackEndpointWithSecret'];
type Change = components['schemas']['UpdateCallbackEndpoint'];

/** Adds an endpoint, or changes one. Values of headers are never shown, so they stay unless new ones are typed. */
export function EndpointForm({
  endpoint,
  tag,
  onClose,
  onCreated,
}: {
  endpoint?: Endpoint;
  tag?: string | null;
  onClose: () => void;
  onCreated?: (endpoint: Created) => void;
}) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const catalogue = useCallbackTypes();
  const numbers = useNumberNames();
  const { value: opened, header } = useOpened(endpoint, tag);
  const [name, setName] = useState(opened?.name ?? '');
  const [url, setUrl] = useState(opened?.url ?? '');
  const [types, setTypes] = useState<CallbackType[] | null>(opened?.types ?? null);
  const [sessions, setSessions] = useState<string[] | null>(opened?.session_ids ?? null);
  const [onlyActionable, setOnlyActionable] = useState(opened?.only_actionable ?? false);
  const [ordered, setOrdered] = useState(opened?.ordered ?? false);
  const [figures, setFigures] = useState({
    batch_size: String(opened?.batch_size ?? 1),
    rate_per_s: String(opened?.rate_per_s ?? 200),
    concurrency: String(opened?.concurrency ?? 8),
  });
  const [headers, setHeaders] = useState(headersText(opened?.header_names ?? []));
  const [startsPaused, setStartsPaused] = useState(false);
  const [wrong, setWrong] = useState<{ types?: string; sessions?: string; headers?: string }>({});
  const say = (key: string, options?: Record<string, unknown>): string => translate(`endpoints.form.${key}`, options);

  const save = useMutation<Created | null, ApiError, Change>({
    mutationFn: async (body) => {
      if (opened) {
        await ok(api.PATCH('/v1/callback-endpoints/{id}', { params: { path: { id: opened.id }, header }, body }));
        return null;
      }
      return ok(
        api.POST('/v1/callback-endpoints', {
          body: { ...body, name, url: url.trim(), paused: startsPaused } as components['schemas']['CreateCallbackEndpoint'],
        }),
      );
    },
    onSuccess: (created) => (created ? onCreated?.(created) : onClose()),
    onSettled: () => queries.invalidateQueries({ queryKey: ['endpoints'] }),
  });
  const errors = useFaults(save.error);
  const submit = (): void => {
    const read = headersOf(headers, opened?.header_names ?? []);
    const found = {
      ...(types?.length === 0 && { types: say('no_types') }),
      ...(sessions?.length === 0 && { sessions: say('no_numbers') }),
      ...('fault' in read && { headers: translate(`endpoints.form.headers_${read.fault}`, { line: read.line }) }),
    };
    setWrong(found);
    if (Object.keys(found).length > 0 || 'fault' in read) return;
    save.mutate({
      name: name.trim(),
      url: url.trim(),
      types,
      session_ids: sessions,
      only_actionable: onlyActionable,
      ordered,
      batch_size: Number(figures.batch_size),
      rate_per_s: Number(figures.rate_per_s),
      concurrency: Number(figures.concurrency),
      ...(read.headers && { headers: read.headers }),
    });
  };
  const figure = (key: keyof typeof figures, max: number) => (
    <TextField
      type="number"
      label={say(key)}
      value={figures[key]}
      onChange={(event) => setFigures({ ...figures, [key]: event.target.value })}
      error={!!faultAt(errors, key)}
      helperText={faultAt(errors, key) ?? translate(`endpoints.form.${key}_help`)}
      required
      slotProps={{ htmlInput: { min: 1, max, inputMode: 'numeric' }, inputLabel: { required: false } }}
    />
  );
  return (
    <DrawerForm
      title={opened ? say('edit_title', { name: opened.name }) : say('add_title')}
      button={opened ? say('save') : translate('endpoints.add')}
      back={translate('outside.cancel')}
      busy={save.isPending && translate('frame.saving')}
      layout="wide-form"
      onDo={submit}
      onClose={onClose}
    >
      {save.error?.status === 412 ? (
        <Note state="uncertain" title={say('changed')}>
          {say('changed_text')}
        </Note>
      ) : (
        <Refused error={save.error} />
      )}
      <TextField
        autoFocus
        required
        label={translate('endpoints.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={!!faultAt(errors, 'name')}
        helperText={faultAt(errors, 'name')}
        slotProps={{ htmlInput: { maxLength: 100 }, inputLabel: { required: false } }}
      />
      <TextField
        required
        label={translate('endpoints.url')}
        value={url}
        onChange={(event) => setUrl(event.target.value)}
        error={!!faultAt(errors, 'url')}
        helperText={faultAt(errors, 'url') ?? say('url_help')}
        placeholder="https://core.example.com/heliograph"
        slotProps={{ htmlInput: { maxLength: 2_048, inputMode: 'url', dir: 'ltr' }, inputLabel: { required: false } }}
      />
      <fieldset className="panel-group">
        <legend>{translate('endpoints.events')}</legend>
        <FormControlLabel
          control={
            <Checkbox checked={types === null} onChange={(event) => setTypes(event.target.checked ? null : (opened?.types ?? []))} />
          }
          label={say('all_types')}
        />
        {types !== null && (
          <div className="tick-list">
            {catalogue.map(({ type }) => (
              <FormControlLabel
                key={type}
                control={
                  <Checkbox
                    checked={types.includes(type)}
                    onChange={(event) => setTypes(event.target.checked ? [...types, type] : types.filter((other) => other !== type))}
                  />
                }
                label={<span className="mono">{type}</span>}
              />
            ))}
          </div>
        )}
        {(wrong.types ?? faultAt(errors, 'types')) && (
          <div className="field-error" role="alert">
            {wrong.types ?? faultAt(errors, 'types')}
          </div>
        )}
        <FormControlLabel
          control={<Checkbox checked={onlyActionable} onChange={(event) => setOnlyActionable(event.target.checked)} />}
          label={say('only_actionable')}
        />
      </fieldset>
      {(numbers.size > 0 || sessions !== null) && (
        <fieldset className="panel-group">
          <legend>{say('numbers')}</legend>
          <FormControlLabel
            control={<Checkbox checked={sessions === null} onChange={(event) => setSessions(event.target.checked ? null : [])} />}
            label={say('all_numbers')}
          />
          {sessions !== null && (
            <div className="tick-list">
              {[...numbers].map(([id, number]) => (
                <FormControlLabel
                  key={id}
                  control={
                    <Checkbox
                      checked={sessions.includes(id)}
                      onChange={(event) => setSessions(event.target.checked ? [...sessions, id] : sessions.filter((other) => other !== id))}
                    />
                  }
                  label={number.name}
                />
              ))}
            </div>
          )}
          {(wrong.sessions ?? faultAt(errors, 'session_ids')) && (
            <div className="field-error" role="alert">
              {wrong.sessions ?? faultAt(errors, 'session_ids')}
            </div>
          )}
        </fieldset>
      )}
      <fieldset className="panel-group">
        <legend>{say('calls')}</legend>
        <FormControlLabel
          control={<Checkbox checked={ordered} onChange={(event) => setOrdered(event.target.checked)} />}
          label={say('ordered')}
        />
        <div className="two-fields">
          {figure('rate_per_s', 1_000)}
          {figure('concurrency', 64)}
          {figure('batch_size', 100)}
        </div>
      </fieldset>
      <CodeArea
        label={say('headers')}
        value={headers}
        onChange={(text) => {
          setHeaders(text);
          setWrong(({ headers: _old, ...rest }) => rest);
        }}
        help={say(opened ? 'headers_edit_help' : 'headers_help')}
        error={wrong.headers ?? faultAt(errors, 'headers')}
      />
      {!opened && (
        <FormControlLabel
          control={<Checkbox checked={startsPaused} onChange={(event) => setStartsPaused(event.target.checked)} />}
          label={say('paused')}
        />
      )}
    </DrawerForm>
  );
}
