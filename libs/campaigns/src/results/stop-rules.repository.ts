import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { groupLeftOf, groupOptOutsSince } from '@heliograph/messaging';
import type { Campaign } from '../campaign';
import type { StopRule } from '../campaign-body';
import { readCampaign } from '../campaigns.repository';

/** A stop rule with its figures now. */
export interface RuleFigures {
  rule: StopRule;
  /** Messages that left in the window. */
  messages: number;
  /** Those of them that the rule is about. */
  affected: number;
  /** True when the campaign has to pause. */
  isBroken: boolean;
}

const minuteMs = 60_000;
/** Time that a message gets to reach the phone before it counts as undelivered, in ms. */
const graceMs = 2 * minuteMs;

/** True when enough messages left and more of them than the rule allows are affected. */
export function isRuleBroken({ percent, min_messages }: StopRule, messages: number, affected: number): boolean {
  return messages >= min_messages && affected * 100 > percent * messages;
}

/** Reads the figures of the stop rules of a campaign. Messages from before the last resume do not count: a person has seen them. */
export async function ruleFiguresOf(tx: Sql, tenantId: string, campaign: Campaign): Promise<RuleFigures[]> {
  if (campaign.stop_rules.length === 0) return [];
  const [clock] = await tx.query<{ now: Date }>('SELECT heliograph_now() AS now');
  const now = (clock as { now: Date }).now.getTime();
  const figures: RuleFigures[] = [];
  for (const rule of campaign.stop_rules) {
    const from = new Date(Math.max(now - rule.window_min * minuteMs, resumedAt(campaign)));
    const counted = await countedBy(tx, tenantId, campaign.id, rule, from, now);
    figures.push({ rule, ...counted, isBroken: isRuleBroken(rule, counted.messages, counted.affected) });
  }
  return figures;
}

/** Returns the begin of the first full minute after the last resume; 0: the campaign runs since its start. */
function resumedAt({ stateChangedAt, run, state }: Campaign): number {
  const startedAt = run?.startedAt ? Date.parse(run.startedAt) : 0;
  if (state !== 'processing' || stateChangedAt.getTime() <= startedAt + 1_000) return 0;
  return Math.ceil(stateChangedAt.getTime() / minuteMs) * minuteMs;
}

async function countedBy(
  tx: Sql,
  tenantId: string,
  id: string,
  { signal }: StopRule,
  from: Date,
  now: number,
): Promise<{ messages: number; affected: number }> {
  // The minute of now counts too.
  const end = new Date(now + minuteMs);
  if (signal === 'undelivered') {
    const { sent, delivered, read } = await groupLeftOf(tx, tenantId, id, from, new Date(now - graceMs));
    return { messages: sent + delivered + read, affected: sent };
  }
  const { sent, delivered, read, failed } = await groupLeftOf(tx, tenantId, id, from, end);
  if (signal === 'failed') return { messages: sent + delivered + read + failed, affected: failed };
  return { messages: sent + delivered + read, affected: await groupOptOutsSince(tx, tenantId, id, from) };
}

/** A campaign whose rules are to be checked. */
export interface RuledCampaign {
  tenantId: string;
  id: string;
}

/** Finds campaigns with stop rules, and their figures. */
@Injectable()
export class StopRules {
  constructor(private readonly db: Database) {}

  /** Returns the running campaigns that have rules. */
  running(): Promise<RuledCampaign[]> {
    return this.db.query<RuledCampaign>(
      `SELECT tenant_id AS "tenantId", id FROM campaigns WHERE state = 'processing' AND jsonb_array_length(stop_rules) > 0 ORDER BY id`,
    );
  }

  /** @throws AppError not_found */
  figures(tenantId: string, id: string): Promise<RuleFigures[]> {
    return this.db.forTenant(tenantId, async (tx) => ruleFiguresOf(tx, tenantId, await readCampaign(tx, tenantId, id)));
  }
}
