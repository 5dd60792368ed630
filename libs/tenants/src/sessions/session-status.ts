import type { ProviderSessionStatus } from '@heliograph/providers';

/** Status of a session as Heliograph sees it. Messages leave in `connected` only. */
export type SessionStatus = 'new' | ProviderSessionStatus | 'unauthorised' | 'deleted';

/**
 * Who says so: a provider's hook, our own status check, a person's call through the API, the answer to a send, or the
 * product itself.
 */
export type StatusSource = 'hook' | 'poll' | 'api' | 'send' | 'system';

/**
 * Where a session may go from each status. The provider may skip steps (hooks get lost), so nearly everything leads to
 * everything; but `new` is never entered again and `deleted` never left.
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

/** What each source is believed about. */
const isBelieved: Record<StatusSource, (from: SessionStatus, to: SessionStatus) => boolean> = {
  // A hook knows nothing of our API key, nor which phone is behind the session: only a check, which also reads the identity, may open it.
  hook: (from, to) => from !== 'unauthorised' && to !== 'unauthorised' && to !== 'deleted' && to !== 'connected',
  poll: (_, to) => to !== 'deleted',
  api: () => true,
  // A refused send tells that it is down, not how; what is known better stays.
  send: (from, to) => to === 'unauthorised' || (to === 'disconnected' && from === 'connected'),
  system: () => true,
};

/** True when a session in `from` goes to `to` because `source` says so. A report of the same status is not a move. */
export function canMove(from: SessionStatus, to: SessionStatus, source: StatusSource): boolean {
  return sessionTransitions[from].includes(to) && isBelieved[source](from, to);
}

/** The statuses that `source` may move to `to`; what the one updating statement compares with. */
export function movableFrom(to: SessionStatus, source: StatusSource): SessionStatus[] {
  return sessionStatuses.filter((from) => canMove(from, to, source));
}
