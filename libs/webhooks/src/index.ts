export * from './inbound/channels.repository';
export * from './inbound/hook-inbox';
export * from './webhooks.config';
export * from './webhooks.module';
