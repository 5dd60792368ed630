import type { Readable } from 'node:stream';

/**
 * The port to a WhatsApp API provider. WasenderApi is the first adapter (`wasender/`); another one implements the same
 * interface and passes the same contract suite (`testing/`).
 *
 * A provider's answer is a value, never an exception: the caller must choose what happens next, and only the caller can decide
 * whether a message may be sent again.
 */

/** Content of a message, of one kind; `kind` decides which members are read. Sizes are checked before queueing. */
export type MessageContent =
  | { kind: 'text'; text: string }
  | { kind: 'image'; url: string; caption?: string; viewOnce?: boolean }
  | { kind: 'video'; url: string; caption?: string; viewOnce?: boolean }
  | { kind: 'document'; url: string; fileName?: string; caption?: string }
  | { kind: 'audio'; url: string; viewOnce?: boolean }
  | { kind: 'sticker'; url: string }
  | { kind: 'contact'; name: string; phone: string }
  | { kind: 'location'; latitude: number; longitude: number; name?: string; address?: string }
  | { kind: 'poll'; question: string; options: string[]; multiSelect?: boolean };

/** One message in the form that the adapter needs. */
export interface OutboundMessage {
  /** Canonical address: `+E.164`, `…@lid`, `…@g.us`, `…@newsletter` or `@handle`. */
  to: string;
  content: MessageContent;
  /** The provider's id of the quoted message, if any. */
  replyToProviderId?: string;
  /** Addresses mentioned in a group message, each `+E.164` or a JID. */
  mentions?: string[];
}

/** Credential of one session: its API key at the provider. */
export interface SessionCredential {
  apiKey: string;
}

/** Credential of a whole provider account. */
export interface AccountCredential {
  accessToken: string;
}

/** Wait that the provider requested, and the state of its rate window. Every member is optional, because providers omit them. */
export interface RateFeedback {
  /** Milliseconds from the answer until the next call is allowed, as the provider states it; the caller waits `clampedWaitMs`. */
  retryAfterMs?: number;
  limit?: number;
  remaining?: number;
  resetMs?: number;
}

/** Limits a wait that a provider requested to [1 s, 1 h]. Used for every kind of call. Absent: 1 s. */
export function clampedWaitMs(askedMs: number | undefined): number {
  return Math.min(3_600_000, Math.max(1_000, askedMs ?? 0));
}

/** Fault class of a refusal; decides what happens to the message and to its lane. */
export type RefusalCause =
  | 'invalid_recipient' // not on WhatsApp, or a malformed address
  | 'invalid_content' // validation, too large, unsupported kind
  | 'not_found'
  | 'refused'; // any other final refusal

/**
 * Outcome of one send call.
 * - `accepted`: the provider queued it. `providerMessageId` is null when the answer contained no id.
 * - `refused`: final; the message fails.
 * - `throttled`: not accepted; the lane closes until `feedback.retryAfterMs`. Costs no attempt.
 * - `session_down`: not accepted; the session is not connected. The lane closes until it is.
 * - `unauthorised`: not accepted; the key or the account is refused. The lane closes until the credential changes.
 * - `not_sent`: provably not accepted (connect, DNS or TLS failure before the first byte). Retried.
 * - `unknown`: the request may have been accepted. Never retried automatically.
 *
 * `answer`: start of the body of an answer that does not accept the message with an id, without secrets.
 */
export type SendOutcome = SendVerdict & { answer?: string };

type SendVerdict =
  | { kind: 'accepted'; providerMessageId: string | null; feedback: RateFeedback; httpStatus: number }
  | { kind: 'refused'; cause: RefusalCause; detail: string; httpStatus: number }
  | { kind: 'throttled'; feedback: RateFeedback; detail: string; httpStatus: number }
  | { kind: 'session_down'; detail: string; httpStatus: number }
  | { kind: 'unauthorised'; detail: string; httpStatus: number }
  | { kind: 'not_sent'; detail: string }
  /** `isMismatched`: a success that names another recipient. Nothing in it is trusted, and the message is never resent automatically. */
  | { kind: 'unknown'; detail: string; httpStatus: number | null; isMismatched?: boolean };

/** Status words of a session at the provider, normalised to lower case and underscores (contract section 7.1). */
export const providerSessionStatuses = [
  'connecting',
  'connected',
  'disconnected',
  'need_scan',
  'need_passkey',
  'logged_out',
  'expired',
  'unknown',
] as const;
export type ProviderSessionStatus = (typeof providerSessionStatuses)[number];

/** A session as the provider describes it. Secrets are present only where the provider returns them (create, detail). */
export interface ProviderSession {
  providerSessionId: string;
  name: string;
  /** `+E.164`, or null when the provider returns none. */
  phone: string | null;
  status: ProviderSessionStatus;
  /** The provider's own spelling, for people. */
  rawStatus: string;
  accountProtection: boolean | null;
  logMessages: boolean | null;
  webhookUrl: string | null;
  webhookEnabled: boolean | null;
  apiKey?: string;
  webhookSecret?: string;
}

