import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isStorageDown, Loops } from '@heliograph/kernel';
import type { OpenRun } from '../launch/expansion.repository';
import { CampaignRetries } from './campaign-retries.repository';

const everyMs = 5_000;

/** Makes and launches the rounds of campaigns that are sent again by themselves, in the role `campaigns`; several processes share them. */
@Injectable()
export class RetryWatch implements OnApplicationBootstrap {
  private readonly failing;

  constructor(
    private readonly retries: CampaignRetries,
    private readonly loops: Loops,
  ) {
    this.failing = loops.watch('campaign_retry');
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'campaign_retry', everyMs, work: (signal) => this.retryAll(signal) });
  }

  /** Makes the rounds that are due, and launches those that were made. */
  async retryAll(signal?: AbortSignal): Promise<void> {
    await this.each(await this.retries.due(), (run) => this.retries.make(run), signal);
    await this.each(await this.retries.ready(), (run) => this.retries.launch(run), signal);
  }

  private async each(runs: OpenRun[], work: (run: OpenRun) => Promise<void>, signal?: AbortSignal): Promise<void> {
    for (const run of runs) {
      if (signal?.aborted) return;
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
