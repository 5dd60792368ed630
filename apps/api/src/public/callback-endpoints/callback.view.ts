import { actorSchema } from '@heliograph/kernel';
import type { CallbackAttempt, CallbackEndpoint, LoggedCallback } from '@heliograph/webhooks';
import { callbackStates, callbackTypeNames, type CallbackType, maxPending } from '@heliograph/webhooks';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const exampleEndpoint = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0',
  name: 'Core application',
  url: 'https://core.example.com/heliograph',
  types: ['message.delivered', 'message.failed'],
  session_ids: null,
  only_actionable: false,
  header_names: ['x-team'],
  ordered: false,
  batch_size: 1,
  rate_per_s: 200,
  concurrency: 8,
  state: 'active',
  disabled_reason: null,
  failures: 0,
  failing_since: null,
  closed_until: null,
  previous_secret_until: null,
  pending: 0,
  dropped: 0,
  last_day: { calls: 812, failed: 3, p95_ms: 140, hours: [{ at: '2026-11-24T11:00:00.000Z', calls: 812, failed: 3 }] },
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  changed_at: null,
  changed_by: null,
} as const;
const exampleCallback = {
  event_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e1',
  type: 'message.delivered',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  at: '2026-11-24T12:00:00.000Z',
  state: 'delivered',
  attempts: 1,
  next_attempt_at: null,
  settled_at: '2026-11-24T12:00:00.120Z',
  last_status: 200,
  last_reason: null,
} as const;

const uuid = z.uuid();
const time = z.iso.datetime();
export const callbackState = z.enum(callbackStates).meta({ id: 'CallbackState' });
export const callbackType = z.enum(callbackTypeNames as [CallbackType, ...CallbackType[]]).meta({ id: 'CallbackType' });

export const endpointSchema = z
  .object({
    id: uuid,
    name: z.string(),
    url: z.string(),
    types: z.array(callbackType).nullable().meta({ description: 'Null: every type, including later ones.' }),
    session_ids: z.array(uuid).nullable().meta({ description: 'Null: every session.' }),
    only_actionable: z.boolean(),
    header_names: z.array(z.string()),
    ordered: z.boolean(),
    batch_size: z.int(),
    rate_per_s: z.int(),
    concurrency: z.int(),
    state: z.enum(['active', 'paused', 'disabled']),
    disabled_reason: z.string().nullable(),
    failures: z.int().meta({ description: 'Consecutive failed calls.' }),
    failing_since: time.nullable(),
    closed_until: time.nullable().meta({ description: 'The endpoint asked for no calls before this time.' }),
    previous_secret_until: time.nullable().meta({ description: 'Until this time the previous secret signs too.' }),
    pending: z.int().meta({ description: `Pending callbacks; ${maxPending} means that many or more.` }),
    dropped: z.int().meta({ description: 'Callbacks that expired before they were delivered.' }),
    last_day: z
      .object({
        calls: z.int(),
        failed: z.int(),
        p95_ms: z.int().nullable().meta({ description: 'About the duration that 95 % of the calls did not exceed; null without calls.' }),
        hours: z.array(z.object({ at: time, calls: z.int(), failed: z.int() })).meta({ description: 'Hours with calls, oldest first.' }),
      })
      .meta({ description: 'Calls in the last 24 hours, this hour included; some seconds late.' }),
    created_at: time,
    created_by: actorSchema.nullable().meta({ description: 'Null for older endpoints.' }),
    changed_at: time.nullable(),
    changed_by: actorSchema.nullable().meta({
      description: 'Who last set, paused or resumed the endpoint, or rotated its secret. The system’s `callbacks`: Heliograph disabled it.',
    }),
  })
  .meta({ id: 'CallbackEndpoint', example: exampleEndpoint });
/** An endpoint with its secret, as shown on creation. */
export const endpointWithSecretSchema = endpointSchema
  .extend({ secret: z.string() })
  .meta({ id: 'CallbackEndpointWithSecret', example: { ...exampleEndpoint, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } });

