import { type DynamicModule, Global, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
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
              config.DATABASE_POOL,
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
        {
          provide: Database,
          useFactory: (dataSource: DataSource, reads: ReadPool) => new Database(dataSource, reads.dataSource ?? dataSource),
          inject: [DataSource, ReadPool],
        },
        TransactionFeed,
      ],
      exports: [Database, TransactionFeed],
    };
  }
}
