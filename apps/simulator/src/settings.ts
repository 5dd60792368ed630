/** A range [min, max] in ms; a value is drawn from it each time. */
export type Span = [number, number];

/** Forms of hook bodies. The first of each is the default, from the provider's pages. Clients observed the others in production. */
export const formChoices = {
  /** `docs`: seconds, but ms for messages.update, message-receipt.update and poll.results, and none for session, QR and passkey events. */
  timestamp: ['docs', 'seconds', 'milliseconds', 'absent'],
  /** Body member `sessionId`. `docs`: the session's API key, on some events. */
  sessionId: ['docs', 'never', 'api-key', 'id', 'phone'],
  /** Place of a message in `data`. `docs`: `messages` is an array in messages.upsert, else one object. */
  wrapper: ['docs', 'array', 'object', 'message', 'bare'],
  /** `variant`: `messages.recieved`, `call.received`. */
  eventNames: ['docs', 'variant'],
  /** The sender's cleaned phone: another spelling of the member, no member, or a value that is not a phone number. */
  cleanedPhone: ['docs', 'clean', 'cleared', 'absent', 'junk'],
  /** `docs`: messageBody and content; else content alone, plain or in a wrapper message. */
  body: [
    'docs',
    'content-only',
    'extended',
    'ephemeral',
    'viewOnce',
    'viewOnceV2',
    'viewOnceV2Extension',
    'documentWithCaption',
    'edited',
    'keepInChat',
  ],
  /** `docs`: a number on own messages, none on inbound ones. */
  messageTimestamp: ['docs', 'number', 'text', 'long', 'absent'],
  /** message.sent. `wrapped`: inside `messages`. `status`: a status in place of `success`. */
  sent: ['docs', 'wrapped', 'status'],
  /** messages.update. */
  update: ['docs', 'array', 'data.status', 'from-me-false'],
  /** Notation of a status: 3, "3", "DELIVERY_ACK", "delivered". */
  status: ['number', 'digits', 'word', 'lower-word'],
  /** message-receipt.update. */
  receipt: ['docs', 'array'],
  reaction: ['docs', 'object'],
  /** groups.* and group-participants.update. `variant`: `id` for `jid`, participants as objects. */
  groups: ['docs', 'variant'],
  /** contacts.*. `variant`: `id`, `lid` and `phoneNumber`. */
  contacts: ['docs', 'variant'],
  sessionStatus: ['docs', 'upper', 'with-session-id'],
  qr: ['docs', 'qrCode'],
} as const;

export type HookForms = { -readonly [K in keyof typeof formChoices]: (typeof formChoices)[K][number] };

/** Settings with a fixed set of values; the first is the default. */
export const wordChoices = {
  /** `secret` is the provider's behaviour; the others test the receiver. */
  hookSignature: ['secret', 'absent', 'wrong'],
  /** Place of the numeric id in hooks of own messages. */
  msgIdIn: ['none', 'data.id', 'key.msgId'],
  /** Identification of the person in hooks: by phone, by privacy id alone, or by privacy id with the phone beside it. */
  echoAddress: ['phone', 'lid', 'lid-with-phone'],
  infoBeforeKey: ['without-id', '404'],
  resetStyle: ['delta', 'epoch', 'absent'],
  /** Answer of `/on-whatsapp`. `clear` is the documented one; the others say neither yes nor no. */
  onWhatsApp: ['clear', 'null', 'no-data', 'success-false', 'html', 'error', 'not-found', 'refused', 'rate', 'cut', 'hang'],
  /** Answer of `/upload`. `accept` is the documented one; `hold`: an upload waits for another setting. */
  uploads: ['accept', 'refused', 'unauthorised', 'not-connected', 'rate', 'limit-words', 'bad-request', 'error', 'hold'],
} as const;

type WordSettings = { -readonly [K in keyof typeof wordChoices]: (typeof wordChoices)[K][number] };

