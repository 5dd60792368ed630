import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ContactsModule } from '@heliograph/contacts';
import { ChangeFeedModule, ConfigModule, configOrExit, DatabaseModule } from '@heliograph/kernel';
import { ProvidersModule } from '@heliograph/providers';
import { TenantsModule } from '@heliograph/tenants';
import { EventCatalogueModule } from '@heliograph/webhooks';
import { type ApiConfig, allConfig } from '../api.config';

/** Runs `work` with the services of tenants, contacts and the catalogue of events, and closes everything after. Logs nothing but what the command prints. */
export async function withServices<T>(work: (app: INestApplicationContext, config: Readonly<ApiConfig>) => Promise<T>): Promise<T> {
  const config = configOrExit<ApiConfig>(allConfig);

  @Module({
    imports: [
      ConfigModule.forRoot(config),
      DatabaseModule,
      ChangeFeedModule,
      ProvidersModule,
      TenantsModule,
      ContactsModule,
      EventCatalogueModule,
    ],
  })
  class CommandModule {}

  const app = await NestFactory.createApplicationContext(CommandModule, { logger: false, abortOnError: false });
  try {
    return await work(app, config);
  } finally {
    await app.close();
  }
}

/** One line of JSON on standard output. */
export function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
