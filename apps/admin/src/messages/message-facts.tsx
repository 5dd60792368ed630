import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useClients } from '../layout/client-switcher';
import { Facts } from '../parts/page';
import { ClientTag, Dash, groupedPhone, Id, Phone, Time, Unread } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useNumberNames } from '../providers/number-names';

type Message = components['schemas']['Message'];

/** Facts of a message: whose it is, who made it, its ids. */
export function MessageFacts({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const { data: clients = [] } = useClients();
  const client = clients.find(({ id }) => id === tenant);
  const number = useNumberNames().get(message.session_id);
  const say = (key: string): string => translate(`message_page.${key}`);
  const another = (id: string | null): ReactNode =>
    id && (
      <Link className="linked" to={`/messages/${id}`}>
        {say('other_message')}
      </Link>
    );
  return (
    <Facts
      rows={[
        [
          say('client'),
          client && (
            <span className="row">
              <ClientTag id={client.id} name={client.name} /> {client.name}
            </span>
          ),
        ],
        [
          say('number'),
          number ? (
            <>
              <Link className="linked" to={`/numbers/${message.session_id}`}>
                {number.name}
              </Link>{' '}
              <span className="mute">{number.phone && <Phone value={number.phone} />}</span>
            </>
          ) : (
            <Id value={message.session_id} short />
          ),
        ],
        [say('contact'), <ContactOf key="contact" message={message} tenant={tenant} />],
        [say('made_by'), <MessageOrigin key="origin" message={message} />],
        [say('class'), translate(`class.${message.class}`)],
        [say('client_ref'), message.client_ref && <Id value={message.client_ref} />],
        [say('idempotency_key'), message.idempotency_key && <Id value={message.idempotency_key} />],
        [say('tags'), message.tags.join(', ')],
        [say('group'), message.group_id && <Id value={message.group_id} short />],
        [say('send_at'), message.send_at && <Time at={message.send_at} />],
        [say('expires_at'), <Time key="expires" at={message.expires_at} />],
        [say('attempts'), message.attempts],
        [say('reply_to'), another(message.reply_to)],
        [say('redrive_of'), another(message.redrive_of)],
        [say('provider_id'), message.provider_message_id && <Id value={message.provider_message_id} />],
        [
          say('whatsapp_id'),
          message.whatsapp_ids.length > 0 ? (
            <>
              {message.whatsapp_ids.map(({ id, evidence }) => (
                <div key={id}>
                  <Id value={id} />
                  <span className="small mute">{translate('message_page.known_by', { evidence })}</span>
                </div>
              ))}
            </>
          ) : null,
        ],
        [say('id'), <Id key="id" value={message.id} />],
      ]}
    />
  );
}

/** The maker of the message, with a link to it. */
export function MessageOrigin({ message: { origin } }: { message: Message }) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`message_page.origin.${key}`, options);
  switch (origin.kind) {
    case 'rule':
      return (
        <>
          <Link className="linked" to={`/rules/${origin.rule_id}`}>
            {say('rule', { version: origin.rule_version })}
          </Link>
          {', '}
          <Link className="linked" to={`/events/${origin.event_id}`}>
            {say('event')}
          </Link>
        </>
      );
    case 'reply':
      return origin.conversation_id ? (
        <Link className="linked" to={`/conversations/${origin.conversation_id}`}>
          {say('reply')}
        </Link>
      ) : (
        say('reply_opt')
      );
    case 'drip':
      return say('drip', { step: origin.step });
    default:
      return say(origin.kind);
  }
}

/** The person that the message is for, and the conversation with them; a dash where nobody is known. */
function ContactOf({ message: { to, session_id }, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const me = useMe();
  const { data, error } = useQuery({
    queryKey: ['contacts', 'of-message', tenant, to, session_id],
    queryFn: async ({ signal }) => {
      const contact = (await ok(api.GET('/v1/contacts', { params: { query: { address: to, limit: 1 } }, signal }))).data[0];
      if (!contact || !mayDo(me, 'conversations:read', tenant)) return { contact, conversation: undefined };
      const query = { contact_id: contact.id, session_id, limit: 1 };
      const conversation = (await ok(api.GET('/v1/conversations', { params: { query }, signal }))).data[0];
      return { contact, conversation };
    },
    enabled: mayDo(me, 'contacts:read', tenant) && !to.includes('@g.us') && !to.includes('@newsletter'),
    retry: false,
  });
  if (!data && error) return <Unread />;
  if (!data?.contact) return <Dash />;
  return (
    <>
      <Link className="linked" to={`/contacts/${data.contact.id}`} dir="auto">
        {data.contact.name ?? groupedPhone(to)}
      </Link>
      {data.conversation && (
        <>
          {', '}
          <Link className="linked" to={`/conversations/${data.conversation.id}`}>
            {translate('message_page.conversation')}
          </Link>
        </>
      )}
    </>
  );
}
