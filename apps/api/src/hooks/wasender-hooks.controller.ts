import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { anyText, AppError, TakesBytes } from '@heliograph/kernel';
import type { HookCredentialSet } from '@heliograph/tenants';
import { HookInbox } from '@heliograph/webhooks';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problemResponse } from '../http/problem.schema';
import { HookSenders } from './hook-senders';

/** A hook whose sender the front door knows. */
interface HookRequest extends FastifyRequest {
  hookSender: HookCredentialSet;
  namedContentType?: string;
}

const ok = { ok: true } as const;

/**
 * Where WasenderApi posts its hooks. Checks the secret, stores the raw body, answers 200; reading is the worker's. The header
 * holds the shared secret itself (WasenderApi docs, webhooks/webhook-setup): it is never logged nor stored.
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
    summary: 'Take one hook of the provider',
    description: 'The path holds a random token per session, the header the session’s webhook secret.',
  })
  @ApiParam({ name: 'token', type: String })
  @ApiSecurity('hookSecret')
  @ApiResponse({
    status: 200,
    description: 'Stored.',
    standardSchema: z.object({ ok: z.literal(true) }).meta({ id: 'HookStored', example: { ok: true } }),
  })
  @ApiResponse(problemResponse(400, 'empty_body', 'There is nothing in the body.'))
  @ApiResponse(problemResponse(401, 'wrong_hook_secret', 'The secret is missing or wrong.'))
  @ApiResponse(problemResponse(403, 'address_not_allowed', 'Hooks are not taken from this address.'))
  @ApiResponse(problemResponse(404, 'not_found', 'No session has this token.'))
  @ApiResponse(problemResponse(413, 'too_large', 'Longer than 1 MiB.'))
  @ApiResponse(problemResponse(503, 'storage_unavailable', 'Not stored; send it again.'))
  async receive(@Req() { hookSender, namedContentType, body }: HookRequest): Promise<typeof ok> {
    if (!Buffer.isBuffer(body) || body.length === 0) throw new AppError('invalid', 'empty_body', 'There is nothing in the body.');
    await this.inbox.accept(hookSender, anyText(body, namedContentType), [hookSender.apiKey, ...hookSender.secrets]);
    this.senders.seen.inc({ answer: 'stored' });
    return ok;
  }
}
