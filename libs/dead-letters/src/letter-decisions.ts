import { Injectable } from '@nestjs/common';
import { type Actor, AppError, Database, noteAudit, nothingToAudit, type Sql, type Tx } from '@heliograph/kernel';
import type { DeadLetter, DeadLetterDetail, DeadLetterFilter, LetterPosition, LetterRepair, TakenLetter } from './dead-letter';
import { DeadLetters } from './dead-letters.repository';
import { LetterHandlers, type LetterOutlook, type RedriveOptions } from './letter-handlers';
import { causesThatMayDuplicate, reasonOf } from './letter-kinds';

/** Maximum number of letters of one redrive within a request, and of a dry run. */
export const maxPerRedrive = 10_000;
/** Letters of one transaction. */
const chunkSize = 500;

/** Foreseen result of a redrive: letters of one fate. The counts of all lines add up to the letters that match. */
export interface RedriveLine {
  /**
   * `go`: they are sent on. `wait`: they are sent on and wait for their session. `refused`: they stay open, for a reason. `needs_consent`:
   * they may be done twice and stay open without consent. `not_examined`: there are more letters than a dry run examines.
   */
  fate: 'go' | 'wait' | 'refused' | 'needs_consent' | 'not_examined';
  count: number;
  reason: string | null;
  sessionId: string | null;
}

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
      const letter = await this.letters.get(tx, tenantId, id);
      return { ...letter, trail: (await this.handlers.find(letter.kind)?.trail?.(tx, tenantId, letter.subjectId)) ?? [] };
    });
  }

  /** Counts the open letters that a redrive by this filter would take. */
  count(tenantId: string, filter: DeadLetterFilter, mayDuplicate: boolean): Promise<number> {
    nothingToAudit();
    return this.db.forTenant(tenantId, (tx) => this.letters.count(tx, tenantId, filter, mayDuplicate ? [] : causesThatMayDuplicate()));
  }

  /** Foresees a redrive of every open letter that the filter matches, with consent to second copies; examines the oldest 10,000. */
  async foresee(tenantId: string, filter: DeadLetterFilter, repair?: LetterRepair): Promise<{ matching: number; lines: RedriveLine[] }> {
    nothingToAudit();
    const { matching, letters } = await this.db.forTenant(tenantId, async (tx) => ({
      matching: await this.letters.count(tx, tenantId, filter),
      letters: await this.letters.nextOpen(tx, tenantId, filter, { after: null, limit: maxPerRedrive }),
    }));
    const outlooks = await this.outlooks(this.db, tenantId, letters, repair);
    const doubtful = new Set(causesThatMayDuplicate());
    const lines = new Map<string, RedriveLine>();
    const add = (fate: RedriveLine['fate'], count: number, reason: string | null = null, sessionId: string | null = null): void => {
      const key = `${fate}/${reason}/${sessionId}`;
      const line = lines.get(key) ?? { fate, count: 0, reason, sessionId };
      lines.set(key, { ...line, count: line.count + count });
    };
    for (const letter of letters) {
      const outlook = outlooks.get(letter.id);
      if (outlook?.refused) add('refused', 1, outlook.refused);
      else if (doubtful.has(letter.cause)) add('needs_consent', 1);
      else if (outlook?.waitsFor) add('wait', 1, null, outlook.waitsFor);
      else add('go', 1);
    }
    if (matching > letters.length) add('not_examined', matching - letters.length);
    return { matching: Math.max(matching, letters.length), lines: [...lines.values()] };
  }

  /**
   * Redrives one letter.
   * @throws AppError `not_found`, `already_redriven`, `may_duplicate_required`, the reason of a final refusal, and the errors of an edit that does not
   *   fit the letter
   */
  async redrive(tenantId: string, id: string, options: RedriveOptions): Promise<DeadLetter> {
    await this.assertNotFinal(tenantId, id);
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await this.letters.get(tx, tenantId, id);
      const warning = reasonOf(known.cause)?.mayDuplicate;
      if (warning && !options.mayDuplicate) {
        throw new AppError('conflict', 'may_duplicate_required', `${warning} Set may_duplicate to send it again.`, {
          path: 'may_duplicate',
        });
      }
      options.edit?.check(known);
      const lost = known.state === 'open' ? (await this.hold(tx, tenantId, [known])).get(id) : undefined;
      if (lost) throw refusedFor(lost);
      const taken = await this.letters.take(tx, tenantId, [id], options.actor);
      if (taken.length === 0) throw decidedAlready(known);
      await this.sendOn(tx, tenantId, taken, options);
      return this.letters.get(tx, tenantId, id);
    });
  }

  /**
   * Redrives the letters that the filter matches, oldest first, 10,000 or fewer. Without consent, letters that need it are left out, and so
   * are those that would be refused again.
   * @returns how many were redriven
   */
  async redriveMany(tenantId: string, filter: DeadLetterFilter, options: Omit<RedriveOptions, 'edit'>): Promise<number> {
    let redriven = 0;
    let after: LetterPosition | null = null;
    const leftOut = options.mayDuplicate ? [] : causesThatMayDuplicate();
    do {
      const from: LetterPosition | null = after;
      const chunk = await this.db.transaction(async (tx) => {
        if (!from) noteAudit({ details: { matching: await this.letters.count(tx, tenantId, filter, leftOut) } });
        const { letters, next } = await this.letters.lockNextOpen(tx, tenantId, filter, { after: from, limit: chunkSize });
        return { next, done: (await this.redriveSome(tx, tenantId, letters, options)).done };
      });
      redriven += chunk.done;
      after = chunk.next;
    } while (after && redriven < maxPerRedrive);
    return redriven;
  }

  /**
   * Redrives letters that the caller has locked, in a transaction of the system role. Leaves those that would be refused again, and without
   * consent those that need it.
   * @returns how many were redriven, and how many were left for each reason
   */
  async redriveSome(
    tx: Tx,
    tenantId: string,
    letters: TakenLetter[],
    options: Omit<RedriveOptions, 'edit'>,
  ): Promise<{ done: number; skipped: Record<string, number> }> {
    await this.hold(tx, tenantId, letters);
    const outlooks = await this.outlooks(tx, tenantId, letters, options.repair);
    const doubtful = new Set(options.mayDuplicate ? [] : causesThatMayDuplicate());
    const skipped: Record<string, number> = {};
    const willing = letters.filter(({ id, cause }) => {
      const reason = outlooks.get(id)?.refused ?? (doubtful.has(cause) ? 'needs_consent' : null);
      if (reason) skipped[reason] = (skipped[reason] ?? 0) + 1;
      return !reason;
    });
    const ids = willing.map(({ id }) => id);
    const taken = await this.letters.take(tx, tenantId, ids, options.actor);
    // In the order of the letters: that of the job.
    const placeOf = new Map(ids.map((id, place) => [id, place]));
    taken.sort((a, b) => (placeOf.get(a.id) ?? 0) - (placeOf.get(b.id) ?? 0));
    await this.sendOn(tx, tenantId, taken, options);
    return { done: taken.length, skipped };
  }

  /** @throws AppError `not_found`, `already_redriven` */
  discard(tenantId: string, id: string, reason: string, actor: Actor): Promise<DeadLetter> {
    return this.db.forTenant(tenantId, async (tx) => {
      const known = await this.letters.get(tx, tenantId, id);
      if ((await this.discardSome(tx, tenantId, [id], reason, actor)) === 0) throw decidedAlready(known);
      return this.letters.get(tx, tenantId, id);
    });
  }

  /** Discards letters in the caller's transaction. @returns how many were still open */
  async discardSome(tx: Tx, tenantId: string, ids: string[], reason: string, actor: Actor): Promise<number> {
    const discarded = await this.letters.discard(tx, tenantId, ids, reason, actor);
    for (const letter of discarded) await this.handlers.get(letter.kind).discard?.(tx, tenantId, letter, actor);
    return discarded.length;
  }

  /** @throws AppError `not_found`, and the reason for which no redrive of the open letter would be sent */
  private async assertNotFinal(tenantId: string, id: string): Promise<void> {
    const letter = await this.db.forTenant(tenantId, (tx) => this.letters.get(tx, tenantId, id));
    if (letter.state !== 'open') return;
    const outlook = (await this.outlooks(this.db, tenantId, [letter])).get(id);
    if (!outlook?.isFinal || outlook.refused === null) return;
    throw refusedFor(outlook.refused);
  }

  private async hold(tx: Tx, tenantId: string, letters: TakenLetter[]): Promise<Map<string, string>> {
    const lost = new Map<string, string>();
    for (const [kind, some] of Map.groupBy(letters, (letter) => letter.kind)) {
      for (const [id, reason] of (await this.handlers.find(kind)?.hold?.(tx, tenantId, some)) ?? []) lost.set(id, reason);
    }
    return lost;
  }

  private async outlooks(sql: Sql, tenantId: string, letters: TakenLetter[], repair?: LetterRepair): Promise<Map<string, LetterOutlook>> {
    const known = new Map<string, LetterOutlook>();
    for (const [kind, some] of Map.groupBy(letters, (letter) => letter.kind)) {
      const handler = this.handlers.find(kind);
      const outlooks = handler?.foresee ? await handler.foresee(sql, tenantId, some, repair) : repair ? some.map(notEditable) : [];
      for (const outlook of outlooks) known.set(outlook.letterId, outlook);
    }
    return known;
  }

  private async sendOn(tx: Tx, tenantId: string, taken: TakenLetter[], options: RedriveOptions): Promise<void> {
    for (const [kind, letters] of Map.groupBy(taken, (letter) => letter.kind)) {
      const successors = await this.handlers.get(kind).redrive(tx, tenantId, letters, options);
      if (successors && successors.length > 0) await this.letters.noteSuccessors(tx, tenantId, successors);
    }
  }
}

const notEditable = ({ id }: TakenLetter): LetterOutlook => ({ letterId: id, refused: 'not_editable', isFinal: false, waitsFor: null });

function refusedFor(reason: string): AppError {
  return new AppError('conflict', reason, reasonOf(reason)?.text ?? 'It would be refused again.');
}

function decidedAlready({ state }: DeadLetter): AppError {
  return new AppError('conflict', 'already_redriven', `The letter is already ${state}.`);
}
