/** Permissions of an API key. A route requires one scope. */
export const apiKeyScopes = [
  'messages:write',
  'messages:read',
  'sessions:manage',
  'sessions:read',
  'callbacks:manage',
  'callbacks:read',
  'callbacks:bodies',
  'contacts:manage',
  'contacts:read',
  'conversations:read',
  'conversations:write',
  'events:manage',
  'events:read',
  'events:write',
  'dead_letters:manage',
  'dead_letters:read',
  'keys:manage',
  'tenant:manage',
] as const;
export type ApiKeyScope = (typeof apiKeyScopes)[number];
