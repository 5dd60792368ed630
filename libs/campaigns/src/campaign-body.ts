import { composed } from '@heliograph/contacts';
import { instant, maxInt } from '@heliograph/kernel';
import { timeZone } from '@heliograph/messaging';
import { z } from 'zod';
import { dayMs, wallMs } from './time/zone-clock';

/** In lower case, as ids are stored: they are compared as text. */
const uuid = z.uuid().toLowerCase();
const maxVariables = 200;
const maxSessions = 500;
/** Imports that a message names at most. */
export const maxValueImports = 40;
const hasAtMost =
  (count: number) =>
  (members: object): boolean =>
    Object.keys(members).length <= count;
const share = z.number().gt(0).max(100);

/** States of a campaign. `checked` and `draft` can be edited; `processing` and `paused` send; the last three are over. */
export const campaignStates = ['draft', 'checked', 'scheduled', 'processing', 'paused', 'completed', 'cancelled', 'failed'] as const;
export type CampaignState = (typeof campaignStates)[number];

/** A source of people: a list, a segment, or the rows of an import. */
export const audienceSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('list'), id: uuid }),
  z.strictObject({ kind: z.literal('segment'), id: uuid }),
  z.strictObject({ kind: z.literal('import'), id: uuid }).describe('The rows of an import; its other columns are variables.'),
]);
export type AudienceSource = z.output<typeof audienceSource>;

export const campaignAudience = z.strictObject({
  include: z.array(audienceSource).max(20).default([]),
  exclude: z.array(audienceSource).max(20).default([]),
  max_people: z.int().min(1).max(10_000_000).nullable().default(null).describe('Greatest number of people; null: all.'),
  random_order: z.boolean().default(false),
});

export const campaignMessage = z.strictObject({
  template_id: uuid.nullable().default(null),
  template_version: z.int().min(1).max(maxInt).nullable().default(null).describe('Null: the newest version at the launch.'),
  variables: z
    .record(z.string().overwrite(composed).max(64), z.string().max(1_024))
    .refine(hasAtMost(maxVariables), `At most ${maxVariables} variables.`)
    .default({})
    .describe('Values of variables that the contact does not have.'),
  import_ids: z
    .array(uuid)
    .max(maxValueImports)
    .optional()
    .describe('Imports whose columns are variables as well, after those of the audience: of a follow-up, those of the campaign before it.'),
});

/** A wall time of a day. 24:00 is the end of the day. */
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time as HH:mm');
export const sendWindow = z
  .strictObject({
    days: z.array(z.int().min(1).max(7)).min(1).max(7).describe('Days of the week, Monday is 1.'),
    from: timeOfDay,
    to: timeOfDay,
  })
  .refine(({ from, to }) => from < to, 'A window begins before it ends.');
export type SendWindow = z.output<typeof sendWindow>;

/** Years ahead that a start may lie: the clocks of all time zones are read until then. */
const maxYearsAhead = 5;
const isNear = (at: number): boolean => at <= Date.now() + maxYearsAhead * 366 * dayMs;
const tooFar = `A campaign starts within ${maxYearsAhead} years.`;

/** True for a wall time that a day has, such as no 30 February. */
function isWallTime(text: string): boolean {
  try {
    return wallMs(text) > Date.now() - 366 * dayMs;
  } catch {
    return false;
  }
}

export const campaignSchedule = z
  .strictObject({
    start: z.enum(['now', 'at', 'local']).default('now'),
    at: instant
      .refine((at) => isNear(Date.parse(at)), tooFar)
      .nullable()
      .default(null)
      .describe('Start, with `start` = `at`.'),
    local: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, { error: 'a wall time as YYYY-MM-DDTHH:mm', abort: true })
      .refine(isWallTime, { error: 'A wall time that a day of the last year or a later one has.', abort: true })
      .refine((local) => isNear(wallMs(local)), tooFar)
      .nullable()
      .default(null)
      .describe('Start as a wall time in the zone of each recipient, with `start` = `local`.'),
    time_zone: timeZone.default('UTC').describe('Zone of the windows; of recipients whose own zone is not known.'),
    recipient_zone: z.boolean().default(false).describe('Windows are in the zone of each recipient.'),
    windows: z.array(sendWindow).max(28).default([]).describe('Empty: at any time.'),
    holidays: z
      .array(z.string().regex(/^[A-Z]{2}$/))
      .max(20)
      .default([])
      .describe('Countries on whose public holidays nothing is sent.'),
    recipient_holidays: z
      .boolean()
      .optional()
      .describe(
        'Of `holidays` only the country of each recipient counts: the attribute `country`, else that of the phone number. Where it is not known, all count. Default: false.',
      ),
    when_closed: z
      .enum(['hold', 'skip'])
      .optional()
      .describe(
        '`hold`: a message whose window or quiet hours end its time waits for the next one. `skip`: it expires (`missed_window`). Default: hold.',
      ),
    ends_at: instant
      .nullable()
      .default(null)
      .describe('Nothing is sent after it; null: until everybody was reached. A pause moves it by its length.'),
    max_late_min: z.int().min(1).max(10_080).default(60).describe('A start that is later than this waits for a person.'),
  })
  .refine(({ start, at }) => start !== 'at' || at !== null, { path: ['at'], message: 'A start at a time needs the time.' })
  .refine(({ start, local }) => start !== 'local' || local !== null, { path: ['local'], message: 'A local start needs the wall time.' });
