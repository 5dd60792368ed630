import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppError, ChangeFeed, DrainService, type Loop, Loops, newId } from '@heliograph/kernel';
import { SignIns } from '@heliograph/staff';
import type { LiveStream, NumberedRecord } from './live-stream';
import { LiveSources } from './live-sources';

/** Time between two turns, in ms: a record changes at most this often in a stream. */
const turnMs = 250;
const beatMs = 10_000;
/** Records kept for readers that come back. */
const kept = 1_000;
/** Time for which changes are gathered after the last reader has left, in ms, since it may come back. */
const lingerMs = 60_000;
const maxStreamsOfPerson = 20;

/** All live streams of this process. One reader serves them, however many there are. */
@Injectable()
export class LiveHub implements OnApplicationBootstrap {
  /** Begins the ids of events: another process, or this one after a restart, has other events. */
  private readonly name = newId();
  private readonly streams = new Set<LiveStream>();
  private recent: NumberedRecord[] = [];
  private seq = 0;
  private beatAt = 0;
  private leftAt = 0;
  private mustCheck = false;
  private loop: Loop | null = null;

  constructor(
    private readonly sources: LiveSources,
    private readonly signIns: SignIns,
    private readonly feed: ChangeFeed,
    private readonly loops: Loops,
    private readonly drains: DrainService,
  ) {}

  onApplicationBootstrap(): void {
    // Notifications may have been missed.
    this.feed.onReset(() => this.feed.isLive() && this.resync('changes_missed'));
    for (const table of ['staff_users', 'staff_grants', 'staff_sign_ins']) this.feed.onChange(table, () => this.checkSoon());
    this.loop = this.loops.start({ name: 'live', everyMs: turnMs, work: () => this.turn() });
    this.drains.onDrain('live streams', () => Promise.resolve(this.endAll()));
  }

  /** Number of open streams. */
  get size(): number {
    return this.streams.size;
  }

  /**
   * Adds a stream. A reader that comes back gets what it missed, or is asked to read everything anew.
   * @param lastId id of the last event that the reader got
   * @throws AppError `draining`, `too_many_streams`
   */
  add(stream: LiveStream, lastId: string | undefined): () => void {
    if (this.drains.isDraining)
      throw new AppError('unavailable', 'draining', 'This process is shutting down. Try again.', { retryAfterSeconds: 1 });
    const own = [...this.streams].filter(({ personId }) => personId === stream.personId).length;
    if (own >= maxStreamsOfPerson)
      throw new AppError('throttled', 'too_many_streams', 'You have too many live streams open. Close some windows.', {
        retryAfterSeconds: 30,
      });
    this.sources.set(true);
    this.streams.add(stream);
    stream.greet(this.idOf(this.seq));
    const missed = lastId === undefined ? [] : this.after(lastId);
    if (missed === null) stream.resync('unknown_position');
    else for (const record of missed) stream.send(record);
    return () => {
      if (this.streams.delete(stream) && this.streams.size === 0) this.leftAt = performance.now();
    };
  }

  private idOf(seq: number): string {
    return `${this.name}.${seq}`;
  }

  /** Returns the records after an event; null when they are not known any more. */
  private after(lastId: string): NumberedRecord[] | null {
    const [name, text = ''] = lastId.split('.');
    const seq = Number(text);
    if (name !== this.name || !Number.isInteger(seq) || seq < this.seq - this.recent.length || seq > this.seq) return null;
    return this.recent.slice(this.recent.length - (this.seq - seq));
  }

  /** Reads what changed and sends it; beats. */
  private async turn(): Promise<void> {
    const now = performance.now();
    if (this.streams.size === 0) {
      if (!this.sources.isOn || now - this.leftAt < lingerMs) return;
      this.sources.set(false);
      this.recent = [];
      // A reader that comes back with an earlier id has missed something.
      this.seq++;
      return;
    }
    if (now >= this.beatAt) {
      this.beatAt = now + beatMs;
      this.mustCheck = true;
      for (const stream of this.streams) {
        if (stream.isStalled(now)) stream.drop();
        else stream.beat(new Date());
      }
    }
    if (this.mustCheck) await this.check();
    for (const record of await this.sources.read(new Set([...this.streams].map(({ from }) => from)))) {
      const numbered = { id: this.idOf(++this.seq), record };
      this.recent.push(numbered);
      for (const stream of this.streams) stream.send(numbered);
    }
    if (this.recent.length > kept) this.recent = this.recent.slice(-kept);
  }

  private checkSoon(): void {
    this.mustCheck = true;
    this.loop?.wake();
  }

  /** Looks up the sign-in of every stream again and ends those that are over. */
  private async check(): Promise<void> {
    this.mustCheck = false;
    try {
      for (const stream of this.streams) {
        const signedIn = await this.signIns.find(stream.cookie);
        if (signedIn) stream.renew(signedIn);
        else this.end(stream, 'signed_out');
      }
    } catch (error) {
      this.mustCheck = true;
      throw error;
    }
  }

  private resync(reason: string): void {
    for (const stream of this.streams) stream.resync(reason);
  }

  private end(stream: LiveStream, event: 'signed_out' | 'draining'): void {
    stream.end(event);
    this.streams.delete(stream);
  }

  private endAll(): void {
    for (const stream of this.streams) this.end(stream, 'draining');
  }
}
