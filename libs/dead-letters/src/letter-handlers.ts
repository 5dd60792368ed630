import { Injectable } from '@nestjs/common';
import type { Actor, Tx } from '@heliograph/kernel';
import type { DeadLetter, LetterStep, TakenLetter } from './dead-letter';
import type { LetterKind } from './letter-kinds';

/** Options of a redrive. */
export interface RedriveOptions {
  /** Who asked for it, kept with the letter. */
  actor: Actor;
  /** Consent to a second copy, needed where the reason says that a redrive may duplicate. */
  mayDuplicate?: boolean;
  /** Change of the subject that goes with it; only for one letter. */
  edit?: LetterEdit;
}

/** A change of the subject that goes with a redrive. The owner of the kind makes it and reads it. */
export interface LetterEdit {
  /** @throws AppError when this letter cannot be changed so */
  check(letter: DeadLetter): void;
}

/** The new subject that took the place of a letter's. */
export interface Successor {
  letterId: string;
  subjectId: string;
}

/** Does to the subjects of one kind of letters what a person decides, in the transaction of the decision. */
export interface LetterHandler {
  /** Sends the subjects on. @returns the new subjects where there are any */
  redrive(tx: Tx, tenantId: string, letters: TakenLetter[], options: RedriveOptions): Promise<Successor[] | void>;
  /** Does what follows from discarding. Absent: nothing does. */
  discard?(tx: Tx, tenantId: string, letter: DeadLetter, actor: Actor): Promise<void>;
  /** Reads the steps of the subject, oldest first. Absent: none are kept. */
  trail?(tx: Tx, tenantId: string, subjectId: string): Promise<LetterStep[]>;
}

/** Handlers of the kinds that this process can decide on. Each lib registers those of its own kinds at start. */
@Injectable()
export class LetterHandlers {
  private readonly handlers = new Map<string, LetterHandler>();

  register(kind: LetterKind, handler: LetterHandler): void {
    this.handlers.set(kind.name, handler);
  }

  /** Undefined: this process cannot handle the kind. */
  get(kind: string): LetterHandler | undefined {
    return this.handlers.get(kind);
  }

  /** @throws Error when this process cannot handle the kind */
  getOrThrow(kind: string): LetterHandler {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`Nothing in this process handles dead letters of the kind ${kind}.`);
    return handler;
  }
}
