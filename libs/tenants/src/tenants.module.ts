import { Module } from '@nestjs/common';
import { PurgesModule, WorkerRole } from '@heliograph/kernel';
import { ProvidersModule } from '@heliograph/providers';
import { ProviderAccounts } from './accounts/provider-accounts';
import { ApiKeys } from './api-keys/api-keys';
import { Routing } from './routing/routing';
import { LinkInvitationRows } from './sessions/link-invitations.repository';
import { LinkInvitations } from './sessions/link-invitations';
import { SessionCheck } from './sessions/session-check';
import { SessionCredentials } from './sessions/session-credentials';
import { SessionEvents } from './sessions/session-events.repository';
import { SessionOpenings } from './sessions/session-openings';
import { SessionPoller } from './sessions/session-poller';
import { SessionReports } from './sessions/session-reports';
import { SessionSecrets } from './sessions/session-secrets.repository';
import { SessionSubscriber, SessionSubscriptions } from './sessions/session-subscriptions';
import { SessionWebhooks } from './sessions/session-webhooks';
import { Sessions } from './sessions/sessions';
import { SessionsRepository } from './sessions/sessions.repository';
import { KnownTenants } from './tenants/known-tenants.repository';
import { TenantRetention } from './tenants/tenant-retention.repository';
import { Tenants } from './tenants/tenants.repository';

/** Tenants, keys, sessions and routing, for every process. */
@Module({
  imports: [ProvidersModule],
  providers: [
    Tenants,
    KnownTenants,
    ApiKeys,
    ProviderAccounts,
    SessionsRepository,
    SessionSecrets,
    SessionCredentials,
    SessionOpenings,
    SessionReports,
    SessionCheck,
    SessionSubscriptions,
    SessionWebhooks,
    Sessions,
    LinkInvitationRows,
    LinkInvitations,
    Routing,
    SessionEvents,
  ],
  exports: [
    Tenants,
    KnownTenants,
    ApiKeys,
    ProviderAccounts,
    SessionCredentials,
    SessionOpenings,
    SessionReports,
    SessionWebhooks,
    Sessions,
    LinkInvitations,
    Routing,
    SessionEvents,
  ],
})
export class TenantsModule {}

/** Status checks and purges, for workers with the role `housekeeping`. */
@WorkerRole('housekeeping')
@Module({
  imports: [TenantsModule, ProvidersModule, PurgesModule],
  providers: [SessionPoller, SessionCheck, SessionSubscriptions, SessionSubscriber, TenantRetention],
})
export class TenantsWorkerModule {}
