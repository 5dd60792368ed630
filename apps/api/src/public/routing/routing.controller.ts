import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AppError } from '@heliograph/kernel';
import { normaliseRecipient } from '@heliograph/contacts';
import { Routing } from '@heliograph/tenants';
import { z } from 'zod';
import { RequireScope } from '../../http/api-key.guard';
import { CurrentTenant, type CurrentTenantInfo } from '../../http/principal';

const wishBody = z
  .strictObject({ to: z.string().min(1).max(200), session_id: z.uuid().optional(), tag: z.string().min(1).max(64).optional() })
  .meta({ id: 'RoutingWish', example: { to: '+447700900101' } });
const answerSchema = z
  .object({
    session_id: z.uuid().nullable(),
    why: z.string(),
    candidates: z.array(z.object({ session_id: z.uuid(), name: z.string(), picked: z.boolean(), why: z.string() })),
  })
  .meta({
    id: 'RoutingAnswer',
    example: {
      session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
      why: 'sticky: this recipient was written to from it before',
      candidates: [{ session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f', name: 'Acme UK main', picked: true, why: 'connected' }],
    },
  });

/** Choice of the session for a message. */
@ApiTags('routing')
@Controller('v1/routing')
export class RoutingController {
  constructor(private readonly routing: Routing) {}

  @Post('dry-run')
  @HttpCode(200)
  @RequireScope('messages:read')
  @ApiOperation({ operationId: 'tryRouting', summary: 'Find the session that a message would use' })
  @ApiResponse({ status: 200, description: 'The chosen session and all candidates.', standardSchema: answerSchema })
  async dryRun(
    @CurrentTenant() tenant: CurrentTenantInfo,
    @Body({ schema: wishBody }) body: z.output<typeof wishBody>,
  ): Promise<z.input<typeof answerSchema>> {
    const to = normaliseRecipient(body.to, tenant.defaultCountry);
    if (!to.ok) throw new AppError('unprocessable', to.code, to.message, { path: 'to' });
    const { pick, candidates } = await this.routing.dryRun(tenant.id, {
      to: to.recipient,
      ...(body.session_id && { sessionId: body.session_id }),
      ...(body.tag && { tag: body.tag }),
    });
    return {
      session_id: pick?.sessionId ?? null,
      why: pick?.why ?? 'No session of this tenant fits.',
      candidates: candidates.map((c) => ({ session_id: c.sessionId, name: c.name, picked: c.picked, why: c.why })),
    };
  }
}
