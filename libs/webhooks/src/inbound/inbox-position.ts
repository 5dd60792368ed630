/**
 * Time after which no insert is under way any more that took its ids before, in ms. The hooks of one that takes longer are found by a full look,
 * and may be read after later ones of their session.
 */
const insertMs = 2_000;
/** Time between full looks, in ms: a hook that was left behind may be a STOP. */
const fullLookMs = 1_000;

/**
 * Lower bound of the unread hooks that a process looks at. While an old transaction is open anywhere on the server, PostgreSQL keeps the index
 * entries of the hooks that were read since it began, and a look from the first one on visits each of them. The bound leaves no hook behind: it
 * follows the oldest unread hook with a delay, and a full look every second lowers it to a hook that became unread below it.
 */
export class InboxPosition {
  private from = 0n;
  /** The oldest hook that was seen since a time; the next bound. */
  private oldest: { id: bigint; since: number } | null = null;
  private fullLookAt = -Infinity;

  /** @param fullLookEveryMs time between looks at all unread hooks, in ms */
  constructor(private readonly fullLookEveryMs = fullLookMs) {}

  /** Returns the id from which to look now. */
  next(now = performance.now()): bigint {
    if (now - this.fullLookAt < this.fullLookEveryMs) return this.from;
    this.fullLookAt = now;
    return 0n;
  }

  /**
   * Notes the oldest unread hook of a look, whether or not it was taken.
   * @param lookedAt start of the look, of `performance.now()`: the answer may be read long after
   */
  saw(id: bigint, lookedAt: number, now = performance.now()): void {
    this.oldest ??= { id, since: now };
    if (id < this.from) this.from = id;
    if (id < this.oldest.id) this.oldest.id = id;
    if (lookedAt - this.oldest.since < insertMs) return;
    this.from = this.oldest.id;
    this.oldest = { id, since: now };
  }
}
