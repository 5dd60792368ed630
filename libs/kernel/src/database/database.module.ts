import { type DynamicModule, Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { connectionOptions } from './connection';
import { connectPatiently } from './connect-patiently';
import { dataSourceOptions } from './data-source-options';
import { Database } from './database';
import { TransactionFeed } from './transaction-feed';

/** Maximum duration of a worker's statement. Purges and checks of whole tables take minutes; nothing takes longer. */
const workerTimeoutMs = 600_000;

/** Pool for requests that only read; null in a process that serves no requests. */
@Injectable()
class ReadPool implements OnApplicationShutdown {
  constructor(readonly dataSource: DataSource | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource?.destroy();
  }
}

/** Connections, out of `DATABASE_POOL`, for statements that are planned once. A folder runs each such statement, one batch at a time. */
const plannedConnections = 4;
/** Size below which a pool is not divided. */
const minPoolToPart = 12;

/** Connections for all other statements. */
function generalConnections({ DATABASE_POOL: all }: KernelConfig): number {
  return all < minPoolToPart ? all : all - plannedConnections;
}

/** Pool for statements that are planned once; null: they share the other connections. */
@Injectable()
class PlannedPool implements OnApplicationShutdown {
  readonly pool: Pool | null;

  constructor(@Inject(APP_CONFIG) config: KernelConfig) {
    const use = { applicationName: 'heliograph-planned', statementTimeoutMs: workerTimeoutMs, plansOnce: true };
    this.pool = config.DATABASE_POOL < minPoolToPart ? null : new Pool({ ...connectionOptions(config, use), max: plannedConnections });
    // Ignored here: the next query on a lost connection fails and is handled by its caller.
    this.pool?.on('error', () => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
  }
}

/** The data source of the process, its `Database`, and the feed of committed transactions. */
@Global()
@Module({})
export class DatabaseModule {
  /** @param servesRequests gives reads of requests a pool of their own, so that slow lists do not delay writes */
  static forRoot({ servesRequests = false } = {}): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [APP_CONFIG],
          useFactory: (config: KernelConfig) =>
            dataSourceOptions(
              config,
              generalConnections(config),
              'heliograph',
              servesRequests ? config.DATABASE_STATEMENT_TIMEOUT_MS : workerTimeoutMs,
            ),
        }),
      ],
      providers: [
        {
          provide: ReadPool,
          inject: [APP_CONFIG],
          useFactory: async (config: KernelConfig) => {
            if (!servesRequests) return new ReadPool(null);
            const options = dataSourceOptions(config, config.DATABASE_READ_POOL, 'heliograph-reads', config.DATABASE_STATEMENT_TIMEOUT_MS);
            return new ReadPool(await connectPatiently({ ...options, entities: [], migrations: [] }));
          },
        },
        PlannedPool,
        {
          provide: Database,
          useFactory: (dataSource: DataSource, reads: ReadPool, planned: PlannedPool) =>
            new Database(dataSource, reads.dataSource ?? dataSource, planned.pool ?? undefined),
          inject: [DataSource, ReadPool, PlannedPool],
        },
        TransactionFeed,
      ],
      exports: [Database, TransactionFeed],
    };
  }
}
