import { z } from 'zod';
import { apiKeyScopes } from './scopes';

/** Body of a new key, whichever way it comes. Its end is checked against the clock of the database when it is stored. */
export const createApiKeyBody = z
  .strictObject({
    name: z.string().min(1).max(200),
    scopes: z.array(z.enum(apiKeyScopes)).min(1),
    expires_at: z.iso
      .datetime({ offset: true })
      .transform((s) => new Date(s))
      .optional()
      .meta({ description: 'In the future.' }),
    allowed_addresses: z
      .array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]))
      .max(50)
      .optional(),
  })
  .meta({ id: 'CreateApiKey', example: { name: 'core app', scopes: ['messages:write', 'messages:read'] } });
