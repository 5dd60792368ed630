import PlayCircleOutlined from '@mui/icons-material/PlayCircleOutlined';
import { MenuItem, TextField } from '@mui/material';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { type CoreEvent, eventReasons, subjectOf, type Trial, useEventTypes } from '../events/events';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { CodeArea } from '../parts/code-area';
import { pretty, readObject } from '../parts/json-text';
import { Card, Note } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { groupedPhone, Phone } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, ApiError, ok } from '../providers/client';
import { useMay } from '../providers/acts';
import { useNumberNames } from '../providers/number-names';
import { useTenant } from '../providers/tenant';
import { bodyOf, type RuleDraft } from './rule-draft';

const typed = 'typed';

/** An event as it would be sent. */
function sent({ name, event_key, subject, payload, occurred_at }: CoreEvent): string {
  return pretty({ name, id: event_key, subject, payload, occurred_at });
}

/** Tries the rule as it stands in the form on an event: a real one, or a typed one. Nothing is sent or stored. */
export function DryRun({ draft, onFaults }: { draft: RuleDraft; onFaults: (error: ApiError | null) => boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const mayManage = useMay('events:manage');
  const { data: types } = useEventTypes();
  const [picked, setPicked] = useState('');
  const [text, setText] = useState<string | null>(null);
  const [fault, setFault] = useState<{ line: number | undefined; message: string } | null>(null);
  const { data: recent = [] } = useQuery({
    queryKey: ['events', 'recent', tenant, draft.event],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/events', { params: { query: { name: draft.event, limit: 20 } }, signal }))).data,
    enabled: !!tenant && /^[A-Za-z][\w.-]{0,99}$/.test(draft.event),
  });
  const example = types?.find(({ name }) => name === draft.event)?.example ?? {};
  const first = recent.find(({ state }) => state === 'done') ?? recent[0];
  const chosen = picked || (first ? first.id : typed);
  const event = recent.find(({ id }) => id === chosen);
  const shown =
    text ??
    (event
      ? sent(event)
      : pretty({ name: draft.event || 'event_name', id: 'try-1', subject: { phone: '+447700900101' }, payload: example }));
  const run = useMutation<Trial, ApiError, Record<string, unknown>>({
    mutationFn: async (given) => {
      const read = bodyOf(draft);
      if ('faults' in read) throw new ApiError(422, { code: 'invalid_rule', detail: translate('rules.try.rule_first') });
      return ok(
        api.POST('/v1/events/dry-run', {
          body: { event: given as unknown as components['schemas']['SendEvent'], rule: { ...read.body, is_active: true } },
        }),
      );
    },
  });
  const tryIt = (): void => {
    const given = readObject(shown);
    setFault(given.ok ? null : given);
    if (!given.ok) return;
    onFaults(null);
    run.mutate(given.value, { onError: (error) => void onFaults(error) });
  };
  const say = (key: string, options?: Record<string, unknown>): string => translate(`rules.try.${key}`, options);
  return (
    <Card title={say('title')} note={say('note')}>
      <div className="wide-form">
        <TextField
          select
          label={say('event')}
          value={chosen}
          onChange={(change) => {
            setPicked(change.target.value);
            setText(null);
            run.reset();
          }}
        >
          {recent.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {format.when(new Date(one.received_at))}, {groupedPhone(subjectOf(one))}, {translate(`state.event.${one.state}`)}
            </MenuItem>
          ))}
          <MenuItem value={typed}>{say('typed')}</MenuItem>
        </TextField>
        <CodeArea
          label={say('body')}
          value={shown}
          onChange={(value) => {
            setText(value);
            setFault(null);
          }}
          maxLines={16}
          error={fault ? translate('outside.bad_json', { message: fault.message }) : undefined}
          errorLine={fault?.line}
        />
        <div>
          <ActButton
            variant="outlined"
            startIcon={<PlayCircleOutlined />}
            off={mayManage === false ? translate('rules.may_not_try') : undefined}
            busy={run.isPending && say('busy')}
            onClick={tryIt}
          >
            {say('act')}
          </ActButton>
        </div>
        <Refused error={run.error} title={say('refused')} />
        {run.data && <Result trial={run.data} />}
      </div>
    </Card>
  );
}

function Result({ trial: { rejected, rules } }: { trial: Trial }) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`rules.try.${key}`, options);
  if (rejected)
    return (
      <Note state="failed" title={say('rejected')}>
        {eventReasons.includes(rejected.reason) && translate(`events.reasons.${rejected.reason}.text`)} {rejected.detail}{' '}
        <span className="mono mute">{rejected.reason}</span>
      </Note>
    );
  return (
    <div role="status" className="wide-form" style={{ gap: 10 }}>
      {rules.map(({ rule_id, outcome, detail, actions }) => (
        <div key={rule_id} className="wide-form" style={{ gap: 8 }}>
          <span className="row">
            <StateChip kind="rule_result" state={outcome} />
            <span className="small soft">{say(outcome)}</span>
          </span>
          {detail && (
            <div className="code mono" dir="auto" style={{ margin: 0 }}>
              {detail}
            </div>
          )}
          {actions.map((action, at) =>
            action.type === 'send_message' ? (
              <PlannedMessage key={at} action={action} />
            ) : (
              <div key={at} className="small">
                <b>{say('would_set')}</b>{' '}
                <span className="mono">
                  {Object.entries(action.attributes)
                    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
                    .join(', ')}
                </span>
                {action.refused.map((words) => (
                  <div key={words} className="field-error">
                    {words}
                  </div>
                ))}
              </div>
            ),
          )}
        </div>
      ))}
    </div>
  );
}

type Planned = Extract<Trial['rules'][number]['actions'][number], { type: 'send_message' }>;

function PlannedMessage({ action: { to, message, session_id, session_reason, class: messageClass } }: { action: Planned }) {
  const translate = useTranslate();
  const number = useNumberNames().get(session_id ?? '');
  const content = (message as { content?: { text?: string } } | null)?.content;
  return (
    <div>
      <div className="small" style={{ marginBottom: 4 }}>
        {translate('rules.try.would_send')} <Phone value={to} />, {translate(`class.${messageClass}`)}
        {session_id ? (
          <>
            {', '}
            {translate('rules.try.through', { name: number?.name ?? session_id })} <span className="mute">{session_reason}</span>
          </>
        ) : (
          <span className="field-error"> {translate('rules.try.no_number')}</span>
        )}
      </div>
      <div className="bubble" dir="auto">
        {content?.text ?? pretty(content ?? message)}
      </div>
    </div>
  );
}
