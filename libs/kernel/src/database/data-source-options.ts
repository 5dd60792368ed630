import { join } from 'node:path';
import * as pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { connectionOptions, type DatabaseTarget } from './connection';

/** Returns TypeORM's options of a PostgreSQL data source. */
export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/**
 * Options of the only data source, used by Nest, the command line and tests. Migrations alone define the schema.
 * @param target location of the database
 * @param poolSize number of connections in the pool
 * @param statementTimeoutMs maximum duration of a statement; 0: the server's setting
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
