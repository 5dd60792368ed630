import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { campaignMovesBetween } from '@heliograph/campaigns';
import { AddressPairs, Consents } from '@heliograph/contacts';
import { Entries } from '@heliograph/inbox';
import {
  declareFeedReader,
  inHalves,
  isItemFault,
  Loops,
  Metrics,
  TransactionFeed,
  type TransactionRange,
  type Tx,
} from '@heliograph/kernel';
import { DeadLetters, type OpenedLetter } from '@heliograph/dead-letters';
import { MessageEvents, messageOf, type ReportedMessageEvent } from '@heliograph/messaging';
import { SessionEvents } from '@heliograph/tenants';
import { CallbackEvents } from './callback-events.repository';
import { callbackLetters } from './callback-letters';
import type { CallbackEvent } from './callback-types';
import {
  campaignEvent,
  changeEvent,
  consentEvent,
  entryEvent,
  letterEvents,
  messageEvents,
  type PersonOf,
  sessionEvent,
  reportedStates,
} from './reported-events';

const followMs = 100;
/** Maximum age of events that are reported after a pause of all readers. */
const reader = declareFeedReader({ name: 'callbacks', memory: '14 days' });

/**
 * Creates callbacks from the ledger. Reads the history by transaction, and stores the callbacks in the transaction that advances its
 * position: each change is reported exactly once, whatever caused it. One process at a time does this.
 */
@Injectable()
export class CallbackFeed implements OnApplicationBootstrap {
  private readonly log = new Logger(CallbackFeed.name);
  private readonly skipped;

