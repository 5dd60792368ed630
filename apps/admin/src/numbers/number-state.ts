import type { components } from '../providers/api-types';

export type WhatsAppNumber = components['schemas']['Session'];
export type Lane = components['schemas']['Lane'];
export type LaneLimits = components['schemas']['LaneLimits'];
export type NumberEvent = components['schemas']['SessionEvent'];

const chips: Partial<Record<string, string>> = {
  need_scan: 'needs_scan',
  need_passkey: 'needs_passkey',
  unauthorised: 'credentials_invalid',
};

/** Chip of a status of the API. */
export const chipOf = (status: string): string => chips[status] ?? status;

/** Chip of a number: its status, or what keeps a connected one from sending. */
export function stateOf({ status, held_reason }: Pick<WhatsAppNumber, 'status' | 'held_reason'>, lane?: Lane): string {
  if (status !== 'connected') return chipOf(status);
  if (held_reason === 'phone_changed') return 'number_changed';
  if (held_reason === 'paused') return 'paused';
  return lane?.closed_until && lane.closed_reason === 'throttled' ? 'asked_to_wait' : 'connected';
}

/** States that a person ends by linking a phone, the most likely to send again first. */
const linkable: readonly string[] = ['need_scan', 'need_passkey', 'new', 'disconnected', 'logged_out', 'expired', 'unknown'];

/** True when the next step is to link a phone. */
export const needsLink = (number: WhatsAppNumber): boolean => linkable.includes(number.status);

/** Order of a list: what needs a person first, then what waits, then what sends. */
export function urgency(number: WhatsAppNumber): number {
  const order = ['logged_out', 'expired', 'credentials_invalid', 'number_changed', 'needs_scan', 'needs_passkey', 'disconnected'];
  const at = order.indexOf(stateOf(number));
  if (at !== -1) return at;
  const rest = ['paused', 'new', 'unknown', 'connecting'].indexOf(stateOf(number));
  return order.length + (rest === -1 ? 4 : rest);
}

/** Messages that the caps allow today, warm-up and pool included; null: nothing limits the day. */
export const capToday = (lane: Lane): number | null => (lane.left_today === null ? null : lane.sent_today + lane.left_today);

/** Messages that the caps allow this hour; null: nothing limits the hour. */
export const capThisHour = (lane: Lane): number | null => (lane.left_this_hour === null ? null : lane.sent_this_hour + lane.left_this_hour);

/** True when the number would send now if a message waited. */
export const isSending = (number: WhatsAppNumber, lane: Lane): boolean =>
  number.status === 'connected' && number.held_reason === null && lane.closed_until === null;
