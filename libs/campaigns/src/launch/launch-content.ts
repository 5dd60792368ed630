import { createHash } from 'node:crypto';
import { segmentRules, type SegmentRules } from '@heliograph/contacts';
import { canonicalJson, type Sql } from '@heliograph/kernel';
import type { Campaign } from '../campaign';
import type { Verdicts } from './verdict.repository';

/** Content and audience of a launch of a campaign as it is now. */
export interface LaunchContent {
  /** Null: the campaign has no template. */
  templateVersion: number | null;
  /** Rules of the segments of its audience, by id. */
  segments: SegmentRules;
  /** Hash of all that plans, approvals and launches are bound to, in hexadecimal digits. The people themselves are data, and not in it. */
  hash: string;
}

/** Reads what a launch of the campaign as it is now would send. */
export async function launchContentOf(
  sql: Sql,
  tenantId: string,
  campaign: Campaign,
  verdicts: Pick<Verdicts, 'templateOf'>,
): Promise<LaunchContent> {
  const { audience, message, schedule, numbers, pace, caps, requires_consent, check_numbers, stop_rules, retry } = campaign;
  const templateVersion = (await verdicts.templateOf(tenantId, campaign, sql))?.version ?? null;
  const segments = await segmentRules(sql, tenantId, [...audience.include, ...audience.exclude]);
  const bound = canonicalJson({
    ...{ audience, segments, schedule, numbers, pace, caps, requires_consent, check_numbers, stop_rules },
    message: { ...message, template_version: templateVersion },
    // Without a plan the hash is what it was before there were any: approvals hold.
    ...(retry && { retry }),
  });
  return { templateVersion, segments, hash: createHash('sha256').update(bound).digest('hex') };
}
