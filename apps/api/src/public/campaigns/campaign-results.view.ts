import {
  campaignCells,
  type CampaignFailure,
  type CampaignHold,
  type CampaignPerson,
  type CampaignResults,
  type CampaignSeries,
  campaignStates,
  campaignWaits,
  failedKinds,
  leftOutKinds,
  stopRule,
} from '@heliograph/campaigns';
import { messageStates } from '@heliograph/messaging';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const uuid = z.uuid();
const time = z.iso.datetime();
const count = z.int().min(0);
const id = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e2';
const sessionId = '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f';
const left = { read: count, delivered: count, sent: count, failed: count };

const exampleResults = {
  campaign_id: id,
  name: 'Summer sale',
  state: 'processing' as const,
  reason: null,
  detail: null,
  counted_at: '2026-11-24T14:32:08.000Z',
  audience: 48_210,
  counts: { read: 9_482, delivered: 12_057, sent: 1_318, failed: 271, waiting: 23_148, left_out: 1_934 },
  uncertain: 9,
  failed: { failed: 271, cancelled: 0, expired: 0 },
  left_out: { skipped: 1_916, suppressed: 18 },
  skips: { no_consent: 1_204, opted_out: 502, duplicate: 210 },
  rate_per_minute: 80,
  launched_at: '2026-11-24T09:12:00.000Z',
  ended_at: null,
  estimated_end_at: '2026-11-24T19:21:00.000Z',
  left_out_since_plan: 18,
  skipped_since_plan: { opted_out: 18 },
  planned_end_at: '2026-11-24T18:53:00.000Z',
  waits_for: null,
  answers: { replies: 612, opt_outs: 71 },
  stop_rules: [{ signal: 'failed' as const, percent: 5, window_min: 15, min_messages: 100, messages: 1_140, affected: 13, share: 0.0114 }],
  numbers: [
    { session_id: sessionId, name: 'Front desk', read: 2_900, delivered: 3_500, sent: 430, failed: 82, share: 0.3, rate_per_minute: 24 },
  ],
};

/** Figures of a campaign. */
export const campaignResultsSchema = z
  .object({
    campaign_id: uuid,
    name: z.string(),
    state: z.enum(campaignStates),
    reason: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
    counted_at: time,
    audience: count.meta({ description: 'People; the sum of `counts`. It grows while a launch goes on.' }),
    counts: z
      .object(Object.fromEntries(campaignCells.map((cell) => [cell, count])) as Record<(typeof campaignCells)[number], typeof count>)
      .meta({
        description: 'People by outcome so far; each is in exactly one. `played` counts as `read`, `cancelled` and `expired` as `failed`.',
      }),
    uncertain: count.meta({ description: 'People of `waiting` whose outcome is not known yet.' }),
    failed: z
      .object(Object.fromEntries(failedKinds.map((kind) => [kind, count])) as Record<(typeof failedKinds)[number], typeof count>)
      .meta({
        description:
          'Parts of `counts.failed`. `failed`: refused or given up; `cancelled`; `expired`: not sent before the end, or not in its window.',
      }),
    left_out: z
      .object(Object.fromEntries(leftOutKinds.map((kind) => [kind, count])) as Record<(typeof leftOutKinds)[number], typeof count>)
      .meta({
        description:
          'Parts of `counts.left_out`. `skipped`: left out by the launch; `suppressed`: not sent since, after an opt-out, a suppression or an undone import, or for a limit at the time of sending.',
      }),
    skips: z.record(z.string(), count).meta({ description: 'People left out by the launch, by reason.' }),
    rate_per_minute: z.number().meta({ description: 'Messages that left a minute, over the last five full minutes.' }),
    launched_at: time.nullable(),
    ended_at: time.nullable(),
    estimated_end_at: time
      .nullable()
      .meta({ description: 'When it ends at the current rate; null: it does not run, or nothing left in the last minutes.' }),
    left_out_since_plan: count.nullable().meta({
      description:
        'People left out beyond those of the plan before the launch: by the launch, or suppressed after it, such as opt-outs since; null: there is no plan.',
    }),
    skipped_since_plan: z.record(z.string(), count).nullable().meta({
      description:
        'The same by reason. A person whose reason is another than in the plan counts under the new one, so that these may add up to more.',
    }),
    planned_end_at: time.nullable().meta({ description: 'When the plan before the launch had it end; null: there is no plan.' }),
    waits_for: z
      .object({ cause: z.enum(campaignWaits), until: time.nullable() })
      .nullable()
      .meta({
        description:
          'Why a running campaign sends nothing now; null: it sends, it does not run, or nothing waits. Of all numbers, the one that may send first counts. `until`: when the cause ends; null: somebody has to do something, or the end is not known. Causes of its schedule: its start where its people live (`start`), its windows (`windows`), public holidays (`holidays`), the quiet hours of the client (`quiet_hours`). Of its numbers: not connected or held (`session`), settings that have to be corrected (`lane_invalid`), a pause that the provider asked for, or after unanswered calls (`provider`), their send window (`send_window`), a cap (`hourly_or_daily_cap`). Its own daily cap (`group_cap`), a change that is being applied to all its messages (`group_changing`), the minimum gap after another message to the same person (`min_gap`), the time of the next attempt (`retry`). The resumption of the suspended client (`tenant_suspended`), the release of a restored database (`ledger_held`).',
      }),
    numbers: z
      .array(z.object({ session_id: uuid, name: z.string(), ...left, share: z.number(), rate_per_minute: z.number() }))
      .meta({ description: 'What left through each number, most first. `share` is from 0 to 1.' }),
    answers: z
      .object({ replies: count, opt_outs: count })
      .meta({ description: 'People who answered a message of the campaign, and who opted out by it.' }),
    stop_rules: z
      .array(stopRule.extend({ messages: count, affected: count, share: z.number() }))
      .meta({ description: 'The stop rules with their figures in the window that ends now. `share` is from 0 to 1.' }),
  })
  .meta({ id: 'CampaignResults', example: exampleResults });
