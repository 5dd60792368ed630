import { Injectable } from '@nestjs/common';
import type { Actor, Sql, Tx } from '@heliograph/kernel';
import type { DeadLetter, LetterRepair, LetterStep, TakenLetter } from './dead-letter';
import type { LetterKind } from './letter-kinds';

/** Options of a redrive. */
export interface RedriveOptions {
  /** Actor who asked for the redrive; stored with the letter. */
  actor: Actor;
  /** Consent to a second copy, needed when the reason warns that a redrive may duplicate. */
  mayDuplicate?: boolean;
  /** Change of the subject, applied with the redrive; only for one letter. */
  edit?: LetterEdit;
  /** Change of all subjects, applied with the redrive. */
  repair?: LetterRepair | undefined;
}

/** A change of the subject that is applied with a redrive. The owner of the kind creates and reads it. */
export interface LetterEdit {
  /** @throws AppError when this letter cannot be changed in this way */
  check(letter: DeadLetter): void;
}

/** The new subject that replaced the subject of a letter. */
export interface Successor {
  letterId: string;
  subjectId: string;
}

/** Outlook of a redrive. */
export interface LetterOutlook {
  letterId: string;
  /** Reason for which the subject would be refused again; null: none. */
  refused: string | null;
  /** True when no correction of the subject changes the refusal; a redrive of the one letter is refused too. */
  isFinal: boolean;
  /** Session whose lane would hold up the subject; null: none. */
  waitsFor: string | null;
}

/** Applies decisions to the subjects of one kind of letter, in the transaction of the decision. */
export interface LetterHandler {
  /**
   * Locks what decides whether a redrive is refused, until the transaction ends; called before the redrive is foreseen. Absent: nothing is locked.
   * @returns the reasons, by letter, of those that are refused whatever is corrected because of it
   */
  hold?(tx: Tx, tenantId: string, letters: TakenLetter[]): Promise<Map<string, string>>;
  /** Redrives the subjects. @returns the new subjects, if any */
  redrive(tx: Tx, tenantId: string, letters: TakenLetter[], options: RedriveOptions): Promise<Successor[] | void>;
  /**
   * Foresees what a redrive of letters would lead to. It reads lists that belong to no tenant, so `sql` is of the system role.
   * Absent: nothing is refused and nothing waits, and the subjects cannot be repaired.
   */
  foresee?(sql: Sql, tenantId: string, letters: TakenLetter[], repair?: LetterRepair): Promise<LetterOutlook[]>;
  /** Applies the discarding to the subject. Absent: the subject does not change. */
  discard?(tx: Tx, tenantId: string, letter: TakenLetter, actor: Actor): Promise<void>;
  /** Reads the steps of the subject, oldest first. Absent: the kind keeps no steps. */
  trail?(tx: Tx, tenantId: string, subjectId: string): Promise<LetterStep[]>;
}

/** Handlers of the kinds that this process can decide on. Each lib registers the handlers of its own kinds at start. */
@Injectable()
export class LetterHandlers {
  private readonly handlers = new Map<string, LetterHandler>();

  register(kind: LetterKind, handler: LetterHandler): void {
    this.handlers.set(kind.name, handler);
  }

  /** Returns undefined when this process cannot handle the kind. */
  find(kind: string): LetterHandler | undefined {
    return this.handlers.get(kind);
  }

  /** @throws Error when this process cannot handle the kind */
  get(kind: string): LetterHandler {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`This process has no handler for dead letters of the kind ${kind}.`);
    return handler;
  }
}
