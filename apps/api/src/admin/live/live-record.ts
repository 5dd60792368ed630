import type { Permission } from '@heliograph/staff';

/** Records that are followed live, each with the permission that shows it. */
export const liveResources = {
  sessions: 'sessions:read',
  message_counts: 'overview:read',
  messages: 'messages:read',
  groups: 'messages:read',
  campaigns: 'campaigns:read',
  imports: 'contacts:read',
  dead_letters: 'dead_letters:read',
  endpoints: 'callbacks:read',
  conversations: 'conversations:read',
  events: 'events:read',
  alerts: 'overview:read',
} as const satisfies Record<string, Permission>;
export type LiveResource = keyof typeof liveResources;

/** The latest state of a record, as far as a list shows it. */
export interface LiveRecord {
  resource: LiveResource;
  /** Null: it concerns the installation. */
  tenantId: string | null;
  id: string;
  /** Microseconds of the clock of the database at the time of reading; a higher one is newer, whichever process read it. */
  version: number;
  /** Members that a list shows; null: the record is gone. */
  patch: Record<string, unknown> | null;
  /** Begin of the time that a count is of; only streams that asked for it get the record. */
  from?: string;
}

/** Key of a record within a stream. */
export const keyOf = ({ resource, tenantId, id, from }: LiveRecord): string => [resource, tenantId, id, from].join('/');

/** Returns the lines of a server-sent event. */
export function eventLines(event: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Returns the event of a record. */
export function recordLines({ resource, tenantId, id, version, patch }: LiveRecord, eventId: string): string {
  return eventLines('record', { resource, tenant_id: tenantId, id, version, patch }, eventId);
}
