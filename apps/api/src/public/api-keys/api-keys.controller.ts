import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, actorSchema, pageQuery, systemActor } from '@heliograph/kernel';
import { type ApiKey, ApiKeys, apiKeyScopes, createApiKeyBody, type KeyMaker, rotateApiKeyBody } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { pageSchema, pageView } from '../../http/page.view';
import { CurrentActor, type ApiCaller, CurrentCaller, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';

const exampleKey = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0',
  name: 'Core application',
  prefix: 'hg_live_3f9a',
  scopes: ['messages:write', 'messages:read'],
  allowed_addresses: null,
  session_ids: null,
  created_at: '2026-11-01T10:00:00.000Z',
  expires_at: null,
  last_used_at: '2026-11-23T09:00:00.000Z',
  revoked_at: null,
  created_by: systemActor('command_line'),
  revoked_by: null,
};

const time = z.iso.datetime().nullable();
const keySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.enum(apiKeyScopes)),
    allowed_addresses: z.array(z.string()).nullable(),
    session_ids: z
      .array(z.uuid())
      .nullable()
      .meta({ description: 'Sessions the key is limited to, those deleted since included; null: all.' }),
    created_at: z.iso.datetime(),
    expires_at: time,
    last_used_at: time,
    revoked_at: time,
    created_by: actorSchema
      .nullable()
      .meta({ description: 'The system’s `command_line` when an operator created the key; null for older keys.' }),
    revoked_by: actorSchema.nullable(),
  })
  .meta({ id: 'ApiKey', example: exampleKey });
const newKeySchema = keySchema
  .extend({ secret: z.string().meta({ description: 'The secret. It is shown only once.' }) })
  .meta({ id: 'NewApiKey', example: { ...exampleKey, last_used_at: null, secret: 'hg_live_3f9a…' } });
const rotatedSchema = newKeySchema
  .extend({ previous: keySchema.meta({ description: 'The old key, with the time at which it ends.' }) })
  .meta({
    id: 'RotatedApiKey',
    example: {
      ...exampleKey,
      last_used_at: null,
      secret: 'hg_live_3f9a…',
      previous: { ...exampleKey, expires_at: '2026-11-25T09:00:00.000Z' },
    },
  });
const listQuery = z.strictObject(pageQuery);
/** Returns the limits of the caller who makes a key. The key may not exceed them. */
const makerOf = ({ principal, scopes }: ApiCaller): KeyMaker => (principal.kind === 'key' ? { keyId: principal.id } : { scopes });

const view = (key: ApiKey): z.input<typeof keySchema> => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  scopes: key.scopes,
  allowed_addresses: key.allowedAddresses,
  session_ids: key.sessionIds,
  created_at: key.createdAt.toISOString(),
  expires_at: key.expiresAt?.toISOString() ?? null,
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
  revoked_at: key.revokedAt?.toISOString() ?? null,
  created_by: key.createdBy,
  revoked_by: key.revokedBy,
});

const apiKeyPage = pageSchema(keySchema, { id: 'ApiKeyPage', example: { data: [exampleKey], next_cursor: null } });

/** API keys of the core application. */
@ApiTags('api keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @HttpCode(201)
  @RequireScope('keys:manage')
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Create an API key',
    description:
      'The response is the only one that contains the secret. The new key cannot have more scopes, more allowed addresses or a later expiry than the key that creates it: 403 `exceeds_own_rights`. A key with `session_ids` works for these sessions alone, and can create no keys.',
  })
  @ApiResponse(
    problemResponse(
      422,
      'expires_in_past',
      'The expiry is in the past, a session does not exist (`unknown_session`), or the tenant has 100 keys (`too_many_keys`).',
    ),
  )
  @ApiResponse({ status: 201, description: 'The key and its secret.', standardSchema: newKeySchema })
  async create(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @CurrentCaller() maker: ApiCaller,
    @Body({ schema: createApiKeyBody }) body: z.output<typeof createApiKeyBody>,
  ): Promise<z.input<typeof newKeySchema>> {
    const { key, secret } = await this.keys.create(
      tenant.id,
      actor,
      {
        name: body.name,
        scopes: body.scopes,
        expiresAt: body.expires_at ?? null,
        allowedAddresses: body.allowed_addresses ?? null,
        sessionIds: body.session_ids ?? null,
      },
      makerOf(maker),
    );
    return { ...view(key), secret };
  }

  @Get()
  @RequireScope('keys:manage')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List API keys' })
  @ApiResponse({ status: 200, description: 'One page, newest first.', standardSchema: apiKeyPage })
  async list(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Query({ schema: listQuery }) q: z.output<typeof listQuery>,
  ): Promise<z.input<typeof apiKeyPage>> {
    return pageView(await this.keys.list(tenant.id, q), view);
  }

  @Post(':id/rotate')
  @HttpCode(201)
  @RequireScope('keys:manage')
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Replace an API key by a new one; both are valid for a while',
    description:
      'The new key has the name, the scopes, the allowed addresses and the sessions of the old one. If the old key expires, the new one lives as long as the old one did. The response is the only one that contains the secret.',
  })
  @ApiResponse({ status: 201, description: 'The new key and its secret.', standardSchema: rotatedSchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such key.'))
  @ApiResponse(problemResponse(409, 'key_not_live', 'The key was revoked or has expired.'))
  @ApiResponse(problemResponse(422, 'too_many_keys', 'The tenant has 100 keys.'))
  async rotate(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @CurrentCaller() maker: ApiCaller,
    @Param('id', { schema: z.uuid() }) id: string,
    @Body({ schema: rotateApiKeyBody }) body: z.output<typeof rotateApiKeyBody>,
  ): Promise<z.input<typeof rotatedSchema>> {
    const { key, secret, previous } = await this.keys.rotate(tenant.id, actor, id, body.overlap_hours, makerOf(maker));
    return { ...view(key), secret, previous: view(previous) };
  }

  @Delete(':id')
  @HttpCode(200)
  @RequireScope('keys:manage')
  @ApiOperation({ operationId: 'revokeApiKey', summary: 'Revoke an API key; every process refuses it within a second' })
  @ApiResponse({ status: 200, description: 'The key.', standardSchema: keySchema })
  @ApiResponse(problemResponse(404, 'not_found', 'No such key.'))
  async revoke(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: z.uuid() }) id: string,
  ): Promise<z.input<typeof keySchema>> {
    return view(await this.keys.revoke(tenant.id, actor, id));
  }
}