/** Members to set when a session is created or updated at the provider. */
export interface ProviderSessionSettings {
  name?: string;
  phone?: string;
  accountProtection?: boolean;
  logMessages?: boolean;
  webhookUrl?: string;
  webhookEnabled?: boolean;
  webhookEvents?: string[];
}

/** Answer to a link attempt. `qr` is text to render, or a `data:image` URL. */
export type LinkAnswer =
  | { kind: 'connected' }
  | { kind: 'scan'; qr: string }
  | { kind: 'passkey'; token: string; expiresAt: Date | null }
  | { kind: 'waiting'; status: ProviderSessionStatus };

/** Result of a read or an account call: the value, or the reason why there is none. `retryable`: a later retry can succeed. */
export type ProviderResult<T> =
  | { ok: true; value: T; feedback: RateFeedback }
  | {
      ok: false;
      reason: 'unauthorised' | 'not_found' | 'throttled' | 'session_down' | 'refused' | 'unavailable';
      detail: string;
      httpStatus: number | null;
      feedback: RateFeedback;
    };

/** Receipt ranks (contract section 8.7). Rank 0 is an error, and final only while the message is not delivered. */
export const receiptRanks = { error: 0, pending: 1, sent: 2, delivered: 3, read: 4, played: 5 } as const;
export type ReceiptStatus = keyof typeof receiptRanks;

/** The provider's data about one message it accepted. `keyId` is null while the message has no WhatsApp id. */
export interface MessageInfo {
  providerMessageId: string;
  keyId: string | null;
  status: ReceiptStatus | null;
}

/** One row of the session's message log. `to` and `text` are null when the provider stores no contents. */
export interface MessageLogRow {
  providerMessageId: string;
  /** Canonical address as in `OutboundMessage.to`, or the raw text when it cannot be parsed. */
  to: string | null;
  /** The `text` member of the logged content (text or caption); null when not logged or absent. */
  text: string | null;
  status: 'in_progress' | 'sent' | 'failed' | 'unknown';
  failedReason: string | null;
  createdAt: Date;
}

/** Content of a file that the provider is given. */
export interface MediaUpload {
  /** Media type of the content. */
  type: string;
  size: number;
  bytes: Readable;
}

/** A copy of a file at the provider. Whoever has its address can fetch it. */
export interface MediaCopy {
  url: string;
  /** Milliseconds for which the provider keeps it. */
  livesMs: number;
}

/** One page of a log, newest first. */
export interface MessageLogPage {
  rows: MessageLogRow[];
  page: number;
  lastPage: number;
}

/** The WhatsApp identity of a session. */
export interface SessionIdentity {
  phone: string | null;
  lid: string | null;
  name: string | null;
}

/** Capabilities of the adapter. The intake and the uncertain resolver check them before they rely on them. */
export interface ProviderCapabilities {
  kinds: readonly MessageContent['kind'][];
  /** Kinds that can be sent to a channel (`@newsletter`). */
  channelKinds: readonly MessageContent['kind'][];
  idempotencyKey: boolean;
  messageInfo: boolean;
  messageLog: boolean;
  echo: boolean;
}

/** Options that limit an adapter call. */
export interface CallOptions {
  /** Deadline of the whole call in ms. */
  timeoutMs?: number;
  /**
   * Called synchronously at the last moment before the request is written to the socket. False aborts the call as
   * `not_sent`: a worker whose lease expired meanwhile must not call.
   */
  mayWrite?: () => boolean;
}

/** The provider's interface to Heliograph. Implementations throw only for programming errors. */
export interface WhatsAppProvider {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;

  send(session: SessionCredential, message: OutboundMessage, options?: CallOptions): Promise<SendOutcome>;
  messageInfo(session: SessionCredential, providerMessageId: string): Promise<ProviderResult<MessageInfo>>;
  messageLog(account: AccountCredential, providerSessionId: string, page: number, perPage: number): Promise<ProviderResult<MessageLogPage>>;
  sessionStatus(session: SessionCredential): Promise<ProviderResult<{ status: ProviderSessionStatus; rawStatus: string }>>;
  sessionIdentity(session: SessionCredential): Promise<ProviderResult<SessionIdentity>>;
  /** Asks whether an address has an account at WhatsApp. Only a clear yes or no is a value; any other answer is a failure. */
  onWhatsApp(session: SessionCredential, address: string): Promise<ProviderResult<{ exists: boolean }>>;
  /** Shows a typing indicator to `to`. A failure does not affect the send that follows. */
  showTyping(session: SessionCredential, to: string): Promise<ProviderResult<void>>;

  /** Gives the provider a copy of a file, which messages can name in place of a link. A second upload makes a second copy and is harmless. */
  uploadMedia(session: SessionCredential, file: MediaUpload): Promise<ProviderResult<MediaCopy>>;

  /** Marks a message as read for its sender. `rawChat`: the chat's id exactly as its hook contained it. */
  markRead(session: SessionCredential, message: { keyId: string; rawChat: string }): Promise<ProviderResult<void>>;

