import { createHash, timingSafeEqual } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Inject, Ip, Param, Post } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { APP_CONFIG, AppError, Metrics, notFound } from '@heliograph/kernel';
import { AddressList, SessionCredentials } from '@heliograph/tenants';
import { HookInbox, type WebhooksConfig } from '@heliograph/webhooks';
import { z } from 'zod';
import { problemResponse } from '../openapi/problem.schema';

/** Longest hook that is taken, in bytes. */
const longestHook = 1024 * 1024;
const ok = { ok: true } as const;

/**
 * Where WasenderApi posts its hooks. Checks the secret, stores the raw body, answers 200; reading is the worker's. The header
 * holds the shared secret itself (WasenderApi docs, webhooks/webhook-setup): it is never logged nor stored.
 */
@ApiTags('hooks')
@Controller('hooks/wasender')
export class WasenderHooksController {
  private readonly seen;
  private readonly allowed: AddressList | null;

  constructor(
    private readonly credentials: SessionCredentials,
    private readonly inbox: HookInbox,
    metrics: Metrics,
    @Inject(APP_CONFIG) { HOOK_ADDRESSES: addresses }: WebhooksConfig,
  ) {
    this.allowed = addresses ? new AddressList(addresses) : null;
    this.seen = metrics.counter('hooks_received_total', 'Hooks by what the receiver said.', ['answer']);
  }

  @Post(':token')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Take one hook of the provider',
    description: 'The path holds a random token per session, the header the session’s webhook secret.',
  })
  @ApiHeader({ name: 'X-Webhook-Signature', required: true })
  @ApiResponse({ status: 200, description: 'Stored.', standardSchema: z.object({ ok: z.literal(true) }).meta({ id: 'HookStored' }) })
  @ApiResponse(problemResponse(400, 'empty_body', 'There is nothing in the body.'))
  @ApiResponse(problemResponse(401, 'wrong_hook_secret', 'The secret is missing or wrong.'))
  @ApiResponse(problemResponse(403, 'address_not_allowed', 'Hooks are not taken from this address.'))
  @ApiResponse(problemResponse(404, 'not_found', 'No session has this token.'))
  @ApiResponse(problemResponse(413, 'too_large', 'Longer than 1 MiB.'))
  @ApiResponse(problemResponse(503, 'storage_unavailable', 'Not stored; send it again.'))
  async receive(
    @Param('token') token: string,
    @Headers('x-webhook-signature') signature: string | undefined,
    @Body() body: Buffer | undefined,
    @Ip() address: string,
  ): Promise<typeof ok> {
    if (this.allowed && !this.allowed.has(address)) {
      this.seen.inc({ answer: 'wrong_address' });
      throw new AppError('forbidden', 'address_not_allowed', 'Hooks are not taken from this address.');
    }
    const sender = await this.credentials.byHookToken(token);
    if (!sender) {
      this.seen.inc({ answer: 'unknown_token' });
      throw notFound('hook address');
    }
    if (!matchesAny(signature ?? '', sender.secrets)) {
      this.seen.inc({ answer: 'wrong_secret' });
      throw new AppError('unauthenticated', 'wrong_hook_secret', 'The secret is missing or wrong.');
    }
    if (!Buffer.isBuffer(body) || body.length === 0) throw new AppError('invalid', 'empty_body', 'There is nothing in the body.');
    if (body.length > longestHook) throw new AppError('too_large', 'too_large', 'A hook has at most 1 MiB.');
    await this.inbox.accept(sender, body, [sender.apiKey, ...sender.secrets]);
    this.seen.inc({ answer: 'stored' });
    return ok;
  }
}

/** Compares against every secret in constant time: hashing first makes lengths equal, so not even the length leaks. */
export function matchesAny(given: string, secrets: string[]): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const mine = digest(given);
  let matches = false;
  for (const secret of secrets) matches = timingSafeEqual(mine, digest(secret)) || matches;
  return matches && given !== '';
}
