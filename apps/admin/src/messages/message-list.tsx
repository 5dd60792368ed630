import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ListPage } from '../parts/list';
import { StateChip, looks } from '../parts/state-chip';
import { Phone, Time } from '../parts/values';
import type { components } from '../providers/api-types';

type Message = components['schemas']['Message'];

/** Messages of a client, newest first. */
export function MessageList() {
  const translate = useTranslate();
  const format = useFormat();
  const time = (value: string): string => format.when(new Date(value));
  return (
    <ListPage<Message>
      resource="messages"
      title={translate('menu.messages')}
      search={{ source: 'to', label: translate('messages.search') }}
      filters={[
        {
          source: 'state',
          label: translate('messages.state'),
          choices: Object.keys(looks.message).map((value) => ({ value, label: translate(`state.message.${value}`) })),
        },
        { source: 'client_ref', label: translate('messages.client_ref') },
        { source: 'idempotency_key', label: translate('messages.idempotency_key') },
        { source: 'tag', label: translate('messages.tag') },
        { source: 'created_from', label: translate('messages.created_from'), show: time, linked: true },
        { source: 'group_id', label: translate('messages.group'), linked: true },
      ]}
      linkOf={({ id }) => `/messages/${id}`}
      columns={[
        { key: 'to', label: translate('messages.to'), render: ({ to }) => <Phone value={to} /> },
        { key: 'state', label: translate('messages.state'), render: ({ state }) => <StateChip kind="message" state={state} /> },
        { key: 'type', label: translate('messages.type'), render: ({ type }) => type, low: true, narrowHide: true },
        { key: 'class', label: translate('messages.class'), render: (row) => row.class, low: true, narrowHide: true },
        {
          key: 'client_ref',
          label: translate('messages.client_ref'),
          render: ({ client_ref }) => <span className="mono cut">{client_ref}</span>,
          narrowHide: true,
        },
        {
          key: 'cause',
          label: translate('messages.cause'),
          render: ({ cause }) => cause && <span className="mono">{cause}</span>,
          narrowHide: true,
        },
        { key: 'created_at', label: translate('messages.accepted'), render: ({ created_at }) => <Time at={created_at} />, end: true },
      ]}
      empty={{ title: translate('messages.empty'), text: translate('messages.empty_text') }}
    />
  );
}
