import { BullModule } from '@nestjs/bullmq';
import {
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Optional,
} from '@nestjs/common';
import { createPostgresBackend, createRedisBackend, setDefaultBackendFactory } from 'bullmq';
import IORedis from 'ioredis';
import { Pool } from 'pg';
import type { KernelConfig } from '../config/kernel.config';
import { connectionOptions, type DatabaseConfig, type DatabaseTarget } from '../database/connection';
import { HealthChecks } from '../health/health-checks';
import { JobProducer } from './job-producer';

/** PostgreSQL schema and Redis key prefix of the queue store. */
export const queueNamespace = 'bullmq';

/** Closes the shared connection of all queues last: workers must be closed before it. */
@Injectable()
export class QueueConnection implements OnApplicationShutdown {
  constructor(readonly connection: Pool | IORedis) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.connection instanceof Pool) await this.connection.end();
    else this.connection.disconnect();
  }
}

/**
 * Makes readiness check the queue. PostgreSQL: the queue is on the same server, and its faults need a person. Redis: an outage is
 * reported as degraded only, since messages are accepted without it and recovery finds them.
 */
@Injectable()
export class QueueHealth implements OnApplicationBootstrap {
  constructor(
    private readonly queue: QueueConnection,
    @Optional() @Inject(HealthChecks) private readonly health?: HealthChecks,
  ) {}

  onApplicationBootstrap(): void {
    const { connection } = this.queue;
    if (connection instanceof Pool) {
      this.health?.register('queue', async () => {
        const { rows } = await connection.query<{ schema: string | null }>('SELECT current_schema() AS schema');
        return rows[0]?.schema === queueNamespace;
      });
    } else this.health?.inform('queue', () => ({ state: connection.status === 'ready' ? 'working' : 'degraded' }));
  }
}

/**
 * BullMQ behind one interface: on Redis when REDIS_URL is set, else on PostgreSQL (whose schema must have been migrated before,
 * see `migrateQueueSchema`). The same code runs on both.
 */
@Global()
@Module({})
export class QueueModule {
  static forRoot(config: DatabaseConfig & Partial<Pick<KernelConfig, 'REDIS_URL'>>): DynamicModule {
    const connection = config.REDIS_URL ? redisConnection(config.REDIS_URL) : postgresPool(config);
    if (config.REDIS_URL) setDefaultBackendFactory(createRedisBackend);
    else setDefaultBackendFactory(createPostgresBackend);
    return {
      module: QueueModule,
      imports: [
        BullModule.forRoot({
          connection: connection as never, // Nest's type allows only the Redis form; the default backend above takes a pg pool
          prefix: queueNamespace,
          streams: { events: { maxLen: 2_000 } },
        } as never),
      ],
      providers: [JobProducer, { provide: QueueConnection, useValue: new QueueConnection(connection) }, QueueHealth],
      exports: [JobProducer, QueueConnection, BullModule],
    };
  }
}

function postgresPool(target: DatabaseTarget): Pool {
  const pool = new Pool({
    ...connectionOptions(target, { applicationName: 'heliograph-queue', searchPath: queueNamespace }),
    max: 12,
  });
  pool.setMaxListeners(0);
  // Every query of the pool reports its own failure; without a listener, the loss of an idle client would end the process.
  pool.on('error', () => undefined);
  return pool;
}

function redisConnection(url: string): IORedis {
  const redis = new IORedis(url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined); // reconnects on its own; readiness reports the outage
  return redis;
}
