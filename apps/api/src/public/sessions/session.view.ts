import { searchText } from '@heliograph/kernel';
import type { LaneFigures, LaneView } from '@heliograph/messaging';
import { type Session, sessionStatuses } from '@heliograph/tenants';
import { z } from 'zod';
import { problemResponse } from '../../http/problem.schema';
import { healthSchema, healthView } from '../lanes/lane-health.view';
import { laneSchema, laneView } from '../lanes/lane.view';

export const exampleSession = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  provider: 'wasender',
  account_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0',
  provider_session_id: '4101',
  name: 'Acme UK main',
  phone: '+447700900001',
  confirmed_phone: '+447700900001',
  status: 'connected',
  raw_status: 'connected',
  status_since: '2026-11-23T08:00:00.000Z',
  status_reason: null,
  status_checked_at: '2026-11-23T08:58:00.000Z',
  held_reason: null,
  tags: ['uk'],
  weight: 1,
  log_messages: true,
  account_protection: false,
  has_webhook_secret: true,
  previous_secret_until: null,
  link_invited_until: null,
  created_at: '2026-11-01T10:00:00.000Z',
};

/** Statuses of a session. */
export const sessionStatus = z.enum(sessionStatuses as [string, ...string[]]).meta({ id: 'SessionStatus' });
const time = z.iso.datetime().nullable();
const only = z.literal('true').transform(() => true);
/** Filters of every list of sessions. */
export const sessionFilters = {
  status: sessionStatus.optional(),
  search: searchText(100).optional().meta({ description: 'Part of the name or of the phone number.' }),
  sending: only.optional().meta({ description: '`true`: only sessions that may send now: connected and not held.' }),
  due: only.optional().meta({ description: '`true`: only sessions that have a message due now.' }),
};

/** Returns which of these sessions a list is limited to; undefined: all. @param due those with a message due; null: that is not asked */
export function listedOnly(allowed: Iterable<string> | null, due: string[] | null): string[] | undefined {
  if (!due) return allowed ? [...allowed] : undefined;
  const among = allowed && new Set(allowed);
  return among ? due.filter((id) => among.has(id)) : due;
}

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
    status: sessionStatus,
    raw_status: z.string().nullable(),
    status_since: z.iso.datetime(),
    status_reason: z.string().nullable().meta({ description: 'Reason of the last change of status; null: none was given.' }),
    status_checked_at: time,
    held_reason: z.enum(['phone_changed', 'paused']).nullable(),
    tags: z.array(z.string()),
    weight: z.int(),
    log_messages: z.boolean(),
    account_protection: z.boolean(),
    has_webhook_secret: z.boolean(),
    previous_secret_until: time,
    link_invited_until: time.meta({ description: 'Until this time the phone’s owner may link it with a link; null: no link is open.' }),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Session', example: exampleSession });

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
    status_reason: s.statusReason,
    status_checked_at: s.statusCheckedAt?.toISOString() ?? null,
    held_reason: s.heldReason,
    tags: s.tags,
    weight: s.weight,
    log_messages: s.logMessages,
    account_protection: s.accountProtection,
    has_webhook_secret: s.hasWebhookSecret,
    previous_secret_until: s.previousSecretUntil?.toISOString() ?? null,
    link_invited_until: s.linkInvitedUntil?.toISOString() ?? null,
    created_at: s.createdAt.toISOString(),
  };
}

/** A session of a list, with what is left of its limits and what became of its messages. */
export const listedSessionSchema = sessionSchema
  .extend({
    lane: laneSchema.nullable().optional().meta({ description: 'With `include=lane`. Null: the session has not sent yet.' }),
    health: healthSchema
      .nullable()
      .optional()
      .meta({ description: 'With `include=lane`. Null: the session has sent nothing in these days.' }),
  })
  .meta({ id: 'ListedSession', example: exampleSession });

/**
 * @param lanes by session
 * @param figures by session
 */
export function listedView(
  session: Session,
  lanes: Map<string, LaneView>,
  figures: Map<string, LaneFigures>,
): z.input<typeof listedSessionSchema> {
  const [lane, lately] = [lanes.get(session.id), figures.get(session.id)];
  return { ...sessionView(session), lane: lane ? laneView(lane) : null, health: lately ? healthView(lately) : null };
}

/** A session with its hook URL. */
export const newSessionSchema = z
  .object({
    session: sessionSchema,
    hook_url: z.string().meta({ description: 'URL to which the provider must post hooks. It contains a secret and is shown only once.' }),
  })
  .meta({
    id: 'SessionWithHook',
    example: {
      session: exampleSession,
      hook_url: 'https://heliograph.example.com/hooks/wasender/q9ZkRr0s3mJvX1yB7c2LwTnE5dHfGuA8iKpOoSxVbMY',
    },
  });

/** Phone number in E.164. */
export const phone = z.string().regex(/^\+[1-9]\d{7,14}$/, 'E.164, e.g. +447700900001');
export const sessionAnswer = { status: 200, description: 'The session.', standardSchema: sessionSchema };
export const missing = problemResponse(404, 'not_found', 'No such session.');
export const notNow = problemResponse(
  409,
  'provider_session_down',
  'The state of the session does not allow this, or the session has no account.',
);
