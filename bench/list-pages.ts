import { List, listKeys } from '@heliograph/kernel';
import { busyPhone, listDays, type ListRows } from './list-rows';

/** A page that the panel opens. */
export interface ListPage {
  name: string;
  /** A person's page; else one of the tenant's API key. */
  isOfStaff?: boolean;
  /** No row is on it: none, or none among as many as a page examines. */
  isEmpty?: boolean;
  path: (i: number) => string;
}

/** The query of a page by its number, and whether the page is empty. */
type Query = string | ((i: number) => string);
type Pages = Record<string, Query | { none: Query }>;

const dayMs = 86_400_000;
const noId = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0';

/** Returns the pages of the lists with their filters. @param sessionId a session of a tenth of the rows */
export function listPages(rows: ListRows, tenantId: string, sessionId: string): ListPage[] {
  const { commonId, some, count, until } = rows;
  const one = (i: number) => some[i % some.length] as (typeof some)[number];
  const day = { from: timeBefore(until, 11), to: timeBefore(until, 10) };
  const created = `created_from=${day.from}&created_to=${day.to}`;
  const between = `from=${day.from}&to=${day.to}`;
  // Places everywhere in a list; no row has to be there.
  const placed = (i: number) => new Date(until.getTime() - (listDays * dayMs * ((i % 20) + 0.5)) / 20);
  const byId = (name: string) => {
    const list = new List(name, listKeys.id);
    return (i: number) => `cursor=${list.cursorAfter([idOf(placed(i))])}`;
  };
  const byTime = (name: string) => {
    const list = new List(name, listKeys.time, listKeys.id);
    return (i: number) => `cursor=${list.cursorAfter([microsecondsOf(placed(i)), idOf(placed(i))])}`;
  };
  const addresses = new List('suppressions', listKeys.text, listKeys.text);
  const entries = new List('audit', listKeys.bigint);
  const everywhere = (i: number) => Math.ceil((count * ((i % 20) + 0.5)) / 20);

  return [
    ...pagesOf('messages', '/v1/messages', {
      'first page': '',
      'first page of 500': 'limit=500',
      'by a cursor': byId('messages'),
      'state that one of 50 has': 'state=failed',
      'state that waits': 'state=queued',
      'state that none has': { none: 'state=suppressed' },
      number: `session_id=${sessionId}`,
      phone: (i) => `to=${encodeURIComponent(`+4475${10_000_000 + (one(i).n % 200_000)}`)}`,
      'phone of one of 20': `to=${encodeURIComponent(busyPhone)}`,
      'phone of one of 20 and state': { none: `to=${encodeURIComponent(busyPhone)}&state=cancelled` },
      'tag of half': 'tag=sale',
      'tag of the oldest': { none: 'tag=rare' },
      class: 'class=broadcast',
      'client reference': (i) => `client_ref=ref-${one(i).n}`,
      'idempotency key': (i) => `idempotency_key=key-${one(i).n}`,
      'id of the provider': (i) => `provider_id=${one(i).n}`,
      group: `group_id=${commonId}`,
      'group and state': { none: `group_id=${commonId}&state=failed` },
      day: created,
      'day and state': `${created}&state=failed`,
    }),
    { name: 'message with its history', path: (i) => `/v1/messages/${one(i).id}` },
    ...pagesOf('dead letters', '/v1/dead-letters', {
      'first page': '',
      'by a cursor': byTime('dead_letters'),
      'discarded ones': 'state=discarded',
      kind: 'kind=event',
      'kind of the oldest': { none: 'kind=broker' },
      reason: 'cause=timeout',
      'reason of the oldest': { none: 'cause=rare' },
      'kind and reason': 'kind=message&cause=invalid_recipient',
      number: `session_id=${sessionId}`,
      group: `group_id=${commonId}`,
      subject: (i) => `subject_id=${one(i).id}`,
      day: created,
    }),
    { name: 'dead letters by reason', path: () => '/v1/dead-letters/causes' },
    ...pagesOf('deliveries', `/v1/callback-endpoints/${commonId}/callbacks`, {
      'first page': '',
      'by a cursor': byId('callbacks'),
      'dead ones': 'state=dead',
      'pending ones': 'state=pending',
      'delivered ones': 'state=delivered',
      type: 'type=message.read',
      'type of the oldest': { none: 'type=message.failed' },
      number: `session_id=${sessionId}`,
      day: between,
      'about a message': { none: `about=${noId}` },
      'day, about a message': { none: `${between}&about=${noId}` },
    }),
    ...pagesOf('events', '/v1/events', {
      'first page': '',
      'by a cursor': byId('events'),
      'rejected ones': 'state=rejected',
      'waiting ones': { none: 'state=received' },
      name: 'name=order_paid',
      'name of the oldest': { none: 'name=rare_event' },
      reason: 'reason=unknown_event',
      'reason of the oldest': { none: 'reason=rare' },
      'repeated ones': 'repeated=true',
      key: (i) => `event_key=key-${one(i).n}`,
      contact: { none: `contact_id=${noId}` },
      day: between,
    }),
    ...pagesOf('conversations', '/v1/conversations', {
      'first page': '',
      'by a cursor': byTime('conversations'),
      'unread ones': 'unread=true',
      number: `session_id=${sessionId}`,
      'unread ones of a number': `unread=true&session_id=${sessionId}`,
      kind: 'kind=channel',
      contact: `contact_id=${commonId}`,
    }),
    { name: 'conversations: unread counted', path: () => '/v1/conversations/unread' },
    ...pagesOf('entries of a busy conversation', `/v1/conversations/${commonId}/entries`, {
      'first page': '',
      'by a cursor': byTime('conversation_entries'),
    }),
    ...pagesOf('timeline of a busy contact', `/v1/contacts/${commonId}/timeline`, {
      'first page': '',
      'by a cursor': byTime('contact_timeline'),
    }),
    ...pagesOf('suppressions', '/v1/suppressions', {
      'first page': '',
      'by a cursor': (i) => `cursor=${addresses.cursorAfter([`+4476${10_000_000 + everywhere(i)}`, 'opt_out'])}`,
      reason: 'reason=manual',
      'reason that none has': { none: 'reason=bad_number' },
      address: (i) => `address=${encodeURIComponent(`+4476${10_000_000 + one(i).n}`)}`,
    }),
    ...pagesOf(
      'audit log',
      '/admin/v1/audit',
      {
        'first page': '',
        'by a cursor': (i) => `cursor=${entries.cursorAfter([String(everywhere(i))])}`,
        client: `tenant_id=${tenantId}`,
        'kind of actor': { none: 'actor_kind=key' },
        actor: 'actor_id=person-7',
        act: 'action=session.paused',
        'act of the oldest': 'action=rare.done',
        'kind of act': 'action=contact.',
        'kind of act of the oldest': { none: 'action=rare.' },
        'kind of subject': 'subject_kind=session',
        subject: 'subject_kind=session&subject_id=subject-70',
        'id of a subject': 'subject_id=subject-70',
        address: { none: 'address=203.0.113.9' },
        request: { none: 'request_id=request-1' },
        day: `since=${day.from}&before=${day.to}`,
        'client and day': `tenant_id=${tenantId}&since=${day.from}&before=${day.to}`,
      },
      { isOfStaff: true },
    ),
  ];
}

