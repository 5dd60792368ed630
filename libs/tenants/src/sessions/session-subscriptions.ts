import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AppError, Database, Loops } from '@heliograph/kernel';
import { type AccountCredential, type ProviderSessionSettings, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { ProviderAccounts } from '../accounts/provider-accounts';
import { valueOf } from '../provider-fault';
import { essentialHookEvents, hookEvents } from './hook-token';
import { storeHookEvents, takeUnsubscribed } from './session-subscriptions.repository';

/** Time after which a provider that failed is asked again, in s. */
const retrySeconds = 6 * 3_600;
/** Time after which events that the provider refused are asked for again, in s. */
const refusedSeconds = 7 * 24 * 3_600;

/** Subscribes webhooks of sessions to the events that hooks are parsed for. */
@Injectable()
export class SessionSubscriptions {
  constructor(
    private readonly db: Database,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  /**
   * Sets the events, and other settings, of a session's webhook at the provider. An account that may not have all events gets the essential
   * ones: without the others, messages are still sent and settled. @throws AppError that explains why the provider did not accept them
   */
  async subscribe(
    account: AccountCredential,
    session: { tenantId: string; id: string; providerSessionId: string },
    settings: ProviderSessionSettings = {},
  ): Promise<void> {
    const ask = (events: readonly string[]) =>
      this.provider.updateSession(account, session.providerSessionId, { ...settings, webhookEvents: [...events] });
    const all = await ask(hookEvents);
    const isRefused = !all.ok && all.reason === 'refused';
    valueOf(isRefused ? await ask(essentialHookEvents) : all);
    await storeHookEvents(this.db, session, isRefused ? essentialHookEvents : hookEvents, isRefused ? refusedSeconds : 0);
  }
}

/**
 * Subscribes sessions that were set up by a version with fewer events, one after the other. Changes nothing else of their webhooks. Runs in
 * the housekeeping role.
 */
@Injectable()
export class SessionSubscriber implements OnApplicationBootstrap {
  private readonly log = new Logger('Sessions');

  constructor(
    private readonly db: Database,
    private readonly accounts: ProviderAccounts,
    private readonly subscriptions: SessionSubscriptions,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'session_subscriptions', everyMs: 60_000, firstMs: 20_000, jitter: 0.2, work: () => this.subscribeOne() });
  }

  /** True when there may be more to do now: false also while the provider cannot be reached. */
  async subscribeOne(): Promise<boolean> {
    const session = await takeUnsubscribed(this.db, hookEvents, retrySeconds);
    if (!session) return false;
    const { tenantId: tenant, id } = session;
    try {
      await this.subscriptions.subscribe(await this.accounts.credential(tenant, session.accountId), session);
      this.log.log({ event: 'session.subscribed', tenant, session: id });
      return true;
    } catch (error) {
      // Not a failure of the loop: the next session may be of another account.
      this.log.warn({
        event: 'session.subscription_failed',
        tenant,
        session: id,
        error: error instanceof Error ? error.message : 'unknown',
      });
      return !(error instanceof AppError && error.code === 'unavailable');
    }
  }
}
