import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ContactsModule, Suppressions } from '@heliograph/contacts';
import './every-lib';
import { EventCatalogueModule } from '@heliograph/ingestion';
import {
  type Actor,
  auditedAs,
  ChangeFeedModule,
  ConfigModule,
  configOrExit,
  DatabaseModule,
  DrainModule,
  HealthModule,
  type KernelConfig,
  LoopsModule,
  MetricsModule,
  newClient,
  systemActor,
} from '@heliograph/kernel';
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
  SessionWebhooks,
  Tenants,
  TenantsModule,
} from '@heliograph/tenants';

/** Schemas of command data, the same as those of the REST API. */
export const bodies = { countryCode, createAccountBody, createApiKeyBody, createTenantBody };

/** Services for commands. */
export interface Services {
  app: INestApplicationContext;
  config: Readonly<KernelConfig>;
  /** The user who runs the command, as far as known. */
  actor: Actor;
  tenants: Tenants;
  keys: ApiKeys;
  accounts: ProviderAccounts;
  sessions: Sessions;
  webhooks: SessionWebhooks;
  suppressions: Suppressions;
}

/**
 * Runs `work` with the services for tenants, contacts and event types, and closes everything afterwards. Logs only what the command prints.
 */
export async function runWithServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const config = configOrExit<KernelConfig>();
  // Reports an unavailable database at once; services would retry for half a minute.
  const client = newClient(config, { applicationName: 'heliograph-command' });
  await client.connect();
  await client.end();

  @Module({
    imports: [
      ConfigModule.forRoot(config),
      DatabaseModule.forRoot(),
      ChangeFeedModule,
      DrainModule,
      MetricsModule,
      HealthModule,
      LoopsModule,
      ProvidersModule,
      TenantsModule,
      StaffModule,
      ContactsModule,
      EventCatalogueModule,
    ],
  })
  class CommandModule {}

  const app = await NestFactory.createApplicationContext(CommandModule, { logger: false, abortOnError: false });
  const actor = systemActor('command_line');
  const services: Services = {
    app,
    config,
    actor,
    tenants: app.get(Tenants),
    keys: app.get(ApiKeys),
    accounts: app.get(ProviderAccounts),
    sessions: app.get(Sessions),
    webhooks: app.get(SessionWebhooks),
    suppressions: app.get(Suppressions),
  };
  try {
    return await auditedAs(actor, undefined, () => work(services));
  } finally {
    await app.close();
  }
}
