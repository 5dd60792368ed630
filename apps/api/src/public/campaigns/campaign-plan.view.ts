import { fasterCodes, type FlightPlan, planLimits } from '@heliograph/campaigns';
import { z } from 'zod';
import { numberFiguresSchema, numberFiguresView, overlapsSchema, overlapsView } from './campaign.view';

const time = z.iso.datetime();
const count = z.int().min(0);

/** A flight plan. */
export const campaignPlanSchema = z
  .object({
    hash: z.string().meta({ description: 'Hash of what a launch as planned would send, as in the check: `expect_hash` of a launch.' }),
    made_at: time,
    people: count.meta({ description: 'People who get a message.' }),
    unsent: count.meta({
      description:
        'People of `people` to whom nothing is sent before the campaign ends, or within 366 days of its start (`too_long`): a plan looks no further.',
    }),
    missed: count.meta({
      description: 'With `when_closed` = `skip`: people whose window ends before their turn. Their messages expire (`missed_window`).',
    }),
    skips: z.record(z.string(), count).meta({ description: 'People who get no message, by reason.' }),
    overlaps: overlapsSchema,
    paused_campaigns: count.nullable().meta({
      description:
        'Paused campaigns through these sessions. The plan does not count them in, since they may be resumed or cancelled; null: an older plan, which did not look for them.',
    }),
    first_send_at: time.nullable(),
    last_send_at: time.nullable(),
    days: z.array(z.object({ date: z.iso.date(), messages: count, first_send_at: time.nullable(), last_send_at: time.nullable() })).meta({
      description:
        'Messages by day, in the time zone of the schedule, with the first and the last send of the day. Null: an older plan, which did not keep them.',
    }),
    numbers: z
      .array(
        z.object({
          session_id: z.uuid(),
          name: z.string(),
          share: z.number().min(0).max(1).meta({ description: 'Part of the messages, from 0 to 1.' }),
          messages: count,
          last_send_at: time.nullable(),
          is_down: z.boolean().meta({ description: 'The session is not connected now; the plan counts it as if it were.' }),
          waiting_warmup: z.boolean().meta({ description: 'Messages wait for later days of its warm-up.' }),
        }),
      )
      .meta({ description: 'Sessions that send.' }),
    number_checks: numberFiguresSchema
      .nullable()
      .meta({ description: 'What is known of the numbers; null: the plan was made before they were checked.' }),
    budget_today: count.nullable().meta({
      description:
        'Messages that the daily caps and warm-ups of the sessions still allow today; null: one has no cap. What is beyond is spread over days.',
    }),
    limits: z.array(planLimits).meta({ description: 'Causes for which messages wait, the weightiest first.' }),
    faster: z
      .array(
        z.object({
          code: z.enum(fasterCodes),
          last_send_at: time.nullable().meta({ description: 'End of the campaign then; null: it still does not reach everybody.' }),
          saves_s: count.nullable().meta({ description: 'Seconds by which it ends earlier; null: it reaches more people instead.' }),
          unsent: count,
        }),
      )
      .meta({ description: 'What would make the campaign end earlier.' }),
  })
  .meta({
    id: 'CampaignPlan',
    example: {
      hash: '5f1a9c7e3b0d4826a1c5e9f7d3b8a6420c9e7f5d1b3a8642c0e9f7d5b1a38642',
      made_at: '2026-11-24T08:30:00.000Z',
      people: 48_210,
      unsent: 0,
      missed: 0,
      skips: { no_consent: 1_204, opted_out: 86, missing_variable: 12 },
      overlaps: [],
      paused_campaigns: 0,
      first_send_at: '2026-11-24T09:00:00.000Z',
      last_send_at: '2026-11-26T15:12:08.000Z',
      days: [
        { date: '2026-11-24', messages: 18_000, first_send_at: '2026-11-24T09:00:00.000Z', last_send_at: '2026-11-24T17:59:58.000Z' },
        { date: '2026-11-25', messages: 18_000, first_send_at: '2026-11-25T09:00:00.000Z', last_send_at: '2026-11-25T17:59:58.000Z' },
        { date: '2026-11-26', messages: 12_210, first_send_at: '2026-11-26T09:00:00.000Z', last_send_at: '2026-11-26T15:12:08.000Z' },
      ],
      numbers: [
        {
          session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d8',
          name: 'Sales',
          share: 1,
          messages: 48_210,
          last_send_at: '2026-11-26T15:12:08.000Z',
          is_down: false,
          waiting_warmup: false,
        },
      ],
      number_checks: { enabled: true, known: 45_210, unknown: 3_000, to_check: 3_000, per_day: 1_500, duration_s: 172_800 },
      budget_today: 18_000,
      limits: ['daily_cap', 'windows'],
      faster: [{ code: 'add_number', last_send_at: '2026-11-25T13:20:41.000Z', saves_s: 93_087, unsent: 0 }],
    },
  });

/** Returns a flight plan as the API shows it. */
export function planView(plan: FlightPlan): z.input<typeof campaignPlanSchema> {
  return {
    hash: plan.hash,
    made_at: plan.madeAt.toISOString(),
    people: plan.people,
    unsent: plan.unsent,
    missed: plan.missed,
    skips: plan.skips,
    overlaps: overlapsView(plan.overlaps),
    paused_campaigns: plan.pausedCampaigns,
    first_send_at: plan.firstSendAt?.toISOString() ?? null,
    last_send_at: plan.lastSendAt?.toISOString() ?? null,
    days: plan.days.map(({ date, messages, firstSendAt, lastSendAt }) => ({
      date,
      messages,
      first_send_at: firstSendAt?.toISOString() ?? null,
      last_send_at: lastSendAt?.toISOString() ?? null,
    })),
    numbers: plan.numbers.map(({ sessionId, name, share, messages, lastSendAt, isDown, isWarmingUp }) => ({
      session_id: sessionId,
      name,
      share,
      messages,
      last_send_at: lastSendAt?.toISOString() ?? null,
      is_down: isDown,
      waiting_warmup: isWarmingUp,
    })),
    number_checks: plan.numberChecks && numberFiguresView(plan.numberChecks),
    budget_today: plan.budgetToday,
    limits: plan.limits,
    faster: plan.faster.map(({ code, lastSendAt, savesS, unsent }) => ({
      code,
      last_send_at: lastSendAt?.toISOString() ?? null,
      saves_s: savesS,
      unsent,
    })),
  };
}
