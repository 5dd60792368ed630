import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type DeadLetter,
  type LetterEdit,
  type LetterHandler,
  LetterHandlers,
  type LetterOutlook,
  type LetterRepair,
  type LetterStep,
  type RedriveOptions,
  type Successor,
  type TakenLetter,
} from '@heliograph/dead-letters';
import { type Actor, AppError, type Sql, type Tx } from '@heliograph/kernel';
import { LaneBell } from '../lanes/lane-bell';
import { wakeLanes } from '../lanes/lane-waking.repository';
import type { MessageBody } from '../message';
import { unknownOutcome } from '../reason-catalogue';
import { messageLetters } from './message-letters.repository';
import { type MessageChange, MessageRedrive } from './message-redrive.repository';

/** A correction to a failed message, applied when it is redriven. */
export class MessageEdit implements LetterEdit, MessageChange {
  constructor(
    readonly recipient?: string,
    readonly body?: MessageBody,
  ) {}

  /** @throws AppError `not_editable` */
  check({ kind, cause }: DeadLetter): void {
    if (kind === messageLetters.name && cause !== unknownOutcome) return;
    throw new AppError('unprocessable', 'not_editable', 'Only a failed message can be changed when it is redriven.');
  }
}

/**
 * Handles decisions about letters of messages. A failed message is redriven as a new message with a new id, which waits in its lane and
 * passes every check again. A message of unknown outcome, or of a campaign, returns to its lane itself.
 */
@Injectable()
export class MessageLetterHandler implements LetterHandler, OnModuleInit {
  constructor(
    private readonly handlers: LetterHandlers,
    private readonly messages: MessageRedrive,
    private readonly bell: LaneBell,
  ) {}

  onModuleInit(): void {
    this.handlers.register(messageLetters, this);
  }

  hold(tx: Tx, tenantId: string, letters: TakenLetter[]): Promise<Map<string, string>> {
    return this.messages.holdPeople(tx, tenantId, letters);
  }

  async redrive(tx: Tx, tenantId: string, letters: TakenLetter[], { actor, edit, repair }: RedriveOptions): Promise<Successor[]> {
    const [unknown, failed] = [letters.filter(isUnknown), letters.filter((letter) => !isUnknown(letter))];
    const idsOf = (some: TakenLetter[]) => some.map((letter) => letter.subjectId);
    await this.messages.lockLanes(tx, tenantId, idsOf(letters), repair?.sessionId ?? null);
    const requeuedTo = await this.messages.requeue(tx, tenantId, idsOf(unknown), actor);
    const change = edit instanceof MessageEdit ? edit : { repair };
    const againIn = await this.messages.requeueOfCampaigns(tx, tenantId, failed, actor, change);
    const copies = await this.messages.copy(tx, tenantId, failed, change);
    await wakeLanes(tx, this.bell, [...requeuedTo, ...againIn, ...copies.map((copy) => copy.sessionId)]);
    return copies;
  }

  async foresee(sql: Sql, tenantId: string, letters: TakenLetter[], repair?: LetterRepair): Promise<LetterOutlook[]> {
    const outlooks = await this.messages.foresee(sql, tenantId, letters, repair);
    if (!repair) return outlooks;
    // What may have left already is sent again as it was, or not at all.
    const unknown = new Set(letters.filter(isUnknown).map(({ id }) => id));
    return outlooks.map((outlook) =>
      unknown.has(outlook.letterId) && !outlook.isFinal ? { ...outlook, refused: 'not_editable' } : outlook,
    );
  }

  async discard(tx: Tx, tenantId: string, letter: TakenLetter, actor: Actor): Promise<void> {
    if (isUnknown(letter)) await this.messages.discard(tx, tenantId, letter.subjectId, actor);
  }

  trail(tx: Tx, tenantId: string, messageId: string): Promise<LetterStep[]> {
    return this.messages.trail(tx, tenantId, messageId);
  }
}

function isUnknown({ cause }: { cause: string }): boolean {
  return cause === unknownOutcome;
}
