import { type Session, sessionStatuses } from '@heliograph/tenants';
import { z } from 'zod';

const time = z.iso.datetime().nullable();

/** A session without its secrets. */
export const sessionSchema = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    account_id: z.uuid().nullable(),
    provider_session_id: z.string().nullable(),
    name: z.string(),
    phone: z.string().nullable(),
    confirmed_phone: z.string().nullable(),
    status: z.enum(sessionStatuses as [string, ...string[]]),
    raw_status: z.string().nullable(),
    status_since: z.iso.datetime(),
    status_checked_at: time,
    held_reason: z.enum(['phone_changed', 'paused']).nullable(),
    tags: z.array(z.string()),
    weight: z.int(),
    log_messages: z.boolean(),
    account_protection: z.boolean(),
    has_webhook_secret: z.boolean(),
    previous_secret_until: time,
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Session' });

export function sessionView(s: Session): z.input<typeof sessionSchema> {
  return {
    id: s.id,
    provider: s.provider,
    account_id: s.accountId,
    provider_session_id: s.providerSessionId,
    name: s.name,
    phone: s.phone,
    confirmed_phone: s.confirmedPhone,
    status: s.status,
    raw_status: s.rawStatus,
    status_since: s.statusSince.toISOString(),
    status_checked_at: s.statusCheckedAt?.toISOString() ?? null,
    held_reason: s.heldReason,
    tags: s.tags,
    weight: s.weight,
    log_messages: s.logMessages,
    account_protection: s.accountProtection,
    has_webhook_secret: s.hasWebhookSecret,
    previous_secret_until: s.previousSecretUntil?.toISOString() ?? null,
    created_at: s.createdAt.toISOString(),
  };
}
