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

/** An account at the provider, without its token. */
export interface ProviderAccount {
  tenantId: string;
  id: string;
  provider: string;
  name: string;
  createdAt: Date;
}

const columns = 'tenant_id AS "tenantId", id, provider, name, created_at AS "createdAt"';

const accountList = new List('provider_accounts', listKeys.id);

/** Accounts at the provider: what creates, links and deletes sessions there. */
@Injectable()
export class ProviderAccounts {
  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
    private readonly feed: ChangeFeed,
  ) {}

  /** Stores the token once the provider has taken it. @throws AppError provider_unauthorised, provider_unavailable */
  async create(tenantId: string, draft: { name: string; accessToken: string }): Promise<ProviderAccount> {
    valueOf(await this.provider.listSessions({ accessToken: draft.accessToken }));
    const id = newId();
    const sealed = this.secrets.seal(draft.accessToken, boundTo('provider_accounts.access_token', tenantId, id));
    const [account] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ProviderAccount>(
        `INSERT INTO provider_accounts (tenant_id, id, provider, name, access_token) VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
        [tenantId, id, this.provider.name, draft.name, sealed],
      ),
    );
    return account as ProviderAccount;
  }

  /** Newest first. */
  async list(tenantId: string, page: PageRequest): Promise<Page<ProviderAccount>> {
    const [before = null] = accountList.after(page) ?? [];
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ProviderAccount>(
        `SELECT ${columns} FROM provider_accounts WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [tenantId, before, page.limit + 1],
      ),
    );
    return accountList.pageOf(rows, page.limit, (row) => [row.id]);
  }

  /** Renames the account or gives it a new token, which the provider must take first. */
  async update(tenantId: string, id: string, changes: { name?: string; accessToken?: string }): Promise<ProviderAccount> {
    await this.credential(tenantId, id);
    if (changes.accessToken !== undefined) valueOf(await this.provider.listSessions({ accessToken: changes.accessToken }));
    const sealed = changes.accessToken && this.secrets.seal(changes.accessToken, boundTo('provider_accounts.access_token', tenantId, id));
    const [account] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ProviderAccount>(
        `UPDATE provider_accounts SET name = coalesce($3, name), access_token = coalesce($4, access_token) WHERE tenant_id = $1 AND id = $2 RETURNING ${columns}`,
        [tenantId, id, changes.name ?? null, sealed ?? null],
      ),
    );
    if (!account) throw notFound('provider account');
    this.feed.announce('provider_accounts', id);
    return account;
  }

  /** @throws AppError conflict `account_in_use` while live sessions need it */
  async delete(tenantId: string, id: string): Promise<void> {
    const deleted = await this.db
      .forTenant(tenantId, (tx) => tx.query('DELETE FROM provider_accounts WHERE tenant_id = $1 AND id = $2 RETURNING id', [tenantId, id]))
      .catch((error: unknown) => {
        if (sqlState(error) === '23503') throw new AppError('conflict', 'account_in_use', 'Sessions still use this account.');
        throw error;
      });
    if (deleted.length === 0) throw notFound('provider account');
    this.feed.announce('provider_accounts', id);
  }

  /** @throws AppError not_found */
  async credential(tenantId: string, id: string): Promise<AccountCredential> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ token: string }>('SELECT access_token AS token FROM provider_accounts WHERE tenant_id = $1 AND id = $2', [tenantId, id]),
    );
    if (!row) throw notFound('provider account');
    return { accessToken: this.secrets.open(row.token, boundTo('provider_accounts.access_token', tenantId, id)) };
  }
}