export type CampaignSchedule = z.output<typeof campaignSchedule>;

export const campaignNumbers = z.strictObject({
  session_ids: z.array(uuid).max(maxSessions).default([]).describe('Empty: all sessions of the tenant, or those with `tag`.'),
  tag: z.string().min(1).max(64).nullable().default(null),
  weights: z
    .record(uuid, z.int().min(1).max(1_000))
    .refine(hasAtMost(maxSessions), `At most ${maxSessions} sessions.`)
    .default({})
    .describe('Share of a session; 1 without an entry.'),
  sticky: z.boolean().default(true).describe('A contact keeps the session that wrote to it before.'),
  when_down: z.enum(['hold', 'move']).default('hold').describe('move: messages of a session that is down go to the others.'),
});
export type CampaignNumbers = z.output<typeof campaignNumbers>;

export const campaignPace = z.strictObject({
  window_ms: z.int().min(100).max(86_400_000).default(60_000),
  window_limit: z
    .int()
    .min(1)
    .max(1_000_000)
    .nullable()
    .default(null)
    .describe('Messages per window over all sessions; null: no own rate.'),
  daily_cap: z.int().min(1).max(10_000_000).nullable().default(null),
  weight: z.int().min(1).max(1_000).default(1).describe('Share of a session beside other campaigns.'),
});
export type CampaignPace = z.output<typeof campaignPace>;

export const stopSignals = ['failed', 'opted_out', 'undelivered'] as const;
export const stopRule = z.strictObject({
  signal: z.enum(stopSignals),
  percent: share.describe('The campaign pauses above this share.'),
  window_min: z.int().min(1).max(1_440).default(60).describe('Length of the sliding window, in minutes.'),
  min_messages: z.int().min(1).max(100_000).default(100).describe('Messages that must have been sent in the window before the rule holds.'),
});
export type StopRule = z.output<typeof stopRule>;

export const campaignCaps = z.strictObject({
  obeys: z.boolean().default(true).describe('People at the frequency cap of the tenant are skipped.'),
  counts: z.boolean().default(true).describe('Its messages count towards the frequency cap.'),
});

/** Greatest number of rounds of a plan. */
export const maxRetries = 5;
export const campaignRetry = z.strictObject({
  reasons: z.array(z.string().min(1).max(64)).min(1).max(20).describe('Reasons of failures, as the results name them.'),
  times: z.int().min(1).max(maxRetries).default(1).describe('Rounds at most.'),
  gap_min: z.int().min(1).max(10_080).default(60).describe('Minutes between the end of a round and the next one.'),
  other_session: z
    .boolean()
    .default(false)
    .describe('People get the message from another session than the one that failed, where the campaign has one.'),
});
export type CampaignRetry = z.output<typeof campaignRetry>;

const members = {
  name: z.string().trim().min(1).max(200),
  audience: campaignAudience,
  message: campaignMessage,
  schedule: campaignSchedule,
  numbers: campaignNumbers,
  pace: campaignPace,
  caps: campaignCaps,
  requires_consent: z.boolean().describe('People without a marketing opt-in are skipped.'),
  check_numbers: z
    .boolean()
    .describe('Numbers of the audience that are not known are checked in the background, before their turn as far as the budget goes.'),
  stop_rules: z.array(stopRule).max(10),
  retry: campaignRetry
    .nullable()
    .describe(
      'Plan by which people whose message failed get it again once the campaign is completed, each round as a follow-up of its own; null: none.',
    ),
};

/** The body of a new campaign. Everything but the name may follow later. */
export const campaignBody = z
  .strictObject({
    ...members,
    audience: members.audience.prefault({}),
    message: members.message.prefault({}),
    schedule: members.schedule.prefault({}),
    numbers: members.numbers.prefault({}),
    pace: members.pace.prefault({}),
    caps: members.caps.prefault({}),
    requires_consent: members.requires_consent.default(true),
    check_numbers: members.check_numbers.default(false),
    stop_rules: members.stop_rules.default([{ signal: 'failed', percent: 20, window_min: 60, min_messages: 100 }]),
    retry: members.retry.default(null),
  })
  .meta({
    id: 'CreateCampaign',
    example: {
      name: 'Summer sale',
      audience: { include: [{ kind: 'list', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e0' }] },
      message: { template_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e1' },
    },
  });
export type CampaignBody = z.output<typeof campaignBody>;

/** Body of a change: given members replace the stored ones as a whole. */
export const campaignPatch = z
  .strictObject(members)
  .partial()
  .meta({ id: 'UpdateCampaign', example: { name: 'Summer sale, second week' } });
export type CampaignPatch = z.output<typeof campaignPatch>;
