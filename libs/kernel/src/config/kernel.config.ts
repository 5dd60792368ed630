import { z } from 'zod';
import { certificate, connectionStringFault, ConnectionStringError } from '../database/connection';
import { apiSurfaces } from './api-surfaces';
import { declareConfig } from './declared-config';
import { workerRoles } from './worker-roles';

const port = z.coerce.number().int().min(0).max(65_535);
/** A switch: true or false, 1 or 0. */
export const flag = z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1');

/** `id:base64(32 bytes)`, comma-separated. */
const keyring = z.string().refine((value) => {
  const pairs = value.split(',').map((part) => part.split(':') as [string, string?]);
  const distinct = new Set(pairs.map(([id]) => id)).size === pairs.length;
  return distinct && pairs.every(([id, key]) => /^[A-Za-z0-9_-]{1,32}$/.test(id) && !!key && Buffer.from(key, 'base64').length === 32);
}, 'must be id:base64 pairs with distinct ids, each key 32 bytes');

/** Configuration keys that every process has. */
export const kernelConfig = declareConfig('Every process', {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('Runtime mode; anything but production prints readable logs.'),
  DATABASE_URL: z
    .string()
    .superRefine((text, context) => {
      const fault = connectionStringFault(text);
      if (fault) context.addIssue({ code: 'custom', message: fault });
    })
    .describe(
      'PostgreSQL 14 or newer: the ledger. postgres://user:password@host:port/name, or postgres://user@/name?host=/socket/directory; `sslmode` and `options` as in libpq.',
    ),
  DATABASE_CA: z
    .string()
    .superRefine((text, context) => {
      try {
        certificate(text);
      } catch (error) {
        if (!(error instanceof ConnectionStringError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
      }
    })
    .optional()
    .describe('Certificate of the CA that signed PostgreSQL’s, as PEM text or a file’s path; switches TLS on and verifies the server.'),
  DATABASE_POOL: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(16)
    .describe('Connections per process to PostgreSQL for statements (the queue and the change feed hold a few of their own).'),
  DATABASE_READ_POOL: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(8)
    .describe(
      'Connections of an api process for requests that only read, besides DATABASE_POOL: slow lists do not keep messages from being stored.',
    ),
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(15_000)
    .describe('Longest run of a statement of a request, in ms; what takes longer answers 503 `statement_timeout`.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('When set, BullMQ runs on Redis; otherwise on PostgreSQL. Only doorbells live there: losing it loses nothing.'),
  KEYRING: keyring.describe('Keys that seal secrets at rest, `id:base64(32 bytes)` separated by commas: the first seals, all open.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe log line that is written.'),
  HOST: z.string().default('0.0.0.0').describe('Address the api and the worker health server listen on.'),
  PORT: port.default(3000).describe('Port of the api.'),
  WORKER_HEALTH_PORT: port.default(3001).describe('Port of a worker’s health and metrics server.'),
  API_SURFACES: apiSurfaces.schema.describe(
    'Surfaces that an api pod serves, comma-separated; unset: all. An unknown one is refused at start.',
  ),
  WORKER_ROLES: workerRoles.schema.describe('Duties that a worker pod takes, comma-separated. An unknown one is refused at start.'),
  EGRESS_ALLOWED: z
    .string()
    .default('')
    .transform((v) => v.split(',').flatMap((s) => s.trim() || []))
    .pipe(z.array(z.union([z.cidrv4(), z.cidrv6(), z.string().regex(/^[\w.-]{1,253}(:\d{1,5})?$/)])))
    .describe(
      'What URLs that users give (callbacks, media) may reach besides public addresses, comma-separated: `core-app.internal`, `core-app:8080`, `10.1.0.0/16`. A host that is named may have any address and, without a port, any port.',
    ),
  TRUST_PROXY: z
    .string()
    .optional()
    .describe('Addresses or CIDRs of proxies whose X-Forwarded-For is believed, comma-separated; unset: none.'),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .default(60_000)
    .describe('Requests a minute per API key, counted over all api processes; 0 switches the limit off.'),
  RATE_LIMIT_PER_ADDRESS: z.coerce
    .number()
    .int()
    .min(0)
    .default(120_000)
    .describe('Requests a minute per client address, counted over all api processes; 0 switches the limit off.'),
  UPLOADS_PER_TENANT: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe(
      'Files, streams of lines, and bodies that are compressed, chunked or above 1 MiB, which an api process takes from one tenant at the same time; more are refused with 429 `too_many_uploads`.',
    ),
  IDEMPOTENCY_TTL_HOURS: z.coerce.number().min(1).max(720).default(72).describe('Hours an idempotency key is remembered.'),
  METRICS_ENABLED: flag.default(true).describe('Serves Prometheus metrics at /metrics.'),
  PAGES_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('Token that /metrics and /docs of the api ask for, as a bearer token or as the password of basic authentication.'),
  PAGES_OPEN: flag
    .optional()
    .describe(
      'Shows /metrics and /docs of the api to everybody; unset: unless NODE_ENV is production. Without it and a token they are hidden.',
    ),
});

/** The kernel's part of the validated configuration. */
export type KernelConfig = { [K in keyof typeof kernelConfig]: z.output<(typeof kernelConfig)[K]> };
