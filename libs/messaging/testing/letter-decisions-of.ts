import { DeadLetters, LetterDecisions, LetterHandlers } from '@heliograph/dead-letters';
import type { Database } from '@heliograph/kernel';
import { MessageLetterHandler } from '../src/dead-letters/message-letter-handler';
import { MessageRedrive } from '../src/dead-letters/message-redrive.repository';
import type { LaneBell } from '../src/lanes/lane-bell';

/** Decisions about letters of messages, over a real database. Bells do not ring. */
export function messageLetterDecisions(db: Database): LetterDecisions {
  const handlers = new LetterHandlers();
  new MessageLetterHandler(handlers, new MessageRedrive(), { ring: () => undefined } as unknown as LaneBell).onModuleInit();
  return new LetterDecisions(db, new DeadLetters(db), handlers);
}
