import { Injectable } from '@nestjs/common';
import type { ConsentAction } from '@heliograph/contacts';
import type { Tx } from '@heliograph/kernel';
import { type MessageDraft, MessageIntake } from '@heliograph/messaging';
import type { TenantSettings } from '@heliograph/tenants';

/** A consent to confirm to the contact. */
export interface OptConfirmation {
  tenantId: string;
  /** Id of the message: a confirmation is stored once per id. */
  id: string;
  action: ConsentAction;
  settings: TenantSettings;
  /** Address that the message came from and the confirmation goes to. */
  recipient: string;
  sessionId: string;
}

const confirmationClass = 'reply';
/** Maximum time a confirmation waits to be sent, in ms. */
const confirmationMs = 24 * 3_600_000;

/** Confirmation messages of opt-outs and opt-ins. */
@Injectable()
export class OptConfirmations {
  constructor(private readonly intake: MessageIntake) {}

  /** Stores the confirmations together with the consents, for tenants that have a text for it. */
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

/** Returns the text; null without one, and when an opt-out suppresses the confirmation. */
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
