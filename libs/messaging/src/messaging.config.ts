import { declareConfig, flag, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** Identity of the installation. */
export const installationConfig = {
  INSTALLATION_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, dashes or underscores')
    .optional()
    .describe(
      'Id of this installation, the same for all its processes. The database stores it at the first start and must have the same id at every later start.',
    ),
  INSTALLATION_FILE: z
    .string()
    .optional()
    .describe(
      'File outside the database that holds the installation’s id (a random one unless INSTALLATION_ID is set) and how far the database was written, so that an older copy is detected.',
    ),
};

/** Configuration of sending. */
export const messagingConfig = declareConfig('Sending', {
  LANES_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(192)
    .describe('Lanes for which a worker process calls the provider at the same time.'),
  LANES_IN_HAND: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1_000)
    .describe('Lanes that a worker process serves at the same time; most of them wait for their slot.'),
  ECHO_WINDOW_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(600_000)
    .describe('Time after a call within which an echo is matched to its message by recipient and text, in ms.'),
  UNCERTAIN_GRACE_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(600_000)
    .describe('Time for which evidence about a message of unknown outcome is searched before a person must decide, in ms.'),
  INFO_BUDGET_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(20)
    .describe('Questions to the provider about sent messages, per session and minute.'),
  LOG_TRANSITIONS: flag.default(true).describe('Writes one log line per change of a message’s state.'),
  MESSAGE_RETENTION_DAYS: keptDays({ min: 31, default: 365 }).describe(
    'Days for which messages are kept after their end, with their history and WhatsApp ids; 0: forever, else at least 31.',
  ),
  ...installationConfig,
  LEDGER_MAX_AGE_S: z.coerce
    .number()
    .int()
    .min(0)
    .default(900)
    .describe(
      'Age of the newest heartbeat in the database, in s, from which a starting process treats the database as an older copy and holds drips and broadcasts; 0: never by age.',
    ),
  LEDGER_MAX_LOSS_S: z.coerce
    .number()
    .int()
    .min(0)
    .default(30)
    .describe(
      'Time by which the database may be behind the mark of a process or of the installation file without a hold, as after a failover, in s.',
    ),
});

/** The messaging part of the validated configuration. */
export type MessagingConfig = { [K in keyof typeof messagingConfig]: z.output<(typeof messagingConfig)[K]> };
