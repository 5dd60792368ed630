/** A message as received from a broker. */
export interface BrokerMessage {
  /** Id of the message at the broker, the same on redelivery; null: the broker has none. */
  naturalKey: string | null;
  contentType: string | null;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
  /** Messages of one group are stored one after another, in order. */
  group?: string;
}

/** Result for a message. Only `untouched` must not be acknowledged. */
export type Settlement =
  | { outcome: 'stored' | 'repeated' | 'set_aside' }
  | { outcome: 'poison'; reason: string; detail: string }
  /** An earlier message of its group stays with the broker, so this one does too. */
  | { outcome: 'untouched' };

/**
 * Settles messages, with one settlement per message in order. Waits while a dependency is not available; a settlement means the message is
 * committed.
 * Rejects only when `signal` is aborted; then no message may be acknowledged.
 */
export type IngestHandler = (messages: BrokerMessage[], signal: AbortSignal) => Promise<Settlement[]>;

/** State of the connection to a broker. */
export interface LineState {
  isUp: boolean;
  since: Date;
  /** Why it is down, without credentials; null: it is up, or was not tried yet. */
  error: string | null;
}

/**
 * A broker as an input. It fetches no more than it can hold, acknowledges only settled messages, moves poison to the broker's dead-letter
 * queue, and reconnects forever.
 */
export interface IngestSource {
  readonly name: string;
  /** Starts to receive messages; returns at once, whether or not the broker is reachable. */
  start(handler: IngestHandler): void;
  /** Stops receiving and resolves when no message is in flight. Unacknowledged messages stay with the broker. */
  stop(): Promise<void>;
  readonly isUp: boolean;
  readonly now: LineState;
  /** Messages that wait at the broker; null: unknown at the moment. */
  lag(): Promise<number | null>;
}
