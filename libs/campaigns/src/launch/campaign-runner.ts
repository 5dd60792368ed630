import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isStorageDown, Loops } from '@heliograph/kernel';
import { CampaignExpansion, type OpenRun } from './expansion.repository';

const launchMs = 250;
const settleMs = 1_000;

/** Starts, expands and completes campaigns in the role `campaigns`; several processes share them. */
@Injectable()
export class CampaignRunner implements OnApplicationBootstrap {
  private readonly failing;

  constructor(
    private readonly expansion: CampaignExpansion,
    private readonly loops: Loops,
  ) {
    this.failing = loops.watch('campaign');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'campaign_launch', everyMs: launchMs, work: (signal) => this.launchAll(signal) });
    this.loops.start({ name: 'campaign_settle', everyMs: settleMs, work: (signal) => this.settleAll(signal) });
  }

  /** Runs one chunk of each campaign, so that none waits for another. @returns whether there may be more */
  async launchAll(signal: AbortSignal): Promise<boolean> {
    let isMore = false;
    await this.each(await this.expansion.due(), signal, async (run) => {
      isMore = (await this.expansion.step(run)) || isMore;
    });
    return isMore;
  }

  async settleAll(signal: AbortSignal): Promise<void> {
    await this.each(await this.expansion.finished(), signal, (run) => this.expansion.complete(run));
  }

  private async each(runs: OpenRun[], signal: AbortSignal, work: (run: OpenRun) => Promise<void>): Promise<void> {
    for (const run of runs) {
      if (signal.aborted) return;
      try {
        await work(run);
        this.failing.succeeded(run.id);
      } catch (error) {
        if (isStorageDown(error)) throw error;
        // The other campaigns go on.
        this.failing.failed(run.id, error);
      }
    }
  }
}
