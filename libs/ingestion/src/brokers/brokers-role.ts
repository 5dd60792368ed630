import { hostname } from 'node:os';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, DrainService, HealthChecks, Loops, Metrics, newId } from '@heliograph/kernel';
import { BrokerIntake } from './broker-intake';
import { BrokerLinks } from './broker-links.repository';
import { BrokerPoison } from './broker-poison.repository';
import type { BrokersConfig } from './brokers.config';
import type { IngestSource } from './ingest-source';

type SourceConfig = BrokersConfig['INGEST_SOURCES'][number];

const lookMs = 1_000;
const lagMs = 5_000;
/** Kept messages per retry batch. */
const takeUpBatch = 100;

/** Runs the configured sources, and retries kept messages: workers with the role `brokers`. */
@Injectable()
export class BrokersRole implements OnApplicationBootstrap {
  private readonly sources: { config: SourceConfig; source: IngestSource }[] = [];
  private readonly lag;
  private readonly workerId = newId();
  private readonly startedAt = new Date();

  constructor(
    private readonly intake: BrokerIntake,
    private readonly poison: BrokerPoison,
    private readonly links: BrokerLinks,
    private readonly loops: Loops,
    private readonly drains: DrainService,
    private readonly health: HealthChecks,
    @Inject(APP_CONFIG) private readonly config: BrokersConfig,
    metrics: Metrics,
  ) {
    metrics.gauge('broker_up', 'Whether a broker is connected (1) or down (0).', ['source'], (gauge) =>
      this.sources.forEach(({ source }) => gauge.set({ source: source.name }, source.isUp ? 1 : 0)),
    );
    this.lag = metrics.gauge('broker_lag', 'Messages that wait at a broker.', ['source']);
  }

  async onApplicationBootstrap(): Promise<void> {
    const sources = await Promise.all(this.config.INGEST_SOURCES.map(async (config) => ({ config, source: await openSource(config) })));
    for (const { config, source } of sources) {
      const facts = {
        name: config.name,
        tenantId: config.tenant_id?.toLowerCase(),
        keepsPoison: config.kind === 'sqs' && !config.dead_letter_queue_url,
      };
      source.start((messages, signal) => this.intake.take(facts, messages, signal));
      this.sources.push({ config, source });
      this.health.inform(`broker_${config.name}`, () => ({ broker: source.isUp ? 'connected' : 'degraded' }));
    }
    this.drains.onDrain('brokers', async () => void (await Promise.all(this.sources.map(({ source }) => source.stop()))));
    if (sources.length > 0)
      this.loops.start({ name: 'broker_lag', everyMs: lagMs, work: () => this.measure(), atEnd: () => this.links.leave(this.workerId) });
    this.loops.start({ name: 'broker_set_aside', everyMs: lookMs, work: () => this.takeUp() });
  }

  /** @returns whether there may be more */
  private async takeUp(): Promise<boolean> {
    const kept = await this.poison.takeUp(takeUpBatch);
    await Promise.all(kept.map((message) => this.intake.takeAgain(message)));
    return kept.length === takeUpBatch;
  }

  private async measure(): Promise<void> {
    const links = await Promise.all(
      this.sources.map(async ({ config, source }) => {
        // A broker that answers slowly must not look idle.
        const lag = await source.lag().catch(() => null);
        if (lag === null) this.lag.remove({ source: source.name });
        else this.lag.set({ source: source.name }, lag);
        const { lastAt, ...counts } = this.intake.countsOf(source.name);
        return {
          source: source.name,
          workerId: this.workerId,
          worker: `${hostname()}:${process.pid}`,
          kind: config.kind,
          tenantId: config.tenant_id?.toLowerCase() ?? null,
          target: targetOf(config),
          ...source.now,
          lag,
          ...counts,
          lastMessageAt: lastAt,
          startedAt: this.startedAt,
        };
      }),
    );
    await this.links.report(links);
  }
}

/** Returns the queue or the topics of a source, without the address and its credentials. */
function targetOf(config: SourceConfig): string {
  switch (config.kind) {
    case 'rabbitmq':
      return config.queue;
    case 'sqs':
      return new URL(config.queue_url).pathname.split('/').at(-1) ?? '';
    case 'kafka':
      return config.topics.join(', ');
  }
}

/** Opens the source of a configuration. Loads a broker's client only where one is configured, to save memory in other processes. */
async function openSource(config: SourceConfig): Promise<IngestSource> {
  switch (config.kind) {
    case 'rabbitmq':
      return new (await import('./rabbitmq-source.js')).RabbitmqSource(config);
    case 'sqs':
      return new (await import('./sqs-source.js')).SqsSource(config);
    case 'kafka':
      return new (await import('./kafka-source.js')).KafkaSource(config);
  }
}