/** Settings of the whole simulator; `PATCH /sim/config` changes them. Times in ms, rates from 0 to 1. */
export interface SimulatorSettings extends WordSettings {
  /** Receipts: sent after acceptance, delivered after sent, read after delivered. */
  sentAfterMs: Span;
  deliveredAfterMs: Span;
  readAfterMs: Span;
  readRate: number;
  /** Share of read messages that are answered. */
  replyRate: number;
  /** False: no hooks are sent; receipts still appear in info and logs. */
  hooksEnabled: boolean;
  /** Events that report own messages. */
  echoEvents: string[];
  /** Events that report a reply. */
  inboundEvents: string[];
  receiptEvents: boolean;
  hookDuplicateRate: number;
  hookLossRate: number;
  /** Maximum extra delay of single hooks, so that they overtake each other. */
  hookDisorderMs: number;
  /** Holds hooks and sends all of them at once after this interval in ms; 0: no bursts. */
  hookBurstMs: number;
  /** Delays of repeats after a response other than 2xx, in ms, each after the previous try. */
  hookRetriesMs: number[];
  hookTimeoutMs: number;
  forms: HookForms;
  /** Time after acceptance when info returns the WhatsApp id. */
  keyAfterMs: number;
  limitHeaders: boolean;
  retryAfterInBody: boolean;
  retryAfterHeader: boolean;
  /** Seconds that every 429 asks to wait; null: as long as the refusal takes. */
  retryAfterS: number | null;
  /** Maximum simultaneous calls of one session; 0: no limit. */
  concurrency: number;
  /** False: sends and connects are refused. */
  subscription: boolean;
  /** Maximum sessions of the account; 0: no limit. */
  sessionLimit: number;
  /** Numbers with one of these suffixes are not on WhatsApp: checks say so, and sends to them are accepted and fail later. */
  notOnWhatsAppSuffixes: string[];
  /** Time for which an uploaded file can be fetched. */
  uploadLivesMs: number;
  /** Delay of any response below /api; a send is recorded first. */
  latencyMs: Span;
  /** Lifetime of a QR code; after `qrMost` of them the session is disconnected. */
  qrLifeMs: number;
  qrMost: number;
  /** Links a waiting session automatically after this time in ms; null: only by `POST /sim/sessions/:id/scan`. */
  autoScanMs: number | null;
  /** Time a session stays `connecting` after a scan or a restart. */
  connectingMs: number;
}

const firstOf = <T extends Record<string, readonly string[]>>(choices: T) =>
  Object.fromEntries(Object.entries(choices).map(([name, [first]]) => [name, first])) as { -readonly [K in keyof T]: T[K][number] };

/** Returns the defaults: docs forms, realistic short delays, no faults. */
export const defaultSettings = (): SimulatorSettings => ({
  ...firstOf(wordChoices),
  sentAfterMs: [20, 100],
  deliveredAfterMs: [100, 500],
  readAfterMs: [500, 3_000],
  readRate: 0.6,
  replyRate: 0,
  hooksEnabled: true,
  echoEvents: ['message.sent', 'messages.upsert'],
  inboundEvents: ['messages.received', 'messages.upsert'],
  receiptEvents: true,
  hookDuplicateRate: 0,
  hookLossRate: 0,
  hookDisorderMs: 0,
  hookBurstMs: 0,
  hookRetriesMs: [1_000, 3_000],
  hookTimeoutMs: 10_000,
  forms: firstOf(formChoices),
  keyAfterMs: 200,
  limitHeaders: true,
  retryAfterInBody: true,
  retryAfterHeader: false,
  retryAfterS: null,
  concurrency: 0,
  subscription: true,
  sessionLimit: 0,
  notOnWhatsAppSuffixes: [],
  uploadLivesMs: 24 * 3_600_000,
  latencyMs: [0, 0],
  qrLifeMs: 20_000,
  qrMost: 5,
  autoScanMs: null,
  connectingMs: 0,
});

/** Some of the settings, and some of the forms. */
export type SettingsPatch = Partial<Omit<SimulatorSettings, 'forms'>> & { forms?: Partial<HookForms> };

const numbersOrNull = new Set(['autoScanMs', 'retryAfterS']);
const spans = new Set(['sentAfterMs', 'deliveredAfterMs', 'readAfterMs', 'latencyMs']);

/** Applies the whole patch or nothing. @throws RangeError naming the first setting that is unknown or has another type */
export function patchSettings(settings: SimulatorSettings, patch: object): void {
  const { forms = {}, ...rest } = patch as { forms?: object };
  for (const [name, value] of Object.entries(rest)) check(name, value, settings, wordChoices);
  for (const [name, value] of Object.entries(forms)) check(name, value, settings.forms, formChoices);
  Object.assign(settings, rest);
  Object.assign(settings.forms, forms);
}

function check(name: string, value: unknown, within: object, choices: Record<string, readonly string[]>): void {
  if (!Object.hasOwn(within, name)) throw new RangeError(`unknown setting ${name}`);
  const words = choices[name];
  if (words) {
    if (!words.includes(value as string)) throw new RangeError(`${name} must be one of ${words.join(', ')}`);
    return;
  }
  if (numbersOrNull.has(name) && (value === null || typeof value === 'number')) return;
  const old: unknown = within[name as never];
  const isAlike = typeof old === typeof value && value !== null && Array.isArray(old) === Array.isArray(value);
  const isSpan = !spans.has(name) || (value as unknown[]).length === 2;
  if (!isAlike || !isSpan) throw new RangeError(`${name} must look like ${JSON.stringify(old)}`);
}
