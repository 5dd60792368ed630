export * from './inbound/channels.repository';
export * from './inbound/hook-inbox';
export * from './webhooks.config';
export * from './webhooks.module';
export * from './outbound/callback-endpoints.repository';
export * from './outbound/callback-log.repository';
export * from './outbound/callback-types';
export { signature } from './outbound/signature';
