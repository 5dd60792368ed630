import {
  type Campaign,
  campaignBody,
  type CampaignCheck,
  type CampaignLogEntry,
  type CampaignOverlap,
  campaignStates,
  type NumberFigures,
  skipReasons,
} from '@heliograph/campaigns';
import { actorSchema } from '@heliograph/kernel';
import { campaignApprovals } from '@heliograph/tenants';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const uuid = z.uuid();
const time = z.iso.datetime();
const actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' } as const;

export const exampleCampaign = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e2',
  version: 3,
  state: 'draft',
  reason: null,
  detail: null,
  ...campaignBody.parse({ name: 'Summer sale', audience: { include: [{ kind: 'list', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0' }] } }),
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: actor,
  state_changed_at: '2026-11-24T12:00:00.000Z',
  state_changed_by: actor,
  launched_at: null,
  ended_at: null,
  parent_id: null,
  approved_at: null,
  approved_by: null,
  run: null,
  retries: { round: 0, state: null, due_at: null, next_id: null },
} as const;

const runSchema = z
  .object({
    template_version: z.int().nullable().meta({ description: 'Version of the template, fixed at the launch.' }),
    starts_at: time,
    started_at: time.nullable(),
    expanded_at: time
      .nullable()
      .meta({ description: 'Time at which everybody of the audience had a message or a reason for none; null: not yet.' }),
    messages: z.int().meta({ description: 'People with a message so far.' }),
    skipped: z.int().meta({ description: 'People left out so far.' }),
  })
  .meta({
    id: 'CampaignRun',
    example: {
      template_version: 2,
      starts_at: '2026-11-25T08:00:00.000Z',
      started_at: '2026-11-25T08:00:00.000Z',
      expanded_at: '2026-11-25T08:00:04.000Z',
      messages: 48_210,
      skipped: 1_790,
    },
  });

/** A campaign. */
export const campaignSchema = z
  .object({
    id: uuid,
    version: z.int().meta({ description: 'Number of changes of what the campaign is to do.' }),
    state: z.enum(campaignStates),
    reason: z.string().nullable().meta({ description: 'Cause of `paused` and `failed`: `person`, `rule`, or a code.' }),
    detail: z.record(z.string(), z.unknown()).nullable(),
    ...campaignBody.shape,
    created_at: time,
    created_by: actorSchema,
    state_changed_at: time,
    state_changed_by: actorSchema,
    launched_at: time.nullable(),
    ended_at: time.nullable(),
    parent_id: uuid.nullable().meta({ description: 'Campaign that this one is a copy or a follow-up of.' }),
    approved_at: time.nullable().meta({ description: 'Approval of what it is to do now; a change takes it back.' }),
    approved_by: actorSchema.nullable(),
    run: runSchema.nullable().meta({ description: 'Null: not launched.' }),
    retries: z
      .object({
        round: z.int().meta({ description: 'Round of the plan that this campaign is; 0: it is the first.' }),
        state: z.enum(['made', 'nobody', 'stopped', 'refused']).nullable().meta({
          description:
            'End of the plan for this campaign. `made`: the next round exists. `nobody`: nobody is left whose message failed so. `stopped`: it was turned off. `refused`: the log says why there is no round. Null: a round is to come, or none is planned.',
        }),
        due_at: time.nullable().meta({ description: 'Time from which on the next round is made; null: none is to come.' }),
        next_id: uuid.nullable().meta({ description: 'Campaign that is the next round.' }),
      })
      .meta({ description: 'Outcome of `retry`.' }),
  })
  .meta({
    id: 'Campaign',
    example: exampleCampaign,
  });
export type CampaignView = z.input<typeof campaignSchema>;
export const campaignPage = pageSchema(campaignSchema, { id: 'CampaignPage', example: { data: [exampleCampaign], next_cursor: null } });

/** Returns a campaign as the API shows it. */
export function campaignView({
  createdAt,
  createdBy,
  stateChangedAt,
  stateChangedBy,
  launchedAt,
  endedAt,
  parentId,
  approvedAt,
  approvedBy,
  run,
  retries,
  ...campaign
}: Campaign): CampaignView {
  return {
    ...campaign,
    created_at: createdAt.toISOString(),
    created_by: createdBy,
    state_changed_at: stateChangedAt.toISOString(),
    state_changed_by: stateChangedBy,
    launched_at: launchedAt?.toISOString() ?? null,
    ended_at: endedAt?.toISOString() ?? null,
    parent_id: parentId,
    approved_at: approvedAt?.toISOString() ?? null,
    approved_by: approvedBy,
    run: run && {
      template_version: run.templateVersion,
      starts_at: iso(run.startsAt),
      started_at: run.startedAt && iso(run.startedAt),
      expanded_at: run.expandedAt && iso(run.expandedAt),
      messages: run.messages,
      skipped: run.skipped,
    },
    retries: { round: retries.round, state: retries.state, due_at: retries.dueAt && iso(retries.dueAt), next_id: retries.nextId },
  };
}

const iso = (at: string): string => new Date(at).toISOString();

const exampleNumbers = { enabled: true, known: 45_210, unknown: 3_000, to_check: 3_000, per_day: 1_500, duration_s: 172_800 } as const;

/** Number of people who are known to be on WhatsApp, and what checks of the others take. */
export const numberFiguresSchema = z
  .object({
    enabled: z.boolean().meta({ description: 'The campaign checks numbers (`check_numbers`).' }),
    known: z.int().meta({ description: 'People who get a message and are known to be on WhatsApp.' }),
    unknown: z.int().meta({ description: 'People who get a message and of whose number nothing is known.' }),
    to_check: z.int().meta({ description: 'People of `unknown` whom the checks of the campaign ask about; 0 without checks.' }),
    per_day: z.int().meta({ description: 'Checks that the sessions of the campaign make in 24 hours.' }),
    duration_s: z
      .int()
      .nullable()
      .meta({ description: 'Seconds that checks of all unknown people take, or would take; null: no session makes checks.' }),
  })
  .meta({ id: 'NumberFigures', example: exampleNumbers });

/** Returns the figures of number checks as the API shows them. */
export const numberFiguresView = ({ toCheck, perDay, durationS, ...figures }: NumberFigures): z.input<typeof numberFiguresSchema> => ({
  ...figures,
  to_check: toCheck,
  per_day: perDay,
  duration_s: durationS,
});

const exampleProgress = { state: 'running', found: 812, missing: 64, unclear: 3, answered_at: '2026-11-25T08:00:00.000Z' } as const;

/** Progress of the number checks of a campaign. */
export const numberChecksSchema = z
  .object({
    state: z.enum(['off', 'held', 'running', 'done']).meta({
      description: '`off`: the campaign checks no numbers. `held`: it is a draft, paused or over. `done`: nobody waits for a check.',
    }),
    found: z.int().meta({ description: 'Numbers that checks of this campaign found on WhatsApp.' }),
    missing: z.int().meta({ description: 'Numbers that are not on WhatsApp.' }),
    unclear: z.int().meta({ description: 'Answers that said neither; the number is asked for again later.' }),
    answered_at: time.nullable().meta({ description: 'Time of the latest answer.' }),
  })
  .meta({ id: 'CampaignNumberChecks', example: exampleProgress });

/** Hash that a launch or an approval may name. */
export const expectHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a hash of a check or a plan')
  .optional()
  .describe('`hash` of the check or the plan that was looked at. It is refused when something else would be sent now.');

const exampleCheck = {
  audience: 50_000,
  sendable: 48_210,
  skips: { no_consent: 1_200, opted_out: 590 },
  numbers: exampleNumbers,
  problems: [{ code: 'sessions_down', detail: 'None of the sessions is connected; messages wait until one is.', blocks: false }],
  ready: true,
  overlaps: [{ campaign_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739da', name: 'Recall November', state: 'processing', people: 1_204 }],
  approval: 'off',
  needs_approval: false,
  template_version: 3,
  hash: '0d1fcb5c3f0a6a6d1f2a8b7c6e5d4c3b2a19081726354433221100ffeeddccbb',
  state: 'checked',
} as const;

/** Other campaigns that reach the same people. */
export const overlapsSchema = z
  .array(z.object({ campaign_id: z.uuid(), name: z.string(), state: z.enum(campaignStates), people: z.int() }))
  .meta({
    description:
      'Other launched campaigns that are not over and reach people of this audience too, most people first; the latest 20 are looked at. A warning: both are sent.',
  });
export const overlapsView = (overlaps: CampaignOverlap[]): z.input<typeof overlapsSchema> =>
  overlaps.map(({ id, ...one }) => ({ campaign_id: id, ...one }));

/** Result of a check. */
export const campaignCheckSchema = z
  .object({
    audience: z.int().meta({ description: 'People of the audience.' }),
    sendable: z.int().meta({ description: 'People who would get a message. Caps and suppressions count as of the start.' }),
    skips: z.partialRecord(z.enum(skipReasons), z.int()).meta({ description: 'People who would be left out, by reason.' }),
    numbers: numberFiguresSchema,
    problems: z.array(
      z.object({
        code: z.string(),
        detail: z.string(),
        blocks: z.boolean().meta({ description: 'True: the campaign cannot be launched before it is mended.' }),
        people: z.int().optional(),
      }),
    ),
    overlaps: overlapsSchema,
    ready: z.boolean().meta({ description: 'True when no problem blocks a launch.' }),
    approval: z.enum(campaignApprovals).meta({ description: 'Approver of campaigns of the tenant: `campaign_approval` of its settings.' }),
    needs_approval: z.boolean().meta({ description: 'True when it must be approved as it is before the launch.' }),
    template_version: z.int().nullable().meta({ description: 'Version of the template that a launch now would send; null: none.' }),
    hash: z.string().meta({
      description:
        'Hash of what a launch now would send, as in the plan: content with its version, audience with the rules of its segments, schedule, numbers, pace and rules. A launch or an approval with it as `expect_hash` is of this and nothing else.',
    }),
    state: z.enum(campaignStates),
  })
  .meta({ id: 'CampaignCheck', example: exampleCheck });

/** Returns a check as the API shows it. */
export function checkView({
  needsApproval,
  campaign,
  numbers,
  overlaps,
  content,
  ...check
}: CampaignCheck): z.input<typeof campaignCheckSchema> {
  return {
    ...check,
    numbers: numberFiguresView(numbers),
    overlaps: overlapsView(overlaps),
    needs_approval: needsApproval,
    template_version: content.templateVersion,
    hash: content.hash,
    state: campaign.state,
  };
}

const exampleEntry = { id: '17', at: '2026-11-25T08:00:00.000Z', kind: 'paused', actor, detail: { reason: 'person' } } as const;
const logEntrySchema = z
  .object({
    id: z.string(),
    at: time,
    kind: z.string().meta({
      description:
        'created, checked, approved, changes_asked, launched, started, expanded, paused, held, resumed, changed, moved, completed, reopened, retried, retry_stopped, retry_refused, cancelled or failed.',
    }),
    actor: actorSchema,
    detail: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'CampaignLogEntry', example: exampleEntry });
export const campaignLogPage = pageSchema(logEntrySchema, { id: 'CampaignLogPage', example: { data: [exampleEntry], next_cursor: null } });

/** Returns an entry of the log as the API shows it. */
export function logEntryView({ at, ...entry }: CampaignLogEntry): z.input<typeof logEntrySchema> {
  return { ...entry, at: at.toISOString() };
}
