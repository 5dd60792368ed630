import { canonicalRecipient } from './sent-content';
import type { Json } from './http';

/** One send that was decided, as it is proved by. */
export interface LedgerLine {
  seq: number;
  /** Unix time and monotonic time of arrival, in ms. */
  wallMs: number;
  monoMs: number;
  sessionId: number;
  /** As given, and digits only (or the JID). */
  to: string;
  recipient: string;
  kind: string;
  /** What it says, and its SHA-256 in hex. */
  content: Json;
  hash: string;
  /** Null when refused. */
  msgId: number | null;
  keyId: string | null;
  /** `accepted`, or the HTTP status it was refused with; 499: refused without an answer. */
  decision: 'accepted' | number;
  /** What was done with the answer. */
  answer: 'full' | 'cut' | 'hang' | 'late' | 'garbage';
  /** The connection it came over, counted from 1, and the caller's port. */
  connection: number;
  remotePort: number;
  /** 0 failed, 1 pending, 2 sent, 3 delivered, 4 read, 5 played. */
  status: number;
  failedReason: string | null;
}

/** What one session did with its limit. */
export interface PaceReport {
  sessionId: number;
  sent: number;
  mostInWindow: number;
  smallestGapMs: number | null;
  violations: number;
  spanMs: number;
}

/** What reached WhatsApp. Written before anything is answered. */
export class Ledger {
  readonly lines: LedgerLine[] = [];
  /** Messages of others that were marked read. */
  readonly reads: { sessionId: number; keyId: string; remoteJid: string }[] = [];
  readonly byMsgId = new Map<number, LedgerLine>();
  private readonly acceptedBySession = new Map<number, LedgerLine[]>();

  add(line: Omit<LedgerLine, 'seq'>): LedgerLine {
    const full = { seq: this.lines.length + 1, ...line };
    this.lines.push(full);
    if (full.msgId !== null) this.byMsgId.set(full.msgId, full);
    if (full.decision === 'accepted') {
      const lines = this.acceptedBySession.get(full.sessionId);
      if (lines) lines.push(full);
      else this.acceptedBySession.set(full.sessionId, [full]);
    }
    return full;
  }

  clear(): void {
    this.lines.length = 0;
    this.reads.length = 0;
    this.byMsgId.clear();
    this.acceptedBySession.clear();
  }

  /** What a session sent, oldest first. */
  acceptedOf(sessionId: number): readonly LedgerLine[] {
    return this.acceptedBySession.get(sessionId) ?? [];
  }

  /** @param to counts only recipients that begin with these digits */
  summary(to = ''): Record<string, unknown> {
    const refused: Record<string, number> = {};
    let accepted = 0;
    let first = Infinity;
    let last = 0;
    for (const line of this.lines) {
      if (!line.recipient.startsWith(to)) continue;
      if (line.decision === 'accepted') {
        accepted++;
        first = Math.min(first, line.monoMs);
        last = Math.max(last, line.monoMs);
      } else refused[line.decision] = (refused[line.decision] ?? 0) + 1;
    }
    const duplicates = this.duplicates().filter(({ recipient }) => recipient.startsWith(to));
    const seconds = accepted > 1 ? (last - first) / 1_000 : 0;
    return {
      accepted,
      refused,
      duplicates: duplicates.length,
      extra: duplicates.reduce((sum, d) => sum + d.count - 1, 0),
      seconds,
      perSecond: seconds > 0 ? accepted / seconds : null,
    };
  }

  /** Contents that reached the same person more than once. */
  duplicates(): { recipient: string; hash: string; count: number; msgIds: (number | null)[] }[] {
    const groups = Map.groupBy(this.accepted(), ({ recipient, hash }) => `${recipient} ${hash}`);
    return [...groups.values()].flatMap((lines) => {
      const [first] = lines;
      if (!first || lines.length === 1) return [];
      return [{ recipient: first.recipient, hash: first.hash, count: lines.length, msgIds: lines.map((line) => line.msgId) }];
    });
  }

  /** Expected recipients that got nothing. */
  gaps(expected: string[]): string[] {
    const reached = new Set(this.accepted().map((line) => line.recipient));
    return expected.filter((to) => !reached.has(canonicalRecipient(to)));
  }

  /** Per session: most sends in any sliding window, the smallest gap, and how often the limit was passed. */
  pace(windowMs: number, limit: number): PaceReport[] {
    return [...this.acceptedBySession].map(([sessionId, lines]) => {
      const times = lines.map((line) => line.monoMs).sort((a, b) => a - b);
      let from = 0;
      let mostInWindow = 0;
      let violations = 0;
      let smallestGapMs: number | null = null;
      times.forEach((at, i) => {
        while (at - (times[from] as number) >= windowMs) from++;
        const inWindow = i - from + 1;
        mostInWindow = Math.max(mostInWindow, inWindow);
        if (inWindow > limit) violations++;
        if (i > 0) smallestGapMs = Math.min(smallestGapMs ?? Infinity, at - (times[i - 1] as number));
      });
      return { sessionId, sent: times.length, mostInWindow, smallestGapMs, violations, spanMs: (times.at(-1) ?? 0) - (times[0] ?? 0) };
    });
  }

  private accepted(): LedgerLine[] {
    return this.lines.filter((line) => line.decision === 'accepted');
  }
}
