import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { dataSourceOptions } from './data-source-options';
import { Database } from './database';

/** The one data source of the process, and `Database` over it. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [APP_CONFIG],
      useFactory: (config: KernelConfig) => dataSourceOptions(config.DATABASE_URL, config.DATABASE_POOL),
    }),
  ],
  providers: [{ provide: Database, useFactory: (dataSource: DataSource) => new Database(dataSource), inject: [DataSource] }],
  exports: [Database],
})
export class DatabaseModule {}
