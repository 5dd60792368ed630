import { Injectable } from '@nestjs/common';
import type { ConsentAction } from '@heliograph/contacts';
import type { Tx } from '@heliograph/kernel';
import { type MessageDraft, MessageIntake } from '@heliograph/messaging';
import type { TenantSettings } from '@heliograph/tenants';

/** A word of somebody's that is to be confirmed to them. */
export interface OptConfirmation {
  tenantId: string;
  /** Of the message: what was stored under it is not stored again. */
  id: string;
  action: ConsentAction;
  settings: TenantSettings;
  /** Where they wrote from, and to. */
  recipient: string;
  sessionId: string;
}

const confirmationClass = 'reply';
/** How long a confirmation waits for its turn at most, in ms. */
const confirmationMs = 24 * 3_600_000;

/** The one message that tells somebody that their opt-out, or opt-in, holds. */
@Injectable()
export class OptConfirmations {
  constructor(private readonly intake: MessageIntake) {}

  /** Stored with what they confirm, where the tenant has a text for it. */
  async store(tx: Tx, confirmations: OptConfirmation[]): Promise<void> {
    for (const [tenantId, of] of Map.groupBy(confirmations, (c) => c.tenantId)) {
      const drafts = of.flatMap((c) => {
        const text = textOf(c);
        return text === null ? [] : [draftOf(c, text)];
      });
      if (drafts.length > 0) await this.intake.storeWithin(tx, tenantId, drafts);
    }
  }
}

/** Null also where an opt-out holds back what confirms it. */
function textOf({ action, settings: { opt_out } }: OptConfirmation): string | null {
  if (action === 'opt_in') return opt_out.confirm_opt_in;
  return opt_out.exempt_classes.includes(confirmationClass) ? opt_out.confirm_opt_out : null;
}

function draftOf({ id, recipient, sessionId }: OptConfirmation, text: string): MessageDraft & { id: string; sessionId: string } {
  return {
    id,
    recipient,
    sessionId,
    class: confirmationClass,
    body: { content: { kind: 'text', text } },
    sendAt: null,
    expiresAt: null,
    expiresAfterMs: confirmationMs,
    clientRef: null,
    tags: null,
    replyTo: null,
    contentHash: null,
    contentWindowS: null,
    idempotencyKey: null,
    requestHash: null,
    origin: { kind: 'reply', conversationId: null },
  };
}
