import type { Tx } from '@heliograph/kernel';

/** An account at the provider, without its token. */
export interface ProviderAccount {
  tenantId: string;
  id: string;
  provider: string;
  name: string;
  createdAt: Date;
  /** Number of sessions that use the account. */
  sessions: number;
}

/** An account to store; its token is sealed. */
export type NewProviderAccount = Pick<ProviderAccount, 'tenantId' | 'id' | 'provider' | 'name'> & { accessToken: string };

const columns = `tenant_id AS "tenantId", id, provider, name, created_at AS "createdAt",
  (SELECT count(*)::int FROM sessions s WHERE s.tenant_id = provider_accounts.tenant_id AND s.account_id = provider_accounts.id) AS sessions`;

export async function insertAccount(tx: Tx, { tenantId, id, provider, name, accessToken }: NewProviderAccount): Promise<ProviderAccount> {
  const [account] = await tx.query<ProviderAccount>(
    `INSERT INTO provider_accounts (tenant_id, id, provider, name, access_token) VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
    [tenantId, id, provider, name, accessToken],
  );
  return account as ProviderAccount;
}

/** Lists accounts, newest first. @param before id of the last account of the page before; null: the first page */
export function listAccounts(tx: Tx, tenantId: string, before: string | null, limit: number): Promise<ProviderAccount[]> {
  return tx.query<ProviderAccount>(
    `SELECT ${columns} FROM provider_accounts WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [tenantId, before, limit],
  );
}

/** Changes the given members; null: the account does not exist. @param accessToken sealed */
export async function updateAccount(
  tx: Tx,
  tenantId: string,
  id: string,
  { name, accessToken }: { name?: string; accessToken?: string },
): Promise<ProviderAccount | null> {
  const [account] = await tx.query<ProviderAccount>(
    `UPDATE provider_accounts SET name = coalesce($3, name), access_token = coalesce($4, access_token) WHERE tenant_id = $1 AND id = $2 RETURNING ${columns}`,
    [tenantId, id, name ?? null, accessToken ?? null],
  );
  return account ?? null;
}

/** True when the account existed. */
export async function deleteAccount(tx: Tx, tenantId: string, id: string): Promise<boolean> {
  const deleted = await tx.query('DELETE FROM provider_accounts WHERE tenant_id = $1 AND id = $2 RETURNING id', [tenantId, id]);
  return deleted.length > 0;
}

/** Returns the sealed token of the account; null: the account does not exist. */
export async function sealedTokenOf(tx: Tx, tenantId: string, id: string): Promise<string | null> {
  const [row] = await tx.query<{ token: string }>('SELECT access_token AS token FROM provider_accounts WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
  ]);
  return row?.token ?? null;
}
