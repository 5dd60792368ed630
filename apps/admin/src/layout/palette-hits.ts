import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { filterOf } from '../live/live-alerts';
import { useSettled } from '../parts/settled';
import { groupedPhone, shortId } from '../parts/values';
import type { components } from '../providers/api-types';
import { actingFor, api, ok } from '../providers/client';
import { useClients } from '../providers/clients';
import { mayDo, mayDoAnywhere, useMe } from '../providers/me';
import { chooseTenant, useTenant } from '../providers/tenant';
import { isOpenTo, menu } from './menu-items';

type Found = components['schemas']['FoundRecords']['data'][number];

/** Something to go to, or to do. */
export interface Hit {
  key: string;
  label: string;
  /** Client, phone: facts that tell it from others of its name. */
  beside?: string | undefined;
  go: () => void;
}
export type HitGroup = 'found' | 'pages' | 'clients' | 'numbers' | 'acts' | 'search';
/** An act that the head of the page offers. */
export interface PageAct {
  label: string;
  press: () => void;
}

const phone = /^\+?[\d\s().-]{6,20}$/;
/** An idempotency key, as the API takes it. It comes last, since most words have this form. */
const keyForm = /^[\x21-\x7e]{4,255}$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Time without typing after which the api is asked, in ms. */
const pauseMs = 150;
const maxNumbers = 8;

/** Page of a record of each kind; of those without a page of their own, the list that has it. */
const pageOf: Record<Found['kind'], (id: string, parent: string | null) => string> = {
  message: (id) => `/messages/${id}`,
  message_group: (id) => `/messages?${filterOf({ group_id: id })}`,
  dead_letter: (id) => `/dead-letters/${id}`,
  session: (id) => `/numbers/${id}`,
  contact: (id) => `/contacts/${id}`,
  conversation: (id) => `/conversations/${id}`,
  campaign: (id) => `/campaigns/${id}`,
  template: (id) => `/templates/${id}`,
  segment: (id) => `/segments/${id}`,
  contact_list: (id) => `/lists/${id}`,
  contact_import: (id) => `/contacts/imports/${id}`,
  contact_edit: () => '/contacts/edits',
  opt_out_review: () => '/opt-outs',
  event: (id) => `/events/${id}`,
  event_rule: (id) => `/rules/${id}`,
  callback_endpoint: (id) => `/endpoints/${id}`,
  callback: (id, endpoint) => `/endpoints/${endpoint}/deliveries/${id}`,
  job: () => '/jobs',
  api_key: () => '/keys',
  provider_account: () => '/accounts',
  tenant: (id) => `/clients/${id}`,
  person: (id) => `/staff/${id}`,
};
/** Kinds whose page shows no single client. */
const ofNoClient: Found['kind'][] = ['tenant', 'person'];

/** Address of a page that shows the client. */
const within = (tenant: string | null, path: string): string =>
  tenant ? `${path}${path.includes('?') ? '&' : '?'}client=${tenant}` : path;

/** Finds what a text in the palette may mean: records, pages, clients, numbers, acts of the page, and searches. */
export function useHits(asked: string, acts: PageAct[]): { groups: [HitGroup, Hit[]][]; isSearching: boolean } {
  const translate = useTranslate();
  const navigate = useNavigate();
  const me = useMe();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const clientName = (id: string | null | undefined) => clients.find((client) => client.id === id)?.name;
  const settled = useSettled(asked, pauseMs);
  const isId = uuid.test(asked);
  const isPhone = phone.test(asked);
  const may = (permission: Parameters<typeof mayDo>[1]): boolean => tenant !== null && mayDo(me, permission, tenant);

  const { data: found, isFetching: isFinding } = useQuery({
    queryKey: ['palette', 'id', asked],
    queryFn: async ({ signal }) => (await ok(api.GET('/admin/v1/find', { params: { query: { id: asked } }, signal }))).data,
    enabled: isId,
  });
  const asksNumbers = settled.length > 1 && !isId && mayDoAnywhere(me, 'sessions:read');
  const { data: numbers } = useQuery({
    queryKey: ['palette', 'numbers', tenant, settled],
    queryFn: async ({ signal }) => {
      const query = { search: settled, limit: maxNumbers, ...(tenant && { tenant_id: tenant }) };
      return (await ok(api.GET('/admin/v1/sessions', { params: { query }, headers: actingFor(null), signal }))).data;
    },
    enabled: asksNumbers,
  });
  const asksContact = phone.test(settled) && may('contacts:read');
  const { data: contact } = useQuery({
    queryKey: ['palette', 'contact', tenant, settled],
    queryFn: async ({ signal }) => {
      const query = { address: settled, limit: 1 };
      const { data } = await ok(api.GET('/v1/contacts', { params: { query }, headers: actingFor(tenant), signal }));
      return data[0] ?? null;
    },
    enabled: asksContact,
  });

  const go = (to: string) => () => void navigate(to);
  const matches = (label: string) => label.toLowerCase().includes(asked.toLowerCase());
  const groups: [HitGroup, Hit[]][] = [
    [
      'found',
      [
        ...(isId ? (found ?? []) : []).map(({ kind, tenant_id, name, parent_id }) => ({
          key: `${kind}-${parent_id ?? asked}`,
          label: [translate(`audit.kinds.${kind}`), name ?? shortId(asked)].join(' '),
          beside: clientName(tenant_id),
          go: go(within(ofNoClient.includes(kind) ? null : tenant_id, pageOf[kind](asked, parent_id))),
        })),
        ...(isPhone && contact && settled === asked
          ? [
              {
                key: 'contact',
                label: translate('palette.contact', { name: contact.name ?? groupedPhone(contact.addresses[0] ?? asked) }),
                go: go(`/contacts/${contact.id}`),
              },
            ]
          : []),
        // Only the list of one client knows recipients.
        ...(isPhone && may('messages:read')
          ? [{ key: 'to', label: translate('palette.messages_to', { phone: asked }), go: go(`/messages?${filterOf({ to: asked })}`) }]
          : []),
      ],
    ],
    [
      'pages',
      menu
        .flatMap(({ items }) => items)
        .filter((item) => isOpenTo(me, item, tenant))
        .map(({ name, to }) => ({ key: name, label: translate(`menu.${name}`), go: go(to) }))
        .filter(({ label }) => matches(label)),
    ],
    [
      'clients',
      [
        ...(tenant !== null && matches(translate('client.all'))
          ? [{ key: 'all', label: translate('client.all'), go: () => chooseTenant(null) }]
          : []),
        ...clients.filter(({ name }) => matches(name)).map(({ id, name }) => ({ key: id, label: name, go: () => chooseTenant(id) })),
      ],
    ],
    [
      'numbers',
      (asksNumbers && settled === asked ? (numbers ?? []) : []).map(({ id, name, phone: of, tenant_id }) => ({
        key: id,
        label: name,
        beside: [of && groupedPhone(of), tenant === null && clientName(tenant_id)].filter(Boolean).join(', '),
        go: go(within(tenant_id, `/numbers/${id}`)),
      })),
    ],
    ['acts', acts.filter(({ label }) => matches(label)).map(({ label, press }, place) => ({ key: `act-${place}`, label, go: press }))],
    [
      'search',
      keyForm.test(asked) && !isPhone && !isId && may('messages:read')
        ? [
            {
              key: 'by-key',
              label: translate('palette.by_key', { key: asked }),
              go: go(`/messages?${filterOf({ idempotency_key: asked })}`),
            },
          ]
        : [],
    ],
  ];
  return { groups: groups.filter(([, hits]) => hits.length > 0), isSearching: isId && isFinding };
}
