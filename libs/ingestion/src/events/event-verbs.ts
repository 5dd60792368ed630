import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BulkVerbs } from '@heliograph/kernel';
import { type EventFilter, Events } from './events.repository';

/** Bulk verb that replays events. */
export const eventReplayVerb = 'events.replay';

/** A filter as a job stores it. */
export type StoredEventFilter = Omit<EventFilter, 'from' | 'to'> & { from?: string; to?: string };

/** Returns the filter that a job stores. */
export function storedEventFilter({ from, to, ...rest }: EventFilter): StoredEventFilter {
  return { ...rest, ...(from && { from: from.toISOString() }), ...(to && { to: to.toISOString() }) };
}

function filterOf(stored: Record<string, unknown>): EventFilter {
  const { from, to, ...rest } = stored as StoredEventFilter;
  return { ...rest, ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) };
}

/** Replays events by filter, the oldest first. */
@Injectable()
export class EventVerbs implements OnModuleInit {
  constructor(
    private readonly verbs: BulkVerbs,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.verbs.register({
      kind: eventReplayVerb,
      reads: 'events:read',
      manages: 'events:manage',
      count: (sql, { tenantId, filter }) => this.events.countIn(sql, tenantId, filterOf(filter)),
      next: async (tx, { tenantId, filter, createdAt }, after, limit) => {
        const given = filterOf(filter);
        // Events that came later are not meant.
        const to = given.to && given.to < createdAt ? given.to : createdAt;
        const ids = await this.events.lockNext(tx, tenantId, { ...given, to }, { after, limit });
        return { items: ids.map((id) => ({ id })), position: ids.length < limit ? null : (ids.at(-1) ?? null) };
      },
      apply: async (tx, { tenantId, actor }, items) => {
        await this.events.replaySome(
          tx,
          tenantId,
          items.map(({ id }) => id),
          actor,
        );
        return { done: items.length, skipped: {} };
      },
    });
  }
}
