import { useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { intlOf } from '../i18n/languages';
import { Card } from '../parts/page';
import type { components } from '../providers/api-types';
import { MessageOrigin } from './message-facts';
import { MessageSteps } from './message-steps';

type Message = components['schemas']['Message'];

/** Steps of a message from the request on: all of them, or its states alone. */
export function MessageTimeline({ message }: { message: Message }) {
  const translate = useTranslate();
  const format = useFormat();
  const locale = useLocale();
  const [statesOnly, setStatesOnly] = useState(false);
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
        request={requestOf(message)}
        providerId={message.provider_message_id}
      />
    </Card>
  );
}

/** Members of the request to the provider that are stored: kind and length of the content, never a secret. */
function requestOf({ to, type, message }: Message): { to: string; type: string | null; characters: number | null } {
  const text = (message as { content?: { text?: string; caption?: string } } | null)?.content;
  return { to, type, characters: (text?.text ?? text?.caption)?.length ?? null };
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
