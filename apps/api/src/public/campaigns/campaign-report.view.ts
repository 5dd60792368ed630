import { type CampaignLink, type CampaignReport } from '@heliograph/campaigns';
import { actorSchema } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';
import {
  campaignFailuresSchema,
  campaignResultsSchema,
  campaignSeriesSchema,
  failuresView,
  resultsView,
  seriesView,
} from './campaign-results.view';

const time = z.iso.datetime();
const shownResults = campaignResultsSchema.pick({
  name: true,
  state: true,
  counted_at: true,
  audience: true,
  counts: true,
  uncertain: true,
  failed: true,
  left_out: true,
  skips: true,
  left_out_since_plan: true,
  answers: true,
  launched_at: true,
  ended_at: true,
});
const { data: failures } = campaignFailuresSchema.shape;
const exampleResults = campaignResultsSchema.parse(campaignResultsSchema.meta()?.example);
const exampleReport = {
  client: 'Larkspur Fitness',
  ...shownResults.parse(exampleResults),
  series: campaignSeriesSchema.parse(campaignSeriesSchema.meta()?.example),
  failures: campaignFailuresSchema.parse(campaignFailuresSchema.meta()?.example).data,
};

/** Figures of a campaign for its client. */
export const campaignReportSchema = z
  .object({
    client: z.string().meta({ description: 'Name of the tenant.' }),
    ...shownResults.shape,
    series: campaignSeriesSchema,
    failures,
  })
  .meta({
    id: 'CampaignReport',
    description: 'Figures of a campaign for its client. It names no people and no numbers.',
    example: exampleReport,
  });
export type CampaignReportView = z.input<typeof campaignReportSchema>;

export function reportView({ client, results, series, failures }: CampaignReport): CampaignReportView {
  const view = resultsView(results);
  return {
    client,
    name: view.name,
    state: view.state,
    counted_at: view.counted_at,
    audience: view.audience,
    counts: view.counts,
    uncertain: view.uncertain,
    failed: view.failed,
    left_out: view.left_out,
    skips: view.skips,
    left_out_since_plan: view.left_out_since_plan,
    answers: view.answers,
    launched_at: view.launched_at,
    ended_at: view.ended_at,
    series: seriesView(series),
    failures: failuresView(failures).data,
  };
}

/** A link to a page of a campaign, as examples have it. */
export const exampleLink = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073b00',
  campaign_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e2',
  created_at: '2026-11-24T12:00:00.000Z',
  created_by: { kind: 'person' as const, id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' },
  expires_at: '2026-12-24T12:00:00.000Z',
  revoked_at: null,
  revoked_by: null,
  opened_at: null,
};
/** A link to a report. */
export const reportLinkSchema = z
  .object({
    id: z.uuid(),
    campaign_id: z.uuid(),
    created_at: time,
    created_by: actorSchema,
    expires_at: time,
    revoked_at: time.nullable(),
    revoked_by: actorSchema.nullable(),
    opened_at: time.nullable().meta({ description: 'When the page was read last through the link.' }),
  })
  .meta({ id: 'CampaignReportLink', example: exampleLink });
export const newReportLinkSchema = reportLinkSchema
  .extend({ url: z.string().meta({ description: 'Address of the report. It is shown once.' }) })
  .meta({
    id: 'NewCampaignReportLink',
    example: { ...exampleLink, url: 'https://heliograph.example/admin/report#q9ZkRr0s3mJvX1yB7c2LwTnE5dHfGuA8iKpOoSxVbMY' },
  });
export const reportLinkPage = pageSchema(reportLinkSchema, {
  id: 'CampaignReportLinkPage',
  example: { data: [exampleLink], next_cursor: null },
});
export const createReportLinkBody = z
  .strictObject({ expires_in_days: z.int().min(1).max(365).default(30) })
  .meta({ id: 'CreateCampaignReportLink', example: { expires_in_days: 30 } });

export function reportLinkView(link: CampaignLink): z.input<typeof reportLinkSchema> {
  return {
    id: link.id,
    campaign_id: link.campaignId,
    created_at: link.createdAt.toISOString(),
    created_by: link.createdBy,
    expires_at: link.expiresAt.toISOString(),
    revoked_at: link.revokedAt?.toISOString() ?? null,
    revoked_by: link.revokedBy,
    opened_at: link.openedAt?.toISOString() ?? null,
  };
}
