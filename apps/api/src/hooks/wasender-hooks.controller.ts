import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { anyText, AppError, TakesBytes } from '@heliograph/kernel';
import type { HookCredentialSet } from '@heliograph/tenants';
import { HookInbox } from '@heliograph/webhooks';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { HookSenders } from './hook-senders';

/** A hook whose sender the front door authenticated. */
interface HookRequest extends FastifyRequest {
  hookSender: HookCredentialSet;
  namedContentType?: string;
}

const ok = { ok: true } as const;

/**
 * Receives the hooks of WasenderApi: checks the secret, stores the raw body, answers 200. The worker reads it later. The header contains
 * the shared secret itself (WasenderApi docs, webhooks/webhook-setup): it is never logged or stored.
 */
@ApiTags('hooks')
@Controller('hooks/wasender')
export class WasenderHooksController {
  constructor(
    private readonly senders: HookSenders,
    private readonly inbox: HookInbox,
  ) {}

  @Post(':token')
  @HttpCode(200)
  @TakesBytes()
  @ApiOperation({
    operationId: 'receiveWasenderHook',
    summary: 'Receive a hook of the provider',
    description: 'The path contains a random token of the session; the header contains the webhook secret of the session.',
  })
  @ApiParam({ name: 'token', type: String })
  @ApiSecurity('hookSecret')
  @ApiResponse({
    status: 200,
    description: 'Stored.',
    standardSchema: z.object({ ok: z.literal(true) }).meta({ id: 'HookStored', example: { ok: true } }),
  })
  @ApiResponse(problemResponse(400, 'empty_body', 'The body is empty.'))
  @ApiResponse(problemResponse(401, 'wrong_hook_secret', 'The secret is missing or wrong.'))
  @ApiResponse(problemResponse(403, 'address_not_allowed', 'Hooks are not accepted from this address.'))
  @ApiResponse(problemResponse(404, 'not_found', 'No session has this token.'))
  @ApiResponse(problemResponse(413, 'too_large', 'The body is longer than 1 MiB.'))
  @ApiResponse(problemResponse(503, 'storage_unavailable', 'The hook was not stored. Send it again.'))
  async receive(@Req() { hookSender, namedContentType, body }: HookRequest): Promise<typeof ok> {
    if (!Buffer.isBuffer(body) || body.length === 0) throw new AppError('invalid', 'empty_body', 'The body is empty.');
    await this.inbox.accept(hookSender, anyText(body, namedContentType), [hookSender.apiKey, ...hookSender.secrets]);
    this.senders.seen.inc({ answer: 'stored' });
    return ok;
  }
}