export type CampaignResultsView = z.input<typeof campaignResultsSchema>;

export function resultsView(results: CampaignResults, hold: CampaignHold | null = null): CampaignResultsView {
  const { campaign } = results;
  return {
    campaign_id: campaign.id,
    name: campaign.name,
    state: campaign.state,
    reason: campaign.reason,
    detail: campaign.detail,
    counted_at: results.countedAt.toISOString(),
    audience: results.audience,
    counts: results.counts,
    uncertain: results.uncertain,
    failed: results.failed,
    left_out: results.leftOut,
    skips: results.skips,
    rate_per_minute: results.ratePerMinute,
    launched_at: campaign.launchedAt?.toISOString() ?? null,
    ended_at: campaign.endedAt?.toISOString() ?? null,
    estimated_end_at: results.estimatedEndAt?.toISOString() ?? null,
    left_out_since_plan: results.leftOutSincePlan,
    skipped_since_plan: results.skippedSincePlan,
    planned_end_at: results.plannedEndAt?.toISOString() ?? null,
    waits_for: hold && { cause: hold.cause, until: hold.until?.toISOString() ?? null },
    answers: { replies: results.answers.replies, opt_outs: results.answers.optOuts },
    stop_rules: results.rules.map(({ rule, messages, affected }) => ({
      ...rule,
      messages,
      affected,
      share: messages === 0 ? 0 : affected / messages,
    })),
    numbers: results.numbers.map(({ sessionId: session_id, perMinute, name, share, read, delivered, sent, failed }) => ({
      session_id,
      name,
      read,
      delivered,
      sent,
      failed,
      share,
      rate_per_minute: perMinute,
    })),
  };
}

/** Messages of a campaign by the time at which they left. */
export const campaignSeriesSchema = z
  .object({
    step_minutes: z.int(),
    points: z.array(z.object({ at: time, ...left, throttled: count })).meta({
      description:
        'Messages that left within a step, by their outcome so far: the points change while receipts arrive. `throttled`: calls within the step that the provider refused for now (429). Steps without either are absent.',
    }),
  })
  .meta({
    id: 'CampaignSeries',
    example: { step_minutes: 1, points: [{ at: '2026-11-24T09:12:00.000Z', read: 40, delivered: 36, sent: 2, failed: 1, throttled: 0 }] },
  });

