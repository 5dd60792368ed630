import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';

/** Reads the quoted message of a reply. */
@Injectable()
export class QuotedMessages {
  constructor(private readonly db: Database) {}

  /**
   * Returns the provider's id of our message, or null when it has none (never sent, or unknown). The reply is then sent without a quote.
   */
  async providerIdOf(tenantId: string, messageId: string): Promise<string | null> {
    const [row] = await this.db.prepared<{ provider_message_id: string | null }>(
      'quoted_provider_id',
      `SELECT provider_message_id FROM messages WHERE tenant_id = $1 AND id = $2`,
      [tenantId, messageId],
    );
    return row?.provider_message_id ?? null;
  }
}
