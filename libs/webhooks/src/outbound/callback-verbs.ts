import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type BulkTask, BulkVerbs } from '@heliograph/kernel';
import { type CallbackFilter, CallbackLog } from './callback-log.repository';

/** Bulk verb that replays callbacks of an endpoint. */
export const replayVerb = 'callbacks.replay';

/** A filter as a job stores it. */
export type StoredCallbackFilter = Omit<CallbackFilter, 'from' | 'to'> & { endpointId: string; from?: string; to?: string };

/** Returns the filter that a job stores. */
export function storedCallbackFilter(endpointId: string, { from, to, ...rest }: CallbackFilter): StoredCallbackFilter {
  return { endpointId, ...rest, ...(from && { from: from.toISOString() }), ...(to && { to: to.toISOString() }) };
}

/** Replays callbacks by endpoint, state, type and time, the oldest first. */
@Injectable()
export class CallbackVerbs implements OnModuleInit {
  constructor(
    private readonly verbs: BulkVerbs,
    private readonly callbacks: CallbackLog,
  ) {}

  onModuleInit(): void {
    this.verbs.register({
      kind: replayVerb,
      reads: 'callbacks:read',
      manages: 'callbacks:manage',
      count: (sql, { tenantId, filter }) => {
        const { endpointId, rest } = filterOf(filter);
        return this.callbacks.countWithin(sql, tenantId, endpointId, rest);
      },
      next: async (tx, { tenantId, filter, createdAt }, after, limit) => {
        const { endpointId, rest } = filterOf(filter);
        // Events that came later are not meant.
        const to = rest.to && rest.to < createdAt ? rest.to : createdAt;
        const { eventIds, next } = await this.callbacks.next(tx, tenantId, endpointId, { ...rest, to }, { after, limit });
        return { items: eventIds.map((id) => ({ id })), position: next };
      },
      apply: async (tx, { tenantId, filter, actor }, items) => {
        const { endpointId } = filterOf(filter);
        await this.callbacks.again(
          tx,
          tenantId,
          items.map(({ id }) => `${endpointId}/${id}`),
          actor,
        );
        return { done: items.length, skipped: {} };
      },
    });
  }
}

function filterOf(stored: BulkTask['filter']): { endpointId: string; rest: CallbackFilter } {
  const { endpointId, from, to, ...rest } = stored as unknown as StoredCallbackFilter;
  return { endpointId, rest: { ...rest, ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) } };
}
