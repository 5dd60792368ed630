import type { MessageBody, MessageClass } from '../message';
import type { MessageOrigin } from '../message-origin';

/** What every message to store says but for its content. */
interface Envelope {
  /** Canonical address: `+E.164`, `…@lid`, `…@g.us`, `…@newsletter` or `@handle`. */
  recipient: string;
  /** The session to send through; without it the tenant's routing rule picks one. */
  sessionId?: string;
  /** Only sessions with this tag may be picked. */
  tag?: string;
  class: MessageClass;
  /** Not before this; null: at once. */
  sendAt: Date | null;
  /** Not after this; null: `expiresAfterMs` after it falls due. */
  expiresAt: Date | null;
  expiresAfterMs: number;
  clientRef: string | null;
  tags: string[] | null;
  /** Our id of the message that is quoted. */
  replyTo: string | null;
  /** Seconds during which the same content may not go to the same recipient again. */
  contentWindowS: number | null;
  /** The row's own idempotency key, and the hash of the request it stands for. */
  idempotencyKey: string | null;
  requestHash: Buffer | null;
  /** What made it; absent: a request did. */
  origin?: MessageOrigin;
}

/** A message that was checked and normalised, and can be stored as it is. */
export interface MessageDraft extends Envelope {
  body: MessageBody;
  /** SHA-256 of recipient and content; null: repeats are allowed. */
  contentHash: Buffer | null;
  source?: undefined;
}

/** A message whose body the source of bodies of its origin's kind makes right before the call. */
export interface SourcedDraft extends Envelope {
  body: null;
  /** Known when the body is; `contentWindowS` says whether the message is guarded. */
  contentHash: null;
  /** What the body is made of, at most 16 KiB of JSON. */
  source: object;
  origin: MessageOrigin;
}
