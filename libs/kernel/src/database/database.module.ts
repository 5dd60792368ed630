import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { dataSourceOptions } from './data-source-options';
import { Database } from './database';
import { TransactionFeed } from './transaction-feed';

/** The one data source of the process, `Database` over it, and the feed of what was written. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [APP_CONFIG],
      useFactory: (config: KernelConfig) => dataSourceOptions(config, config.DATABASE_POOL),
    }),
  ],
  providers: [
    { provide: Database, useFactory: (dataSource: DataSource) => new Database(dataSource), inject: [DataSource] },
    TransactionFeed,
  ],
  exports: [Database, TransactionFeed],
})
export class DatabaseModule {}
