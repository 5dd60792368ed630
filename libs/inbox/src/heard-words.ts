import { Injectable } from '@nestjs/common';
import { Consents, type KeywordMatch, marketing, type NearMatch, OptKeywords, OptOutReviews } from '@heliograph/contacts';
import { derivedId, type Tx } from '@heliograph/kernel';
import type { TenantSettings } from '@heliograph/tenants';
import type { EntryPlace, NewEntry } from './entries.repository';
import { OptConfirmations } from './opt-confirmations';

/** What a text says about consent. */
export interface SaidWords {
  /** It is a keyword. */
  match: KeywordMatch | null;
  /** It is none, but probably means one. */
  near: NearMatch | null;
}

/** A message that was stored, whose it is, and what it says about consent. */
export interface HeardMessage extends SaidWords {
  entry: EntryPlace & Pick<NewEntry, 'id' | 'historical'> & { fact: Pick<NewEntry['fact'], 'text' | 'at'> };
  contactId: string | null;
  /** Where an answer goes. */
  address: string | null;
  /** Time at which an old word was written; a later one that is recorded wins. */
  saidAt: Date | null;
}

/** Keywords act at once, whoever handles the conversation; what is near to one waits for a person. */
@Injectable()
export class HeardWords {
  constructor(
    private readonly keywords: OptKeywords,
    private readonly consents: Consents,
    private readonly reviews: OptOutReviews,
    private readonly confirmations: OptConfirmations,
  ) {}

  /** What reads texts to these tenants. */
  async reader(tx: Tx, tenantIds: string[]): Promise<(tenantId: string, text: string | null) => SaidWords> {
    const matchers = await this.keywords.matchers(tx, tenantIds);
    return (tenantId, text) => {
      const matcher = matchers(tenantId);
      return { match: matcher.match(text), near: matcher.near(text) };
    };
  }

  /** Reviews of words that were edited are no doubt any more: what is written now is looked at anew. */
  async forget(tx: Tx, edited: HeardMessage[]): Promise<void> {
    await this.reviews.withdraw(
      tx,
      edited.flatMap(({ contactId, entry: { tenantId, id: entryId } }) => (contactId ? [{ tenantId, contactId, entryId }] : [])),
    );
  }

  /** Records what people said, in order, in the transaction that stores it. */
  async hear(tx: Tx, heard: HeardMessage[], settings: Map<string, TenantSettings>): Promise<void> {
    await this.record(tx, heard, settings);
    await this.openReviews(tx, heard);
  }

  private async record(tx: Tx, heard: HeardMessage[], settings: Map<string, TenantSettings>): Promise<void> {
    const said = heard.flatMap(({ entry, contactId, address, match, saidAt }) =>
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
        actor: 'contact',
        sessionId: entry.sessionId,
        saidAt,
      })),
    );
    const confirmations = said.flatMap(({ entry, address, match }, i) => {
      const of = settings.get(entry.tenantId);
      if (!isNew[i] || !of || entry.historical) return [];
      const { tenantId, sessionId } = entry;
      // What is read twice is confirmed once.
      const id = derivedId(entry.id, 'confirmation');
      return [{ tenantId, id, action: match.action, settings: of, recipient: address, sessionId }];
    });
    await this.confirmations.store(tx, confirmations);
  }

  /** After the keywords: one that somebody wrote later in the batch says what they meant before. */
  private async openReviews(tx: Tx, heard: HeardMessage[]): Promise<void> {
    const lastWord = new Map(heard.flatMap(({ contactId, match }, place) => (match ? [[contactId, place]] : [])));
    const open = heard.flatMap(({ entry, contactId, address, near }, place) => {
      const { tenantId, sessionId, id: entryId, fact } = entry;
      if (!near || !contactId || !address || fact.text === null || place < (lastWord.get(contactId) ?? 0)) return [];
      return [{ tenantId, contactId, entryId, sessionId, address, text: fact.text, ...near }];
    });
    await this.reviews.open(tx, open);
  }
}
