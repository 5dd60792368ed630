import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { ActButton } from '../parts/act-button';
import { ClientName } from '../parts/client-link';
import { CopyCurl } from '../parts/copy-curl';
import { useRowKeys } from '../parts/row-keys';
import { type Column, ListPage } from '../parts/list';
import { ListChanges } from '../parts/list-changes';
import { SelectionBar, useWhole } from '../parts/selection-bar';
import { SendTest } from '../parts/send-test';
import { StateChip, looks } from '../parts/state-chip';
import { Dash, Phone, Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { useReasons } from '../providers/reasons';
import { useTenant } from '../providers/tenant';
import { RunningJobs } from '../jobs/running-jobs';
import { CancelMany, type CancelTarget } from './cancel-many';
import { messageClasses } from './class-names';
import { LookButton, MessageLook } from './message-look';
import '../parts/records.css';

type Message = components['schemas']['Message'] & { tenant_id?: string };

/** Neither a phone nor an address of WhatsApp: what is searched for is an idempotency key. */
const keyForm = /^(?=.*[a-z_])[^\s@]+$/i;
const id = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Messages of a client, or of all, newest first. */
export function MessageList() {
  const translate = useTranslate();
  const tenant = useTenant();
  const numbers = useNumberNames();
  const reasons = useReasons();
  const columns: Column<Message>[] = [
    { key: 'to', label: translate('messages.to'), render: ({ to }) => <Phone value={to} /> },
    { key: 'state', label: translate('messages.state'), render: ({ state }) => <StateChip kind="message" state={state} /> },
    tenant
      ? {
          key: 'number',
          label: translate('messages.number'),
          render: ({ session_id }) => numbers.get(session_id)?.name ?? <Dash />,
          narrowHide: true,
        }
      : {
          key: 'client',
          label: translate('messages.client'),
          render: ({ tenant_id }) => (tenant_id ? <ClientName id={tenant_id} /> : <Dash />),
        },
    {
      key: 'type',
      label: translate('messages.type'),
      render: ({ type }) => type && translate(`type.${type}`),
      low: true,
      narrowHide: true,
    },
    { key: 'class', label: translate('messages.class'), render: (row) => translate(`class.${row.class}`), low: true, narrowHide: true },
    {
      key: 'client_ref',
      label: translate('messages.client_ref'),
      render: ({ client_ref }) => (client_ref ? <span className="mono cut">{client_ref}</span> : <Dash />),
      narrowHide: true,
    },
    {
      key: 'cause',
      label: translate('messages.cause'),
      render: ({ cause }) =>
        cause ? (
          <span title={reasons.get(cause)?.text} className="mono">
            {cause}
          </span>
        ) : (
          <Dash />
        ),
      narrowHide: true,
    },
    { key: 'created_at', label: translate('messages.accepted'), render: ({ created_at }) => <Time at={created_at} />, end: true },
    {
      key: 'look',
      label: '',
      render: ({ id: of, tenant_id, to }) => <LookButton id={of} tenant={tenant_id} to={to} />,
      end: true,
      narrowHide: true,
    },
  ];
  return (
    <ListPage<Message>
      resource={tenant ? 'messages' : 'messages_of_clients'}
      title={translate('menu.messages')}
      needsClient={false}
      selectable={!!tenant}
      between={
        <>
          <ListChanges<Message> name="messages" />
          {tenant && <Selected />}
        </>
      }
      {...(tenant
        ? {
            acts: <SendTest />,
            above: <RunningJobs about="messages" />,
            search: {
              source: 'to',
              label: translate('messages.search'),
              also: { source: 'idempotency_key', when: keyForm },
              goTo: (text: string) => (id.test(text) ? `/messages/${text}` : undefined),
            },
          }
        : { note: translate('messages.all_clients') })}
      filters={[
        {
          source: 'state',
          label: translate('messages.state'),
          choices: Object.keys(looks.message).map((value) => ({ value, label: translate(`state.message.${value}`) })),
        },
        ...(tenant
          ? [
              {
                source: 'session_id',
                label: translate('messages.number'),
                choices: [...numbers].map(([value, { name }]) => ({ value, label: name })),
              },
            ]
          : []),
        { source: 'created_from', label: translate('messages.from'), kind: 'time' },
        { source: 'created_to', label: translate('messages.until'), kind: 'time' },
        ...(tenant
          ? [
              { source: 'text', label: translate('messages.text') },
              { source: 'tag', label: translate('messages.tag') },
              { source: 'idempotency_key', label: translate('messages.idempotency_key'), rare: true },
              { source: 'client_ref', label: translate('messages.client_ref'), rare: true },
              { source: 'provider_id', label: translate('messages.provider_id'), rare: true },
              {
                source: 'class',
                label: translate('messages.class'),
                choices: messageClasses.map((value) => ({ value, label: translate(`class.${value}`) })),
                rare: true,
              },
              { source: 'group_id', label: translate('message_page.group'), linked: true },
            ]
          : []),
      ]}
      linkOf={({ id: of, tenant_id }) => (tenant_id ? `/messages/${of}?client=${tenant_id}` : `/messages/${of}`)}
      columns={columns}
      empty={{
        title: translate('messages.empty'),
        text: translate('messages.empty_text'),
        ...(tenant && {
          acts: (
            <>
              <SendTest main />
              <CopyCurl
                call={{ path: '/v1/messages', body: { type: 'text', to: '+447700900123', text: translate('send_test.example') } }}
              />
            </>
          ),
        }),
      }}
    >
      <MessageLook />
    </ListPage>
  );
}

const none: Message[] = [];
const noKeys = {};
const waiting = ['scheduled', 'queued'];

/** Cancellation of what is selected on the page, or of everything that the filter matches and that waits. */
function Selected() {
  const translate = useTranslate();
  const maySend = useMay('messages:write');
  const tenant = useTenant();
  const { selectedIds, data = none, filterValues, onUnselectItems, refetch } = useListContext<Message>();
  const [isWhole, setWhole] = useWhole();
  const [target, setTarget] = useState<CancelTarget | null>(null);
  useRowKeys(noKeys);
  const { state, idempotency_key, provider_id, text, ...filter } = filterValues as Record<string, string>;
  const isWaiting = state !== undefined && waiting.includes(state);
  // Only what a cancellation by filter can be asked for is counted.
  const { data: matching } = useQuery({
    queryKey: ['messages', 'waiting', tenant, filterValues],
    queryFn: async ({ signal }) =>
      (
        (await ok(
          api.POST('/v1/messages/bulk-cancel', { body: { filter: { ...filter, state } as CancelTarget['filter'], dry_run: true }, signal }),
        )) as { matching: number }
      ).matching,
    enabled: selectedIds.length > 0 && isWaiting && !idempotency_key && !provider_id && !text && maySend === true,
  });
  const ids = data.filter(({ id: of, state: is }) => selectedIds.includes(of) && waiting.includes(is)).map(({ id: of }) => String(of));
  const off = !maySend
    ? translate('message_page.may_not_cancel')
    : !isWhole && ids.length === 0
      ? translate('messages.none_waits')
      : undefined;
  return (
    <>
      {selectedIds.length > 0 && (
        <SelectionBar
          selected={selectedIds.length}
          onPage={data.length}
          matching={matching}
          isWhole={isWhole}
          onWhole={setWhole}
          acts={
            <>
              <Button variant="text" size="small" onClick={() => onUnselectItems()}>
                {translate('messages.unselect')}
              </Button>
              <ActButton
                variant="outlined"
                color="error"
                size="small"
                off={off}
                onClick={() =>
                  setTarget(
                    isWhole
                      ? { filter: { ...filter, state } as CancelTarget['filter'], expect: matching ?? 0 }
                      : { filter: { ids }, expect: ids.length },
                  )
                }
              >
                {translate('messages.cancel_many.open')}
              </ActButton>
            </>
          }
        />
      )}
      {target && tenant && (
        <CancelMany
          tenant={tenant}
          target={target}
          onClose={() => {
            setTarget(null);
            onUnselectItems();
            void refetch();
          }}
        />
      )}
    </>
  );
}
