import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
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
import { changeEvent, consentEvent, entryEvent, letterEvents, messageEvents, type PersonOf, sessionEvent, toldStates } from './told-events';

const followMs = 100;
/** What happened while nobody followed is told later, up to this long. */
const reader = declareFeedReader({ name: 'callbacks', memory: '14 days' });

/**
 * Makes callbacks of what the ledger says has happened. It reads the history itself, by transaction, and stores the callbacks
 * in the transaction that moves its place: whatever changed a state, each change is told exactly once. One process of all does it.
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
    this.skipped = metrics.counter('callback_events_skipped_total', 'Events that could not be made into callbacks for what they hold.', [
      'of',
    ]);
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'callback_feed', everyMs: followMs, work: (signal) => this.follow(signal) });
  }

  /** Tells everything there is. */
  async follow(signal?: AbortSignal): Promise<void> {
    const all = (tx: Tx, range: TransactionRange) => this.tell(tx, range, (events) => this.events.store(tx, events));
    const apart = (tx: Tx, range: TransactionRange) => this.tell(tx, range, (events) => this.storeApart(tx, events));
    while ((await this.feed.advance(reader, all, apart)) && !signal?.aborted);
  }

  private async tell(tx: Tx, range: TransactionRange, store: (events: CallbackEvent[]) => Promise<void>): Promise<void> {
    const tenants = await this.events.tenantsThatListen(tx);
    if (tenants.length === 0) return;
    const moves = await this.messages.moves(tx, range, tenants, toldStates);
    const letters = await this.withoutEchoes(tx, await this.letters.openedBetween(tx, range, tenants));
    const entries = await this.entries.between(tx, range, tenants);
    const changes = await this.entries.changesBetween(tx, range, tenants);
    const consents = await this.consents.between(tx, range, tenants);
    const sessions = await this.sessions.between(tx, range, tenants);
    const persons = await this.personsOf(tx, [
      ...moves.map((m) => [m.tenantId, m.recipient] as const),
      ...letters.flatMap((l) => {
        const message = messageOf(l);
        return message ? [[l.tenantId, message.recipient] as const] : [];
      }),
      ...entries.flatMap((e) => (e.lid ? [[e.tenantId, e.lid] as const] : [])),
      ...changes.flatMap((c) => (c.chat ? [[c.tenantId, c.chat] as const] : [])),
      ...consents.map((c) => [c.tenantId, c.address] as const),
    ]);
    const told = [
      ...this.made('entries', entries, (entry) => toldBy(entry.tx, entryEvent(entry, persons))),
      ...this.made('entry_changes', changes, (change) => toldBy(change.tx, changeEvent(change, persons))),
      ...this.made('consents', consents, (consent) => toldBy(consent.tx, consentEvent(consent, persons))),
      ...this.made('messages', inTheirOrder(moves), ({ by, move }) => toldBy(by, ...messageEvents(move, persons))),
      ...this.made('dead_letters', letters, (letter) => toldBy(letter.tx, ...letterEvents(letter, persons))),
      ...this.made('sessions', sessions, (session) => toldBy(session.tx, sessionEvent(session))),
    ];
    // What somebody wrote and what was answered come from different tables: one after the other as they happened.
    told.sort((a, b) => a.by - b.by);
    await store(told.flatMap(({ events }) => events));
  }

  /** Makes events of rows. A row that cannot be read is left out; it would stop the callbacks of everybody. */
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

  /** An event that the database refuses is left out likewise. */
  private async storeApart(tx: Tx, events: CallbackEvent[]): Promise<void> {
    for (const { item, error } of await inHalves(tx, events, (some) => this.events.store(tx, some)))
      this.skip(item.type, item.tenantId, item.id, error);
  }

  private skip(table: string, tenant: string | undefined, id: string | undefined, error: unknown): void {
    this.skipped.inc({ of: table });
    this.log.error({ event: 'callback_event.skipped', of: table, tenant, id, error: (error as Error).message });
  }

  /** Without letters about callbacks that told of letters or endpoints: endpoints that take nothing would tell of each other for ever. */
  private async withoutEchoes(tx: Tx, letters: OpenedLetter[]): Promise<OpenedLetter[]> {
    const events = letters.flatMap((letter) =>
      letter.kind === callbackLetters.name ? { letter, tenantId: letter.tenantId, eventId: letter.subjectId.split('/')[1] as string } : [],
    );
    const echoes = await this.events.aboutTelling(tx, events);
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

/** Events and the transaction whose doing they are. */
interface MadeEvents {
  by: number;
  events: CallbackEvent[];
}

function toldBy(tx: string | number, ...events: CallbackEvent[]): MadeEvents {
  return { by: Number(tx), events };
}

/** Moves, each no earlier than the moves of its message before it: of two transactions the older one may have written last. */
function inTheirOrder(moves: ReportedMessageEvent[]): { by: number; move: ReportedMessageEvent }[] {
  const last = new Map<string, number>();
  return moves.map((move) => {
    const by = Math.max(Number(move.tx), last.get(move.messageId) ?? 0);
    last.set(move.messageId, by);
    return { by, move };
  });
}
