import type { MessageBody, MessageClass } from '../message';
import type { MessageOrigin } from '../message-origin';

/** Members of every message to store, except its content. */
interface Envelope {
  /** Canonical address: `+E.164`, `…@lid`, `…@g.us`, `…@newsletter` or `@handle`. */
  recipient: string;
  /** The session to send through. Without it, the tenant's routing rule picks one. */
  sessionId?: string;
  /** Only sessions with this tag may be picked. */
  tag?: string;
  class: MessageClass;
  /** Earliest time to send; null: at once. */
  sendAt: Date | null;
  /** Latest time to send; null: `expiresAfterMs` after the message is due. */
  expiresAt: Date | null;
  expiresAfterMs: number;
  clientRef: string | null;
  tags: string[] | null;
  /** Our id of the quoted message. */
  replyTo: string | null;
  /** Seconds during which the same content may not go to the same recipient again. */
  contentWindowS: number | null;
  /** The idempotency key of the row, and the hash of its request. */
  idempotencyKey: string | null;
  requestHash: Buffer | null;
  /** Origin of the message; absent for a message of a request. */
  origin?: MessageOrigin;
}

/** A message that was checked and normalised, and can be stored as it is. */
export interface MessageDraft extends Envelope {
  body: MessageBody;
  /** SHA-256 of recipient and content; null: repeats are allowed. */
  contentHash: Buffer | null;
  source?: undefined;
}

/** A message whose body is made right before the call, by the body source of its origin's kind. */
export interface SourcedDraft extends Envelope {
  body: null;
  /** Null until the body is made; `contentWindowS` shows whether the message is guarded. */
  contentHash: null;
  /** Data that the body is made of, up to 16 KiB of JSON. */
  source: object;
  origin: MessageOrigin;
}