export function seriesView({ stepMinutes, points }: CampaignSeries): z.input<typeof campaignSeriesSchema> {
  return { step_minutes: stepMinutes, points: points.map(({ at, ...point }) => ({ at: at.toISOString(), ...point })) };
}

/** Why messages of a campaign failed or ended unsent. */
export const campaignFailuresSchema = z
  .object({
    data: z.array(
      z.object({
        state: z.enum(['failed', 'suppressed', 'cancelled', 'expired']),
        reason: z.string(),
        count,
        text: z.string().nullable(),
        what_to_do: z.string().nullable(),
        retry_helps: z.boolean().meta({ description: 'True when sending again may help.' }),
      }),
    ),
  })
  .meta({
    id: 'CampaignFailures',
    example: {
      data: [
        {
          state: 'failed',
          reason: 'invalid_recipient',
          count: 188,
          text: 'The address is not on WhatsApp.',
          what_to_do: 'Correct the number, then redrive with the new one.',
          retry_helps: false,
        },
      ],
    },
  });

export function failuresView(failures: CampaignFailure[]): z.input<typeof campaignFailuresSchema> {
  return {
    data: failures.map(({ state, cause, count, text, whatToDo, retryHelps }) => ({
      state,
      reason: cause,
      count,
      text,
      what_to_do: whatToDo,
      retry_helps: retryHelps,
    })),
  };
}

const examplePerson = {
  contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073a10',
  name: 'Ana Prieto',
  external_id: 'user-81',
  phone: '+447700900123',
  outcome: 'delivered' as const,
  state: 'delivered' as const,
  reason: null,
  detail: null,
  message_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073980',
  session_id: sessionId,
  at: '2026-11-24T09:12:00.000Z',
  sent_at: '2026-11-24T09:14:03.000Z',
  delivered_at: '2026-11-24T09:14:05.000Z',
  read_at: null,
};
/** A person of the audience. */
export const campaignPersonSchema = z
  .object({
    contact_id: uuid.nullable(),
    name: z.string().nullable(),
    external_id: z.string().nullable(),
    phone: z.string().nullable().meta({ description: 'Number that the message goes to; null: the launch left the person out.' }),
    outcome: z.enum(campaignCells),
    state: z.enum([...messageStates, 'skipped']).meta({ description: 'State of the message; `skipped`: the launch left the person out.' }),
    reason: z.string().nullable(),
    detail: z
      .string()
      .nullable()
      .meta({ description: 'More about the reason; with `missing_variable` the variables that the person lacks.' }),
    message_id: uuid.nullable(),
    session_id: uuid.nullable(),
    at: time.meta({ description: 'When the launch took the person.' }),
    sent_at: time.nullable(),
    delivered_at: time.nullable(),
    read_at: time.nullable(),
  })
  .meta({ id: 'CampaignPerson', example: examplePerson });
export const campaignPeoplePage = pageSchema(campaignPersonSchema, {
  id: 'CampaignPersonPage',
  example: { data: [examplePerson], next_cursor: null },
});

export function personView(person: CampaignPerson): z.input<typeof campaignPersonSchema> {
  return {
    contact_id: person.contactId,
    name: person.name,
    external_id: person.externalId,
    phone: person.phone,
    outcome: person.cell,
    state: person.state,
    reason: person.reason,
    detail: person.detail,
    message_id: person.messageId,
    session_id: person.sessionId,
    at: person.at.toISOString(),
    sent_at: person.sentAt?.toISOString() ?? null,
    delivered_at: person.deliveredAt?.toISOString() ?? null,
    read_at: person.readAt?.toISOString() ?? null,
  };
}

/** Columns of an export of people. */
export const personColumns = Object.keys(campaignPersonSchema.shape) as (keyof z.output<typeof campaignPersonSchema>)[];
