import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type BulkTask, BulkVerbs, endOfJob, filterOfStored, storedFilter } from '@heliograph/kernel';
import { type CallbackFilter, CallbackLog } from './callback-log.repository';

/** Bulk verb that replays callbacks of an endpoint. */
export const replayVerb = 'callbacks.replay';

type FilterOfEndpoint = CallbackFilter & { endpointId: string };

/** Returns the filter that a job stores. */
export const storedCallbackFilter = (endpointId: string, filter: CallbackFilter) =>
  storedFilter<FilterOfEndpoint>({ endpointId, ...filter });

const filterOf = (stored: BulkTask['filter']) => filterOfStored<FilterOfEndpoint>(stored, ['from', 'to']);

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
        const { endpointId, ...rest } = filterOf(filter);
        return this.callbacks.countWithin(sql, tenantId, endpointId, rest);
      },
      next: async (tx, { tenantId, filter, createdAt }, after, limit) => {
        const { endpointId, ...rest } = filterOf(filter);
        const to = endOfJob(rest.to, createdAt);
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
