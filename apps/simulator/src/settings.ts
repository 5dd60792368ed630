/** Switches of the whole simulator; `PATCH /sim/config` changes any of them. Times in ms, rates from 0 to 1. */
export interface SimulatorSettings {
  /** Hook delays after the send was taken, each [least, most]. */
  sentAfterMs: [number, number];
  deliveredAfterMs: [number, number];
  readAfterMs: [number, number];
  readRate: number;
  replyRate: number;
  hooksEnabled: boolean;
  hookDuplicateRate: number;
  hookLossRate: number;
  /** Adds up to this much to single hooks, so that they overtake each other. */
  hookDisorderMs: number;
  /** Repeats after a failed delivery, each so many ms after the one before. */
  hookRetriesMs: number[];
  /** Where own-message hooks carry the numeric id. */
  msgIdIn: 'none' | 'data.id' | 'key.msgId';
  /** How own-message hooks name the recipient. */
  echoAddress: 'phone' | 'lid' | 'lid-with-phone';
  /** Forms of the events: as the docs show them, or as clients in the field saw them. */
  hookForm: 'docs' | 'variant';
  echoEvents: ('message.sent' | 'messages.upsert')[];
  receiptEvents: boolean;
  sessionIdMember: boolean;
  /** When info knows the WhatsApp id, after the send was taken. */
  keyAfterMs: number;
  infoBeforeKey: 'without-id' | '404';
  resetStyle: 'delta' | 'epoch' | 'absent';
  retryAfterInBody: boolean;
  retryAfterHeader: boolean;
  /** Numbers ending in one of these are not on WhatsApp. */
  notOnWhatsAppSuffixes: string[];
  latencyMs: [number, number];
}

export const defaultSettings = (): SimulatorSettings => ({
  sentAfterMs: [20, 100],
  deliveredAfterMs: [100, 500],
  readAfterMs: [500, 3_000],
  readRate: 0.6,
  replyRate: 0,
  hooksEnabled: true,
  hookDuplicateRate: 0,
  hookLossRate: 0,
  hookDisorderMs: 0,
  hookRetriesMs: [1_000, 3_000],
  msgIdIn: 'none',
  echoAddress: 'phone',
  hookForm: 'docs',
  echoEvents: ['message.sent', 'messages.upsert'],
  receiptEvents: true,
  sessionIdMember: true,
  keyAfterMs: 200,
  infoBeforeKey: 'without-id',
  resetStyle: 'delta',
  retryAfterInBody: true,
  retryAfterHeader: false,
  notOnWhatsAppSuffixes: [],
  latencyMs: [0, 0],
});
