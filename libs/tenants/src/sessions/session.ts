import type { Actor } from '@heliograph/kernel';
import type { SessionStatus } from './session-status';

/** Reason why a connected session may not send. */
export type HeldReason = 'phone_changed' | 'paused';

/** A session as the API shows it: no secret, only whether it has one. */
export interface Session {
  tenantId: string;
  id: string;
  /** Name of the provider adapter, e.g. `wasender`. */
  provider: string;
  accountId: string | null;
  providerSessionId: string | null;
  name: string;
  /** The linked phone number, E.164; null until known. */
  phone: string | null;
  /** The number it may send from, E.164. A different linked number holds the session until a person confirms it. */
  confirmedPhone: string | null;
  status: SessionStatus;
  rawStatus: string | null;
  statusSince: Date;
  /** Reason of the last change of status, as the provider said it; null: none was given. */
  statusReason: string | null;
  statusCheckedAt: Date | null;
  heldReason: HeldReason | null;
  tags: string[];
  weight: number;
  logMessages: boolean;
  accountProtection: boolean;
  hasWebhookSecret: boolean;
  /** Time until which the previous webhook secret is valid; null: there is none. */
  previousSecretUntil: Date | null;
  qr: string | null;
  qrExpiresAt: Date | null;
  /** Time until which the phone's owner may link it with a link; null: no link is open. */
  linkInvitedUntil: Date | null;
  createdAt: Date;
}

/** One entry of a session's history. Entries of holding and releasing have the same status twice. */
export interface SessionEvent {
  id: string;
  at: Date;
  fromStatus: SessionStatus;
  toStatus: SessionStatus;
  rawStatus: string | null;
  reason: string | null;
  source: string;
  /** Null: made by a person, and stored before actors were. */
  actor: Actor | null;
}
