import type { MessageLogRow } from '@heliograph/providers';
import { textOf } from '../message';
import type { HeldMessage } from './held-messages.repository';

/**
 * Which waiting message each log row is. Messages of one session with the same person and text cannot be told apart, and need not be:
 * as many as the log shows were sent, the first of them first. Where one of them is in flight or of unknown outcome, a row may be that
 * one's: then only a log that shows all of them is proof.
 * @param messages in the order in which they would have been sent
 * @param rows rows that belong to no other message, each with its canonical recipient
 */
export function matchHeld(messages: HeldMessage[], rows: MessageLogRow[]): Map<string, MessageLogRow> {
  const keyOf = (to: string | null, text: string | null): string => JSON.stringify([to, text ?? '']);
  const logged = Map.groupBy(
    // A failed row is no proof that anybody got it.
    rows.filter((row) => row.to !== null && row.status !== 'failed').sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime()),
    (row) => keyOf(row.to, row.text),
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
