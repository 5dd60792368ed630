import { type Campaign, campaignBody, campaignStates } from '@heliograph/campaigns';
import { actorSchema } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const uuid = z.uuid();
const time = z.iso.datetime();
const actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' } as const;

const exampleCampaign = {
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
} as const;

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
  };
}
