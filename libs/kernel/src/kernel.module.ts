import { type DynamicModule, Module } from '@nestjs/common';
import { ChangeFeedModule } from './change-feed/change-feed.module';
import { ConfigModule } from './config/config.module';
import type { KernelConfig } from './config/kernel.config';
import { DatabaseModule } from './database/database.module';
import { EgressModule } from './egress/egress.module';
import { HealthModule } from './health/health.module';
import { LoggingModule } from './logging/logging.module';
import { LoopsModule } from './loops/loops.module';
import { ProcessReportsModule } from './loops/process-reports.module';
import { MetricsModule } from './metrics/metrics.module';
import { QueueModule } from './queue/queue.module';
import { DrainModule } from './shutdown/drain.module';

/** Everything outside the domain that a process needs. */
@Module({})
export class KernelModule {
  /**
   * @param service name of the process in log lines
   * @param options.servesRequests true for a process that serves clients
   */
  static forRoot(config: Readonly<KernelConfig>, service: string, options: { servesRequests?: boolean } = {}): DynamicModule {
    return {
      module: KernelModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggingModule.forRoot(config, service),
        QueueModule.forRoot(config),
        DatabaseModule.forRoot(options),
        DrainModule,
        ChangeFeedModule,
        EgressModule,
        MetricsModule,
        HealthModule,
        LoopsModule,
        ProcessReportsModule.forRoot(service),
      ],
    };
  }
}
