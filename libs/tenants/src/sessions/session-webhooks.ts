import { Inject, Injectable } from '@nestjs/common';
import { type Actor, afterDoing, APP_CONFIG, AppError } from '@heliograph/kernel';
import { type AccountCredential, type ProviderSessionSettings, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { type AtProvider, ProviderAccounts } from '../accounts/provider-accounts';
import { valueOf } from '../provider-fault';
import type { TenantsConfig } from '../tenants.config';
import { hookUrl, newHookToken } from './hook-token';
import type { Session } from './session';
import { SessionSecrets } from './session-secrets.repository';
import { SessionSubscriptions } from './session-subscriptions';
import { SessionsRepository } from './sessions.repository';

/** A session and the URL to which the provider must post its hooks. The URL is shown only once. */
export interface NewSessionAnswer {
  session: Session;
  hookUrl: string;
}

const dayS = 24 * 3_600;

/** Webhooks of a tenant's sessions: the URL to which the provider posts, and the secret that hooks carry. */
@Injectable()
export class SessionWebhooks {
  constructor(
    private readonly rows: SessionsRepository,
    private readonly secrets: SessionSecrets,
    private readonly accounts: ProviderAccounts,
    private readonly subscriptions: SessionSubscriptions,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    @Inject(APP_CONFIG) private readonly config: Pick<TenantsConfig, 'PUBLIC_URL'>,
  ) {}

  /** Returns the hook URL of a token. */
  urlOf(token: string): string {
    return hookUrl(this.config.PUBLIC_URL, this.provider.name, token);
  }

  /** Stores a webhook secret that was renewed at the provider; the old one stays valid for 24 h. */
  async rotateWebhookSecret(tenantId: string, actor: Actor, id: string, secret?: string): Promise<Session> {
    let renewed = secret;
    if (renewed === undefined) {
      const { account, providerSessionId } = await this.atProvider(tenantId, id);
      renewed = valueOf(await this.provider.getSession(account, providerSessionId)).webhookSecret;
      if (!renewed)
        throw new AppError('unprocessable', 'webhook_secret_required', 'The provider does not return the secret; set it in the request.', {
          path: 'webhook_secret',
        });
    }
    // A repeat of the current secret changes nothing: it would drop the previous one, which may still sign hooks.
    if (renewed !== (await this.secrets.read(tenantId, id)).webhookSecret)
      await this.secrets.replaceWebhookSecret(tenantId, actor, id, renewed, dayS);
    return this.rows.get(tenantId, id);
  }

  /**
   * Issues a new hook URL; the old one stays valid for 24 h. With an account, the provider is notified, and both URLs are valid until
   * it has accepted the new one: a repeat sends it the same URL.
   * @throws AppError `hook_token_in_use` without an account, while the previous URL is still valid
   */
  async rotateHookToken(tenantId: string, actor: Actor, id: string): Promise<NewSessionAnswer> {
    const session = await this.rows.get(tenantId, id);
    const { accountId, providerSessionId } = session;
    const fresh = newHookToken();
    if (!accountId || !providerSessionId) {
      if (!(await this.secrets.addHookToken(tenantId, actor, id, fresh, dayS)))
        throw new AppError(
          'conflict',
          'hook_token_in_use',
          'The hook URL was changed less than 24 hours ago, and the provider may still post to the previous one.',
          { retryAfterSeconds: dayS },
        );
      return { session: await this.rows.get(tenantId, id), hookUrl: hookUrl(this.config.PUBLIC_URL, session.provider, fresh) };
    }
    const account = await this.accounts.credential(tenantId, accountId);
    const token = (await this.secrets.addHookToken(tenantId, actor, id, fresh, null))
      ? fresh
      : (await this.secrets.read(tenantId, id)).hookToken;
    const url = hookUrl(this.config.PUBLIC_URL, session.provider, token);
    return afterDoing('Hooks are accepted at both the new and the previous URL. Repeat the call to update the provider.', async () => {
      await this.pointWebhook(account, { tenantId, id, providerSessionId }, url);
      await this.secrets.endPreviousHookToken(tenantId, id, token, dayS);
      return { session: await this.rows.get(tenantId, id), hookUrl: url };
    });
  }

  /** Sends the provider the hook URL of this session again. */
  async repointWebhook(tenantId: string, id: string): Promise<void> {
    const { account, providerSessionId } = await this.atProvider(tenantId, id);
    const { hookToken } = await this.secrets.read(tenantId, id);
    await this.pointWebhook(account, { tenantId, id, providerSessionId }, this.urlOf(hookToken));
    await this.secrets.endPreviousHookToken(tenantId, id, hookToken, dayS);
  }

  /** Sets our URL and the events of hooks at the provider. @param also settings of a session that is added; afterwards they are the client's */
  async pointWebhook(
    account: AccountCredential,
    session: { tenantId: string; id: string; providerSessionId: string },
    url: string,
    also: Pick<ProviderSessionSettings, 'logMessages'> = {},
  ): Promise<void> {
    await this.subscriptions.subscribe(account, session, { ...also, webhookUrl: url, webhookEnabled: true });
  }

  private async atProvider(tenantId: string, id: string): Promise<AtProvider> {
    return this.accounts.ofSession(tenantId, await this.rows.get(tenantId, id));
  }
}
