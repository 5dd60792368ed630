import { Inject, Injectable } from '@nestjs/common';
import {
  AppError,
  ChangeFeed,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  SealedSecrets,
  sqlState,
} from '@heliograph/kernel';
import { type AccountCredential, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { valueOf } from '../provider-fault';
import { boundTo } from '../sessions/sealing';
import type { Session } from '../sessions/session';
import {
  deleteAccount,
  insertAccount,
  listAccounts,
  type ProviderAccount,
  sealedTokenOf,
  updateAccount,
} from './provider-accounts.repository';

/** A session at the provider, and the credential of the account that it belongs to. */
export interface AtProvider {
  account: AccountCredential;
  providerSessionId: string;
}

const accountList = new List('provider_accounts', listKeys.id);

/** Accounts at the provider, with which sessions are created, linked and deleted there. */
@Injectable()
export class ProviderAccounts {
  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    private readonly feed: ChangeFeed,
  ) {}

  /** Stores the token once the provider has accepted it. @throws AppError provider_unauthorised, provider_unavailable */
  async create(tenantId: string, draft: { name: string; accessToken: string }): Promise<ProviderAccount> {
    valueOf(await this.provider.listSessions({ accessToken: draft.accessToken }));
    const id = newId();
    const sealed = this.secrets.seal(draft.accessToken, boundTo('provider_accounts.access_token', tenantId, id));
    return this.db.forTenant(tenantId, (tx) =>
      insertAccount(tx, { tenantId, id, provider: this.provider.name, name: draft.name, accessToken: sealed }),
    );
  }

  /** Lists accounts, newest first. */
  async list(tenantId: string, page: PageRequest): Promise<Page<ProviderAccount>> {
    const [before = null] = accountList.after(page) ?? [];
    const rows = await this.db.forTenant(tenantId, (tx) => listAccounts(tx, tenantId, before, page.limit + 1));
    return accountList.pageOf(rows, page.limit, (row) => [row.id]);
  }

  /** Renames the account or replaces its token, which the provider must accept first. */
  async update(tenantId: string, id: string, changes: { name?: string; accessToken?: string }): Promise<ProviderAccount> {
    await this.credential(tenantId, id);
    if (changes.accessToken !== undefined) valueOf(await this.provider.listSessions({ accessToken: changes.accessToken }));
    const accessToken =
      changes.accessToken && this.secrets.seal(changes.accessToken, boundTo('provider_accounts.access_token', tenantId, id));
    const account = await this.db.forTenant(tenantId, (tx) => updateAccount(tx, tenantId, id, { name: changes.name, accessToken }));
    if (!account) throw notFound('provider account');
    this.feed.notifyHere('provider_accounts', id);
    return account;
  }

  /** Asks the provider whether it takes the stored token. @returns how many sessions it knows there @throws AppError not_found, provider_unauthorised, provider_unavailable */
  async test(tenantId: string, id: string): Promise<number> {
    return valueOf(await this.provider.listSessions(await this.credential(tenantId, id))).length;
  }

  /** Deletes the account. @throws AppError conflict `account_in_use` while live sessions use it */
  async delete(tenantId: string, id: string): Promise<void> {
    const isDeleted = await this.db
      .forTenant(tenantId, (tx) => deleteAccount(tx, tenantId, id))
      .catch((error: unknown) => {
        if (sqlState(error) === '23503') throw new AppError('conflict', 'account_in_use', 'Sessions still use this account.');
        throw error;
      });
    if (!isDeleted) throw notFound('provider account');
    this.feed.notifyHere('provider_accounts', id);
  }

  /** @throws AppError not_found */
  async credential(tenantId: string, id: string): Promise<AccountCredential> {
    const sealed = await this.db.forTenant(tenantId, (tx) => sealedTokenOf(tx, tenantId, id));
    if (sealed === null) throw notFound('provider account');
    return { accessToken: this.secrets.open(sealed, boundTo('provider_accounts.access_token', tenantId, id)) };
  }

  /** Returns what an act on a session at the provider takes. @throws AppError conflict `account_required` */
  async ofSession(
    tenantId: string,
    { accountId, providerSessionId }: Pick<Session, 'accountId' | 'providerSessionId'>,
  ): Promise<AtProvider> {
    if (!accountId || !providerSessionId)
      throw new AppError(
        'conflict',
        'account_required',
        'This session was registered without a provider account; do this at the provider.',
      );
    return { account: await this.credential(tenantId, accountId), providerSessionId };
  }
}
