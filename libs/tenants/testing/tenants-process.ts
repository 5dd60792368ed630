import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { ChangeFeed, Database, dataSourceOptions, SealedSecrets } from '@heliograph/kernel';
import { processLoops } from '@heliograph/kernel/testing';
import type { WhatsAppProvider } from '@heliograph/providers';
import { DataSource } from 'typeorm';
import { ProviderAccounts } from '../src/accounts/provider-accounts';
import { ApiKeys } from '../src/api-keys/api-keys';
import { Routing } from '../src/routing/routing';
import { SessionCheck } from '../src/sessions/session-check';
import { SessionCredentials } from '../src/sessions/session-credentials';
import { SessionOpenings } from '../src/sessions/session-openings';
import { SessionPoller } from '../src/sessions/session-poller';
import { SessionReports } from '../src/sessions/session-reports';
import { SessionSecrets } from '../src/sessions/session-secrets.repository';
import { SessionSubscriber, SessionSubscriptions } from '../src/sessions/session-subscriptions';
import { SessionWebhooks } from '../src/sessions/session-webhooks';
import { Sessions } from '../src/sessions/sessions';
import { SessionsRepository } from '../src/sessions/sessions.repository';
import { KnownTenants } from '../src/tenants/known-tenants.repository';
import { Tenants } from '../src/tenants/tenants.repository';

/** A key for KEYRING. */
export const aRingKey = (id = 'k1'): string => `${id}:${randomBytes(32).toString('base64')}`;

/** All parts of this lib in one process, with connections and memory of its own. */
export type TenantsProcess = Awaited<ReturnType<typeof startTenantsProcess>>;

/** Starts a process; several on one database act as several processes. */
export async function startTenantsProcess(options: { url: string; provider: WhatsAppProvider; keyring: string; feedUrl?: string }) {
  Logger.overrideLogger(false);
  const dataSource = await new DataSource({ ...dataSourceOptions(options.url, 4), entities: [] }).initialize();
  const db = new Database(dataSource);
  const config = {
    DATABASE_URL: options.url,
    KEYRING: options.keyring,
    PUBLIC_URL: 'https://hooks.example.com/',
    SESSION_CHECKS_PER_SECOND: 20,
    SESSION_HISTORY_RETENTION_DAYS: 0,
    ROUTE_RETENTION_DAYS: 0,
  };
  const feed = new ChangeFeed({ DATABASE_URL: options.feedUrl ?? options.url });
  const secrets = new SealedSecrets(config);
  const openings = new SessionOpenings();
  const credentials = new SessionCredentials(db, secrets, feed);
  const reports = new SessionReports(db, openings, feed);
  const checks = new SessionCheck(db, credentials, reports, options.provider);
  const accounts = new ProviderAccounts(db, secrets, options.provider, feed);
  const { loops, drain } = processLoops();
  const keys = new ApiKeys(db, feed, loops);
  const rows = new SessionsRepository(db, secrets, feed);
  const subscriptions = new SessionSubscriptions(db, options.provider);
  const webhooks = new SessionWebhooks(rows, new SessionSecrets(db, rows, secrets), accounts, subscriptions, options.provider, config);
  const poller = new SessionPoller(db, checks, config, loops);
  keys.onApplicationBootstrap();
  await feed.onApplicationBootstrap();
  return {
    db,
    feed,
    secrets,
    tenants: new Tenants(db, feed),
    keys,
    accounts,
    credentials,
    openings,
    known: new KnownTenants(db, feed),
    reports,
    poller,
    subscriber: new SessionSubscriber(db, accounts, subscriptions, loops),
    webhooks,
    sessions: new Sessions(rows, accounts, reports, checks, webhooks, options.provider),
    routing: new Routing(db, feed),
    stop: async () => {
      await drain();
      await feed.onApplicationShutdown();
      await dataSource.destroy();
    },
  };
}
