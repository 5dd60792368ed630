/** Returns the location that a sealed value is bound to: a value moved to another row or column does not open. */
export function boundTo(
  column: 'sessions.api_key' | 'sessions.webhook_secret' | 'sessions.hook_token' | 'provider_accounts.access_token',
  tenantId: string,
  id: string,
): string {
  return `${column}:${tenantId}:${id}`;
}

/** All columns of sealed values, for the command that reseals them. */
export const sealedColumns = [
  { table: 'sessions', column: 'api_key' },
  { table: 'sessions', column: 'webhook_secret' },
  { table: 'sessions', column: 'previous_webhook_secret' },
  { table: 'sessions', column: 'hook_token' },
  { table: 'provider_accounts', column: 'access_token' },
] as const;
