import { Inject, Injectable } from '@nestjs/common';
import { type Contact, ContactEditing, type ContactMerge, Contacts } from '@heliograph/contacts';
import { type Actor, Database } from '@heliograph/kernel';
import { type AcceptedMessage, type MessageDraft, MessageIntake, textOf } from '@heliograph/messaging';
import { WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { SessionCredentials } from '@heliograph/tenants';
import { type Conversation, Conversations } from './conversations.repository';

/** Actions of people in the inbox. */
@Injectable()
export class InboxActions {
  constructor(
    private readonly db: Database,
    private readonly conversations: Conversations,
    private readonly contacts: Contacts,
    private readonly editing: ContactEditing,
    private readonly intake: MessageIntake,
    private readonly credentials: SessionCredentials,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  /**
   * Sends an answer through the session of the conversation, to the address that the person last wrote from.
   * @throws AppError `not_found`; `idempotency_key_reused`
   */
  async reply(
    tenantId: string,
    actor: Actor,
    conversation: Conversation,
    draft: MessageDraft,
  ): Promise<{ message: AcceptedMessage; replayed: boolean }> {
    const accepted = await this.intake.accept(tenantId, { ...draft, origin: { kind: 'reply', conversationId: conversation.id } });
    const { content } = draft.body;
    await this.conversations.answered(
      this.db,
      { tenantId, ...conversation },
      { messageId: accepted.message.id, kind: content.kind, text: textOf(content), actor },
    );
    return accepted;
  }

  /**
   * Marks the conversation as read, and sends a read receipt.
   * @returns whether the provider accepted the receipt, which is tried once: it may be lost
   * @throws AppError not_found
   */
  async markRead(tenantId: string, id: string): Promise<{ conversation: Conversation; shown: boolean }> {
    const { conversation, last } = await this.conversations.markRead(tenantId, id);
    const session = last && (await this.credentials.find(conversation.sessionId));
    if (!last || !session) return { conversation, shown: false };
    const receipt = await this.provider.markRead({ apiKey: session.apiKey }, last);
    return { conversation, shown: receipt.ok };
  }

  /** Merges two contacts and their conversations. @throws AppError not_found, same_contact */
  mergeContacts(tenantId: string, actor: Actor, id: string, otherId: string): Promise<Contact> {
    return this.db.forTenant(tenantId, async (tx) => {
      const merge: ContactMerge = await this.editing.merge(tx, tenantId, actor, id, otherId);
      await this.conversations.merge(tx, [merge]);
      return this.contacts.read(tx, tenantId, merge.contactId);
    });
  }
}
