import { Injectable } from '@nestjs/common';
import { type Actor, AppError, Database, notFound } from '@heliograph/kernel';
import { nameActor } from '../history/message-events.repository';
import type { MessageState } from '../message';
import { mayMove } from '../message-states';

/** Cancels a message that was not sent yet. */
@Injectable()
export class MessageCancel {
  constructor(private readonly db: Database) {}

  /**
   * Cancels the message. A second cancellation changes nothing.
   * @throws AppError `not_found`; `too_late` once the provider is being called
   */
  cancel(tenantId: string, actor: Actor, id: string): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const cancelled = await tx.query(
        `UPDATE messages SET state = 'cancelled', cause = 'cancelled', detail = NULL, due_at = NULL WHERE tenant_id = $1 AND id = $2 AND ${mayMove('state', 'cancelled', 'cancel')} RETURNING id`,
        [tenantId, id],
      );
      if (cancelled.length > 0) return nameActor(tx, tenantId, actor, [id]);
      const [message] = await tx.query<{ state: MessageState }>(`SELECT state FROM messages WHERE tenant_id = $1 AND id = $2`, [
        tenantId,
        id,
      ]);
      if (!message) throw notFound('message');
      if (message.state !== 'cancelled') throw new AppError('conflict', 'too_late', `The message is ${message.state} already.`);
    });
  }
}
