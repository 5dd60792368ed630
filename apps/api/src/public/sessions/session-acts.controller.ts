import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Actor, headerSecret } from '@heliograph/kernel';
import { Sessions, SessionWebhooks } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { missing, newSessionSchema, notNow, phone, sessionAnswer, sessionSchema, sessionView } from './session.view';

const uuid = z.uuid();

/** Acts on a linked session: pause, restart, rotation of its secrets. */
@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionActsController {
  constructor(
    private readonly sessions: Sessions,
    private readonly webhooks: SessionWebhooks,
  ) {}

  @Post(':id/disconnect')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'disconnectSession', summary: 'Disconnect a session at the provider; its lane holds' })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  @ApiResponse(notNow)
  async disconnect(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.disconnect(tenant.id, actor, id));
  }

  @Post(':id/restart')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'restartSession', summary: 'Restart a session at the provider' })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  @ApiResponse(notNow)
  async restart(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.restart(tenant.id, actor, id));
  }

  @Post(':id/regenerate-key')
  @HttpCode(200)
  @RequireScope('sessions:manage')
  @ApiOperation({
    operationId: 'regenerateSessionKey',
    summary: 'Rotate the API key at the provider; the new key is used at once and never shown',
  })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  @ApiResponse(notNow)
  async regenerateKey(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.regenerateKey(tenant.id, actor, id));
  }

  @Post(':id/rotate-webhook-secret')
  @HttpCode(200)
  @RequireScope('sessions:manage')
  @ApiOperation({
    operationId: 'rotateWebhookSecret',
    summary: 'Set a webhook secret that was rotated at the provider; the old one is accepted for 24 more hours',
  })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  async rotateSecret(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({
      schema: z
        .strictObject({ webhook_secret: headerSecret(8, 500).optional() })
        .prefault({})
        .meta({ id: 'RotateWebhookSecret', example: { webhook_secret: 'the-secret-the-provider-shows' } }),
    })
    body: { webhook_secret?: string },
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.webhooks.rotateWebhookSecret(tenant.id, actor, id, body.webhook_secret));
  }

  @Post(':id/rotate-hook-token')
  @HttpCode(200)
  @RequireScope('sessions:manage')
  @ApiOperation({ operationId: 'rotateHookToken', summary: 'Rotate the hook URL; the old one works for 24 more hours' })
  @ApiResponse({ status: 200, description: 'The new URL. It is shown only once.', standardSchema: newSessionSchema })
  @ApiResponse(missing)
  async rotateToken(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof newSessionSchema>> {
    const { session, hookUrl } = await this.webhooks.rotateHookToken(tenant.id, actor, id);
    return { session: sessionView(session), hook_url: hookUrl };
  }

  @Post(':id/pause')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'pauseSession', summary: 'Pause a session' })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  async pause(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.pause(tenant.id, actor, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'resumeSession', summary: 'Resume a session' })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  async resume(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.resume(tenant.id, actor, id));
  }

  @Post(':id/confirm-phone')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'confirmPhone', summary: 'Confirm that the linked phone is the right one' })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  @ApiResponse(problemResponse(409, 'other_phone', 'Another phone is linked.'))
  async confirmPhone(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
    @Body({ schema: z.strictObject({ phone }).meta({ id: 'ConfirmPhone', example: { phone: '+447700900002' } }) }) body: { phone: string },
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.confirmPhone(tenant.id, actor, id, body.phone));
  }

  @Post(':id/sync')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'syncSession', summary: 'Refresh status and phone from the provider' })
  @ApiResponse(sessionAnswer)
  @ApiResponse(missing)
  async sync(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionSchema>> {
    return sessionView(await this.sessions.sync(tenant.id, actor, id));
  }
}
