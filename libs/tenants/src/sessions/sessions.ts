import { Inject, Injectable } from '@nestjs/common';
import { type Actor, afterDoing, AppError, type ChangeGuard, newId, type Page, type PageRequest, withDone } from '@heliograph/kernel';
import { type AccountCredential, type LinkAnswer, WHATSAPP_PROVIDER, type WhatsAppProvider, withTwins } from '@heliograph/providers';
import { type AtProvider, ProviderAccounts } from '../accounts/provider-accounts';
import { valueOf } from '../provider-fault';
import { essentialHookEvents, newHookToken } from './hook-token';
import type { Session, SessionEvent } from './session';
import { SessionCheck } from './session-check';
import { SessionReports } from './session-reports';
import { type NewSessionAnswer, SessionWebhooks } from './session-webhooks';
import { type LinkLosses, SessionsRepository, type SessionChanges, type SessionFilter } from './sessions.repository';

/** A session that exists at the provider, to be registered by its API key. */
export interface SessionToRegister {
  name?: string;
  apiKey: string;
  webhookSecret?: string;
  /** With an account, Heliograph sets the webhook up at the provider. */
  accountId?: string;
  providerSessionId?: string;
  tags?: string[];
  weight?: number;
}

/** A session to be created at the provider. */
export interface SessionToCreate {
  accountId: string;
  name: string;
  /** E.164. */
  phone: string;
  accountProtection?: boolean;
  logMessages?: boolean;
  tags?: string[];
  weight?: number;
}

/** Share by which the number of matches may differ from the one that the caller saw. */
export const expectedShare = 0.1;

