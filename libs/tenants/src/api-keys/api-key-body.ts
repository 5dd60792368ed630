import { instant } from '@heliograph/kernel';
import { z } from 'zod';
import { apiKeyScopes } from './scopes';

/** Maximum number of sessions that a key may be limited to. */
const maxKeySessions = 1_000;

/** Body of a new key, for every interface. Its expiry is checked against the clock of the database when it is stored. */
export const createApiKeyBody = z
  .strictObject({
    name: z.string().min(1).max(200),
    scopes: z.array(z.enum(apiKeyScopes)).min(1).max(100),
    expires_at: instant
      .transform((s) => new Date(s))
      .optional()
      .meta({ description: 'In the future.' }),
    allowed_addresses: z
      .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
      .min(1)
      .max(50)
      .optional()
      .meta({ description: 'Addresses or networks the key works from; left out: all.' }),
    session_ids: z.array(z.uuid()).min(1).max(maxKeySessions).optional().meta({
      description:
        'Sessions the key is limited to: it sends through them, and reads them and their messages; every other route answers 403 `key_limited_to_sessions`. Left out: all.',
    }),
  })
  .meta({ id: 'CreateApiKey', example: { name: 'core app', scopes: ['messages:write', 'messages:read'] } });

/** Body of a rotation: how long the old key works beside the new one. */
export const rotateApiKeyBody = z
  .strictObject({
    overlap_hours: z
      .int()
      .min(0)
      .max(30 * 24)
      .meta({ description: 'Hours for which the old key stays valid; 0: none.' }),
  })
  .meta({ id: 'RotateApiKey', example: { overlap_hours: 24 } });
