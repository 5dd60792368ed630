import type { MessageLogRow } from '@heliograph/providers';
import { clockSlackMs } from './clock-slack';

/** A message whose outcome is unknown, as the provider's log would show it. */
export interface UnknownMessage {
  messageId: string;
  /** Canonical addresses the recipient is known by. */
  addresses: string[];
  text: string | null;
  /** Time at which the call began. */
  calledAt: Date;
}

/** A call and its row in the log are at most this far apart, in ms. */
const latestRowMs = 10 * 60_000;

/**
 * Which log row is which message. A row is evidence only when it fits exactly one message and is the only unaccounted row that
 * fits it: two candidates give no verdict.
 * @param accounted numeric ids that belong to other messages of the session
 */
export function matchLog(messages: UnknownMessage[], rows: MessageLogRow[], accounted: ReadonlySet<string>): Map<string, MessageLogRow> {
  const free = rows.filter((row) => !accounted.has(row.providerMessageId));
  const fits = (message: UnknownMessage, row: MessageLogRow): boolean =>
    row.to !== null &&
    message.addresses.includes(row.to) &&
    (row.text ?? '') === (message.text ?? '') &&
    row.createdAt.getTime() >= message.calledAt.getTime() - clockSlackMs &&
    row.createdAt.getTime() <= message.calledAt.getTime() + latestRowMs;
  const verdict = new Map<string, MessageLogRow>();
  for (const message of messages) {
    const candidates = free.filter((row) => fits(message, row));
    const [only] = candidates;
    if (only && candidates.length === 1 && messages.filter((other) => fits(other, only)).length === 1) verdict.set(message.messageId, only);
  }
  return verdict;
}
