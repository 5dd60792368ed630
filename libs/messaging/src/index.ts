export * from './intake/message-draft';
export * from './intake/message-intake';
export type { AcceptedMessage } from './intake/message-store.repository';
export * from './lanes/lane-bell';
export * from './message';
export * from './messaging.config';
export * from './messaging.module';
