import SendOutlined from '@mui/icons-material/SendOutlined';
import { MenuItem, TextField } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { CodeArea } from '../parts/code-area';
import { DrawerForm } from '../parts/drawer-form';
import { pretty, readObject } from '../parts/json-text';
import { Note } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { api, type ApiError, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { useTenant } from '../providers/tenant';
import { type CallbackType, type CallbackTypeInfo, type Endpoint, reasonKey, useCallbackTypes } from './endpoints';

/** Data of the example of a type, as it can be changed. */
function exampleOf(types: CallbackTypeInfo[], type: CallbackType): string {
  const data = types.find((one) => one.type === type)?.example.data;
  return pretty(type === 'endpoint.test' ? { text: 'It works.' } : (data ?? {}));
}

/** Sends a test event with a body that can be changed, and shows what became of it. */
export function TestDrawer({ endpoint: { id, state }, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const types = useCallbackTypes();
  const [type, setType] = useState<CallbackType>('endpoint.test');
  const [text, setText] = useState(() => exampleOf(types, 'endpoint.test'));
  const [fault, setFault] = useState<{ line: number | undefined; message: string } | null>(null);
  const say = (key: string, options?: Record<string, unknown>): string => translate(`endpoints.test.${key}`, options);
  const send = useMutation<string, ApiError, Record<string, unknown>>({
    mutationFn: async (data) =>
      (await ok(api.POST('/v1/callback-endpoints/{id}/test', { params: { path: { id } }, body: { type, data } }))).event_id,
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  });
  const submit = (): void => {
    const read = readObject(text);
    setFault(read.ok ? null : read);
    if (read.ok) send.mutate(read.value);
  };
  const errors = useFaults(send.error);
  const said = Object.entries(errors).map(([path, message]) => `${path.replace(/^data\.?/, '')}: ${message}`);
  return (
    <DrawerForm
      title={say('title')}
      button={say(send.data ? 'again' : 'act')}
      back={translate('outside.close')}
      busy={send.isPending && say('busy')}
      icon={<SendOutlined />}
      layout="wide-form"
      onDo={submit}
      onClose={onClose}
    >
      <p className="text">{say('text')}</p>
      {state !== 'active' && (
        <Note state="uncertain" title={translate(`endpoints.test.not_${state}`)}>
          {say('not_active_text')}
        </Note>
      )}
      <TextField
        select
        label={say('type')}
        value={type}
        onChange={(event) => {
          const chosen = event.target.value as CallbackType;
          setType(chosen);
          setText(exampleOf(types, chosen));
          setFault(null);
          send.reset();
        }}
      >
        {types.map((one) => (
          <MenuItem key={one.type} value={one.type}>
            <span className="mono">{one.type}</span>
          </MenuItem>
        ))}
      </TextField>
      <CodeArea
        label={say('data')}
        value={text}
        onChange={(value) => {
          setText(value);
          setFault(null);
        }}
        minLines={4}
        help={say('data_help')}
        error={fault ? translate('outside.bad_json', { message: fault.message }) : said.length > 0 ? said.join(' ') : undefined}
        errorLine={fault?.line}
      />
      {said.length === 0 && <Refused error={send.error} />}
      {send.data && <Became endpointId={id} eventId={send.data} />}
    </DrawerForm>
  );
}

/** Follows a delivery until it is accepted or has failed once. */
function Became({ endpointId, eventId }: { endpointId: string; eventId: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const { data } = useQuery({
    queryKey: ['deliveries', 'one', tenant, endpointId, eventId],
    queryFn: ({ signal }) =>
      ok(api.GET('/v1/callback-endpoints/{id}/callbacks/{eventId}', { params: { path: { id: endpointId, eventId } }, signal })),
    refetchInterval: ({ state }) => (state.data && state.data.attempts > 0 ? false : 1_000),
  });
  const attempt = data?.trail.at(-1);
  const key = attempt?.reason && reasonKey(attempt.reason);
  return (
    <div className="outcome" role="status" style={{ padding: '10px 14px' }}>
      <span className="row" style={{ display: 'flex' }}>
        <StateChip kind="callback" state={data?.state === 'pending' && attempt ? 'dead' : (data?.state ?? 'pending')} />
        {attempt ? (
          <span className="num">
            {attempt.status !== null && <span className="mono">{attempt.status}</span>} {format.duration(attempt.duration_ms)}
          </span>
        ) : (
          <span className="mute">{translate('endpoints.test.waits')}</span>
        )}
        <span className="grow" />
        <Link className="linked" to={`/endpoints/${endpointId}/deliveries/${eventId}`}>
          {translate('endpoints.test.see')}
        </Link>
      </span>
      {attempt?.reason && (
        <span className="small" style={{ display: 'block', marginTop: 6 }}>
          {key ? `${translate(`${key}.text`)} ${translate(`${key}.do`)}` : attempt.reason}
        </span>
      )}
    </div>
  );
}
