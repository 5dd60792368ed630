import { declareConfig, keptDays } from '@heliograph/kernel';
import { z } from 'zod';

const text = z.string().min(1).optional();

/** Configuration of people: how they sign in, and how mail reaches them. */
export const staffConfig = declareConfig(
  'People',
  {
    SIGN_IN_HOURS: z.coerce.number().int().min(1).max(720).default(12).describe('Hours after which a person must sign in again.'),
    SMTP_URL: z
      .url({ protocol: /^smtps?$/ })
      .optional()
      .describe(
        'Mail server for invitations and password resets, smtp[s]://user:password@host:port; unset: links are shown to whoever makes them.',
      ),
    MAIL_FROM: z.string().default('Heliograph <heliograph@localhost>').describe('Sender of mails.'),
    OIDC_ISSUER: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        'Issuer of an OpenID Connect provider; people who are invited may sign in through it. Set all three of issuer, client id and client secret, or none.',
      ),
    OIDC_CLIENT_ID: text.describe('Client id at the OpenID Connect provider.'),
    OIDC_CLIENT_SECRET: text.describe('Client secret at the OpenID Connect provider.'),
    AUDIT_RETENTION_DAYS: keptDays({ min: 30, default: 730 }).describe('Days that entries of the audit log are kept; 0: for ever.'),
    OIDC_NAME: z.string().default('single sign-on').describe('Name of the OpenID Connect provider on the sign-in page.'),
  },
  [['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']],
);

/** This lib's part of the validated configuration. */
export type StaffConfig = { [K in keyof typeof staffConfig]: z.output<(typeof staffConfig)[K]> };
