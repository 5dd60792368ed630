import { useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { intlOf } from '../i18n/languages';
import { Card } from '../parts/page';
import type { components } from '../providers/api-types';
import { useNumberNames } from '../providers/number-names';
import { calledOf } from './message-call';
import { MessageOrigin } from './message-facts';
import { useHooksOf } from './message-hooks';
import { MessageSteps, type Wait } from './message-steps';

type Message = components['schemas']['Message'];

/** Steps of a message from the request on: all of them, or its states alone. */
export function MessageTimeline({ message, tenant, waits }: { message: Message; tenant: string; waits: Wait[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const locale = useLocale();
  const [statesOnly, setStatesOnly] = useState(false);
  const { data: hooks } = useHooksOf(message, tenant);
  const number = useNumberNames().get(message.session_id);
  const at = new Date(message.created_at);
  const zone = new Intl.DateTimeFormat(intlOf(locale), { timeZoneName: 'short' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName');
  return (
    <Card
      title={translate('message_page.timeline')}
      note={translate('message_page.zone', { date: format.date(at), zone: zone?.value ?? '' })}
      acts={
        <span className="segment" role="group" aria-label={translate('message_page.timeline')}>
          <button type="button" aria-pressed={!statesOnly} onClick={() => setStatesOnly(false)}>
            {translate('message_page.all')}
          </button>
          <button type="button" aria-pressed={statesOnly} onClick={() => setStatesOnly(true)}>
            {translate('message_page.states')}
          </button>
        </span>
      }
    >
      <MessageSteps
        steps={message.timeline}
        accepted={{ at: message.created_at, text: !statesOnly && <AcceptedBy message={message} /> }}
        notBefore={message.send_at}
        messageClass={message.class}
        statesOnly={statesOnly}
        called={calledOf(message)}
        waits={waits}
        {...(hooks && { hooks })}
        numberName={number?.name}
      />
    </Card>
  );
}

function AcceptedBy({ message }: { message: Message }) {
  const translate = useTranslate();
  return (
    <>
      {translate('message_page.made_by')} <MessageOrigin message={message} />
      {message.idempotency_key && (
        <>
          {translate('message_page.under_key')} <bdi className="mono">{message.idempotency_key}</bdi>
        </>
      )}
    </>
  );
}