/** Registers, creates, links and deletes a tenant's sessions. Every method takes the tenant first; another tenant's id is not found. */
@Injectable()
export class Sessions {
  constructor(
    private readonly rows: SessionsRepository,
    private readonly accounts: ProviderAccounts,
    private readonly reports: SessionReports,
    private readonly checks: SessionCheck,
    private readonly webhooks: SessionWebhooks,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  /**
   * Registers a session that exists at the provider. Reads its status and phone with its own key; with an account, also sets its webhook
   * to our URL and switches its message log on, from which unknown outcomes are resolved.
   * @throws AppError provider_unauthorised, provider_unavailable, session_already_registered, webhook_secret_required
   */
  async register(tenantId: string, actor: Actor, draft: SessionToRegister): Promise<NewSessionAnswer> {
    const identity = valueOf(await this.provider.sessionIdentity({ apiKey: draft.apiKey }), 'api_key');
    const account = draft.accountId ? await this.accounts.credential(tenantId, draft.accountId) : null;
    const known = account && draft.providerSessionId ? valueOf(await this.provider.getSession(account, draft.providerSessionId)) : null;
    const webhookSecret = draft.webhookSecret ?? known?.webhookSecret ?? null;
    if (!webhookSecret)
      throw new AppError('invalid', 'webhook_secret_required', 'Without the secret, hooks of this session cannot be verified.', {
        path: 'webhook_secret',
      });
    return this.add(tenantId, actor, account, {
      accountId: draft.accountId ?? null,
      providerSessionId: draft.providerSessionId ?? null,
      name: draft.name ?? known?.name ?? identity.name ?? identity.phone ?? 'WhatsApp line',
      phone: identity.phone ?? known?.phone ?? null,
      apiKey: draft.apiKey,
      webhookSecret,
      tags: draft.tags ?? [],
      weight: draft.weight ?? 1,
      logMessages: known !== null,
      accountProtection: known?.accountProtection ?? true,
    });
  }

  /** Creates a session at the provider; linking is the next step. */
  async create(tenantId: string, actor: Actor, draft: SessionToCreate): Promise<NewSessionAnswer> {
    const account = await this.accounts.credential(tenantId, draft.accountId);
    const made = valueOf(
      await this.provider.createSession(account, {
        name: draft.name,
        phone: draft.phone,
        accountProtection: draft.accountProtection ?? true,
        logMessages: draft.logMessages ?? true,
        // The others follow with the webhook's URL, where a refusal does not end the session.
        webhookEvents: [...essentialHookEvents],
      }),
    );
    const { apiKey, webhookSecret, providerSessionId } = made;
    return afterDoing(`The provider made the session ${providerSessionId}.`, () => {
      if (!apiKey || !webhookSecret)
        throw new AppError('unavailable', 'provider_unavailable', 'The provider returned no API key or webhook secret for the session.');
      return this.add(
        tenantId,
        actor,
        account,
        {
          accountId: draft.accountId,
          providerSessionId,
          name: draft.name,
          phone: null,
          expectedPhone: draft.phone,
          apiKey,
          webhookSecret,
          tags: draft.tags ?? [],
          weight: draft.weight ?? 1,
          logMessages: draft.logMessages ?? true,
          accountProtection: draft.accountProtection ?? true,
        },
        { isMade: true },
      );
    });
  }

  list(tenantId: string, filter: SessionFilter, page: PageRequest): Promise<Page<Session>> {
    return this.rows.list(tenantId, filter, page);
  }

  /** Returns sessions of several tenants, newest first. */
  listOf(tenantIds: string[], filter: SessionFilter, page: PageRequest): Promise<Page<Session>> {
    return this.rows.listOf(tenantIds, filter, page);
  }

  /** Returns the session; null when there is none, or it was deleted. */
  find(tenantId: string, id: string): Promise<Session | null> {
    return this.rows.find(tenantId, id);
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<Session> {
    return this.rows.get(tenantId, id);
  }

  events(tenantId: string, id: string, page: PageRequest): Promise<Page<SessionEvent>> {
    return this.rows.events(tenantId, id, page);
  }

  /** Counts the links of a session that were lost in the last days. */
  losses(tenantId: string, id: string, days: number): Promise<LinkLosses> {
    return this.rows.losses(tenantId, id, days);
  }

  async update(tenantId: string, actor: Actor, id: string, changes: SessionChanges, guard?: ChangeGuard<Session>): Promise<Session> {
    // Checked again when the change is stored. Checked here so that a refused change makes no call to the provider.
    guard?.(await this.rows.get(tenantId, id));
    if (changes.apiKey !== undefined) {
      const { phone } = valueOf(await this.provider.sessionIdentity({ apiKey: changes.apiKey }), 'api_key');
      await this.rows.get(tenantId, id);
      // Before the key is used: a key of a foreign session holds this one.
      if (phone) await this.reports.reportPhone(id, phone, 'api', actor);
    }
    await this.rows.update(tenantId, actor, id, changes, guard);
    return afterDoing('The change is stored.', async () => {
      if (changes.apiKey !== undefined) await this.checks.check(id, 'api', { actor });
      return this.rows.get(tenantId, id);
    });
  }

  /** Starts linking. `scan` contains the text to show as a QR code. */
  async link(tenantId: string, actor: Actor, id: string): Promise<LinkAnswer> {
    const { account, providerSessionId } = await this.atProvider(tenantId, id);
    const answer = valueOf(await this.provider.connectSession(account, providerSessionId));
    switch (answer.kind) {
      case 'scan':
        await this.reports.reportStatus(id, { status: 'need_scan' }, 'api', { actor });
        await this.reports.reportQr(id, answer.qr);
        break;
      case 'passkey':
        await this.reports.reportStatus(id, { status: 'need_passkey' }, 'api', { actor });
        break;
      case 'connected':
        await this.checks.check(id, 'api', { actor });
        break;
      case 'waiting':
        await this.reports.reportStatus(id, { status: answer.status }, 'api', { actor });
    }
    return answer;
  }

  async disconnect(tenantId: string, actor: Actor, id: string): Promise<Session> {
    const { account, providerSessionId } = await this.atProvider(tenantId, id);
    const { status } = valueOf(await this.provider.disconnectSession(account, providerSessionId));
    return afterDoing('The provider disconnected the session.', async () => {
      await this.reports.reportStatus(id, { status: status === 'unknown' ? 'disconnected' : status, reason: 'asked for' }, 'api', {
        actor,
      });
      return this.rows.get(tenantId, id);
    });
  }

  async restart(tenantId: string, actor: Actor, id: string): Promise<Session> {
    const { account, providerSessionId } = await this.atProvider(tenantId, id);
    valueOf(await this.provider.restartSession(account, providerSessionId));
    return afterDoing('The provider restarts the session.', () => this.sync(tenantId, actor, id));
  }

  /** Makes the provider issue a new API key. Sends use it from the next turn on. */
  async regenerateKey(tenantId: string, actor: Actor, id: string): Promise<Session> {
    const { account, providerSessionId } = await this.atProvider(tenantId, id);
    const { apiKey } = valueOf(await this.provider.regenerateKey(account, providerSessionId));
    await afterDoing('The provider made a new key, which is not stored: call this again.', () =>
      this.rows.update(tenantId, actor, id, { apiKey }),
    );
    return afterDoing('The new key is stored.', () => this.sync(tenantId, actor, id));
  }

  /** Asks the provider for status and phone now. */
  async sync(tenantId: string, actor: Actor, id: string): Promise<Session> {
    await this.rows.get(tenantId, id);
    await this.checks.check(id, 'api', { actor });
    return this.rows.get(tenantId, id);
  }

  async pause(tenantId: string, actor: Actor, id: string): Promise<Session> {
    await this.rows.get(tenantId, id);
    await this.rows.setPaused(tenantId, actor, id, true);
    return this.rows.get(tenantId, id);
  }

  async resume(tenantId: string, actor: Actor, id: string): Promise<Session> {
    await this.rows.get(tenantId, id);
    await this.rows.setPaused(tenantId, actor, id, false);
    return this.rows.get(tenantId, id);
  }

  /**
   * Pauses or resumes all sessions that match.
   * @param expect number of matches that the caller saw; null: they are counted, and nothing is changed
   * @throws AppError conflict `count_changed`
   */
  setPausedMany(
    tenantId: string,
    actor: Actor,
    filter: SessionFilter,
    paused: boolean,
    expect: number | null,
  ): Promise<{ matched: number; changed: number }> {
    const accept = (matched: number): void => {
      if (Math.abs(matched - (expect as number)) > (expect as number) * expectedShare)
        throw new AppError('conflict', 'count_changed', `The filter matches ${matched} sessions now, not ${expect}. Nothing was changed.`);
    };
    return this.rows.setPausedMany(tenantId, actor, filter, paused, expect === null ? null : accept);
  }

  /** Confirms the linked phone, named in either spelling, on behalf of a person. @throws AppError conflict `other_phone` when another one is linked */
  async confirmPhone(tenantId: string, actor: Actor, id: string, phone: string): Promise<Session> {
    const { phone: linked } = await this.rows.get(tenantId, id);
    const isNamed = linked !== null && withTwins([phone]).includes(linked);
    if (!isNamed || !(await this.rows.confirmPhone(tenantId, actor, id, linked))) {
      throw new AppError('conflict', 'other_phone', 'Another phone number is linked to this session.', { path: 'phone' });
    }
    return this.rows.get(tenantId, id);
  }

  /** Deletes the session here and, with an account, at the provider. Its history is kept. */
  async delete(tenantId: string, actor: Actor, id: string): Promise<void> {
    const session = await this.rows.get(tenantId, id);
    if (session.accountId && session.providerSessionId) {
      const account = await this.accounts.credential(tenantId, session.accountId);
      const gone = await this.provider.deleteSession(account, session.providerSessionId);
      if (!gone.ok && gone.reason !== 'not_found') valueOf(gone);
    }
    await this.rows.remove(tenantId, actor, id);
  }

  private async add(
    tenantId: string,
    actor: Actor,
    account: AccountCredential | null,
    draft: Omit<Parameters<SessionsRepository['insert']>[1], 'id' | 'provider' | 'hookToken'>,
    /** Stores a session that the provider has just created. It is kept whatever fails afterwards, since otherwise no record of it would exist. */
    { isMade = false } = {},
  ): Promise<NewSessionAnswer> {
    const id = newId();
    const hookToken = newHookToken();
    const url = this.webhooks.urlOf(hookToken);
    await this.rows.insert(tenantId, { ...draft, id, provider: this.provider.name, hookToken });
    if (account && draft.providerSessionId) {
      try {
        const { providerSessionId, logMessages } = draft;
        await this.webhooks.pointWebhook(account, { tenantId, id, providerSessionId }, url, { logMessages });
      } catch (error) {
        if (isMade) throw withDone(error, `It is registered as ${id}; POST /v1/sessions/${id}/rotate-hook-token points its webhook here.`);
        await this.rows.forget(tenantId, id);
        throw error;
      }
    }
    return afterDoing(`The session is registered as ${id}.`, async () => {
      await this.checks.check(id, 'api', { actor });
      return { session: await this.rows.get(tenantId, id), hookUrl: url };
    });
  }

  private async atProvider(tenantId: string, id: string): Promise<AtProvider> {
    return this.accounts.ofSession(tenantId, await this.rows.get(tenantId, id));
  }
}
