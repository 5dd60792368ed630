import { declareConfig, flag, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

/** How the installation is told from others. */
export const installationConfig = {
  INSTALLATION_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, dashes or underscores')
    .optional()
    .describe(
      'Id of this installation, the same for all its processes; the database takes it at the first start and must have it ever after.',
    ),
  INSTALLATION_FILE: z
    .string()
    .optional()
    .describe(
      'File outside the database that holds the installation’s id (a random one unless INSTALLATION_ID is set) and how far the database was written, so that an older copy of it is noticed.',
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
    .describe('Lanes a worker process calls the provider for at the same time.'),
  LANES_IN_HAND: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1_000)
    .describe('Lanes a worker process keeps in hand at the same time, most of them waiting for their slot.'),
  ECHO_WINDOW_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(600_000)
    .describe('How long after a call an echo of our own message may be matched to it by recipient and text, in ms.'),
  UNCERTAIN_GRACE_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(600_000)
    .describe('How long evidence for a message of unknown outcome is looked for before a person must decide, in ms.'),
  INFO_BUDGET_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(20)
    .describe('Questions to the provider about sent messages, per session and minute.'),
  LOG_TRANSITIONS: flag.default(true).describe('One log line per change of a message’s state.'),
  MESSAGE_RETENTION_DAYS: keptDays({ min: 31, default: 365 }).describe(
    'Days messages are kept, with their history and WhatsApp ids, counted from when they ended; 0: for ever, else at least 31.',
  ),
  ...installationConfig,
  LEDGER_MAX_AGE_S: z.coerce
    .number()
    .int()
    .min(0)
    .default(900)
    .describe(
      'Age of the newest heartbeat in the database from which a process that starts takes it for an older copy and holds drips and broadcasts, in s; 0: never by age.',
    ),
  LEDGER_MAX_LOSS_S: z.coerce
    .number()
    .int()
    .min(0)
    .default(30)
    .describe(
      'How far the database may be behind what a process or the installation file remembers, as after a failover, without a hold, in s.',
    ),
});

/** The messaging part of the validated configuration. */
export type MessagingConfig = { [K in keyof typeof messagingConfig]: z.output<(typeof messagingConfig)[K]> };
