import { Injectable } from '@nestjs/common';
import { type ContactMerge, ContactResolver, Suppressions } from '@heliograph/contacts';
import { Database, newId, type Tx } from '@heliograph/kernel';
import type { HookAddress, HookFact } from '@heliograph/providers';
import { SessionEvents, type TenantSettings, Tenants } from '@heliograph/tenants';
import { reasonsToAnswer } from './actionable';
import { type ConversationKey, type ConversationKind, Conversations } from './conversations.repository';
import { Entries, type EntryChange, type NewEntry } from './entries.repository';
import { ConsentKeywords, type MatchedKeywords, type MatchedMessage } from './consent-keywords';

/** A message and the session that received it. */
export interface InboundMessage {
  tenantId: string;
  sessionId: string;
  fact: Extract<HookFact, { type: 'inbound' }>;
}

/** A message of the session that did not come from us. */
export interface TypedMessage {
  tenantId: string;
  sessionId: string;
  fact: Extract<HookFact, { type: 'own_message' }>;
}

/** A message with what was found out about it; null: none. */
interface PlacedMessage {
  message: InboundMessage;
  contactId: string | null;
  conversationId: string | null;
  answers: NewEntry['answers'];
}

/**
 * Time by which a keyword must be later than an edit to count as later, in ms: an edit's time has whole seconds and comes from another
 * clock.
 */
const editSlackMs = 60_000;

/** Messages older than the start of a gap by more than this count as replayed history, in ms. */
const historyMarginMs = 5 * 60_000;

/**
 * Processes inbound messages, each once: resolves the contact, the conversation, our message that it answers, and the consent it expresses.
 * All in one transaction, so that a stored opt-out is in force.
 */
@Injectable()
export class InboundMessages {
  constructor(
    private readonly db: Database,
    private readonly contacts: ContactResolver,
    private readonly suppressions: Suppressions,
    private readonly conversations: Conversations,
    private readonly entries: Entries,
    private readonly sessions: SessionEvents,
    private readonly tenants: Tenants,
    private readonly keywords: ConsentKeywords,
  ) {}

  /** Stores messages. @returns for each, in order, whether it is new */
  async store(messages: InboundMessage[]): Promise<boolean[]> {
    if (messages.length === 0) return [];
    // In the order received, so that the later of STOP and START applies. The first copy of a message counts.
    const unique = [...Map.groupBy(messages, keyOf).values()].map(([first]) => first as InboundMessage);
    const fresh = await this.db.transaction((tx) => this.storeFresh(tx, unique));
    return messages.map((t) => fresh.delete(keyOf(t)));
  }

  /**
   * Stores edits, deletions and reactions. An edited text is matched as if it had been written at the time of the edit.
   * @returns for each, in order, whether its entry or message is known
   */
  async edit(changes: EntryChange[]): Promise<boolean[]> {
    return this.db.transaction(async (tx) => {
      const { known, edited, touched } = await this.entries.change(tx, changes);
      tx.afterCommit(() => this.conversations.notify(touched));
      const theirs = edited.filter((entry) => entry.contactId !== null);
      if (theirs.length === 0) return known;
      const tenantIds = [...new Set(theirs.map((entry) => entry.tenantId))];
      const wordsOf = await this.keywords.reader(tx, tenantIds);
      const matched = theirs.map(({ contactId, address, text, at, ...entry }): MatchedMessage => ({
        entry: { ...entry, fact: { text, at } },
        contactId,
        address,
        saidAt: at && new Date(at.getTime() + editSlackMs),
        ...saidBy(wordsOf(entry.tenantId, text), entry.historical),
      }));
      await this.keywords.withdrawReviews(tx, matched);
      await this.keywords.apply(tx, matched, await this.tenants.settingsOf(tx, tenantIds));
      return known;
    });
  }

  /**
   * Stores messages typed on the phone or sent by another client of the session, as lines of their conversation that do not count as
   * unread.
   */
  async storeTyped(messages: TypedMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.db.transaction(async (tx) => {
      const known = await this.entries.known(
        tx,
        messages.map(({ tenantId, sessionId, fact }) => ({ tenantId, sessionId, keyId: fact.keyId })),
      );
      const fresh = messages.filter((t) => !known.has(`${t.sessionId}/${t.fact.keyId}`));
      const { contactIds, merges } = await this.recognise(
        tx,
        fresh.map((t) => ({ tenantId: t.tenantId, sender: t.fact.recipient, name: null })),
      );
      await this.conversations.merge(tx, merges);
      const ids = await this.conversations.open(
        tx,
        fresh.map((t, i) => conversationOf({ ...t, sender: t.fact.recipient, at: t.fact.at }, contactIds[i] ?? null)),
      );
      const typed = fresh.map((t, i) => ({ ...t, conversationId: ids[i] ?? null }));
      await this.entries.addTyped(tx, typed);
      tx.afterCommit(() => this.conversations.notify(typed));
    });
  }

  /** Stores pairs of addresses that were reported outside of messages. */
  async learnPairs(pairs: { tenantId: string; lid: string; phone: string }[]): Promise<void> {
    if (pairs.length === 0) return;
    await this.db.transaction(async (tx) => this.conversations.merge(tx, await this.contacts.learn(tx, pairs)));
  }

