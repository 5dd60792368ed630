import { Injectable } from '@nestjs/common';
import { Consents, type KeywordMatch, marketing, type NearMatch, OptKeywords, OptOutReviews } from '@heliograph/contacts';
import { derivedId, systemActor, type Tx } from '@heliograph/kernel';
import type { TenantSettings } from '@heliograph/tenants';
import type { EntryPlace, NewEntry } from './entries.repository';
import { OptConfirmations } from './opt-confirmations';

/** Consent expressed by a text. */
export interface MatchedKeywords {
  /** Set when the text is a keyword. */
  match: KeywordMatch | null;
  /** Set when the text is not a keyword but probably means one. */
  near: NearMatch | null;
}

/** A stored message with its contact and the consent it expresses. */
export interface MatchedMessage extends MatchedKeywords {
  entry: EntryPlace & Pick<NewEntry, 'id' | 'historical'> & { fact: Pick<NewEntry['fact'], 'text' | 'at'> };
  contactId: string | null;
  /** Address that answers are sent to. */
  address: string | null;
  /** Time at which an old message was written; a later recorded consent takes precedence. */
  saidAt: Date | null;
}

const byKeyword = { opt_out: systemActor('opt_out_keyword'), opt_in: systemActor('opt_in_keyword') } as const;

/**
 * Applies keywords in messages. A keyword takes effect at once, whoever handles the conversation; a text near to a keyword waits for a
 * person.
 */
@Injectable()
export class ConsentKeywords {
  constructor(
    private readonly keywords: OptKeywords,
    private readonly consents: Consents,
    private readonly reviews: OptOutReviews,
    private readonly confirmations: OptConfirmations,
  ) {}

  /** Returns the function that matches texts to these tenants against their keywords. */
  async reader(tx: Tx, tenantIds: string[]): Promise<(tenantId: string, text: string | null) => MatchedKeywords> {
    const matchers = await this.keywords.matchers(tx, tenantIds);
    return (tenantId, text) => {
      const matcher = matchers(tenantId);
      return { match: matcher.match(text), near: matcher.near(text) };
    };
  }

  /** Withdraws the reviews of edited messages, whose new text is matched again. */
  async withdrawReviews(tx: Tx, edited: MatchedMessage[]): Promise<void> {
    await this.reviews.withdraw(
      tx,
      edited.flatMap(({ contactId, entry: { tenantId, id: entryId } }) => (contactId ? [{ tenantId, contactId, entryId }] : [])),
    );
  }

  /** Records consents in order, in the transaction that stores the messages. */
  async apply(tx: Tx, messages: MatchedMessage[], settings: Map<string, TenantSettings>): Promise<void> {
    await this.record(tx, messages, settings);
    await this.openReviews(tx, messages);
  }

  private async record(tx: Tx, messages: MatchedMessage[], settings: Map<string, TenantSettings>): Promise<void> {
    const said = messages.flatMap(({ entry, contactId, address, match, saidAt }) =>
      match && contactId && address ? [{ entry, contactId, address, match, saidAt }] : [],
    );
    const isNew = await this.consents.record(
      tx,
      said.map(({ entry, contactId, address, match, saidAt }) => ({
        tenantId: entry.tenantId,
        contactId,
        address,
        purpose: marketing,
        channel: 'whatsapp',
        action: match.action,
        source: 'keyword',
        textVersion: null,
        text: entry.fact.text,
        proof: { entry_id: entry.id, key_id: entry.keyId, keyword: match.keyword, language: match.language },
        actor: byKeyword[match.action],
        sessionId: entry.sessionId,
        saidAt,
      })),
    );
    const confirmations = said.flatMap(({ entry, address, match }, i) => {
      const of = settings.get(entry.tenantId);
      if (!isNew[i] || !of || entry.historical) return [];
      const { tenantId, sessionId } = entry;
      // A message that is read twice is confirmed once.
      const id = derivedId(entry.id, 'confirmation');
      return [{ tenantId, id, action: match.action, settings: of, recipient: address, sessionId }];
    });
    await this.confirmations.store(tx, confirmations);
  }

  /** Opens reviews after the keywords are applied: a later keyword in the batch settles an earlier message. */
  private async openReviews(tx: Tx, messages: MatchedMessage[]): Promise<void> {
    const lastWord = new Map(messages.flatMap(({ contactId, match }, place) => (match ? [[contactId, place]] : [])));
    const open = messages.flatMap(({ entry, contactId, address, near }, place) => {
      const { tenantId, sessionId, id: entryId, fact } = entry;
      if (!near || !contactId || !address || fact.text === null || place < (lastWord.get(contactId) ?? 0)) return [];
      return [{ tenantId, contactId, entryId, sessionId, address, text: fact.text, ...near }];
    });
    await this.reviews.open(tx, open);
  }
}
