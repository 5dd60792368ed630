import { useQuery } from '@tanstack/react-query';
import { usePollMs } from '../live/live-store';
import { useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useLivePages } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';

export type Conversation = components['schemas']['Conversation'];
export type ConversationDetail = components['schemas']['ConversationDetail'];
export type Entry = components['schemas']['ConversationEntry'];

/** Filters of the inbox, as they stand in the address. */
export interface InboxFilter {
  unread?: 'true';
  session_id?: string;
  kind?: 'person' | 'group' | 'channel';
}

const conversationKey = (tenant: string | null, part: 'conversation' | 'entries' | 'newest', id: string) => [
  'conversations',
  tenant,
  part,
  id,
];

/** Conversations, last active first: pages as they were read, and the first page as it is now. */
export function useInbox(filter: InboxFilter) {
  const tenant = useTenant();
  const everyMs = usePollMs();
  const read = (cursor: string, signal: AbortSignal) =>
    ok(api.GET('/v1/conversations', { params: { query: { ...filter, limit: 40, ...(cursor && { cursor }) } }, signal }));
  return useLivePages({
    read,
    pagesKey: ['conversations', tenant, 'pages', filter],
    newestKey: ['conversations', tenant, 'now', filter],
    everyMs,
  });
}

/** Unread messages and conversations of the client. */
export function useUnread() {
  const tenant = useTenant();
  const everyMs = usePollMs();
  return useQuery({
    queryKey: ['conversations', tenant, 'unread'],
    queryFn: ({ signal }) => ok(api.GET('/v1/conversations/unread', { signal })),
    enabled: tenant !== null,
    refetchInterval: everyMs,
  });
}

/** A conversation with the number that answers go through, and what keeps them from being sent. */
export function useConversation(id: string) {
  const tenant = useTenant();
  const everyMs = usePollMs();
  return useQuery<ConversationDetail, ApiError>({
    queryKey: conversationKey(tenant, 'conversation', id),
    queryFn: ({ signal }) => ok(api.GET('/v1/conversations/{id}', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
    refetchInterval: everyMs,
  });
}

/** Entries of a conversation: pages as they were read, and the newest page as it is now. */
export function useEntries(id: string) {
  const tenant = useTenant();
  const everyMs = usePollMs();
  const read = (cursor: string, signal: AbortSignal) =>
    ok(api.GET('/v1/conversations/{id}/entries', { params: { path: { id }, query: { limit: 50, ...(cursor && { cursor }) } }, signal }));
  return useLivePages({
    read,
    pagesKey: conversationKey(tenant, 'entries', id),
    newestKey: conversationKey(tenant, 'newest', id),
    everyMs,
  });
}

/** Changes a conversation, then reads again what the page shows of it. */
export function useConversationAct(id: string) {
  const tenant = useTenant();
  return useAct(
    conversationKey(tenant, 'newest', id),
    conversationKey(tenant, 'conversation', id),
    ['conversations', tenant, 'now'],
    ['conversations', tenant, 'unread'],
  );
}

/** Returns a new idempotency key, so that an answer that is sent twice is stored once. `crypto.randomUUID` is missing on pages without TLS. */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
