/**
 * The port to a WhatsApp API provider. WasenderApi is the first adapter (`wasender/`); a second one implements the same
 * interface and passes the same contract suite (`testing/`).
 *
 * A provider's answer is a value, never an exception: the caller must choose what happens next, and only the caller knows
 * whether a message may be tried again.
 */

/** What a message holds. One kind per message; `kind` decides which members are read. Sizes are checked before queueing. */
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

/** One message as the adapter needs it. */
export interface OutboundMessage {
  /** Canonical address: `+E.164`, `…@lid`, `…@g.us`, `…@newsletter` or `@handle`. */
  to: string;
  content: MessageContent;
  /** The provider's id of the message that is quoted, if any. */
  replyToProviderId?: string;
  /** Addresses mentioned in a group message, each `+E.164` or a JID. */
  mentions?: string[];
}

/** The credential of one session: its API key at the provider. */
export interface SessionCredential {
  apiKey: string;
}

/** The credential of a whole provider account. */
export interface AccountCredential {
  accessToken: string;
}

/** How long the provider asked us to wait, and what it said of its window; every member optional because providers leave them out. */
export interface RateFeedback {
  /** Milliseconds from the answer until it may be called again, as told; `clampedWaitMs` is what is waited. */
  retryAfterMs?: number;
  limit?: number;
  remaining?: number;
  resetMs?: number;
}

/** A wait that a provider asked for, within [1 s, 1 h]: the one clamp for every kind of call. Absent: 1 s. */
export function clampedWaitMs(askedMs: number | undefined): number {
  return Math.min(3_600_000, Math.max(1_000, askedMs ?? 0));
}

/** The fault class behind a refusal; decides what happens to the message and to its lane. */
export type RefusalCause =
  | 'invalid_recipient' // not on WhatsApp, malformed address
  | 'invalid_content' // validation, too large, unsupported kind
  | 'not_found'
  | 'refused'; // anything else the provider says no to for good

/**
 * The outcome of one send call.
 * - `accepted`: the provider queued it. `providerMessageId` is null when the answer carried no id.
 * - `refused`: for good; the message fails.
 * - `throttled`: not taken; the lane closes until `feedback.retryAfterMs`. Costs no attempt.
 * - `session_down`: not taken; the session is not connected. The lane closes until it is.
 * - `unauthorised`: not taken; the key or the account is refused. The lane closes until the credential changes.
 * - `not_sent`: provably not taken (connect, DNS or TLS failure before the first byte). Tried again.
 * - `unknown`: the request may have been taken. Never tried again by machine.
 */
export type SendOutcome =
  | { kind: 'accepted'; providerMessageId: string | null; feedback: RateFeedback; httpStatus: number }
  | { kind: 'refused'; cause: RefusalCause; detail: string; httpStatus: number }
  | { kind: 'throttled'; feedback: RateFeedback; detail: string; httpStatus: number }
  | { kind: 'session_down'; detail: string; httpStatus: number }
  | { kind: 'unauthorised'; detail: string; httpStatus: number }
  | { kind: 'not_sent'; detail: string }
  /** `isMismatched`: a success that names another recipient; nothing of it is believed, and it is never sent again by machine. */
  | { kind: 'unknown'; detail: string; httpStatus: number | null; isMismatched?: boolean };

/** Provider status words of a session, lower-cased and folded (contract section 7.1). */
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

/** A session as the provider describes it. Secrets are present only where the provider shows them (create, detail). */
export interface ProviderSession {
  providerSessionId: string;
  name: string;
  /** `+E.164`, or null when the provider shows none. */
  phone: string | null;
  status: ProviderSessionStatus;
  /** The provider's own spelling, kept for people. */
  rawStatus: string;
  accountProtection: boolean | null;
  logMessages: boolean | null;
  webhookUrl: string | null;
  webhookEnabled: boolean | null;
  apiKey?: string;
  webhookSecret?: string;
}