/** Returns the pages over all clients. @param clients ids of some */
export function clientPages({ until }: ListRows, tenantId: string, clients: string[]): ListPage[] {
  const midnight = until.getTime() - (until.getTime() % dayMs);
  const from = (days: number, hours = 0) => `from=${new Date(midnight - days * dayMs - hours * 3_600_000).toISOString()}`;
  const messages = new List('messages_of_all', listKeys.id);
  const letters = new List('dead_letters_of_all', listKeys.time, listKeys.id);
  const yesterday = new Date(until.getTime() - dayMs / 2);
  const staff = { isOfStaff: true };
  return [
    ...pagesOf(
      'overview',
      '/admin/v1/overview',
      { today: from(0), '30 days': from(29), '30 days of a person 12 hours ahead': from(29, 12) },
      staff,
    ),
    ...pagesOf('overview of a client', '/admin/v1/overview', { '30 days': `tenant_id=${tenantId}&${from(29)}` }, staff),
    ...pagesOf('traffic', '/admin/v1/overview/traffic', { today: from(0), '30 days': from(29) }, staff),
    ...pagesOf('traffic of a client', '/admin/v1/overview/traffic', { '30 days': `tenant_id=${tenantId}&${from(29)}` }, staff),
    ...pagesOf('alerts', '/admin/v1/alerts', { all: '' }, staff),
    ...pagesOf('clients', '/admin/v1/tenants', { 'first page of 500': 'limit=500' }, staff),
    ...pagesOf('health of 100 clients', '/admin/v1/tenants/health', { all: `ids=${clients.join(',')}` }, staff),
    ...pagesOf(
      'numbers of all clients',
      '/admin/v1/sessions',
      { 'first page': '', search: 'search=line', status: 'status=connected' },
      staff,
    ),
    ...pagesOf(
      'messages of all clients',
      '/admin/v1/messages',
      { 'first page': '', 'by a cursor': `cursor=${messages.cursorAfter([idOf(yesterday)])}` },
      staff,
    ),
    ...pagesOf(
      'dead letters of all clients',
      '/admin/v1/dead-letters',
      {
        'first page': '',
        'by a cursor': `cursor=${letters.cursorAfter([microsecondsOf(yesterday), idOf(yesterday)])}`,
        'kind and reason': 'kind=message&cause=invalid_recipient',
      },
      staff,
    ),
    { name: 'dead letters of all clients by reason', path: () => '/admin/v1/dead-letters/causes', ...staff },
  ];
}

function pagesOf(list: string, path: string, pages: Pages, of: Pick<ListPage, 'isOfStaff'> = {}): ListPage[] {
  return Object.entries(pages).map(([name, given]) => {
    const isEmpty = typeof given === 'object';
    const query = isEmpty ? given.none : given;
    return { ...of, name: `${list}, ${name}`, isEmpty, path: (i) => `${path}?${typeof query === 'string' ? query : query(i)}` };
  });
}

const timeBefore = (until: Date, days: number): string => new Date(until.getTime() - days * dayMs).toISOString();
const microsecondsOf = (at: Date): string => at.toISOString().replace('Z', '000Z');

/** Returns an id of a time, as rows of that time have. */
function idOf(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
