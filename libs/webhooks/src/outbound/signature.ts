import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/** Returns a new secret: 256 random bits in the form of Standard Webhooks, `whsec_<base64>`. */
export function newSecret(): string {
  return prefix + randomBytes(32).toString('base64');
}

/**
 * Returns the header `webhook-signature` of Standard Webhooks 1.0: `v1,<base64 of HMAC-SHA256 over id.timestamp.body>` for each secret,
 * separated by spaces, so that a receiver with either secret verifies it during a rotation.
 * @param timestamp seconds since 1970
 */
export function signature(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(prefix.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
