import type { Writable } from 'node:stream';
import { may, type SignedIn } from '@heliograph/staff';
import { eventLines, keyOf, type LiveRecord, liveResources, recordLines } from './live-record';

/** Records that wait for a slow reader; with more, they are dropped and the reader is asked to read everything anew. */
export const maxPending = 500;
/** Time after which a reader that takes nothing is disconnected, in ms. */
export const stalledMs = 30_000;

/** A record, and the id of its event. */
export interface NumberedRecord {
  id: string;
  record: LiveRecord;
}

/**
 * One browser that listens. It is written to only while it reads. What changes meanwhile is merged by record, so that a slow reader holds
 * at most `maxPending` records and gets the latest state of each.
 */
export class LiveStream {
  private readonly pending = new Map<string, NumberedRecord>();
  private needsResync = false;
  private stalledSince: number | null = null;

  constructor(
    private readonly out: Writable,
    /** Cookie header by which the sign-in is looked up again. */
    readonly cookie: string | undefined,
    private signedIn: SignedIn,
    /** Begin of the time that its counts are of. */
    readonly from: string,
  ) {
    out.on('drain', () => this.flush());
  }

  get personId(): string {
    return this.signedIn.person.id;
  }

  /** Number of records that wait. */
  get waiting(): number {
    return this.pending.size;
  }

  /** True when the reader took nothing for too long. */
  isStalled(now = performance.now()): boolean {
    return this.stalledSince !== null && now - this.stalledSince > stalledMs;
  }

  /** Takes the rights of a sign-in that was looked up again. After a change of rights everything is read anew. */
  renew(signedIn: SignedIn): void {
    const isSame = JSON.stringify(signedIn.person.grants) === JSON.stringify(this.signedIn.person.grants);
    this.signedIn = signedIn;
    if (!isSame) this.resync('rights_changed');
  }

  /** Sends a record that the person may see. */
  send(numbered: NumberedRecord): void {
    const { resource, tenantId, from } = numbered.record;
    if (from !== undefined && from !== this.from) return;
    if (!may(this.signedIn.person.grants, liveResources[resource], tenantId)) return;
    if (!this.isBlocked()) return this.write(recordLines(numbered.record, numbered.id));
    if (this.needsResync) return;
    this.pending.set(keyOf(numbered.record), numbered);
    if (this.pending.size > maxPending) this.resync('too_slow');
  }

  /** Asks the reader to read everything anew. */
  resync(reason: string): void {
    if (!this.isBlocked()) return this.write(eventLines('resync', { reason }));
    this.pending.clear();
    this.needsResync = true;
  }

  /** Shows that the stream is alive; nothing while the reader is behind. */
  beat(at: Date): void {
    if (!this.isBlocked()) this.write(eventLines('heartbeat', { at: at.toISOString() }));
  }

  /** Sends the first event, from which the reader knows where it is. */
  greet(id: string): void {
    this.write(`retry: 2000\n${eventLines('hello', {}, id)}`);
  }

  /** Ends the stream. */
  end(event?: 'signed_out' | 'draining'): void {
    if (event && !this.isBlocked()) this.write(eventLines(event, {}));
    this.out.end();
  }

  /** Disconnects a reader that takes nothing. */
  drop(): void {
    this.out.destroy();
  }

  private isBlocked(): boolean {
    return this.out.writableNeedDrain;
  }

  private write(text: string): void {
    if (this.out.writableEnded || this.out.destroyed) return;
    if (!this.out.write(text)) this.stalledSince ??= performance.now();
  }

  private flush(): void {
    this.stalledSince = null;
    if (this.needsResync) {
      this.needsResync = false;
      this.resync('too_slow');
    }
    for (const [key, numbered] of this.pending) {
      if (this.isBlocked()) return;
      this.pending.delete(key);
      this.write(recordLines(numbered.record, numbered.id));
    }
  }
}
