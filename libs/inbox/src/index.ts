export * from './contact-timeline.repository';
export * from './conversations.repository';
export * from './entries.repository';
export * from './inbound-messages';
export * from './inbox-actions';
export * from './inbox.module';
