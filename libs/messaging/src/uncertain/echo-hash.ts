import { createHash } from 'node:crypto';

/**
 * Returns the hash that an echo and its message share: recipient and text, 16 bytes.
 * @param recipient canonical address of the message (`+E.164`, `…@g.us`, `…@lid`, …)
 * @param text text or caption, null when there is none
 */
export function echoHash(recipient: string, text: string | null): Buffer {
  return createHash('sha256')
    .update(recipient)
    .update('\0')
    .update(text ?? '')
    .digest()
    .subarray(0, 16);
}
