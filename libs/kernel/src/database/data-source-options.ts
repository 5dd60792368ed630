import { join } from 'node:path';
import * as pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { connectionOptions, type DatabaseTarget } from './connection';

/** TypeORM's options of a PostgreSQL data source. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/**
 * Options of the one data source, for Nest, the command line and tests alike. Migrations are the only source of the schema.
 * @param target where the database is
 * @param poolSize connections of the pool
 * @param statementTimeoutMs longest run of a statement; 0: as the server has it
 */
export function dataSourceOptions(
  target: DatabaseTarget,
  poolSize = 16,
  applicationName = 'heliograph',
  statementTimeoutMs = 0,
): PostgresOptions {
  const root = join(__dirname, '..', '..', '..', '..');
  const connection = connectionOptions(target, { applicationName, statementTimeoutMs });
  return {
    type: 'postgres',
    driver: pg,
    database: connection.database,
    applicationName,
    poolSize,
    entities: [join(root, 'libs/*/src/**/*.entity.{ts,js}')],
    migrations: [join(root, 'libs/*/migrations/*.{ts,js}')],
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    extra: connection,
  };
}
