import { Injectable } from '@nestjs/common';
import { cleanText, Database, Folder, SealedSecrets } from '@heliograph/kernel';
import { insertHooks, type RawHook } from './hook-inbox.repository';

interface Sender {
  tenantId: string;
  sessionId: string;
}

const redacted = '[redacted]';
/**
 * Hooks with pairing secrets: whoever reads a QR text or a passkey token in time can link a phone. Found by the event, by a member `qr` with any
 * text, object or list, and by the form of a QR text in any member.
 */
const linking = /"(?:event"\s*:\s*"(?:qrcode|passkey)\b|qr(?:_?code)?"\s*:\s*["{[]|2@[\w+/=-]{20})/i;
const sealedMark = 'sealed:';
const sealedFor = ({ tenantId, sessionId }: Sender) => `hook_inbox.body:${tenantId}:${sessionId}`;

/** Stores hooks as received, in combined inserts. The promise resolves after the commit. */
@Injectable()
export class HookInbox {
  private readonly folder: Folder<RawHook, undefined>;

  constructor(
    db: Database,
    private readonly secrets: SealedSecrets,
  ) {
    this.folder = new Folder({
      maxBatch: 500,
      concurrency: 2,
      write: async (hooks) => {
        await insertHooks(db, hooks);
        return hooks.map(() => undefined);
      },
    });
  }

  /** @param secrets values that must not be stored: the session's API key and webhook secrets */
  async accept({ tenantId, sessionId }: Sender, body: string, secrets: string[]): Promise<void> {
    const sender = { tenantId, sessionId };
    const text = redact(cleanText(body), secrets);
    await this.folder.add({ ...sender, body: linking.test(text) ? sealedMark + this.secrets.seal(text, sealedFor(sender)) : text });
  }
}

/** True when a stored body is sealed. A sealed body is deleted after it was read. */
export function isSealed(body: string): boolean {
  return body.startsWith(sealedMark);
}

/** Returns the body as received. @throws Error when its key is no longer in the ring */
export function opened(secrets: SealedSecrets, sender: Sender, body: string): string {
  return isSealed(body) ? secrets.open(body.slice(sealedMark.length), sealedFor(sender)) : body;
}

/**
 * Removes the secrets from a raw body without parsing it: the member `sessionId` is the session's API key (WasenderApi docs, webhooks/*).
 */
export function redact(body: string, secrets: string[]): string {
  let text = body.includes('"sessionId"') ? body.replace(/("sessionId"\s*:\s*)"(?:[^"\\]|\\.)*"/g, `$1"${redacted}"`) : body;
  for (const secret of secrets) if (secret.length >= 8 && text.includes(secret)) text = text.replaceAll(secret, redacted);
  return text;
}
