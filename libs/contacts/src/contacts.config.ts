import { declareConfig, keptDays } from '@heliograph/kernel';
import type { z } from 'zod';

/** Configuration of contacts. */
export const contactsConfig = declareConfig('Contacts', {
  IMPORT_RETENTION_DAYS: keptDays({ min: 8, default: 90 }).describe(
    'Days after its last change for which an import keeps its refused rows and, unless a campaign that is not over uses them, its people as an audience; 0: forever, else at least 8.',
  ),
});

/** Validated configuration of contacts. */
export type ContactsConfig = { [K in keyof typeof contactsConfig]: z.output<(typeof contactsConfig)[K]> };
