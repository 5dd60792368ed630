import type { MessageLogRow } from '@heliograph/providers';

/** A message whose outcome is unknown, as the provider's log would show it. */
export interface UnknownMessage {
  messageId: string;
  /** Canonical addresses the recipient is known by. */
  addresses: string[];
  text: string | null;
  /** When the call was given up. */
  calledAt: Date;
}

/** A row may look this much older than what we know: `calledAt` is when the call was given up, and the log has another machine's clock. */
const slackMs = 120_000;

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
    row.createdAt.getTime() >= message.calledAt.getTime() - slackMs;
  const verdict = new Map<string, MessageLogRow>();
  for (const message of messages) {
    const candidates = free.filter((row) => fits(message, row));
    const [only] = candidates;
    if (only && candidates.length === 1 && messages.filter((other) => fits(other, only)).length === 1) verdict.set(message.messageId, only);
  }
  return verdict;
}
