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

/** The columns of `Session`, secrets reduced to whether they exist. */
export const sessionColumns = `
  tenant_id AS "tenantId", id, provider, account_id AS "accountId", provider_session_id AS "providerSessionId", name, phone,
  confirmed_phone AS "confirmedPhone", status, raw_status AS "rawStatus", status_since AS "statusSince",
  status_checked_at AS "statusCheckedAt", held_reason AS "heldReason", tags, weight, log_messages AS "logMessages",
  account_protection AS "accountProtection", webhook_secret IS NOT NULL AS "hasWebhookSecret",
  CASE WHEN previous_secret_until > heliograph_now() THEN previous_secret_until END AS "previousSecretUntil",
  qr, qr_expires_at AS "qrExpiresAt", created_at AS "createdAt"`;
