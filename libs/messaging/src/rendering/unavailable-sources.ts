import type { OriginKind } from '../message-origin';

const firstRestMs = 5_000;
const maxRestMs = 5 * 60_000;
/** Ms after a rest in which further claims still leave the kind out, until the first claim has shown whether its source works again. */
const probeMs = 5_000;
/** Ms without a failure after its rest, after which a kind is forgotten. */
const forgetMs = 60_000;

interface Rest {
  ms: number;
  endsAt: number;
  isProbed: boolean;
  reason: string;
}

/** Kinds of origin whose bodies this process cannot make now. Claims leave their messages in the lanes. A rest grows from 5 s to 5 min. */
export class UnavailableSources {
  private readonly rests = new Map<OriginKind, Rest>();

  /** @param stillFailing called for each kind that rests */
  constructor(private readonly stillFailing: (kind: OriginKind, reason: string) => void) {}

  failed(kind: OriginKind, reason: string, now = performance.now()): void {
    const rest = this.rests.get(kind);
    // Batches that were under way together count as one failure.
    if (rest && !rest.isProbed && now < rest.endsAt) return;
    const ms = rest ? Math.min(maxRestMs, rest.ms * 2) : firstRestMs;
    this.rests.set(kind, { ms, endsAt: now + ms, isProbed: false, reason });
    this.stillFailing(kind, reason);
  }

  /** @returns whether it had failed before */
  succeeded(kind: OriginKind): boolean {
    return this.rests.delete(kind);
  }

  /** Returns the kinds that this claim leaves out. The first claim after a rest takes the kind again. */
  leftOut(now = performance.now()): OriginKind[] {
    const kinds: OriginKind[] = [];
    for (const [kind, rest] of this.rests) {
      if (now < rest.endsAt) {
        kinds.push(kind);
        if (!rest.isProbed) this.stillFailing(kind, rest.reason);
      } else if (rest.isProbed && now >= rest.endsAt + forgetMs) this.rests.delete(kind);
      else {
        rest.isProbed = true;
        rest.endsAt = now + probeMs;
      }
    }
    return kinds;
  }
}
