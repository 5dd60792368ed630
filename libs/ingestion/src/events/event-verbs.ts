import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BulkVerbs, endOfJob, filterOfStored, storedFilter } from '@heliograph/kernel';
import { type EventFilter, Events } from './events.repository';

/** Bulk verb that replays events. */
export const eventReplayVerb = 'events.replay';

/** Returns the filter that a job stores. */
export const storedEventFilter = storedFilter<EventFilter>;

const filterOf = (stored: Record<string, unknown>) => filterOfStored<EventFilter>(stored, ['from', 'to']);

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
        const wanted = filterOf(filter);
        const to = endOfJob(wanted.to, createdAt);
        const ids = await this.events.lockNext(tx, tenantId, { ...wanted, to }, { after, limit });
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
