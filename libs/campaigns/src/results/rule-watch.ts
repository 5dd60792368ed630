import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppError, isStorageDown, Loops, systemActor } from '@heliograph/kernel';
import { CampaignLaunches } from '../launch/campaign-launches.repository';
import { type RuledCampaign, type RuleFigures, StopRules } from './stop-rules.repository';

const checkMs = 5_000;
/** Author of a pause by a rule. */
export const stopRuleActor = systemActor('stop_rules');

/** Pauses running campaigns whose stop rules do not hold, in the role `campaigns`. Processes that check the same campaign pause it once. */
@Injectable()
export class RuleWatch implements OnApplicationBootstrap {
  private readonly failing;

  constructor(
    private readonly rules: StopRules,
    private readonly launches: CampaignLaunches,
    private readonly loops: Loops,
  ) {
    this.failing = loops.watch('campaign_rules');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'campaign_rules', everyMs: checkMs, work: (signal) => this.check(signal) });
  }

  /** Checks the rules of every running campaign once. */
  async check(signal?: AbortSignal): Promise<void> {
    for (const campaign of await this.rules.running()) {
      if (signal?.aborted) return;
      try {
        await this.checkOne(campaign);
        this.failing.succeeded(campaign.id);
      } catch (error) {
        if (isStorageDown(error)) throw error;
        // The other campaigns are checked all the same.
        this.failing.failed(campaign.id, error);
      }
    }
  }

  private async checkOne({ tenantId, id }: RuledCampaign): Promise<void> {
    const broken = (await this.rules.figures(tenantId, id)).find(({ isBroken }) => isBroken);
    if (!broken) return;
    try {
      await this.launches.pauseByRule(tenantId, stopRuleActor, id, detailOf(broken));
    } catch (error) {
      // It ended between the check and the pause.
      if (!(error instanceof AppError) || error.reason !== 'campaign_state') throw error;
    }
  }
}

/** Returns the rule and its figures, as the campaign and its log keep them. */
function detailOf({ rule, messages, affected }: RuleFigures): Record<string, unknown> {
  return { ...rule, messages, affected, share: Math.round((affected / messages) * 1_000) / 10 };
}
