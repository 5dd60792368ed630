import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { isStorageDown } from './database';

const restMs = 1_000;

/** Opens a data source, and tries again while the database is down: it may restart while the process starts. */
export async function connectPatiently(options: DataSourceOptions): Promise<DataSource> {
  for (let tries = 1; ; tries++) {
    try {
      return await new DataSource(options).initialize();
    } catch (error) {
      if (!isStorageDown(error)) throw error;
      if (tries === 1) new Logger('Database').warn({ event: 'database.not_up_yet', error: (error as Error).message });
      await sleep(restMs);
    }
  }
}
