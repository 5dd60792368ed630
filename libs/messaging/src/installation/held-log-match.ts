import type { MessageLogRow } from '@heliograph/providers';
import { textOf } from '../message';
import type { HeldMessage } from './held-messages.repository';

/**
 * Matches log rows to waiting messages. Messages of one session with the same person and text are interchangeable: if the log shows n such
 * rows, the first n messages were sent. If one of these messages is in flight or of unknown outcome, a row may belong to it; then the rows
 * are proof only when the log shows all of the messages.
 * @param messages in the order in which they would have been sent
 * @param rows rows that belong to no other message
 * @param personOf returns the one address that stands for all addresses of a person
 */
export function matchHeld(
  messages: HeldMessage[],
  rows: MessageLogRow[],
  personOf: (address: string) => string,
): Map<string, MessageLogRow> {
  const keyOf = (to: string, text: string | null): string => JSON.stringify([personOf(to), text ?? '']);
  const logged = Map.groupBy(
    // A failed row does not prove that the person received it.
    rows.filter((row) => row.to !== null && row.status !== 'failed').sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
    (row) => keyOf(row.to as string, row.text),
  );
  const found = new Map<string, MessageLogRow>();
  for (const [key, alike] of Map.groupBy(messages, (message) => keyOf(message.recipient, textOf(message.body.content)))) {
    const shown = logged.get(key) ?? [];
    const held = alike.filter((message) => message.isHeld);
    if (held.length < alike.length && shown.length < alike.length) continue;
    held.forEach((message, i) => {
      const row = shown[i];
      if (row) found.set(message.id, row);
    });
  }
  return found;
}
