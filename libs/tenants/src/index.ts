import './tenant-log-fields';
import './tenant-records.repository';

export * from './accounts/account-body';
export { ProviderAccounts } from './accounts/provider-accounts';
export type { ProviderAccount } from './accounts/provider-accounts.repository';
export * from './api-keys/address-list';
export * from './api-keys/api-key-body';
export * from './api-keys/api-keys';
export type { ApiKey } from './api-keys/api-keys.repository';
export * from './api-keys/scopes';
export { Routing, type RoutingPick } from './routing/routing';
export { type Candidate, candidatesOf } from './routing/routes.repository';
export * from './routing/sticky-routes.repository';
export { LinkInvitations, type PhoneLink } from './sessions/link-invitations';
export type { Session } from './sessions/session';
export * from './sessions/session-credentials';
export { noteOnSession, type ReportedSessionEvent, SessionEvents } from './sessions/session-events.repository';
export { SessionOpenings } from './sessions/session-openings';
export { SessionReports } from './sessions/session-reports';
export { sessionStatuses } from './sessions/session-status';
export * from './sessions/session-rows.repository';
export { SessionWebhooks } from './sessions/session-webhooks';
export { expectedShare, Sessions } from './sessions/sessions';
export type { LinkLosses, SessionFilter } from './sessions/sessions.repository';
export * from './tenants.config';
export { TenantsModule } from './tenants.module';
export { countryCode, createTenantBody, tenantColours, tenantLooks } from './tenants/tenant-body';
export * from './tenants/message-classes';
export {
  type ActionableReason,
  actionableReasons,
  type ActionableSettings,
  type CampaignApproval,
  campaignApprovals,
  defaultTenantSettings,
  maxCapHours,
  type TenantSettings,
  tenantSettingsPatch,
} from './tenants/tenant-settings';
export * from './tenants/tenant-settings.repository';
export { type KnownTenant, KnownTenants } from './tenants/known-tenants.repository';
export * from './tenants/tenant-rows.repository';
export { oldRows } from './tenants/old-rows.repository';
export { type Tenant, Tenants } from './tenants/tenants.repository';
export * from './tenants/tenants-keeping.repository';
export { sealedColumns } from './sessions/sealing';
export { countSessions, type SessionInNeed, sessionsInNeed, sessionStates } from './sessions/session-attention.repository';