  constructor(
    private readonly feed: TransactionFeed,
    private readonly messages: MessageEvents,
    private readonly letters: DeadLetters,
    private readonly sessions: SessionEvents,
    private readonly entries: Entries,
    private readonly consents: Consents,
    private readonly pairs: AddressPairs,
    private readonly events: CallbackEvents,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    this.skipped = metrics.counter(
      'callback_events_skipped_total',
      'Events that could not be made into callbacks because of their content.',
      ['of'],
    );
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'callback_feed', everyMs: followMs, work: (signal) => this.follow(signal) });
  }

  /** Reads all new changes. */
  async follow(signal?: AbortSignal): Promise<void> {
    const all = (tx: Tx, range: TransactionRange) => this.report(tx, range, (events) => this.events.store(tx, events));
    const apart = (tx: Tx, range: TransactionRange) => this.report(tx, range, (events) => this.storeApart(tx, events));
    while ((await this.feed.advance(reader, all, apart)) && !signal?.aborted);
  }

  private async report(tx: Tx, range: TransactionRange, store: (events: CallbackEvent[]) => Promise<void>): Promise<void> {
    const tenants = await this.events.tenantsWithEndpoints(tx);
    if (tenants.length === 0) return;
    const moves = await this.messages.moves(tx, range, tenants, reportedStates);
    const letters = await this.withoutEchoes(tx, await this.letters.openedBetween(tx, range, tenants));
    const entries = await this.entries.between(tx, range, tenants);
    const changes = await this.entries.changesBetween(tx, range, tenants);
    const consents = await this.consents.between(tx, range, tenants);
    const sessions = await this.sessions.between(tx, range, tenants);
    const campaigns = await campaignMovesBetween(tx, range, tenants);
    const persons = await this.personsOf(tx, [
      ...moves.map((m) => [m.tenantId, m.recipient] as const),
      ...letters.flatMap((l) => {
        const message = messageOf(l);
        return message ? [[l.tenantId, message.recipient] as const] : [];
      }),
      ...entries.flatMap((e) => (e.lid ? [[e.tenantId, e.lid] as const] : [])),
      ...changes.flatMap((c) => (c.chat ? [[c.tenantId, c.chat] as const] : [])),
      ...consents.flatMap((c) => (c.address === null ? [] : [[c.tenantId, c.address] as const])),
    ]);
    const reported = [
      ...this.made('entries', entries, (entry) => causedBy(entry.tx, entryEvent(entry, persons))),
      ...this.made('entry_changes', changes, (change) => causedBy(change.tx, changeEvent(change, persons))),
      ...this.made('consents', consents, (consent) => causedBy(consent.tx, consentEvent(consent, persons))),
      ...this.made('messages', inTheirOrder(moves), ({ by, move }) => causedBy(by, ...messageEvents(move, persons))),
      ...this.made('dead_letters', letters, (letter) => causedBy(letter.tx, ...letterEvents(letter, persons))),
      ...this.made('sessions', sessions, (session) => causedBy(session.tx, sessionEvent(session))),
      ...this.made('campaign_log', campaigns, (move) => causedBy(move.tx, campaignEvent(move))),
    ];
    // Entries and answers come from different tables: they are merged in the order in which they happened.
    reported.sort((a, b) => a.by - b.by);
    await store(reported.flatMap(({ events }) => events));
  }

  /** Creates events from rows. Skips a row that cannot be read, since it would block the callbacks of all tenants. */
  private made<T>(table: string, rows: T[], make: (row: T) => MadeEvents): MadeEvents[] {
    return rows.flatMap((row) => {
      try {
        return make(row);
      } catch (error) {
        if (!isItemFault(error)) throw error;
        const { tenantId, id, messageId } = { ...row, ...(row as { move?: object }).move } as {
          tenantId?: string;
          id?: string;
          messageId?: string;
        };
        this.skip(table, tenantId, id ?? messageId, error);
        return [];
      }
    });
  }

  /** Skips an event that the database refuses, likewise. */
  private async storeApart(tx: Tx, events: CallbackEvent[]): Promise<void> {
    for (const { item, error } of await inHalves(tx, events, (some) => this.events.store(tx, some)))
      this.skip(item.type, item.tenantId, item.id, error);
  }

  private skip(table: string, tenant: string | undefined, id: string | undefined, error: unknown): void {
    this.skipped.inc({ of: table });
    this.log.error({ event: 'callback_event.skipped', of: table, tenant, id, error: (error as Error).message });
  }

  /**
   * Drops letters about callbacks that reported letters or endpoints: failing endpoints would otherwise create events about each other
   * without end.
   */
  private async withoutEchoes(tx: Tx, letters: OpenedLetter[]): Promise<OpenedLetter[]> {
    const events = letters.flatMap((letter) =>
      letter.kind === callbackLetters.name ? { letter, tenantId: letter.tenantId, eventId: letter.subjectId.split('/')[1] as string } : [],
    );
    const echoes = await this.events.aboutCallbacks(tx, events);
    const dropped = new Set(events.flatMap((e) => (echoes.has(`${e.tenantId}/${e.eventId}`) ? e.letter : [])));
    return letters.filter((letter) => !dropped.has(letter));
  }

  private async personsOf(tx: Tx, addresses: (readonly [tenantId: string, address: string])[]): Promise<PersonOf> {
    const phones = await this.pairs.phones(
      addresses.flatMap(([tenantId, lid]) => (lid.endsWith('@lid') ? [{ tenantId, lid }] : [])),
      tx,
    );
    return (tenantId, address) => phones.get(`${tenantId}/${address}`) ?? address;
  }
}

/** Events and the transaction that caused them. */
interface MadeEvents {
  by: number;
  events: CallbackEvent[];
}

function causedBy(tx: string | number, ...events: CallbackEvent[]): MadeEvents {
  return { by: Number(tx), events };
}

/** Sorts moves so that none comes before an earlier move of its message: of two transactions, the older one may have written last. */
function inTheirOrder(moves: ReportedMessageEvent[]): { by: number; move: ReportedMessageEvent }[] {
  const last = new Map<string, number>();
  return moves.map((move) => {
    const by = Math.max(Number(move.tx), last.get(move.messageId) ?? 0);
    last.set(move.messageId, by);
    return { by, move };
  });
}
