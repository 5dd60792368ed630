import { type DynamicModule, Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { connectionOptions } from './connection';
import { dataSourceOptions } from './data-source-options';
import { Database } from './database';
import { TransactionFeed } from './transaction-feed';

/** Longest run of a statement of a worker: purges and checks of whole tables take minutes, nothing takes longer. */
const workerTimeoutMs = 600_000;

/** The pool of requests that only read; null in a process that serves none. */
@Injectable()
class ReadPool implements OnApplicationShutdown {
  constructor(readonly dataSource: DataSource | null) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource?.destroy();
  }
}

/** Connections of statements that are planned once, out of `DATABASE_POOL`. Each such statement is written by a folder, one batch at a time. */
const plannedConnections = 4;
/** A smaller pool is not parted. */
const minPoolToPart = 12;

/** Connections of all other statements. */
function generalConnections({ DATABASE_POOL: all }: KernelConfig): number {
  return all < minPoolToPart ? all : all - plannedConnections;
}

/** The pool of statements that are planned once; null: they share the other connections. */
@Injectable()
class PlannedPool implements OnApplicationShutdown {
  readonly pool: Pool | null;

  constructor(@Inject(APP_CONFIG) config: KernelConfig) {
    const use = { applicationName: 'heliograph-planned', statementTimeoutMs: workerTimeoutMs, plansOnce: true };
    this.pool = config.DATABASE_POOL < minPoolToPart ? null : new Pool({ ...connectionOptions(config, use), max: plannedConnections });
    // What is asked of a lost connection fails, and is handled there.
    this.pool?.on('error', () => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
  }
}

/** The data source of the process, `Database` over it, and the feed of what was written. */
@Global()
@Module({})
export class DatabaseModule {
  /** @param servesRequests reads of requests go through a pool of their own, so that slow lists do not keep writes waiting */
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
            return new ReadPool(await new DataSource({ ...options, entities: [], migrations: [] }).initialize());
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
