import { canonicalRecipient } from './sent-content';
import type { Json } from './http';

/** One send with its decision, as evidence. */
export interface LedgerLine {
  seq: number;
  /** Unix time and monotonic time of arrival, in ms. */
  wallMs: number;
  monoMs: number;
  sessionId: number;
  /** As given, and as digits (or the JID). */
  to: string;
  recipient: string;
  kind: string;
  /** The content, and its SHA-256 in hex. */
  content: Json;
  hash: string;
  /** Null when refused. */
  msgId: number | null;
  keyId: string | null;
  /** `accepted`, or the HTTP status of the refusal; 499: refused without a response. */
  decision: 'accepted' | number;
  /** Result of the response. */
  answer: 'full' | 'cut' | 'hang' | 'late' | 'garbage';
  /** Number of the connection, from 1, and the caller's port. */
  connection: number;
  remotePort: number;
  /** 0 failed, 1 pending, 2 sent, 3 delivered, 4 read, 5 played. */
  status: number;
  failedReason: string | null;
}

/** Use of its limit by one session. */
export interface PaceReport {
  sessionId: number;
  sent: number;
  maxInWindow: number;
  smallestGapMs: number | null;
  violations: number;
  spanMs: number;
}

/** Messages that reached WhatsApp. Written before any response. */
export class Ledger {
  readonly lines: LedgerLine[] = [];
  /** Inbound messages that were marked as read. */
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

  /** Returns the sends of a session, oldest first. */
  acceptedOf(sessionId: number): readonly LedgerLine[] {
    return this.acceptedBySession.get(sessionId) ?? [];
  }

  /** Returns the last sends with their content, newest first. @param sessionId of this session alone; 0: of all */
  latest(limit: number, sessionId = 0): LedgerLine[] {
    const latest: LedgerLine[] = [];
    for (let i = this.lines.length - 1; i >= 0 && latest.length < limit; i--) {
      const line = this.lines[i] as LedgerLine;
      if (sessionId === 0 || line.sessionId === sessionId) latest.push(line);
    }
    return latest;
  }

  /** @param to counts only recipients that start with these digits */
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

  /** Returns contents that reached the same person more than once. */
  duplicates(): { recipient: string; hash: string; count: number; msgIds: (number | null)[] }[] {
    const groups = Map.groupBy(this.accepted(), ({ recipient, hash }) => `${recipient} ${hash}`);
    return [...groups.values()].flatMap((lines) => {
      const [first] = lines;
      if (!first || lines.length === 1) return [];
      return [{ recipient: first.recipient, hash: first.hash, count: lines.length, msgIds: lines.map((line) => line.msgId) }];
    });
  }

  /** Returns expected recipients without a message. */
  gaps(expected: string[]): string[] {
    const reached = new Set(this.accepted().map((line) => line.recipient));
    return expected.filter((to) => !reached.has(canonicalRecipient(to)));
  }

  /** Returns per session: maximum sends in any sliding window, minimum gap, and how often the limit was exceeded. */
  pace(windowMs: number, limit: number): PaceReport[] {
    return [...this.acceptedBySession].map(([sessionId, lines]) => {
      const times = lines.map((line) => line.monoMs).sort((a, b) => a - b);
      let from = 0;
      let maxInWindow = 0;
      let violations = 0;
      let smallestGapMs: number | null = null;
      times.forEach((at, i) => {
        while (at - (times[from] as number) >= windowMs) from++;
        const inWindow = i - from + 1;
        maxInWindow = Math.max(maxInWindow, inWindow);
        if (inWindow > limit) violations++;
        if (i > 0) smallestGapMs = Math.min(smallestGapMs ?? Infinity, at - (times[i - 1] as number));
      });
      return { sessionId, sent: times.length, maxInWindow, smallestGapMs, violations, spanMs: (times.at(-1) ?? 0) - (times[0] ?? 0) };
    });
  }

  private accepted(): LedgerLine[] {
    return this.lines.filter((line) => line.decision === 'accepted');
  }
}
