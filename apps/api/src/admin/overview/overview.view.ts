import { maxWaiting, messageOutcomes, type OutcomeCounts } from '@heliograph/messaging';
import { z } from 'zod';
import { type Alert, type AlertCounts, alertKinds, type AlertKind } from './alerts';

const kinds = Object.keys(alertKinds) as [AlertKind, ...AlertKind[]];
const exampleTenant = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0';
const exampleAlert = {
  id: 'number_logged_out/0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0',
  kind: 'number_logged_out',
  severity: 'failed',
  tenant_id: exampleTenant,
  subject: { id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0', name: 'Viewings' },
  cause: null,
  count: null,
  of: null,
  waiting: 318,
  phones: null,
  since: '2026-11-24T13:47:00.000Z',
  until: null,
} as const;

const alertSchema = z
  .object({
    id: z.string().meta({ description: 'The same while the alert stays.' }),
    kind: z.enum(kinds),
    severity: z.enum(['failed', 'uncertain', 'info']),
    tenant_id: z.uuid().nullable().meta({ description: 'Null: it concerns the installation.' }),
    subject: z
      .object({ id: z.string(), name: z.string().nullable() })
      .nullable()
      .meta({ description: 'The session, endpoint, campaign, group, person or source of a broker; a source has its name as its id.' }),
    cause: z.string().nullable().meta({
      description:
        'Cause of dead letters; reason why an endpoint was disabled, a campaign is paused or failed, or the ledger is held; error of the connection to a broker, null while no worker reports it.',
    }),
    count: z
      .int()
      .nullable()
      .meta({ description: 'Open dead letters of the cause, open reviews of the tenant, or messages left of a daily cap.' }),
    of: z.int().nullable().meta({ description: 'The daily cap.' }),
    waiting: z
      .int()
      .nullable()
      .meta({
        description: `Messages, or callbacks, that wait for it; of a number and an endpoint at most ${maxWaiting}. Null: not counted.`,
      }),
    phones: z
      .object({ confirmed: z.string(), linked: z.string() })
      .nullable()
      .meta({ description: 'Of a number that another phone was linked to: the phone that was confirmed, and the one that is linked.' }),
    since: z.iso.datetime().nullable().meta({ description: 'Begin; of dead letters, the time of the newest.' }),
    until: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which it ends by itself: of a daily cap, the next midnight of the number.' }),
  })
  .meta({ id: 'Alert', example: exampleAlert });

export const alertsSchema = z
  .object({
    data: z.array(alertSchema),
    counts: z.object({
      numbers: z.int().meta({ description: 'Sessions that need a person.' }),
      endpoints: z.int().meta({ description: 'Endpoints that need a person.' }),
      campaigns: z
        .int()
        .meta({ description: 'Campaigns that something but a person paused, that failed lately, or that wait for an approval.' }),
      dead_letters: z.int().meta({ description: 'Open dead letters.' }),
      opt_out_reviews: z.int().meta({ description: 'Messages that may be opt-outs and are not decided.' }),
    }),
  })
  .meta({
    id: 'Alerts',
    example: { data: [exampleAlert], counts: { numbers: 1, endpoints: 0, campaigns: 0, dead_letters: 12, opt_out_reviews: 3 } },
  });

export function alertsView({ alerts, counts }: { alerts: Alert[]; counts: AlertCounts }): z.input<typeof alertsSchema> {
  return {
    data: alerts.map(({ kind, tenantId, subject, cause, count, of, waiting, phones, since, until }) => ({
      id: [kind, ...(subject ? [subject.id] : tenantId ? [tenantId, cause] : [])].filter(Boolean).join('/'),
      kind,
      severity: alertKinds[kind].severity,
      tenant_id: tenantId,
      subject,
      cause,
      count,
      of,
      waiting,
      phones,
      since: since?.toISOString() ?? null,
      until: until?.toISOString() ?? null,
    })),
    counts,
  };
}

const countMeta: Record<(typeof messageOutcomes)[number], string> = {
  read: 'Read or played.',
  delivered: 'On the phone, not read.',
  sent: 'Taken by WhatsApp, not on the phone yet.',
  failed: 'Failed.',
  waiting: 'Scheduled, queued or being sent.',
  uncertain: 'Of unknown outcome.',
  unsent: 'Suppressed, cancelled or expired: never sent.',
};
export const countShape = {
  accepted: z.int().meta({ description: 'All messages: the sum of the other counts.' }),
  ...(Object.fromEntries(messageOutcomes.map((name) => [name, z.int().meta({ description: countMeta[name] })])) as Record<
    (typeof messageOutcomes)[number],
    z.ZodInt
  >),
};
export const exampleCounts = { accepted: 100, read: 60, delivered: 25, sent: 5, failed: 3, waiting: 4, uncertain: 1, unsent: 2 };
export const countsSchema = z.object(countShape).meta({ id: 'OutcomeCounts', example: exampleCounts });

const exampleInstallation = {
  hooks: { answered: 41_300, p50_ms: 4, p95_ms: 21, p99_ms: 48 },
  failing_loops: [{ service: 'worker', host: 'worker-2', loop: 'message_counts', since: '2026-11-24T14:29:10.000Z' }],
};
const within = (share: string) =>
  z
    .int()
    .nullable()
    .meta({ description: `${share} of the hooks were answered within this time; null: none.` });
const installationSchema = z
  .object({
    hooks: z
      .object({ answered: z.int(), p50_ms: within('50 %'), p95_ms: within('95 %'), p99_ms: within('99 %') })
      .meta({ description: 'Hooks that were stored and answered in the last hour, by all processes together.' }),
    failing_loops: z
      .array(
        z.object({
          service: z.string().meta({ description: '`api` or `worker`.' }),
          host: z.string(),
          loop: z.string(),
          since: z.iso.datetime(),
        }),
      )
      .meta({ description: 'Background loops that fail for more than 30 seconds, as each process reports them, the longest first.' }),
  })
  .meta({ id: 'InstallationFigures', example: exampleInstallation });

export const overviewSchema = z
  .object({
    at: z.iso.datetime().meta({ description: 'Time of the counts.' }),
    from: z.iso.datetime().meta({ description: 'Messages accepted from this time on are counted.' }),
    counted_from: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Time at which counting began; messages accepted before are in no count. Null: all are counted.' }),
    has_traffic: z.boolean().meta({ description: 'False while no message was ever accepted.' }),
    totals: countsSchema,
    clients: z
      .array(z.object({ tenant_id: z.uuid(), name: z.string(), ...countShape }))
      .meta({ description: 'Counts by tenant, which add up to `totals`.' }),
    engine: z.object({
      workers_alive: z.int(),
      oldest_due_seconds: z
        .number()
        .nullable()
        .meta({ description: 'Age of the oldest due message of a lane that may send; null: none is due.' }),
      lanes_due: z.int().meta({ description: 'Lanes with a message that is due, also those that must wait for their pace or number.' }),
      throttled_last_hour: z.int().meta({ description: 'Calls that the provider refused with 429.' }),
      open_dead_letters: z.int().nullable().meta({ description: 'Null: you may not read dead letters.' }),
      sessions: z.int(),
      sessions_sending: z.int().meta({ description: 'Sessions that are connected and not held.' }),
      callbacks: z
        .object({
          calls: z.int(),
          p95_ms: z.int().nullable().meta({ description: '95 % of the calls took at most this long; null: none.' }),
        })
        .nullable()
        .meta({ description: 'Calls of endpoints in this hour and the one before. Null: you may not read callbacks.' }),
      installation: installationSchema.nullable().meta({
        description: 'What concerns all tenants. Null: you may not read dead letters of all tenants.',
      }),
    }),
  })
  .meta({
    id: 'Overview',
    example: {
      at: '2026-11-24T14:32:00.000Z',
      from: '2026-11-24T00:00:00.000Z',
      counted_from: null,
      has_traffic: true,
      totals: exampleCounts,
      clients: [{ tenant_id: exampleTenant, name: 'Copper Kettle Coffee', ...exampleCounts }],
      engine: {
        workers_alive: 4,
        oldest_due_seconds: 0.8,
        lanes_due: 3,
        throttled_last_hour: 14,
        open_dead_letters: 12,
        sessions: 16,
        sessions_sending: 11,
        callbacks: { calls: 2_140, p95_ms: 312 },
        installation: exampleInstallation,
      },
    },
  });

const exampleThrottled = {
  tenant_id: exampleTenant,
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0',
  name: 'Viewings',
  count: 14,
  last_at: '2026-11-24T14:29:10.000Z',
};
export const throttledSchema = z
  .object({
    data: z
      .array(z.object({ tenant_id: z.uuid(), session_id: z.uuid(), name: z.string(), count: z.int(), last_at: z.iso.datetime() }))
      .meta({ description: 'The most first; the counts add up to `throttled_last_hour` of the overview.' }),
  })
  .meta({ id: 'ThrottledSessions', example: { data: [exampleThrottled] } });

const examplePoint = { at: '2026-11-24T09:00:00.000Z', sent: 430, delivered: 401, failed: 3 };
const pointSchema = z
  .object({ at: z.iso.datetime(), sent: z.int(), delivered: z.int(), failed: z.int() })
  .meta({ id: 'TrafficPoint', example: examplePoint });
export const trafficSchema = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    step_minutes: z.int().meta({ description: 'Length in minutes of the time that a point stands for.' }),
    points: z
      .array(pointSchema)
      .meta({ description: 'Moves of messages, by the time at which they happened. Steps without any are left out.' }),
    week_before: z
      .array(pointSchema)
      .meta({ description: 'The same a week before, with its own times; empty when more than a day is asked for.' }),
  })
  .meta({
    id: 'Traffic',
    example: {
      from: '2026-11-24T00:00:00.000Z',
      to: '2026-11-24T14:32:00.000Z',
      step_minutes: 5,
      points: [examplePoint],
      week_before: [],
    },
  });

const noCounts = Object.fromEntries(messageOutcomes.map((name) => [name, 0])) as OutcomeCounts;

/** Returns the counts with their sum. */
export function countsView(counts: OutcomeCounts = noCounts): z.input<typeof countsSchema> {
  return { accepted: messageOutcomes.reduce((sum, name) => sum + counts[name], 0), ...counts };
}

/** Adds up counts of several tenants. */
export function sumOf(all: Iterable<OutcomeCounts>): OutcomeCounts {
  const sum = { ...noCounts };
  for (const counts of all) for (const name of messageOutcomes) sum[name] += counts[name];
  return sum;
}
