import { declareConfig } from '@heliograph/kernel';
import { z } from 'zod';

/** Configuration of the media store. */
export const mediaConfig = declareConfig('Media store', {
  MEDIA_DIR: z
    .string()
    .min(1)
    .default('data/media')
    .describe(
      'Folder of uploaded files, below the folder in which a process is started unless the path is absolute. Every api process needs the same one: with several machines, share it or use S3.',
    ),
  MEDIA_DELIVERY: z
    .enum(['link', 'provider'])
    .default('link')
    .describe(
      'How the provider gets a file: by a link below PUBLIC_URL, or as a copy that a worker uploads once for each account. For `provider`, workers with the role `lanes` need the media store too.',
    ),
  MEDIA_LINK_HOURS: z.coerce
    .number()
    .int()
    .min(1)
    .max(720)
    .default(72)
    .describe('Hours for which the provider can fetch a file by the link that a message contains, at least.'),
  MEDIA_MAX_MB_PER_TENANT: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .default(5_000)
    .describe('Megabytes of files that one tenant can store; an upload beyond them is refused with 409 `media_full`.'),
  MEDIA_SCAN_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Address of a scanner that every uploaded file is posted to before it is stored. It may be private: the rules for URLs that users give do not apply to it.',
    ),
  MEDIA_SCAN_SECRET: z.string().min(1).optional().describe('Bearer token that the scanner gets.'),
  MEDIA_SCAN_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(60_000)
    .describe('Deadline of a scan in ms. An upload past it gets 503 `media_scan_unavailable`, and nothing is stored.'),
  MEDIA_S3_BUCKET: z.string().min(1).optional().describe('Bucket for uploaded files; set: files are in S3, and MEDIA_DIR is not used.'),
  MEDIA_S3_ENDPOINT: z.url().optional().describe('Address of a server that speaks the protocol of S3; unset: that of AWS.'),
  MEDIA_S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the bucket.'),
  MEDIA_S3_ACCESS_KEY_ID: z
    .string()
    .min(1)
    .optional()
    .describe('Access key of S3; unset: the credentials of the environment, as the AWS SDK finds them.'),
  MEDIA_S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('Secret of MEDIA_S3_ACCESS_KEY_ID.'),
});

/** The media part of the validated configuration. */
export type MediaConfig = { [K in keyof typeof mediaConfig]: z.output<(typeof mediaConfig)[K]> };
