import { receiptRanks, type ReceiptStatus } from '@heliograph/providers';

/** A report of a hook (or an info call) on the message with a WhatsApp id. */
export interface Receipt {
  sessionId: string;
  keyId: string;
  status: ReceiptStatus;
  /** Time of the event, by the provider; null: now. */
  at: Date | null;
  /** Group member that sent the receipt; absent or null: the receipt covers the message as a whole. */
  member?: string | null;
}

/** The receipts of one message as one: the highest rank, and the time at which each rank was reached. */
export interface Raised {
  sessionId: string;
  keyId: string;
  rank: number;
  failed: boolean;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
  playedAt: Date | null;
}

/** Returns a key of the receipt's message. */
export function keyOf({ sessionId, keyId }: { sessionId: string; keyId: string }): string {
  return `${sessionId}/${keyId}`;
}

/** Converts a member's receipt into one of the whole message: it reached WhatsApp, and it reached the group once one member received it. */
export function asWhole(receipt: Receipt): Receipt {
  const rank = receiptRanks[receipt.status];
  return { ...receipt, status: rank >= receiptRanks.delivered ? 'delivered' : 'pending' };
}

/** Adds a receipt to those of its message. */
export function raise(byKey: Map<string, Raised>, { sessionId, keyId, status, at }: Receipt): void {
  const key = keyOf({ sessionId, keyId });
  const known = byKey.get(key) ?? {
    sessionId,
    keyId,
    rank: 0,
    failed: false,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    playedAt: null,
  };
  byKey.set(key, known);
  if (status === 'error') known.failed = true;
  known.rank = Math.max(known.rank, receiptRanks[status]);
  const when = at ?? new Date();
  if (status === 'sent') known.sentAt = earlier(known.sentAt, when);
  if (status === 'delivered') known.deliveredAt = earlier(known.deliveredAt, when);
  if (status === 'read') known.readAt = earlier(known.readAt, when);
  if (status === 'played') known.playedAt = earlier(known.playedAt, when);
}

function earlier(a: Date | null, b: Date): Date {
  return a && a < b ? a : b;
}
