import { approvalStates, type CampaignLink, campaignRetry, linkVerdicts, type SharedPlan } from '@heliograph/campaigns';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import { previewSchema } from '../templates/template-trial.view';
import { campaignPlanSchema, planView } from './campaign-plan.view';
import { createReportLinkBody, exampleLink, reportLinkSchema, reportLinkView } from './campaign-report.view';
import { expectHash } from './campaign.view';

const time = z.iso.datetime();
const exampleDecision = { verdict: 'approved', name: 'Jo Fields', note: null, at: '2026-11-25T09:12:00.000Z' } as const;
const decisionSchema = z
  .object({
    verdict: z.enum(linkVerdicts),
    name: z.string().meta({ description: 'Name that the holder of the link typed. Nobody has checked it.' }),
    note: z.string().nullable(),
    at: time,
  })
  .meta({ id: 'CampaignDecision', example: exampleDecision });

const exampleApprovalLink = { ...exampleLink, decision: exampleDecision };
export const approvalLinkSchema = reportLinkSchema
  .extend({ decision: decisionSchema.nullable().meta({ description: 'Null: none yet.' }) })
  .meta({ id: 'CampaignApprovalLink', example: exampleApprovalLink });
export const newApprovalLinkSchema = approvalLinkSchema
  .extend({ url: z.string().meta({ description: 'Address of the page. It is shown once.' }) })
  .meta({
    id: 'NewCampaignApprovalLink',
    example: {
      ...exampleApprovalLink,
      decision: null,
      url: 'https://heliograph.example/admin/approval#q9ZkRr0s3mJvX1yB7c2LwTnE5dHfGuA8iKpOoSxVbMY',
    },
  });
export const approvalLinkPage = pageSchema(approvalLinkSchema, {
  id: 'CampaignApprovalLinkPage',
  example: { data: [exampleApprovalLink], next_cursor: null },
});
export const createApprovalLinkBody = createReportLinkBody
  .extend({ expect_hash: expectHash })
  .meta({ id: 'CreateCampaignApprovalLink', example: { expires_in_days: 14 } });

const decisionView = (decision: CampaignLink['decision']): z.input<typeof decisionSchema> | null =>
  decision && { ...decision, at: decision.at.toISOString() };

export const approvalLinkView = (link: CampaignLink): z.input<typeof approvalLinkSchema> => ({
  ...reportLinkView(link),
  decision: decisionView(link.decision),
});

const planMembers = {
  made_at: true,
  people: true,
  unsent: true,
  missed: true,
  skips: true,
  first_send_at: true,
  last_send_at: true,
  days: true,
} as const;
const shownPlan = campaignPlanSchema.pick(planMembers);
const { share, messages, name } = campaignPlanSchema.shape.numbers.element.shape;
const sampleSchema = previewSchema.pick({ language: true, body: true });
const examplePlan = campaignPlanSchema.parse(campaignPlanSchema.meta()?.example);

/** The plan of a campaign, as the holder of an approval link sees it. */
export const sharedPlanSchema = z
  .object({
    name: z.string(),
    client: z.string().meta({ description: 'Name of the tenant.' }),
    state: z.enum(approvalStates).meta({
      description:
        '`open`: a decision is asked for. `changed`: the campaign is no longer what the link shows. `over`: it was launched, or nobody is asked any more.',
    }),
    decision: decisionSchema.nullable(),
    time_zone: z.string().meta({ description: 'Time zone of the days.' }),
    plan: shownPlan
      .extend({ numbers: z.array(z.object({ name, share, messages })) })
      .nullable()
      .meta({ description: 'Plan as it was when the link was made; null: it is no longer the plan.' }),
    retry: campaignRetry
      .pick({ times: true, gap_min: true })
      .nullable()
      .meta({ description: 'Rounds in which it is sent again to people whose message failed; null: none.' }),
    samples: z
      .array(sampleSchema)
      .meta({ description: 'The message as some people of the audience get it, with their phone number hidden.' }),
    link_expires_at: time,
  })
  .meta({
    id: 'CampaignApproval',
    description: 'The plan of a campaign for its client. It names no people.',
    example: {
      name: 'Summer sale',
      client: 'Larkspur Fitness',
      state: 'open',
      decision: null,
      time_zone: 'Europe/London',
      plan: {
        ...shownPlan.parse(examplePlan),
        numbers: examplePlan.numbers.map(({ name, share, messages }) => ({ name, share, messages })),
      },
      retry: null,
      samples: [{ language: 'en', body: { type: 'text', text: 'Hi Ada' } }],
      link_expires_at: '2026-12-08T12:00:00.000Z',
    },
  });

export function sharedPlanView({ timeZone, plan, expiresAt, decision, samples, ...shared }: SharedPlan): z.input<typeof sharedPlanSchema> {
  return {
    name: shared.name,
    client: shared.client,
    state: shared.state,
    decision: decisionView(decision),
    time_zone: timeZone,
    plan: plan && sharedOf(planView(plan)),
    retry: shared.retry && { times: shared.retry.times, gap_min: shared.retry.gap_min },
    samples,
    link_expires_at: expiresAt.toISOString(),
  };
}

const sharedOf = ({ numbers, ...plan }: z.input<typeof campaignPlanSchema>) => ({
  ...shownPlan.parse(plan),
  numbers: numbers.map(({ name, share, messages }) => ({ name, share, messages })),
});
