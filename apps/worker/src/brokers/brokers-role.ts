import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, DrainService, HealthChecks, Metrics } from '@heliograph/kernel';
import { BrokerPoison, type BrokersConfig } from '@heliograph/webhooks';
import { BrokerIntake } from './broker-intake';
import type { IngestSource } from './ingest-source';
import { KafkaSource } from './kafka-source';
import { RabbitmqSource } from './rabbitmq-source';
import { SqsSource } from './sqs-source';

type SourceConfig = BrokersConfig['INGEST_SOURCES'][number];

const lookMs = 1_000;
const lagMs = 5_000;
/** Messages that were kept, taken up at a time. */
const takeUpBatch = 100;

/** Runs the sources that are configured, and takes messages up again that were kept: workers with the role `brokers`. */
@Injectable()
export class BrokersRole implements OnApplicationBootstrap {
  private readonly log = new Logger(BrokersRole.name);
  private readonly stop = new AbortController();
  private readonly sources: IngestSource[] = [];
  private readonly lag;

  constructor(
    private readonly intake: BrokerIntake,
    private readonly poison: BrokerPoison,
    private readonly drains: DrainService,
    private readonly health: HealthChecks,
    @Inject(APP_CONFIG) private readonly config: BrokersConfig,
    metrics: Metrics,
  ) {
    metrics.gauge('broker_up', 'Whether a broker is connected (1) or down (0).', ['source'], (gauge) =>
      this.sources.forEach((source) => gauge.set({ source: source.name }, source.isUp ? 1 : 0)),
    );
    this.lag = metrics.gauge('broker_lag', 'Messages that wait at a broker.', ['source']);
  }

  onApplicationBootstrap(): void {
    for (const config of this.config.INGEST_SOURCES) {
      const source = sourceOf(config);
      const facts = {
        name: config.name,
        tenantId: config.tenant_id?.toLowerCase(),
        keepsPoison: config.kind === 'sqs' && !config.dead_letter_queue_url,
      };
      source.start((messages, signal) => this.intake.take(facts, messages, signal));
      this.sources.push(source);
      this.health.inform(`broker_${config.name}`, () => ({ broker: source.isUp ? 'connected' : 'degraded' }));
    }
    const loops = [this.loop(lookMs, () => this.takeUp()), this.loop(lagMs, () => this.measure())];
    this.drains.onDrain('brokers', async () => {
      this.stop.abort();
      await Promise.all([...loops, ...this.sources.map((source) => source.stop())]);
    });
  }

  private async loop(everyMs: number, work: () => Promise<void>): Promise<void> {
    let failures = 0;
    while (!this.stop.signal.aborted) {
      try {
        await work();
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.log.warn({ event: 'brokers.loop_failed', error: (error as Error).message });
      }
      await sleep(everyMs, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private async takeUp(): Promise<void> {
    for (let count = takeUpBatch; count === takeUpBatch && !this.stop.signal.aborted;) {
      const kept = await this.poison.takeUp(takeUpBatch);
      await Promise.all(kept.map((message) => this.intake.takeAgain(message)));
      count = kept.length;
    }
  }

  private async measure(): Promise<void> {
    await Promise.all(
      this.sources.map(async (source) => {
        // A broker that is slow to say so must not look idle.
        const lag = await source.lag().catch(() => null);
        if (lag === null) this.lag.remove({ source: source.name });
        else this.lag.set({ source: source.name }, lag);
      }),
    );
  }
}

function sourceOf(config: SourceConfig): IngestSource {
  switch (config.kind) {
    case 'rabbitmq':
      return new RabbitmqSource(config);
    case 'sqs':
      return new SqsSource(config);
    case 'kafka':
      return new KafkaSource(config);
  }
}