/** What to create or change on a session at the provider. */
export interface ProviderSessionSettings {
  name?: string;
  phone?: string;
  accountProtection?: boolean;
  logMessages?: boolean;
  webhookUrl?: string;
  webhookEnabled?: boolean;
  webhookEvents?: string[];
}

/** The answer to a link attempt. `qr` is text to render, or a `data:image` URL. */
export type LinkAnswer =
  | { kind: 'connected' }
  | { kind: 'scan'; qr: string }
  | { kind: 'passkey'; token: string; expiresAt: Date | null }
  | { kind: 'waiting'; status: ProviderSessionStatus };

/** A read or an account call: the value, or why there is none. `retryable` says whether asking again later can help. */
export type ProviderResult<T> =
  | { ok: true; value: T; feedback: RateFeedback }
  | {
      ok: false;
      reason: 'unauthorised' | 'not_found' | 'throttled' | 'session_down' | 'refused' | 'unavailable';
      detail: string;
      httpStatus: number | null;
      feedback: RateFeedback;
    };

/** Receipt ranks (contract section 8.7). Rank 0 is an error and final only while the message is not yet delivered. */
export const receiptRanks = { error: 0, pending: 1, sent: 2, delivered: 3, read: 4, played: 5 } as const;
export type ReceiptStatus = keyof typeof receiptRanks;

/** What the provider knows of one message it accepted. `keyId` is null while it has no WhatsApp id yet. */
export interface MessageInfo {
  providerMessageId: string;
  keyId: string | null;
  status: ReceiptStatus | null;
}

/** One row of the session's message log. `to` and `text` are null when the provider keeps no contents. */
export interface MessageLogRow {
  providerMessageId: string;
  /** Canonical address as in `OutboundMessage.to`, or the raw text when it cannot be read. */
  to: string | null;
  /** The `text` member of the logged content (text, or caption); null when not logged or none. */
  text: string | null;
  status: 'in_progress' | 'sent' | 'failed' | 'unknown';
  failedReason: string | null;
  createdAt: Date;
}

/** One page of a log, newest first. */
export interface MessageLogPage {
  rows: MessageLogRow[];
  page: number;
  lastPage: number;
}

/** The WhatsApp identity behind a session. */
export interface SessionIdentity {
  phone: string | null;
  lid: string | null;
  name: string | null;
}

/** What the adapter can do; the intake and the uncertain resolver ask here before they rely on it. */
export interface ProviderCapabilities {
  kinds: readonly MessageContent['kind'][];
  /** Kinds that may go to a channel (`@newsletter`). */
  channelKinds: readonly MessageContent['kind'][];
  idempotencyKey: boolean;
  messageInfo: boolean;
  messageLog: boolean;
  echo: boolean;
}

/** Where an adapter call may be told to stop. */
export interface CallOptions {
  /** Whole-call deadline in ms. */
  timeoutMs?: number;
  /**
   * Asked synchronously at the last moment before the request is written to the socket. False aborts the call as
   * `not_sent`: a worker whose lease ran out while it slept must not call.
   */
  mayWrite?: () => boolean;
}

/** The provider as Heliograph sees it. Implementations throw for programming errors only. */
export interface WhatsAppProvider {
  readonly name: string;
  readonly capabilities: ProviderCapabilities;

  send(session: SessionCredential, message: OutboundMessage, options?: CallOptions): Promise<SendOutcome>;
  messageInfo(session: SessionCredential, providerMessageId: string): Promise<ProviderResult<MessageInfo>>;
  messageLog(account: AccountCredential, providerSessionId: string, page: number, perPage: number): Promise<ProviderResult<MessageLogPage>>;
  sessionStatus(session: SessionCredential): Promise<ProviderResult<{ status: ProviderSessionStatus; rawStatus: string }>>;
  sessionIdentity(session: SessionCredential): Promise<ProviderResult<SessionIdentity>>;
  /** Shows a typing indicator to `to`; failures are of no consequence to the send that follows. */
  showTyping(session: SessionCredential, to: string): Promise<ProviderResult<void>>;

