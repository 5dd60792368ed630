import { Injectable } from '@nestjs/common';
import { type ContactMerge, ContactResolver, Suppressions } from '@heliograph/contacts';
import { Database, newId, type Tx } from '@heliograph/kernel';
import type { HookAddress, HookFact } from '@heliograph/providers';
import { SessionEvents, type TenantSettings, Tenants } from '@heliograph/tenants';
import { reasonsToAnswer } from './actionable';
import { type ConversationKey, type ConversationKind, Conversations } from './conversations.repository';
import { Entries, type EntryChange, type NewEntry } from './entries.repository';
import { type HeardMessage, HeardWords } from './heard-words';

/** What somebody wrote, and to which session. */
export interface InboundMessage {
  tenantId: string;
  sessionId: string;
  fact: Extract<HookFact, { type: 'inbound' }>;
}

/** A message of the session that is none of ours. */
export interface TypedMessage {
  tenantId: string;
  sessionId: string;
  fact: Extract<HookFact, { type: 'own_message' }>;
}

/** A word is later than an edit when it is later by more than this: an edit's time is in whole seconds and by another clock. */
const editSlackMs = 60_000;

/** Messages older than the begin of a gap by this are history that is replayed, in ms. */
const historyMarginMs = 5 * 60_000;

/**
 * Takes in what people write, each message once: whose it is, the conversation it belongs to, which message of ours it answers,
 * and what it says about consent. All of it in one transaction, so that an opt-out that is stored is in force.
 */
@Injectable()
export class InboundMessages {
  constructor(
    private readonly db: Database,
    private readonly people: ContactResolver,
    private readonly suppressions: Suppressions,
    private readonly conversations: Conversations,
    private readonly entries: Entries,
    private readonly sessions: SessionEvents,
    private readonly tenants: Tenants,
    private readonly words: HeardWords,
  ) {}

  /** Answers, per message in order, whether it was new. */
  async take(told: InboundMessage[]): Promise<boolean[]> {
    if (told.length === 0) return [];
    // In the order told: of a STOP and a START the later one holds. The first telling of a message is the one that counts.
    const unique = [...Map.groupBy(told, keyOf).values()].map(([first]) => first as InboundMessage);
    const fresh = await this.db.transaction((tx) => this.store(tx, unique));
    return told.map((t) => fresh.delete(keyOf(t)));
  }

  /**
   * Takes in edits, deletions and reactions. What somebody makes of a message is heard as if they had written it when they edited it.
   * @returns for each, in order, whether what it is about is known
   */
  async change(changes: EntryChange[]): Promise<boolean[]> {
    return this.db.transaction(async (tx) => {
      const { known, edited } = await this.entries.change(tx, changes);
      const theirs = edited.filter((entry) => entry.contactId !== null && !entry.historical);
      if (theirs.length === 0) return known;
      const tenantIds = [...new Set(theirs.map((entry) => entry.tenantId))];
      const wordsOf = await this.words.reader(tx, tenantIds);
      const heard = theirs.map(({ contactId, address, text, at, ...entry }): HeardMessage => ({
        entry: { ...entry, fact: { text, at } },
        contactId,
        address,
        saidAt: at && new Date(at.getTime() + editSlackMs),
        ...wordsOf(entry.tenantId, text),
      }));
      await this.words.forget(tx, heard);
      await this.words.hear(tx, heard, await this.tenants.settingsOf(tx, tenantIds));
      return known;
    });
  }

  /** What was typed on the phone itself, or by another client of the session: a line of its conversation that is not unread. */
  async typed(told: TypedMessage[]): Promise<void> {
    if (told.length === 0) return;
    await this.db.transaction(async (tx) => {
      const known = await this.entries.known(
        tx,
        told.map(({ tenantId, sessionId, fact }) => ({ tenantId, sessionId, keyId: fact.keyId })),
      );
      const fresh = told.filter((t) => !known.has(`${t.sessionId}/${t.fact.keyId}`));
      const { contactIds, merges } = await this.recognise(
        tx,
        fresh.map((t) => ({ tenantId: t.tenantId, sender: t.fact.recipient, name: null })),
      );
      await this.conversations.merge(tx, merges);
      const ids = await this.conversations.open(
        tx,
        fresh.map((t, i) => conversationOf({ ...t, sender: t.fact.recipient, at: t.fact.at }, contactIds[i] ?? null)),
      );
      await this.entries.addTyped(
        tx,
        fresh.map((t, i) => ({ ...t, conversationId: ids[i] ?? null })),
      );
    });
  }

  /** What was learned of addresses outside of messages. */
  async learn(pairs: { tenantId: string; lid: string; phone: string }[]): Promise<void> {
    if (pairs.length === 0) return;
    await this.db.transaction(async (tx) => this.conversations.merge(tx, await this.people.learn(tx, pairs)));
  }

