import { callingCodeSql } from '@heliograph/contacts';
import { declareLetterKind, declareLetterPart, type OpenedLetter } from '@heliograph/dead-letters';
import type { ReportedMessageEvent } from '../history/message-events.repository';
import { type MessageClass, messageClasses, type MessageState } from '../message';
import { originOf, type StoredOrigin } from '../message-origin';
import { messageReasons } from '../reason-catalogue';

/** Letters about failed messages and messages of unknown outcome. */
export const messageLetters = declareLetterKind({
  name: 'message',
  place: 1,
  reasons: messageReasons,
  subjectSql: (d) => `
    SELECT jsonb_build_object('sessionId', m.session_id, 'groupId', m.group_id, 'attempt', m.attempt, 'state', m.state, 'recipient', m.recipient, 'kind', m.kind,
      'class', m.class, 'clientRef', m.client_ref, 'tags', to_jsonb(coalesce(m.tags, '{}')), 'origin', m.origin)
    FROM messages m WHERE m.tenant_id = ${d}.tenant_id AND m.id = ${d}.subject_id::uuid`,
});

declareLetterPart(
  'prefix',
  messageLetters,
  (d) => `SELECT ${callingCodeSql('m.recipient')} FROM messages m WHERE m.tenant_id = ${d}.tenant_id AND m.id = ${d}.subject_id::uuid`,
);

/** The message of a letter, as other libs read it. */
export type LetterMessage = Pick<
  ReportedMessageEvent,
  'sessionId' | 'groupId' | 'attempt' | 'recipient' | 'kind' | 'class' | 'clientRef' | 'tags' | 'origin'
> & { state: MessageState };

/** Returns the message that a letter is about; null when the letter is about something else, or the message was deleted. */
export function messageOf({ kind, subject }: OpenedLetter): LetterMessage | null {
  if (kind !== messageLetters.name || subject === null) return null;
  const message = subject as Omit<LetterMessage, 'class' | 'origin'> & { class: number; origin: StoredOrigin };
  return { ...message, class: messageClasses[message.class] as MessageClass, origin: originOf(message.origin) };
}
