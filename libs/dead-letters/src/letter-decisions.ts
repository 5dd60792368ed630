import { Injectable } from '@nestjs/common';
import { type Actor, AppError, Database, type Tx } from '@heliograph/kernel';
import type { DeadLetter, DeadLetterDetail, DeadLetterFilter, TakenLetter } from './dead-letter';
import { DeadLetters } from './dead-letters.repository';
import { LetterHandlers, type RedriveOptions } from './letter-handlers';
import { causesThatMayDuplicate, reasonOf } from './letter-kinds';

/** Maximum number of letters of one redrive by filter. A further redrive takes the rest. */
const maxPerRedrive = 10_000;
/** Letters of one transaction. */
const chunkSize = 500;

/** Reads, redrives and discards letters for a person. Each letter is decided on once, by the first request. */
@Injectable()
export class LetterDecisions {
  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
    private readonly handlers: LetterHandlers,
  ) {}

  /** @throws AppError `not_found` */
  get(tenantId: string, id: string): Promise<DeadLetterDetail> {
    return this.db.forTenant(tenantId, async (tx) => {
      const letter = await this.letters.getOrThrow(tx, tenantId, id);
      return { ...letter, trail: (await this.handlers.get(letter.kind)?.trail?.(tx, tenantId, letter.subjectId)) ?? [] };
    });
  }

  /** Counts the open letters that a redrive by this filter would take. */
  count(tenantId: string, filter: DeadLetterFilter, mayDuplicate: boolean): Promise<number> {
    return this.db.forTenant(tenantId, (tx) => this.letters.count(tx, tenantId, filter, causesLeftOut(mayDuplicate)));
  }

  /**
   * Redrives one letter.
   * @throws AppError `not_found`, `already_redriven`, `may_duplicate_required`, and the errors of an edit that does not fit the letter
   */
  redrive(tenantId: string, id: string, options: RedriveOptions): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await this.letters.getOrThrow(tx, tenantId, id);
      const warning = reasonOf(known.cause)?.mayDuplicate;
      if (warning && !options.mayDuplicate) {
        throw new AppError('conflict', 'may_duplicate_required', `${warning} Set may_duplicate to send it again.`, {
          path: 'may_duplicate',
        });
      }
      options.edit?.check(known);
      const taken = await this.letters.take(tx, tenantId, [id], options.actor);
      if (taken.length === 0) throw decidedAlready(known);
      await this.sendOn(tx, tenantId, taken, options);
      return this.letters.getOrThrow(tx, tenantId, id);
    });
  }

  /**
   * Redrives the letters that the filter matches, oldest first, 10,000 or fewer. Without consent, letters that need it are left out.
   * @returns how many were redriven
   */
  async redriveMany(tenantId: string, filter: DeadLetterFilter, options: Omit<RedriveOptions, 'edit'>): Promise<number> {
    let redriven = 0;
    while (redriven < maxPerRedrive) {
      const count = await this.db.forTenant(tenantId, async (tx) => {
        const ids = await this.letters.lockOldest(tx, tenantId, filter, causesLeftOut(options.mayDuplicate ?? false), chunkSize);
        const taken = await this.letters.take(tx, tenantId, ids, options.actor);
        await this.sendOn(tx, tenantId, taken, options);
        return taken.length;
      });
      if (count === 0) break;
      redriven += count;
    }
    return redriven;
  }

  /** @throws AppError `not_found`, `already_redriven` */
  discard(tenantId: string, id: string, reason: string, actor: Actor): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await this.letters.getOrThrow(tx, tenantId, id);
      if (!(await this.letters.discard(tx, tenantId, id, reason, actor))) throw decidedAlready(known);
      await this.handlers.getOrThrow(known.kind).discard?.(tx, tenantId, known, actor);
      return this.letters.getOrThrow(tx, tenantId, id);
    });
  }

  private async sendOn(tx: Tx, tenantId: string, taken: TakenLetter[], options: RedriveOptions): Promise<void> {
    for (const [kind, letters] of Map.groupBy(taken, (letter) => letter.kind)) {
      const successors = await this.handlers.getOrThrow(kind).redrive(tx, tenantId, letters, options);
      if (successors && successors.length > 0) await this.letters.noteSuccessors(tx, tenantId, successors);
    }
  }
}

function causesLeftOut(mayDuplicate: boolean): string[] {
  return mayDuplicate ? [] : causesThatMayDuplicate();
}

function decidedAlready({ state }: DeadLetter): AppError {
  return new AppError('conflict', 'already_redriven', `The letter is already ${state}.`);
}
