import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Actor } from '@heliograph/kernel';
import { LinkInvitations, Sessions } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentActor, CurrentTenant, type CurrentTenantInfo } from '../../http/principal';
import { problemResponse } from '../../http/problem.schema';
import { missing, notNow } from './session.view';

const uuid = z.uuid();
const linkSchema = z
  .object({
    kind: z.enum(['connected', 'scan', 'passkey', 'waiting']),
    qr: z.string().nullable().meta({ description: 'Text to show as a QR code, or a data:image URL.' }),
    qr_expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'SessionLink', example: { kind: 'scan', qr: '2@kS7f…,1', qr_expires_at: '2026-11-23T09:00:20.000Z' } });
const sessionQrSchema = z
  .object({ status: z.string(), qr: z.string().nullable(), qr_expires_at: z.iso.datetime().nullable() })
  .meta({ id: 'SessionQr', example: { status: 'need_scan', qr: '2@kS7f…,1', qr_expires_at: '2026-11-23T09:00:20.000Z' } });

const linkInvitationSchema = z
  .object({
    url: z.string().meta({ description: 'Page for the owner of the phone. It works without a sign-in and is shown only once.' }),
    expires_at: z.iso.datetime(),
  })
  .meta({
    id: 'LinkInvitation',
    example: {
      url: 'https://heliograph.example.com/admin/link-phone#q9ZkRr0s3mJvX1yB7c2LwTnE5dHfGuA8iKpOoSxVbMY',
      expires_at: '2026-11-23T09:10:00.000Z',
    },
  });

/** Linking of a phone to a session: QR code, and links for the owner of the phone. */
@ApiTags('sessions')
@Controller('v1/sessions')
export class SessionLinkController {
  constructor(
    private readonly sessions: Sessions,
    private readonly invitations: LinkInvitations,
  ) {}

  @Post(':id/link')
  @HttpCode(200)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'linkSession', summary: 'Start linking; the response contains the QR text' })
  @ApiResponse({ status: 200, description: 'The next step.', standardSchema: linkSchema })
  @ApiResponse(missing)
  @ApiResponse(notNow)
  async link(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof linkSchema>> {
    const { kind } = await this.sessions.link(tenant.id, actor, id);
    return { kind, ...(await this.qrOf(tenant.id, id)) };
  }

  @Get(':id/qr')
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'getSessionQr', summary: 'Retrieve the current QR text while the session waits for a scan' })
  @ApiResponse({ status: 200, description: 'The text, or null.', standardSchema: sessionQrSchema })
  @ApiResponse(missing)
  async qr(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof sessionQrSchema>> {
    const { status } = await this.sessions.get(tenant.id, id);
    return { status, ...(await this.qrOf(tenant.id, id)) };
  }

  @Post(':id/link-invitations')
  @HttpCode(201)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({
    operationId: 'createLinkInvitation',
    summary: 'Create a link with which the owner of the phone links it without a sign-in; it ends the previous one',
  })
  @ApiResponse({
    status: 201,
    description: 'The link. It works for ten minutes, until a phone is linked.',
    standardSchema: linkInvitationSchema,
  })
  @ApiResponse(missing)
  @ApiResponse(problemResponse(409, 'session_connected', 'A phone is linked, or the session has no provider account (`account_required`).'))
  async invite(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<z.input<typeof linkInvitationSchema>> {
    const { url, until } = await this.invitations.invite(tenant.id, actor, id);
    return { url, expires_at: until.toISOString() };
  }

  @Delete(':id/link-invitations')
  @HttpCode(204)
  @RequireScope('sessions:manage', 'session')
  @ApiOperation({ operationId: 'revokeLinkInvitation', summary: 'Revoke the link for the owner of the phone, if one is open' })
  @ApiResponse({ status: 204, description: 'The link is revoked.' })
  @ApiResponse(missing)
  async revokeInvitation(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @CurrentActor() actor: Actor,
    @Param('id', { schema: uuid }) id: string,
  ): Promise<void> {
    await this.invitations.revoke(tenant.id, actor, id);
  }

  private async qrOf(tenantId: string, id: string): Promise<{ qr: string | null; qr_expires_at: string | null }> {
    const { qr, qrExpiresAt } = await this.sessions.get(tenantId, id);
    return { qr, qr_expires_at: qrExpiresAt?.toISOString() ?? null };
  }
}
