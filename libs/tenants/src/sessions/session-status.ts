import type { ProviderSessionStatus } from '@heliograph/providers';

/** Status of a session in Heliograph. Messages are sent in `connected` only. */
export type SessionStatus = 'new' | ProviderSessionStatus | 'unauthorised' | 'deleted';

/**
 * Source of a report: a provider's hook, our own status check, a person's call through the API, the answer to a send, or the
 * product itself.
 */
export type StatusSource = 'hook' | 'poll' | 'api' | 'send' | 'system';

/**
 * Allowed moves from each status. The provider may skip steps (hooks get lost), so nearly every move is allowed,
 * but no session becomes `new` again or leaves `deleted`.
 */
export const sessionTransitions: Record<SessionStatus, readonly SessionStatus[]> = {
  new: [
    'connecting',
    'connected',
    'disconnected',
    'need_scan',
    'need_passkey',
    'logged_out',
    'expired',
    'unknown',
    'unauthorised',
    'deleted',
  ],
  connecting: ['connected', 'disconnected', 'need_scan', 'need_passkey', 'logged_out', 'expired', 'unknown', 'unauthorised', 'deleted'],
  connected: ['connecting', 'disconnected', 'need_scan', 'need_passkey', 'logged_out', 'expired', 'unknown', 'unauthorised', 'deleted'],
  disconnected: ['connecting', 'connected', 'need_scan', 'need_passkey', 'logged_out', 'expired', 'unknown', 'unauthorised', 'deleted'],
  need_scan: ['connecting', 'connected', 'disconnected', 'need_passkey', 'logged_out', 'expired', 'unknown', 'unauthorised', 'deleted'],
  need_passkey: ['connecting', 'connected', 'disconnected', 'need_scan', 'logged_out', 'expired', 'unknown', 'unauthorised', 'deleted'],
  logged_out: ['connecting', 'connected', 'disconnected', 'need_scan', 'need_passkey', 'expired', 'unknown', 'unauthorised', 'deleted'],
  expired: ['connecting', 'connected', 'disconnected', 'need_scan', 'need_passkey', 'logged_out', 'unknown', 'unauthorised', 'deleted'],
  unknown: ['connecting', 'connected', 'disconnected', 'need_scan', 'need_passkey', 'logged_out', 'expired', 'unauthorised', 'deleted'],
  unauthorised: ['connecting', 'connected', 'disconnected', 'need_scan', 'need_passkey', 'logged_out', 'expired', 'unknown', 'deleted'],
  deleted: [],
};

export const sessionStatuses = Object.keys(sessionTransitions) as SessionStatus[];

/** Statuses that each source may report. */
const isBelieved: Record<StatusSource, (from: SessionStatus, to: SessionStatus) => boolean> = {
  // A hook shows neither our API key nor the linked phone. Only a check, which also reads the identity, may open a session.
  hook: (from, to) => from !== 'unauthorised' && to !== 'unauthorised' && to !== 'deleted' && to !== 'connected',
  poll: (_, to) => to !== 'deleted',
  api: () => true,
  // A refused send shows that the session is down, but not why. A more precise status stays.
  send: (from, to) => to === 'unauthorised' || (to === 'disconnected' && from === 'connected'),
  system: () => true,
};

/** True when `source` may move a session from `from` to `to`. A report of the same status is not a move. */
export function canMove(from: SessionStatus, to: SessionStatus, source: StatusSource): boolean {
  return sessionTransitions[from].includes(to) && isBelieved[source](from, to);
}

/** Returns the statuses from which `source` may move a session to `to`, for the condition of the updating statement. */
export function movableFrom(to: SessionStatus, source: StatusSource): SessionStatus[] {
  return sessionStatuses.filter((from) => canMove(from, to, source));
}
