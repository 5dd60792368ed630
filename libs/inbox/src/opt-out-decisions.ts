import { Injectable } from '@nestjs/common';
import { Consents, Contacts, marketing, type OptOutReview, OptOutReviews } from '@heliograph/contacts';
import { type Actor, Database, newId, type Tx } from '@heliograph/kernel';
import { type TenantSettings, Tenants } from '@heliograph/tenants';
import { OptConfirmations } from './opt-confirmations';

/** Decisions of people about messages that may be opt-outs. */
@Injectable()
export class OptOutDecisions {
  constructor(
    private readonly db: Database,
    private readonly reviews: OptOutReviews,
    private readonly contacts: Contacts,
    private readonly consents: Consents,
    private readonly confirmations: OptConfirmations,
    private readonly tenants: Tenants,
  ) {}

  /**
   * Confirms an opt-out: records it with the text of the message, in force with the commit, and confirms it to the contact like a keyword.
   * @throws AppError `not_found`; `review_decided` when it was dismissed
   */
  async confirm(tenantId: string, actor: Actor, id: string): Promise<OptOutReview> {
    return this.db.forTenant(tenantId, async (tx) => {
      const { review, isNew } = await this.reviews.decide(tx, tenantId, id, { state: 'confirmed', actor });
      if (isNew) await this.optOut(tx, tenantId, actor, review);
      return review;
    });
  }

  /** Dismisses the review. @throws AppError `not_found`; `review_decided` when it was confirmed */
  dismiss(tenantId: string, actor: Actor, id: string): Promise<OptOutReview> {
    return this.db.forTenant(tenantId, async (tx) => (await this.reviews.decide(tx, tenantId, id, { state: 'dismissed', actor })).review);
  }

  private async optOut(tx: Tx, tenantId: string, actor: Actor, review: OptOutReview): Promise<void> {
    const { contactId, sessionId, entryId, text, keyword, language } = review;
    const { addresses } = await this.contacts.read(tx, tenantId, contactId);
    // The number may have moved to another person meanwhile, who did not write this.
    const address = addresses.includes(review.address) ? review.address : (addresses[0] ?? review.address);
    const [isNew] = await this.consents.record(tx, [
      {
        tenantId,
        contactId,
        address,
        purpose: marketing,
        channel: 'whatsapp',
        action: 'opt_out',
        source: 'keyword_review',
        textVersion: null,
        text,
        proof: { review_id: review.id, entry_id: entryId, keyword, language },
        actor,
        sessionId,
      },
    ]);
    if (!isNew) return;
    const settings = (await this.tenants.settingsOf(tx, [tenantId])).get(tenantId) as TenantSettings;
    await this.confirmations.store(tx, [{ tenantId, id: newId(), action: 'opt_out', settings, recipient: address, sessionId }]);
  }
}
