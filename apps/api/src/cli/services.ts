import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ContactsModule, Suppressions } from '@heliograph/contacts';
import { ChangeFeedModule, ConfigModule, configOrExit, DatabaseModule, newClient } from '@heliograph/kernel';
import { ProvidersModule } from '@heliograph/providers';
import { StaffModule } from '@heliograph/staff';
import {
  ApiKeys,
  countryCode,
  createAccountBody,
  createApiKeyBody,
  createTenantBody,
  ProviderAccounts,
  Sessions,
  Tenants,
  TenantsModule,
} from '@heliograph/tenants';
import { EventCatalogueModule } from '@heliograph/webhooks';
import { type ApiConfig, allConfig } from '../api.config';

/** Schemas of what commands take: the same as those of the REST API. */
export const bodies = { countryCode, createAccountBody, createApiKeyBody, createTenantBody };

/** Services that commands work with. */
export interface Services {
  app: INestApplicationContext;
  config: Readonly<ApiConfig>;
  tenants: Tenants;
  keys: ApiKeys;
  accounts: ProviderAccounts;
  sessions: Sessions;
  suppressions: Suppressions;
}

/** Runs `work` with the services of tenants, contacts and the catalogue of events, and closes everything after. Logs nothing but what the command prints. */
export async function runWithServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const config = configOrExit<ApiConfig>(allConfig);
  // A database that is away is said at once; services would try again for half a minute.
  const client = newClient(config, { applicationName: 'heliograph-command' });
  await client.connect();
  await client.end();

  @Module({
    imports: [
      ConfigModule.forRoot(config),
      DatabaseModule.forRoot('command'),
      ChangeFeedModule,
      ProvidersModule,
      TenantsModule,
      StaffModule,
      ContactsModule,
      EventCatalogueModule,
    ],
  })
  class CommandModule {}

  const app = await NestFactory.createApplicationContext(CommandModule, { logger: false, abortOnError: false });
  try {
    return await work({
      app,
      config,
      tenants: app.get(Tenants),
      keys: app.get(ApiKeys),
      accounts: app.get(ProviderAccounts),
      sessions: app.get(Sessions),
      suppressions: app.get(Suppressions),
    });
  } finally {
    await app.close();
  }
}
