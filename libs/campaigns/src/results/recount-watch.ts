import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Loops, Metrics } from '@heliograph/kernel';
import { CampaignRecount } from './campaign-recount.repository';

const recountMs = 24 * 3_600_000;

/** Recounts campaigns once a day in the role `campaigns`. One that cannot be counted is logged, and the others are counted. Wrong counters are logged and stay as they are: they are a fault to be found. */
@Injectable()
export class RecountWatch implements OnApplicationBootstrap {
  private readonly log = new Logger(RecountWatch.name);
  /** Campaigns whose counters were wrong when they were counted last. */
  private wrong = new Set<string>();

  constructor(
    private readonly recounts: CampaignRecount,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'campaign_wrong_counts',
      'Campaigns whose counters differed from their messages and skips when they were counted last.',
      [],
      (gauge) => gauge.set(this.wrong.size),
    );
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'campaign_recount', everyMs: recountMs, work: (signal) => this.recount(signal) });
  }

  async recount(signal?: AbortSignal): Promise<void> {
    const { wrong, failed } = await this.recounts.recount(signal);
    // Those that were not counted this time are as they were.
    const kept = signal?.aborted ? this.wrong : failed.map(({ id }) => id).filter((id) => this.wrong.has(id));
    this.wrong = new Set([...wrong.map(({ id }) => id), ...kept]);
    for (const { tenantId, id, differences } of wrong)
      this.log.error({ event: 'campaign.counts_differ', tenant: tenantId, campaign: id, differences });
    for (const { id, error } of failed) this.log.error({ event: 'campaign.not_recounted', campaign: id, error: (error as Error).message });
  }
}
