import { randomBytes } from 'node:crypto';

/**
 * Events without which messages cannot be settled: receipts, own echoes, inbound messages, and the session's own state.
 * Source: WasenderApi docs, webhooks/*.
 */
export const essentialHookEvents = [
  'messages.received',
  'messages.upsert',
  'message.sent',
  'messages.update',
  'message-receipt.update',
  'messages.reaction',
  'messages.delete',
  'session.status',
  'qrcode.updated',
] as const;

/** Events that a session's webhook subscribes to: also votes, and contacts, which pair privacy ids with numbers. */
export const hookEvents = [...essentialHookEvents, 'poll.results', 'contacts.upsert', 'contacts.update'] as const;

/** Returns a new token for a hook URL: 256 random bits, URL-safe. */
export function newHookToken(): string {
  return randomBytes(32).toString('base64url');
}

/** False for a text that cannot be one of our tokens; saves a query for junk. */
export function looksLikeHookToken(token: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(token);
}

/** Returns the URL to which the provider posts a session's hooks. @param publicUrl base URL, with or without a trailing slash */
export function hookUrl(publicUrl: string, provider: string, token: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/hooks/${provider}/${token}`;
}