export function endpointView(e: CallbackEndpoint): z.input<typeof endpointSchema> {
  return {
    id: e.id,
    name: e.name,
    url: e.url,
    types: e.types,
    session_ids: e.sessionIds,
    only_actionable: e.onlyActionable,
    header_names: e.headerNames,
    ordered: e.ordered,
    batch_size: e.batchSize,
    rate_per_s: e.ratePerS,
    concurrency: e.concurrency,
    state: e.state,
    disabled_reason: e.disabledReason,
    failures: e.failures,
    failing_since: e.failingSince?.toISOString() ?? null,
    closed_until: e.closedUntil?.toISOString() ?? null,
    previous_secret_until: e.previousSecretUntil?.toISOString() ?? null,
    pending: e.pending,
    dropped: e.dropped,
    last_day: {
      calls: e.lastDay.calls,
      failed: e.lastDay.failed,
      p95_ms: e.lastDay.p95Ms,
      hours: e.lastDay.hours.map(({ at, calls, failed }) => ({ at: at.toISOString(), calls, failed })),
    },
    created_at: e.createdAt.toISOString(),
    created_by: e.createdBy,
    changed_at: e.changedAt?.toISOString() ?? null,
    changed_by: e.changedBy,
  };
}

export const callbackSchema = z
  .object({
    event_id: uuid,
    type: callbackType,
    session_id: uuid.nullable(),
    at: time,
    state: callbackState,
    attempts: z.int(),
    next_attempt_at: time.nullable(),
    settled_at: time.nullable(),
    last_status: z.int().nullable(),
    last_reason: z.string().nullable(),
  })
  .meta({ id: 'Callback', example: exampleCallback });
export const callbackDetailSchema = callbackSchema
  .extend({
    body: z
      .string()
      .nullable()
      .meta({ description: 'Exact bytes of the body; for a batch, one of its events. Null without the scope `callbacks:bodies`.' }),
    trail: z.array(
      z.object({
        at: time,
        attempt: z.int(),
        batch_id: uuid.nullable(),
        status: z.int().nullable(),
        reason: z.string().nullable().meta({ description: 'Why it does not count as delivered; null when it does.' }),
        duration_ms: z.int(),
        response: z
          .string()
          .nullable()
          .meta({ description: 'First 4,096 characters of the response; null without the scope `callbacks:bodies`.' }),
      }),
    ),
  })
  .meta({
    id: 'CallbackDetail',
    example: {
      ...exampleCallback,
      body: '{"id":"0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e1","type":"message.delivered"}',
      trail: [{ at: '2026-11-24T12:00:00.100Z', attempt: 1, batch_id: null, status: 200, reason: null, duration_ms: 14, response: 'ok' }],
    },
  });

export function callbackView(c: LoggedCallback): z.input<typeof callbackSchema> {
  return {
    event_id: c.eventId,
    type: c.type,
    session_id: c.sessionId,
    at: c.at.toISOString(),
    state: c.state,
    attempts: c.attempts,
    next_attempt_at: c.nextAttemptAt?.toISOString() ?? null,
    settled_at: c.settledAt?.toISOString() ?? null,
    last_status: c.lastStatus,
    last_reason: c.lastReason,
  };
}

/** @param showsBodies false: omits bodies and responses, which may contain messages of people */
export function callbackDetailView(
  c: LoggedCallback & { body: string; trail: CallbackAttempt[] },
  showsBodies: boolean,
): z.input<typeof callbackDetailSchema> {
  return {
    ...callbackView(c),
    body: showsBodies ? c.body : null,
    trail: c.trail.map((t) => ({
      at: t.at.toISOString(),
      attempt: t.attempt,
      batch_id: t.batchId,
      status: t.status,
      reason: t.reason,
      duration_ms: t.durationMs,
      response: showsBodies ? t.response : null,
    })),
  };
}

export const endpointList = z
  .object({ data: z.array(endpointSchema) })
  .meta({ id: 'CallbackEndpointList', example: { data: [exampleEndpoint] } });
export const callbackPage = pageSchema(callbackSchema, { id: 'CallbackPage', example: { data: [exampleCallback], next_cursor: null } });
