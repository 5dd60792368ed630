import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { APP_CONFIG, AppError, matchesSecret, Metrics, notFound } from '@heliograph/kernel';
import { AddressList, type HookCredentialSet, SessionCredentials } from '@heliograph/tenants';
import { HookAnswers, type InboundConfig } from '@heliograph/webhooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Authenticates the sender of a hook before its body is read, by address, by the token in the path and by the secret in the header. Hooks
 * are not rate-limited: the provider must never be rejected for its volume.
 */
@Injectable()
export class HookSenders implements OnModuleInit {
  readonly seen;
  private readonly allowed: AddressList | null;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly credentials: SessionCredentials,
    private readonly answers: HookAnswers,
    metrics: Metrics,
    @Inject(APP_CONFIG) { HOOK_ADDRESSES: addresses }: InboundConfig,
  ) {
    this.allowed = addresses ? new AddressList(addresses) : null;
    this.seen = metrics.counter('hooks_received_total', 'Hooks by the outcome at the receiver.', ['answer']);
  }

  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    const isHook = (request: FastifyRequest): boolean => request.routeOptions.url?.startsWith('/hooks/') ?? false;
    server.addHook('onRequest', async (request) => {
      if (isHook(request)) Object.assign(request, { hookSender: await this.admit(request) });
    });
    server.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode === 200 && isHook(request)) this.answers.add(reply.elapsedTime);
      done();
    });
  }

  /** @throws AppError `address_not_allowed`, `not_found`, `wrong_hook_secret` */
  async admit(request: FastifyRequest): Promise<HookCredentialSet> {
    if (this.allowed && !this.allowed.has(request.ip)) {
      this.seen.inc({ answer: 'wrong_address' });
      throw new AppError('forbidden', 'address_not_allowed', 'Hooks are not accepted from this address.');
    }
    const sender = await this.credentials.byHookToken((request.params as { token?: string }).token ?? '');
    if (!sender) {
      this.seen.inc({ answer: 'unknown_token' });
      throw notFound('hook address');
    }
    const signature = request.headers['x-webhook-signature'];
    if (!matchesSecret(typeof signature === 'string' ? signature : '', sender.secrets)) {
      this.seen.inc({ answer: 'wrong_secret' });
      throw new AppError('unauthenticated', 'wrong_hook_secret', 'The secret is missing or wrong.', {
        headers: { 'www-authenticate': 'X-Webhook-Signature' },
      });
    }
    return sender;
  }
}
