import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../libs/kernel/src/database/data-source-options';
import { migrateQueueSchema } from '../libs/kernel/src/queue/migrate-queue-schema';

/** Brings the template database of a test run to the newest schema. */
async function main(url: string): Promise<void> {
  const dataSource = await new DataSource({ ...dataSourceOptions(url, 2), entities: [] }).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  await migrateQueueSchema(url);
}

main(process.argv[2] as string).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