  private async storeFresh(tx: Tx, unique: InboundMessage[]): Promise<Set<string>> {
    const known = await this.entries.known(tx, unique.map(placeOf));
    const messages = unique.filter((t) => !known.has(keyOf(t)));
    if (messages.length === 0) return new Set();
    const settings = await this.tenants.settingsOf(tx, [...new Set(messages.map((t) => t.tenantId))]);
    const since = await this.sessions.listeningSince(tx, [...new Set(messages.map((t) => t.sessionId))]);
    const placed = await this.place(tx, messages, settings);
    const wordsOf = await this.keywords.reader(tx, [...new Set(messages.map((t) => t.tenantId))]);
    const all = placed.map(({ message: t, contactId, conversationId, answers }): MatchedMessage & { entry: NewEntry } => {
      const before = since.get(t.sessionId);
      const historical = !!before && !!t.fact.at && t.fact.at.getTime() < before.getTime() - historyMarginMs;
      const { text, choice } = t.fact;
      const kind = kindOf(t.fact.sender.chat);
      const words = wordsOf(t.tenantId, contactId ? text : null);
      const said = saidBy(words, historical);
      const written = {
        text,
        choice,
        isReply: answers !== null,
        isNear: said.near !== null,
        isGroup: kind === 'group',
      };
      // Nobody can answer a post of a channel.
      const actionable = historical || kind === 'channel' ? [] : reasonsToAnswer(written, settingsFor(settings, t).actionable);
      const entry = {
        ...placeOf(t),
        id: newId(),
        fact: t.fact,
        conversationId,
        historical,
        answers,
        actionable,
      };
      return { entry, contactId, address: answerTo(t.fact.sender), saidAt: historical ? t.fact.at : null, ...said };
    });
    const fresh = await this.entries.add(
      tx,
      all.map(({ entry }) => entry),
    );
    const stored = all.filter(({ entry }) => fresh.has(keyOf(entry)));
    await this.conversations.addEntries(
      tx,
      stored.map(({ entry }) => entry),
    );
    const now = stored.filter(({ entry }) => !entry.historical);
    await this.suppressions.reached(
      tx,
      now.flatMap(({ entry: { tenantId, fact }, contactId }) =>
        contactId ? [fact.sender.phone, fact.sender.lid].flatMap((address) => (address ? [{ tenantId, address }] : [])) : [],
      ),
    );
    await this.keywords.apply(tx, stored, settings);
    return fresh;
  }

  /** Finds the contact and the conversation of each message, and the message of ours that it answers. */
  private async place(tx: Tx, messages: InboundMessage[], settings: Map<string, TenantSettings>): Promise<PlacedMessage[]> {
    const { contactIds, merges } = await this.recognise(
      tx,
      messages.map(({ tenantId, fact }) => ({ tenantId, sender: fact.sender, name: fact.pushName })),
    );
    await this.conversations.merge(tx, merges);
    const known = messages.map((message, i) => ({ message, contactId: contactIds[i] ?? null }));
    const conversationIds = await this.conversations.open(
      tx,
      known.map(({ message, contactId }) => conversationOf({ ...message, sender: message.fact.sender, at: message.fact.at }, contactId)),
    );
    const answered = await this.entries.answered(
      tx,
      known.map(({ message, contactId }) => ({
        ...placeOf(message),
        quotedKeyId: message.fact.quotedKeyId,
        contactId,
        windowHours: settingsFor(settings, message).actionable.reply_window_hours,
      })),
    );
    return known.map((one, i) => ({ ...one, conversationId: conversationIds[i] ?? null, answers: answered[i] ?? null }));
  }

  /** Returns the contacts of people who write for themselves; groups and channels have none. */
  private async recognise(
    tx: Tx,
    messages: { tenantId: string; sender: HookAddress; name: string | null }[],
  ): Promise<{ contactIds: (string | null)[]; merges: ContactMerge[] }> {
    const places = messages.flatMap(({ sender }, i) => (kindOf(sender.chat) === 'person' && (sender.phone ?? sender.lid) ? [i] : []));
    const { contactIds, merges } = await this.contacts.resolve(
      tx,
      places.map((i) => {
        const { tenantId, sender, name } = messages[i] as (typeof messages)[number];
        return { tenantId, phone: sender.phone, lid: sender.lid, name };
      }),
    );
    const all = new Array<string | null>(messages.length).fill(null);
    places.forEach((place, k) => (all[place] = contactIds[k] as string));
    return { contactIds: all, merges };
  }
}

const keyOf = (t: InboundMessage | NewEntry) => `${t.sessionId}/${t.fact.keyId}`;
const placeOf = ({ tenantId, sessionId, fact }: InboundMessage) => ({ tenantId, sessionId, keyId: fact.keyId });
const kindOf = (chat: string | null): ConversationKind =>
  chat?.endsWith('@g.us') ? 'group' : chat?.endsWith('@newsletter') ? 'channel' : 'person';

/** Returns the consent that applies: of replayed history only opt-outs, at their own time. */
function saidBy(words: MatchedKeywords, historical: boolean): MatchedKeywords {
  return historical ? { match: words.match?.action === 'opt_out' ? words.match : null, near: null } : words;
}

function settingsFor(settings: Map<string, TenantSettings>, { tenantId }: InboundMessage): TenantSettings {
  return settings.get(tenantId) as TenantSettings;
}

/** Returns the conversation of a message. Answers go to the address a person wrote from, or to the group. Null: no address is known. */
function conversationOf(
  { tenantId, sessionId, sender, at }: { tenantId: string; sessionId: string; sender: HookAddress; at: Date | null },
  contactId: string | null,
): ConversationKey | null {
  const kind = kindOf(sender.chat);
  const address = answerTo(sender);
  return address === null || (kind === 'person' && !contactId) ? null : { tenantId, sessionId, kind, contactId, address, at };
}

/** Returns the address that the person wrote from; the chat's id may not be readable. */
function answerTo({ chat, phone, lid }: HookAddress): string | null {
  return chat ?? phone ?? lid;
}
