import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type BulkTask, BulkVerbs, filterOfStored, type Sql, storedFilter, type Tx } from '@heliograph/kernel';
import type { DeadLetterFilter, LetterPosition, LetterRepair, OpenLetter } from './dead-letter';
import { DeadLetters } from './dead-letters.repository';
import { LetterDecisions } from './letter-decisions';

/** Bulk verbs of dead letters. */
export const letterVerbs = { redrive: 'dead_letters.redrive', discard: 'dead_letters.discard' } as const;

/** Options of the job that redrives. */
export interface RedriveManyOptions {
  mayDuplicate: boolean;
  /** Left out: the oldest first. */
  order?: 'newest_first';
  repair?: LetterRepair;
}
/** Options of the job that discards. */
export interface DiscardManyOptions {
  reason: string;
}

/** Returns the filter that a job stores. */
export const storedLetterFilter = storedFilter<DeadLetterFilter>;

const filterOf = (stored: Record<string, unknown>) => filterOfStored<DeadLetterFilter>(stored, ['createdFrom', 'createdTo']);

/** Redrives and discards letters by filter, the oldest first unless a redrive says otherwise. */
@Injectable()
export class LetterVerbs implements OnModuleInit {
  constructor(
    private readonly verbs: BulkVerbs,
    private readonly letters: DeadLetters,
    private readonly decisions: LetterDecisions,
  ) {}

  onModuleInit(): void {
    const shared = {
      reads: 'dead_letters:read',
      manages: 'dead_letters:manage',
      count: (sql: Sql, { tenantId, filter }: Pick<BulkTask, 'tenantId' | 'filter'>) => this.letters.count(sql, tenantId, filterOf(filter)),
      next: (tx: Tx, task: BulkTask, after: string | null, limit: number) => this.next(tx, task, after, limit),
    };
    this.verbs.register<OpenLetter>({
      kind: letterVerbs.redrive,
      ...shared,
      apply: (tx, { tenantId, options, actor }, letters) => {
        const { mayDuplicate, repair } = options as unknown as RedriveManyOptions;
        return this.decisions.redriveSome(tx, tenantId, letters, { actor, mayDuplicate, repair });
      },
    });
    this.verbs.register<OpenLetter>({
      kind: letterVerbs.discard,
      ...shared,
      apply: async (tx, { tenantId, options, actor }, letters) => {
        const { reason } = options as unknown as DiscardManyOptions;
        const ids = letters.map(({ id }) => id);
        return { done: await this.decisions.discardSome(tx, tenantId, ids, reason, actor), skipped: {} };
      },
    });
  }

  private async next(tx: Tx, task: BulkTask, after: string | null, limit: number) {
    const { letters, next } = await this.letters.lockNextOpen(tx, task.tenantId, filterOf(task.filter), {
      after: after === null ? null : (JSON.parse(after) as LetterPosition),
      until: task.createdAt,
      limit,
      newestFirst: (task.options as Partial<RedriveManyOptions>).order === 'newest_first',
    });
    return { items: letters, position: next && JSON.stringify(next) };
  }
}
