import { Injectable } from '@nestjs/common';
import { cleanText, Database, Folder } from '@heliograph/kernel';

interface RawHook {
  tenantId: string;
  sessionId: string;
  body: string;
}

const redacted = '[redacted]';

/** Stores hooks as they come and nothing else, folded into batch inserts. Resolved means committed. */
@Injectable()
export class HookInbox {
  private readonly folder: Folder<RawHook, undefined>;

  constructor(db: Database) {
    this.folder = new Folder({
      maxBatch: 500,
      concurrency: 2,
      write: async (hooks) => {
        await db.prepared(
          'store_hooks',
          `INSERT INTO hook_inbox (tenant_id, session_id, body) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])`,
          [hooks.map((h) => h.tenantId), hooks.map((h) => h.sessionId), hooks.map((h) => h.body)],
        );
        return hooks.map(() => undefined);
      },
    });
  }

  /** @param secrets values that must not be stored: the session's API key and webhook secrets */
  async accept(sender: { tenantId: string; sessionId: string }, body: string, secrets: string[]): Promise<void> {
    await this.folder.add({
      tenantId: sender.tenantId,
      sessionId: sender.sessionId,
      body: redact(cleanText(body), secrets),
    });
  }
}

/** Takes the secrets out of a raw body without parsing it: the member `sessionId` is the session's API key (WasenderApi docs, webhooks/*). */
export function redact(body: string, secrets: string[]): string {
  let text = body.includes('"sessionId"') ? body.replace(/("sessionId"\s*:\s*)"(?:[^"\\]|\\.)*"/g, `$1"${redacted}"`) : body;
  for (const secret of secrets) if (secret.length >= 8 && text.includes(secret)) text = text.replaceAll(secret, redacted);
  return text;
}
