/** What a sealed value belongs to: one moved to another row or column does not open. */
export function boundTo(
  column: 'sessions.api_key' | 'sessions.webhook_secret' | 'sessions.hook_token' | 'provider_accounts.access_token',
  tenantId: string,
  id: string,
): string {
  return `${column}:${tenantId}:${id}`;
}

/** Every column that holds sealed values, for the command that seals them anew. */
export const sealedColumns = [
  { table: 'sessions', column: 'api_key' },
  { table: 'sessions', column: 'webhook_secret' },
  { table: 'sessions', column: 'previous_webhook_secret' },
  { table: 'sessions', column: 'hook_token' },
  { table: 'provider_accounts', column: 'access_token' },
] as const;
