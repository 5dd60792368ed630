import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './libs/kernel/src/database/data-source-options';

// For the TypeORM command line (`npm run typeorm -- migration:run`); the processes build theirs from the same options.
// eslint-disable-next-line no-restricted-properties -- the command line has no config module
export default new DataSource(dataSourceOptions(process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:54329/heliograph'));
