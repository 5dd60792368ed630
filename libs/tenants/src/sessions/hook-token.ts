import { randomBytes } from 'node:crypto';

/**
 * Events a session's webhook is subscribed to. Receipts, own echoes and inbound messages, and the session's own state.
 * Source: WasenderApi docs, webhooks/*.
 */
export const hookEvents = [
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

/** A new token for a hook URL: 256 random bits, URL-safe. */
export function newHookToken(): string {
  return randomBytes(32).toString('base64url');
}

/** False for what cannot be a token of ours; spares a query for junk. */
export function looksLikeHookToken(token: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(token);
}

/** The address the provider posts a session's hooks to. @param publicUrl base URL, with or without a slash at its end */
export function hookUrl(publicUrl: string, provider: string, token: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/hooks/${provider}/${token}`;
}