  private async store(tx: Tx, unique: InboundMessage[]): Promise<Set<string>> {
    const known = await this.entries.known(tx, unique.map(placeOf));
    const told = unique.filter((t) => !known.has(keyOf(t)));
    if (told.length === 0) return new Set();
    const settings = await this.tenants.settingsOf(tx, [...new Set(told.map((t) => t.tenantId))]);
    const since = await this.sessions.listeningSince(tx, [...new Set(told.map((t) => t.sessionId))]);
    const { contactIds, merges } = await this.recognise(
      tx,
      told.map(({ tenantId, fact }) => ({ tenantId, sender: fact.sender, name: fact.pushName })),
    );
    await this.conversations.merge(tx, merges);
    const conversationIds = await this.conversations.open(
      tx,
      told.map((t, i) => conversationOf({ ...t, sender: t.fact.sender, at: t.fact.at }, contactIds[i] ?? null)),
    );
    const answered = await this.entries.answered(
      tx,
      told.map((t, i) => ({
        ...placeOf(t),
        quotedKeyId: t.fact.quotedKeyId,
        contactId: contactIds[i] ?? null,
        windowHours: settingsFor(settings, t).actionable.reply_window_hours,
      })),
    );
    const wordsOf = await this.words.reader(tx, [...new Set(told.map((t) => t.tenantId))]);
    const all = told.map((t, i): HeardMessage & { entry: NewEntry } => {
      const answers = answered[i] ?? null;
      const before = since.get(t.sessionId);
      const historical = !!before && !!t.fact.at && t.fact.at.getTime() < before.getTime() - historyMarginMs;
      const { text, choice } = t.fact;
      const contactId = contactIds[i] ?? null;
      const words = wordsOf(t.tenantId, contactId ? text : null);
      // Of history an opt-out counts, as of its own time, and nothing else.
      const said = historical ? { match: words.match?.action === 'opt_out' ? words.match : null, near: null } : words;
      const written = {
        text,
        choice,
        isReply: answers !== null,
        isNear: said.near !== null,
        isGroup: kindOf(t.fact.sender.chat) === 'group',
      };
      const actionable = historical ? [] : reasonsToAnswer(written, settingsFor(settings, t).actionable);
      const entry = {
        ...placeOf(t),
        id: newId(),
        fact: t.fact,
        conversationId: conversationIds[i] ?? null,
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
    await this.conversations.heard(
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
    await this.words.hear(tx, stored, settings);
    return fresh;
  }

  /** Contacts of those who write for themselves; groups and channels have none. */
  private async recognise(
    tx: Tx,
    told: { tenantId: string; sender: HookAddress; name: string | null }[],
  ): Promise<{ contactIds: (string | null)[]; merges: ContactMerge[] }> {
    const places = told.flatMap(({ sender }, i) => (kindOf(sender.chat) === 'person' && (sender.phone ?? sender.lid) ? [i] : []));
    const { contactIds, merges } = await this.people.resolve(
      tx,
      places.map((i) => {
        const { tenantId, sender, name } = told[i] as (typeof told)[number];
        return { tenantId, phone: sender.phone, lid: sender.lid, name };
      }),
    );
    const all = new Array<string | null>(told.length).fill(null);
    places.forEach((place, k) => (all[place] = contactIds[k] as string));
    return { contactIds: all, merges };
  }
}

const keyOf = (t: InboundMessage | NewEntry) => `${t.sessionId}/${t.fact.keyId}`;
const placeOf = ({ tenantId, sessionId, fact }: InboundMessage) => ({ tenantId, sessionId, keyId: fact.keyId });
const kindOf = (chat: string | null): ConversationKind =>
  chat?.endsWith('@g.us') ? 'group' : chat?.endsWith('@newsletter') ? 'channel' : 'person';

function settingsFor(settings: Map<string, TenantSettings>, { tenantId }: InboundMessage): TenantSettings {
  return settings.get(tenantId) as TenantSettings;
}

/** A person is answered where they wrote from; a group in the group. Null: there is no address to answer to. */
function conversationOf(
  { tenantId, sessionId, sender, at }: { tenantId: string; sessionId: string; sender: HookAddress; at: Date | null },
  contactId: string | null,
): ConversationKey | null {
  const kind = kindOf(sender.chat);
  const address = answerTo(sender);
  return address === null || (kind === 'person' && !contactId) ? null : { tenantId, sessionId, kind, contactId, address, at };
}

/** Where they wrote from; the chat's id may be one that nobody can read. */
function answerTo({ chat, phone, lid }: HookAddress): string | null {
  return chat ?? phone ?? lid;
}
