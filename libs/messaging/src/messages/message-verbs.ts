import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BulkVerbs, filterOfStored, storedFilter } from '@heliograph/kernel';
import { type CancelFilter, MessageCancel } from './message-cancel.repository';

/** Bulk verb that cancels messages. */
export const cancelVerb = 'messages.cancel';

/** Returns the filter that a job stores. */
export const storedCancelFilter = storedFilter<CancelFilter>;

const filterOf = (stored: Record<string, unknown>) => filterOfStored<CancelFilter>(stored, ['createdFrom', 'createdTo']);

/** Cancels waiting messages by filter. */
@Injectable()
export class MessageVerbs implements OnModuleInit {
  constructor(
    private readonly verbs: BulkVerbs,
    private readonly cancels: MessageCancel,
  ) {}

  onModuleInit(): void {
    this.verbs.register({
      kind: cancelVerb,
      reads: 'messages:read',
      manages: 'messages:write',
      count: (sql, { tenantId, filter }) => this.cancels.count(sql, tenantId, filterOf(filter)),
      next: async (tx, { tenantId, filter, createdAt }, after, limit) => {
        const { ids, next } = await this.cancels.lockNext(tx, tenantId, filterOf(filter), { after, until: createdAt, limit });
        return { items: ids.map((id) => ({ id })), position: next };
      },
      apply: async (tx, { tenantId, actor }, items) => {
        const ids = items.map(({ id }) => id);
        const done = await this.cancels.cancelSome(tx, tenantId, actor, ids);
        // Taken by a worker meanwhile.
        const late = ids.length - done;
        const skipped: Record<string, number> = late > 0 ? { too_late: late } : {};
        return { done, skipped };
      },
    });
  }
}