  listSessions(account: AccountCredential): Promise<ProviderResult<ProviderSession[]>>;
  getSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<ProviderSession>>;
  createSession(account: AccountCredential, settings: ProviderSessionSettings): Promise<ProviderResult<ProviderSession>>;
  updateSession(
    account: AccountCredential,
    providerSessionId: string,
    settings: ProviderSessionSettings,
  ): Promise<ProviderResult<ProviderSession>>;
  deleteSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<void>>;
  connectSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<LinkAnswer>>;
  sessionQr(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<{ qr: string }>>;
  disconnectSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<{ status: ProviderSessionStatus }>>;
  restartSession(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<void>>;
  regenerateKey(account: AccountCredential, providerSessionId: string): Promise<ProviderResult<{ apiKey: string }>>;

  /**
   * Parses one hook body into facts. Pure and total: unknown events and shapes are returned as `unhandled` or
   * `malformed`, never thrown.
   */
  parseHook(body: string): ParsedHook;
}

/** Injection token of the provider. */
export const WHATSAPP_PROVIDER = Symbol('WhatsAppProvider');

/** Identity of an address, as far as a message key shows it. At least one member is set. */
export interface HookAddress {
  /** `+E.164`; never derived from LID digits. */
  phone: string | null;
  /** `…@lid`. */
  lid: string | null;
  /** Chat of the message, canonical (`+E.164`, `…@lid`, `…@g.us`, `…@newsletter`), or null. */
  chat: string | null;
}

/** Media as a hook references it: encrypted at the given URL until the provider decrypts it. */
export interface HookMedia {
  kind: 'image' | 'video' | 'audio' | 'document' | 'sticker';
  url: string | null;
  mimetype: string | null;
  /** File name without a path, for people. */
  fileName: string | null;
  /** True when the sender limited it to one view. */
  viewOnce: boolean;
  /** The media part of the message as the provider sent it; needed for its decryption. */
  raw: Record<string, unknown>;
}

/** One fact of a hook. A hook may contain several. */
export type HookFact =
  | {
      type: 'receipt';
      keyId: string;
      status: ReceiptStatus;
      /** Group member whose receipt it is, canonical; null for the message as a whole. */
      member: string | null;
      at: Date | null;
    }
  | {
      /** Our own message returned (echo or `message.sent`): it exists at WhatsApp. */
      type: 'own_message';
      keyId: string;
      /** The provider's numeric id, in variants that contain it (contract 5.1 step 2). */
      providerMessageId: string | null;
      recipient: HookAddress;
      text: string | null;
      at: Date | null;
      /** True when the hook is one that the provider sends only for messages of its API; absent: the message may have been typed on the phone. */
      viaApi?: boolean;
    }
  | { type: 'send_failed'; detail: string; phone: string | null }
  | {
      type: 'inbound';
      keyId: string;
      sender: HookAddress;
      /** Author in the group, when the chat is a group. */
      author: HookAddress | null;
      pushName: string | null;
      text: string | null;
      kind: 'text' | 'image' | 'video' | 'audio' | 'document' | 'sticker' | 'location' | 'contact' | 'reply' | 'other';
      /** Id of the chosen button or list row when the message answers one, and which of the two it is. */
      choiceId: string | null;
      choice: 'button' | 'list' | null;
      /** The chat's id exactly as received; needed to mark the message as read. */
      rawChat: string | null;
      media: HookMedia | null;
      /** keyId of the quoted message. */
      quotedKeyId: string | null;
      at: Date | null;
    }
  | { type: 'edited'; keyId: string; text: string | null; at: Date | null }
  | { type: 'deleted'; keyId: string }
  | { type: 'reaction'; targetKeyId: string; author: HookAddress; emoji: string | null; at: Date | null }
  | { type: 'poll_result'; keyId: string; options: { name: string; voters: string[] }[]; at: Date | null }
  | {
      type: 'session_status';
      status: ProviderSessionStatus;
      rawStatus: string;
      detail: string | null;
      /** The phone number in the hook, E.164, in variants that contain one. */
      phone?: string;
    }
  | { type: 'qr'; qr: string }
  | { type: 'lid_pair'; phone: string; lid: string };

/** Reason why one item of a hook cannot be parsed: a wrong type, no message id, or no content. */
export const unreadableReasons = ['not_an_object', 'no_id', 'no_receipt', 'unknown_status', 'unknown_address'] as const;
export type UnreadableReason = (typeof unreadableReasons)[number];

/** A parsed hook. `unhandled`: well formed, but not relevant to us (groups, chats, calls). `malformed`: becomes a dead letter. */
export type ParsedHook =
  | {
      kind: 'facts';
      event: string;
      at: Date | null;
      facts: HookFact[];
      /** Kinds of traffic in it that no person wrote: keys, settings, stories. */
      contentless?: string[];
      /** Items that cannot be parsed, by reason. */
      unreadable?: Partial<Record<UnreadableReason, number>>;
    }
  | { kind: 'unhandled'; event: string }
  | { kind: 'malformed'; reason: string };
