import type { components } from '../providers/api-types';

/** Classes of messages, the most urgent first. */
export const messageClasses = [
  'transactional',
  'reply',
  'drip',
  'broadcast',
] as const satisfies components['schemas']['Message']['class'][];
export type MessageClass = (typeof messageClasses)[number];
