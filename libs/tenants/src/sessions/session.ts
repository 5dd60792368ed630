import type { Actor } from '@heliograph/kernel';
import type { SessionStatus } from './session-status';

/** Why a connected session may not send. */
export type HeldReason = 'phone_changed' | 'paused';

/** A session as people see it: no secret, only whether there is one. */
export interface Session {
  tenantId: string;
  id: string;
  /** Name of the provider adapter, e.g. `wasender`. */
  provider: string;
  accountId: string | null;
  providerSessionId: string | null;
  name: string;
  /** The number linked now, E.164; null until known. */
  phone: string | null;
  /** The number it may send from, E.164. Another one linked holds the session until a person confirms it. */
  confirmedPhone: string | null;
  status: SessionStatus;
  rawStatus: string | null;
  statusSince: Date;
  statusCheckedAt: Date | null;
  heldReason: HeldReason | null;
  tags: string[];
  weight: number;
  logMessages: boolean;
  accountProtection: boolean;
  hasWebhookSecret: boolean;
  /** Until when the previous webhook secret is taken too; null: there is none. */
  previousSecretUntil: Date | null;
  qr: string | null;
  qrExpiresAt: Date | null;
  createdAt: Date;
}

/** One line of a session's history. Holding and releasing have the same status twice. */
export interface SessionEvent {
  id: string;
  at: Date;
  fromStatus: SessionStatus;
  toStatus: SessionStatus;
  rawStatus: string | null;
  reason: string | null;
  source: string;
  /** Null: it was stored before actors were, by a person. */
  actor: Actor | null;
}
