/** A message as a broker gave it. */
export interface BrokerMessage {
  /** The broker's own id of the message, the same on redelivery; null: the broker gives none. */
  naturalKey: string | null;
  contentType: string | null;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
  /** Messages of one group are stored one after the other, in their order. */
  group?: string;
}

/** The result for a message. Only `untouched` may not be acknowledged. */
export type Settlement =
  | { outcome: 'stored' | 'repeated' | 'set_aside' }
  | { outcome: 'poison'; reason: string; detail: string }
  /** An earlier message of its group stays with the broker, so this one does too. */
  | { outcome: 'untouched' };

/**
 * Settles messages, one settlement per message in order. It waits for as long as what it needs is away; a settlement means committed.
 * Rejects only when `signal` is aborted: then none of them may be acknowledged.
 */
export type IngestHandler = (messages: BrokerMessage[], signal: AbortSignal) => Promise<Settlement[]>;

/**
 * A broker as an input. It takes no more than it can hold, acknowledges only what is settled, puts poison where the broker keeps
 * dead messages, and connects again for ever.
 */
export interface IngestSource {
  readonly name: string;
  /** Begins to take messages; returns at once, whether the broker can be reached or not. */
  start(handler: IngestHandler): void;
  /** Takes nothing more and resolves when nothing is in hand. What was not acknowledged stays with the broker. */
  stop(): Promise<void>;
  readonly isUp: boolean;
  /** Messages that wait at the broker; null: not known now. */
  lag(): Promise<number | null>;
}
