import type { MessageLogRow } from '@heliograph/providers';
import { clockSlackMs } from './clock-slack';

/** A message of unknown outcome, as the provider's log would show it. */
export interface UnknownMessage {
  messageId: string;
  /** Canonical addresses of the recipient. */
  addresses: string[];
  text: string | null;
  /** Time at which the call began. */
  calledAt: Date;
}

/** Maximum time between a call and its row in the log, in ms. */
const maxRowDelayMs = 10 * 60_000;

/**
 * Matches log rows to messages. A row is evidence only when it fits exactly one message and no other free row fits that message: two
 * candidates give no verdict.
 * @param accounted numeric ids that belong to other messages of the session
 */
export function matchLog(messages: UnknownMessage[], rows: MessageLogRow[], accounted: ReadonlySet<string>): Map<string, MessageLogRow> {
  const free = rows.filter((row) => !accounted.has(row.providerMessageId));
  const fits = (message: UnknownMessage, row: MessageLogRow): boolean =>
    row.to !== null &&
    message.addresses.includes(row.to) &&
    (row.text ?? '') === (message.text ?? '') &&
    row.createdAt.getTime() >= message.calledAt.getTime() - clockSlackMs &&
    row.createdAt.getTime() <= message.calledAt.getTime() + maxRowDelayMs;
  const verdict = new Map<string, MessageLogRow>();
  for (const message of messages) {
    const candidates = free.filter((row) => fits(message, row));
    const [only] = candidates;
    if (only && candidates.length === 1 && messages.filter((other) => fits(other, only)).length === 1) verdict.set(message.messageId, only);
  }
  return verdict;
}
