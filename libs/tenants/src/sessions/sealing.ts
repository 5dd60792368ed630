/** What a sealed value belongs to: one moved to another row or column does not open. */
export function boundTo(
  column: 'sessions.api_key' | 'sessions.webhook_secret' | 'sessions.hook_token' | 'provider_accounts.access_token',
  tenantId: string,
  id: string,
): string {
  return `${column}:${tenantId}:${id}`;
}
