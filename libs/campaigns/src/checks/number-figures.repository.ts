import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { LaneSettings } from '@heliograph/messaging';
import { candidatesOf, defaultTenantSettings, KnownTenants } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { readCampaign } from '../campaigns.repository';
import { sharesOf } from '../launch/verdict.repository';
import { checkGapMs } from './check-gap';
import { checkingStates } from './number-check-queue.repository';

/** Number of people of a campaign who are known to be on WhatsApp, and what checks of the others take. */
export interface NumberFigures {
  enabled: boolean;
  /** People who get a message and whose address is known to be on WhatsApp. */
  known: number;
  /** People who get a message and of whose address nothing is known. */
  unknown: number;
  /** Those of them whom the checks of the campaign ask about. */
  toCheck: number;
  /** Checks that the sessions of the campaign make in 24 hours. */
  perDay: number;
  /** Seconds that checks of all unknown people take, or would take; null: no session makes checks. */
  durationS: number | null;
}

/** Progress of the checks of a campaign. */
export interface NumberCheckProgress {
  /** `off`: not asked for. `held`: the campaign is a draft, paused or over. `done`: nobody waits for a check. */
  state: 'off' | 'held' | 'running' | 'done';
  found: number;
  missing: number;
  unclear: number;
  answeredAt: Date | null;
}

/** Figures of number checks. */
@Injectable()
export class NumberCheckFigures {
  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
    private readonly lanes: LaneSettings,
  ) {}

  /** @param people people who get a message, and those of them who are known */
  async of(
    tenantId: string,
    { check_numbers: enabled, numbers }: Pick<Campaign, 'check_numbers' | 'numbers'>,
    people: { sendable: number; known: number },
  ): Promise<NumberFigures> {
    const { per_day: perDay } = ((await this.tenants.find(tenantId))?.settings ?? defaultTenantSettings).number_checks;
    const ids = sharesOf(await candidatesOf(this.db, tenantId), numbers).map(({ id }) => id);
    const lanes = await this.lanes.ofSessions(tenantId, ids);
    const gaps = ids.flatMap((id) => checkGapMs(perDay, lanes.get(id) ?? null) ?? []);
    const perMs = gaps.reduce((sum, gapMs) => sum + 1 / gapMs, 0);
    const unknown = people.sendable - people.known;
    return {
      enabled,
      known: people.known,
      unknown,
      toCheck: enabled ? unknown : 0,
      perDay: Math.round(perMs * 86_400_000),
      durationS: unknown === 0 ? 0 : perMs === 0 ? null : Math.ceil(unknown / perMs / 1_000),
    };
  }

  /** @throws AppError not_found */
  progress(tenantId: string, id: string): Promise<NumberCheckProgress> {
    return this.db.forTenant(tenantId, async (tx) => {
      const campaign = await readCampaign(tx, tenantId, id);
      const [row] = await tx.query<Omit<NumberCheckProgress, 'state'> & { isDone: boolean }>(
        `SELECT p.found::float8 AS found, p.missing::float8 AS missing, p.unclear::float8 AS unclear, p.answered_at AS "answeredAt",
           p.ended_at IS NOT NULL AND p.version = $3 AND NOT EXISTS (SELECT 1 FROM number_checks n WHERE n.tenant_id = $1 AND n.campaign_id = $2) AS "isDone"
         FROM number_check_passes p WHERE p.tenant_id = $1 AND p.campaign_id = $2`,
        [tenantId, id, campaign.version],
      );
      const { isDone = false, ...counts } = row ?? { found: 0, missing: 0, unclear: 0, answeredAt: null };
      const isActive = checkingStates.includes(campaign.state);
      return { state: !campaign.check_numbers ? 'off' : !isActive ? 'held' : isDone ? 'done' : 'running', ...counts };
    });
  }
}
