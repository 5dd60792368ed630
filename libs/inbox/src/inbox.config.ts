import { declareConfig, keptDays } from '@heliograph/kernel';
import type { z } from 'zod';

/** Configuration of conversations. */
export const inboxConfig = declareConfig('Conversations', {
  ENTRY_RETENTION_DAYS: keptDays({ min: 31, default: 365 }).describe(
    'Days the entries of conversations are kept, with their edits and reactions; 0: forever, else at least 31.',
  ),
});

/** This lib's part of the validated configuration. */
export type InboxConfig = { [K in keyof typeof inboxConfig]: z.output<(typeof inboxConfig)[K]> };
