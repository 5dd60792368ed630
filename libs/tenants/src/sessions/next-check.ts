import { doubledMs } from '@heliograph/kernel';
import type { SessionStatus } from './session-status';

const second = 1_000;
const minute = 60 * second;

/** Maximum wait before the next check of a session in this status, in ms. */
const slowest: Record<SessionStatus, number> = {
  connected: 5 * minute,
  new: minute,
  connecting: minute,
  disconnected: minute,
  need_scan: minute,
  need_passkey: minute,
  unauthorised: minute,
  unknown: minute,
  // These need a person, whose call or scan triggers a check.
  logged_out: 5 * minute,
  expired: 5 * minute,
  deleted: 24 * 60 * minute,
};

/** The provider documents no lifetime of a QR text; WhatsApp replaces it after 20 to 60 s. */
export const qrLifetimeMs = 45 * second;

/**
 * Milliseconds until the next status check: 5 min while connected; else 10 s, doubling after the third check up to
 * the maximum. Varied by up to a tenth, so that sessions registered together are not checked together.
 * @param checks checks since the status last changed
 * @param random 0 <= random < 1
 */
export function nextCheckInMs(status: SessionStatus, checks: number, random: number): number {
  const pace = status === 'connected' ? slowest.connected : doubledMs(10 * second, checks - 3, slowest[status]);
  return Math.round(pace * (0.9 + 0.2 * random));
}
