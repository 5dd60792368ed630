import { Injectable } from '@nestjs/common';
import { AddressPairs, withTwins } from '@heliograph/contacts';
import { type EntryChange, InboundMessages } from '@heliograph/inbox';
import { Database } from '@heliograph/kernel';
import { FailedMessages, MessageBinding, PollVotes, Receipts } from '@heliograph/messaging';
import type { HookAddress, HookFact } from '@heliograph/providers';
import { SessionReports } from '@heliograph/tenants';
import { Channels } from './channels.repository';
import type { Reported } from './reported-fact';

/** Outcome of a fact. `parked`: its message is not known yet. */
export type FactOutcome = 'applied' | 'duplicate' | 'parked';

type Of<T extends HookFact['type']> = Reported<Extract<HookFact, { type: T }>>;

/** Applies facts of hooks in bulk. Facts may be applied twice and in any order with the same result. */
@Injectable()
export class FactApplication {
  constructor(
    private readonly db: Database,
    private readonly binding: MessageBinding,
    private readonly receipts: Receipts,
    private readonly polls: PollVotes,
    private readonly failed: FailedMessages,
    private readonly pairs: AddressPairs,
    private readonly inbound: InboundMessages,
    private readonly channels: Channels,
    private readonly sessions: SessionReports,
  ) {}

  /** Applies facts. @returns one outcome per fact, in order */
  async apply(reported: Reported<HookFact>[]): Promise<FactOutcome[]> {
    const outcomes: FactOutcome[] = reported.map(() => 'applied');
    const of = <T extends HookFact['type']>(...types: T[]) =>
      reported.flatMap((t, i) => ((types as string[]).includes(t.fact.type) ? [{ i, reported: t as Of<T> }] : []));

    const learned = of('lid_pair').map(({ reported: t }) => ({ tenantId: t.tenantId, lid: t.fact.lid, phone: t.fact.phone }));
    await this.pairs.learn(this.db, learned);
    const wrote = of('inbound').flatMap(({ reported: t }) =>
      t.fact.sender.phone ? [{ tenantId: t.tenantId, phone: t.fact.sender.phone }] : [],
    );
    await this.pairs.show(this.db, [...learned, ...wrote]);

    // Own messages before receipts: a receipt finds its message by the id that binding stores.
    const own = of('own_message');
    const bound = await this.binding.bind(
      own.map(({ reported: t }) => ({
        tenantId: t.tenantId,
        sessionId: t.sessionId,
        keyId: t.fact.keyId,
        providerMessageId: t.fact.providerMessageId,
        addresses: addressesOf(t.fact.recipient),
        text: t.fact.text,
        at: t.fact.at,
        viaApi: t.fact.viaApi ?? false,
      })),
    );
    own.forEach(({ i }, k) => (outcomes[i] = bound[k] === 'waiting' ? 'parked' : 'applied'));
    await this.applyStrangers(own.filter((_, k) => bound[k] === 'foreign').map(({ reported: t }) => t));

    const receipts = of('receipt');
    const known = await this.receipts.apply(
      receipts.map(({ reported: { sessionId, fact } }) => ({
        sessionId,
        keyId: fact.keyId,
        status: fact.status,
        at: fact.at,
        member: fact.member,
      })),
    );
    receipts.forEach(({ i }, k) => (outcomes[i] = known[k] ? 'applied' : 'parked'));

    const polls = of('poll_result');
    const polled = await this.polls.apply(polls.map(({ reported: t }) => ({ ...t.fact, sessionId: t.sessionId })));
    polls.forEach(({ i }, k) => (outcomes[i] = polled[k] ? 'applied' : 'parked'));

    await this.failed.failNameless(
      of('send_failed').map(({ reported: t }) => ({ sessionId: t.sessionId, phone: t.fact.phone, detail: t.fact.detail })),
    );

    const inbound = of('inbound');
    const fresh = await this.inbound.store(inbound.map(({ reported: t }) => t));
    inbound.forEach(({ i }, k) => (outcomes[i] = fresh[k] ? 'applied' : 'duplicate'));
    await this.inbound.learnPairs(learned);

    const changes = of('edited', 'deleted', 'reaction');
    if (changes.length > 0) {
      const found = await this.inbound.edit(changes.map(({ reported: t }) => toChange(t)));
      changes.forEach(({ i }, k) => (outcomes[i] = found[k] ? 'applied' : 'parked'));
    }

    await this.channels.note(of('inbound', 'own_message').map(({ reported: t }) => t));

    for (const { reported: t } of of('session_status')) {
      const { status, rawStatus, detail, phone } = t.fact;
      if (phone) await this.sessions.reportPhone(t.sessionId, phone, 'hook');
      await this.sessions.reportStatus(t.sessionId, { status, rawStatus, reason: detail }, 'hook');
    }
    for (const { reported: t } of of('qr')) await this.sessions.reportQr(t.sessionId, t.fact.qr);
    return outcomes;
  }

  /** Adds own messages that match none of ours to their conversations. They stay parked while evidence may still arrive. */
  async applyStrangers(reported: Reported<HookFact>[]): Promise<void> {
    await this.inbound.storeTyped(reported.filter((t): t is Of<'own_message'> => t.fact.type === 'own_message'));
  }
}

function addressesOf({ phone, lid, chat }: HookAddress): string[] {
  return withTwins([phone, lid, chat].filter((a): a is string => a !== null));
}

function toChange({ tenantId, sessionId, fact }: Of<'edited' | 'deleted' | 'reaction'>): EntryChange {
  const place = { tenantId, sessionId };
  switch (fact.type) {
    case 'edited':
      return { ...place, kind: 'edited', keyId: fact.keyId, author: null, text: fact.text, at: fact.at };
    case 'deleted':
      return { ...place, kind: 'deleted', keyId: fact.keyId, author: null, text: null, at: null };
    case 'reaction': {
      const { phone, lid } = fact.author;
      return { ...place, kind: 'reaction', keyId: fact.targetKeyId, author: phone ?? lid, text: fact.emoji, at: fact.at };
    }
  }
}