  /** Shows the sender that a message was read. `rawChat`: the chat's id exactly as its hook told it. */
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
   * Reads one hook body into what it says. Pure and total: unknown events and shapes come back as `unhandled` or
   * `malformed`, never as an exception.
   */
  parseHook(body: string): ParsedHook;
}

/** Injection token of the provider. */
export const WHATSAPP_PROVIDER = Symbol('WhatsAppProvider');

/** Who an address is, as far as a key tells. At least one member is set. */
export interface HookAddress {
  /** `+E.164`; never read off LID digits. */
  phone: string | null;
  /** `…@lid`. */
  lid: string | null;
  /** The chat the message is in, canonical (`+E.164`, `…@lid`, `…@g.us`, `…@newsletter`), or null. */
  chat: string | null;
}

/** Media as a hook names it: encrypted at the given URL until decrypted by the provider. */
export interface HookMedia {
  kind: 'image' | 'video' | 'audio' | 'document' | 'sticker';
  url: string | null;
  mimetype: string | null;
  /** A name without a path, for people. */
  fileName: string | null;
  /** The sender let it be seen once. */
  viewOnce: boolean;
  /** The media part of the message as the provider sent it, needed to have it decrypted. */
  raw: Record<string, unknown>;
}

/** One fact of a hook. A hook may carry several. */
export type HookFact =
  | {
      type: 'receipt';
      keyId: string;
      status: ReceiptStatus;
      /** Group member the receipt is from, canonical; null for the message as a whole. */
      member: string | null;
      at: Date | null;
    }
  | {
      /** Our own message came back (echo or `message.sent`): it exists at WhatsApp. */
      type: 'own_message';
      keyId: string;
      /** The provider's numeric id where a variant carries it (contract 5.1 step 2). */
      providerMessageId: string | null;
      recipient: HookAddress;
      text: string | null;
      at: Date | null;
      /** Told by a hook that the provider sends for messages of its API alone; absent: it may have been typed on the phone. */
      viaApi?: boolean;
    }
  | { type: 'send_failed'; detail: string; phone: string | null }
  | {
      type: 'inbound';
      keyId: string;
      sender: HookAddress;
      /** Group author, where the chat is a group. */
      author: HookAddress | null;
      pushName: string | null;
      text: string | null;
      kind: 'text' | 'image' | 'video' | 'audio' | 'document' | 'sticker' | 'location' | 'contact' | 'reply' | 'other';
      /** Id of the chosen button or list row where the message answers one, and which of the two it is. */
      choiceId: string | null;
      choice: 'button' | 'list' | null;
      /** The chat's id exactly as it was told: what marking the message read takes. */
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
      /** The number it names, E.164, where a variant carries one. */
      phone?: string;
    }
  | { type: 'qr'; qr: string }
  | { type: 'lid_pair'; phone: string; lid: string };

/** Why one item of a hook cannot be read: of the wrong type, without the id of its message, or without anything that it says. */
export const unreadableReasons = ['not_an_object', 'no_id', 'no_receipt', 'unknown_status', 'unknown_address'] as const;
export type UnreadableReason = (typeof unreadableReasons)[number];

/** A hook, read. `unhandled`: well formed, but nothing we act on (groups, chats, calls). `malformed`: goes to the dead letters. */
export type ParsedHook =
  | {
      kind: 'facts';
      event: string;
      at: Date | null;
      facts: HookFact[];
      /** Kinds of traffic in it that nobody wrote: keys, settings, stories. */
      contentless?: string[];
      /** Items of it that cannot be read, by reason. */
      unreadable?: Partial<Record<UnreadableReason, number>>;
    }
  | { kind: 'unhandled'; event: string }
  | { kind: 'malformed'; reason: string };
