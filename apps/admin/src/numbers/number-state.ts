import { maxCounted } from './waiting';
import type { components } from '../providers/api-types';

export type WhatsAppNumber = components['schemas']['Session'];
/** A number of the list, with its lane. */
export type ListedNumber = components['schemas']['ListedSession'];
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
  if (lane?.closed_reason === 'lane_invalid') return 'limits_invalid';
  return lane?.closed_until && lane.closed_reason === 'throttled' ? 'asked_to_wait' : 'connected';
}

/** States that a person ends by linking a phone, the most likely to send again first. */
const linkable: readonly string[] = ['need_scan', 'need_passkey', 'new', 'disconnected', 'logged_out', 'expired', 'unknown'];

/** True when the next step is to link a phone. */
export const needsLink = (number: WhatsAppNumber): boolean => linkable.includes(number.status);

/** True when nothing goes on before a person has done something. */
export const needsPerson = (number: WhatsAppNumber): boolean =>
  ['logged_out', 'expired', 'credentials_invalid', 'number_changed', 'needs_scan', 'needs_passkey', 'disconnected'].includes(
    stateOf(number),
  );

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

/** Time that the messages that wait take at the pace, in ms; null: none waits, not all are counted, or there is no pace. Caps come on top. */
export function clearMs(lane: Lane): number | null {
  if (lane.waiting === 0 || lane.waiting >= maxCounted || lane.window_limit === 0) return null;
  const pauses = lane.burst_size > 0 ? Math.floor((lane.waiting - 1) / lane.burst_size) * lane.burst_pause_ms : 0;
  return (lane.waiting * lane.window_ms) / lane.window_limit + (lane.waiting * lane.jitter_ms) / 2 + pauses;
}

/** True when the number would send now if a message waited. */
export const isSending = (number: WhatsAppNumber, lane: Lane): boolean =>
  number.status === 'connected' && number.held_reason === null && lane.closed_until === null;
