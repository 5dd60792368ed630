import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { AddressPairs, Consents } from '@heliograph/contacts';
import { Entries } from '@heliograph/inbox';
import { DrainService, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { DeadLetters, MessageEvents, type OpenedLetter, type ToldMessageEvent } from '@heliograph/messaging';
import { SessionEvents } from '@heliograph/tenants';
import { CallbackEvents } from './callback-events.repository';
import type { CallbackEvent } from './callback-types';
import { changeEvent, consentEvent, entryEvent, letterEvents, messageEvents, type PersonOf, sessionEvent, toldStates } from './told-events';

const followMs = 100;
/** What happened while nobody followed is told later, up to this long. */
const reader = { name: 'callbacks', memory: '14 days' } as const;

/**
 * Makes callbacks of what the ledger says has happened. It reads the history itself, by transaction, and stores the callbacks
 * in the transaction that moves its place: whatever changed a state, each change is told exactly once. One process of all does it.
 */
@Injectable()
export class CallbackFeed implements OnApplicationBootstrap {
  private readonly log = new Logger(CallbackFeed.name);
  private readonly stop = new AbortController();

  constructor(
    private readonly feed: TransactionFeed,
    private readonly messages: MessageEvents,
    private readonly letters: DeadLetters,
    private readonly sessions: SessionEvents,
    private readonly entries: Entries,
    private readonly consents: Consents,
    private readonly pairs: AddressPairs,
    private readonly events: CallbackEvents,
    private readonly drains: DrainService,
  ) {}

  onApplicationBootstrap(): void {
    const loop = this.loop();
    this.drains.onDrain('callback feed', async () => {
      this.stop.abort();
      await loop;
    });
  }

  /** Tells everything there is. */
  async follow(): Promise<void> {
    while ((await this.feed.advance(reader, (tx, range) => this.tell(tx, range))) && !this.stop.signal.aborted);
  }

  private async loop(): Promise<void> {
    let failures = 0;
    while (!this.stop.signal.aborted) {
      try {
        await this.follow();
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.log.warn({ event: 'callbacks.following_failed', error: (error as Error).message });
      }
      await sleep(followMs, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private async tell(tx: Tx, range: TransactionRange): Promise<void> {
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
      ...letters.flatMap((l) => (l.message ? [[l.tenantId, l.message.recipient] as const] : [])),
      ...entries.flatMap((e) => (e.lid ? [[e.tenantId, e.lid] as const] : [])),
      ...changes.flatMap((c) => (c.chat ? [[c.tenantId, c.chat] as const] : [])),
      ...consents.map((c) => [c.tenantId, c.address] as const),
    ]);
    const told = [
      ...entries.map((entry) => toldBy(entry.tx, entryEvent(entry, persons))),
      ...changes.map((change) => toldBy(change.tx, changeEvent(change, persons))),
      ...consents.map((consent) => toldBy(consent.tx, consentEvent(consent, persons))),
      ...inTheirOrder(moves).map(({ by, move }) => toldBy(by, ...messageEvents(move, persons))),
      ...letters.map((letter) => toldBy(letter.tx, ...letterEvents(letter, persons))),
      ...sessions.map((session) => toldBy(session.tx, sessionEvent(session))),
    ];
    // What somebody wrote and what was answered come from different tables: one after the other as they happened.
    told.sort((a, b) => a.by - b.by);
    await this.events.store(
      tx,
      told.flatMap(({ events }) => events),
    );
  }

  /** Without letters about callbacks that told of letters or endpoints: endpoints that take nothing would tell of each other for ever. */
  private async withoutEchoes(tx: Tx, letters: OpenedLetter[]): Promise<OpenedLetter[]> {
    const events = letters.flatMap((letter) =>
      letter.kind === 'callback' ? { letter, tenantId: letter.tenantId, eventId: letter.subjectId.split('/')[1] as string } : [],
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
function toldBy(tx: string | number, ...events: CallbackEvent[]): { by: number; events: CallbackEvent[] } {
  return { by: Number(tx), events };
}

/** Moves, each no earlier than the moves of its message before it: of two transactions the older one may have written last. */
function inTheirOrder(moves: ToldMessageEvent[]): { by: number; move: ToldMessageEvent }[] {
  const last = new Map<string, number>();
  return moves.map((move) => {
    const by = Math.max(Number(move.tx), last.get(move.messageId) ?? 0);
    last.set(move.messageId, by);
    return { by, move };
  });
}
