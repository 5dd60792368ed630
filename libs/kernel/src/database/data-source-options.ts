import { join } from 'node:path';
import * as pg from 'pg';
import type { DataSourceOptions } from 'typeorm';

/** TypeORM's options of a PostgreSQL data source. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/**
 * Options of the one data source, for Nest, the command line and tests alike. Migrations are the only source of the schema.
 * @param url postgres:// URL
 * @param poolSize connections of the pool
 */
export function dataSourceOptions(url: string, poolSize = 16, applicationName = 'heliograph'): PostgresOptions {
  const root = join(__dirname, '..', '..', '..', '..');
  return {
    type: 'postgres',
    driver: pg,
    url,
    applicationName,
    poolSize,
    entities: [join(root, 'libs/*/src/**/*.entity.{ts,js}')],
    migrations: [join(root, 'libs/*/migrations/*.{ts,js}')],
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    extra: { keepAlive: true, connectionTimeoutMillis: 5_000 },
  };
}
