import { createHash } from 'node:crypto';

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
  /** SHA-256 of the canonical content, hex. */
  hash: string;
  /** Null when refused. */
  msgId: number | null;
  keyId: string | null;
  text: string | null;
  kind: string;
  /** `accepted`, or the HTTP status it was refused with. */
  decision: 'accepted' | number;
  /** What was done with the answer. */
  answer: 'full' | 'cut' | 'hang' | 'late' | 'garbage';
  remotePort: number;
  status: number;
  failedReason: string | null;
}

/** Digits of a phone in any spelling, or the JID as it is. The simulator's own reading: the product's is never used here. */
export function canonicalRecipient(to: string): string {
  const at = to.indexOf('@');
  if (at > 0 && !/@(s\.whatsapp\.net|c\.us)$/.test(to)) return to;
  return (at > 0 ? to.slice(0, at) : to).split(':')[0]?.replace(/\D/g, '') ?? '';
}

export function contentHash(body: Record<string, unknown>): string {
  const { to: _to, ...content } = body;
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex');
}

/** What reached WhatsApp. Written before anything is answered. */
export class Ledger {
  readonly lines: LedgerLine[] = [];
  readonly byMsgId = new Map<number, LedgerLine>();

  add(line: Omit<LedgerLine, 'seq'>): LedgerLine {
    const full = { seq: this.lines.length + 1, ...line };
    this.lines.push(full);
    if (full.msgId !== null) this.byMsgId.set(full.msgId, full);
    return full;
  }

  clear(): void {
    this.lines.length = 0;
    this.byMsgId.clear();
  }

  accepted(): LedgerLine[] {
    return this.lines.filter((line) => line.decision === 'accepted');
  }

  summary(): Record<string, unknown> {
    const refused: Record<string, number> = {};
    let accepted = 0;
    let first = Infinity;
    let last = 0;
    for (const line of this.lines) {
      if (line.decision === 'accepted') {
        accepted++;
        first = Math.min(first, line.monoMs);
        last = Math.max(last, line.monoMs);
      } else refused[line.decision] = (refused[line.decision] ?? 0) + 1;
    }
    const duplicates = this.duplicates();
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
    const seen = new Map<string, LedgerLine[]>();
    for (const line of this.accepted()) {
      const key = `${line.recipient} ${line.hash}`;
      const lines = seen.get(key);
      if (lines) lines.push(line);
      else seen.set(key, [line]);
    }
    return [...seen.values()]
      .filter((lines) => lines.length > 1)
      .map((lines) => ({
        recipient: lines[0]?.recipient ?? '',
        hash: lines[0]?.hash ?? '',
        count: lines.length,
        msgIds: lines.map((l) => l.msgId),
      }));
  }

  /** Expected recipients that got nothing. */
  gaps(expected: string[]): string[] {
    const reached = new Set(this.accepted().map((line) => line.recipient));
    return expected.filter((to) => !reached.has(canonicalRecipient(to)));
  }

  /** Per session: most sends in any sliding window, the smallest gap, and how often the limit was passed. */
  pace(
    windowMs: number,
    limit: number,
  ): { sessionId: number; sent: number; mostInWindow: number; smallestGapMs: number | null; violations: number; spanMs: number }[] {
    const bySession = new Map<number, number[]>();
    for (const line of this.accepted()) {
      const times = bySession.get(line.sessionId);
      if (times) times.push(line.monoMs);
      else bySession.set(line.sessionId, [line.monoMs]);
    }
    return [...bySession].map(([sessionId, times]) => {
      times.sort((a, b) => a - b);
      let from = 0;
      let most = 0;
      let violations = 0;
      let smallest: number | null = null;
      times.forEach((at, i) => {
        while (at - (times[from] as number) >= windowMs) from++;
        const inWindow = i - from + 1;
        most = Math.max(most, inWindow);
        if (inWindow > limit) violations++;
        if (i > 0) smallest = Math.min(smallest ?? Infinity, at - (times[i - 1] as number));
      });
      return {
        sessionId,
        sent: times.length,
        mostInWindow: most,
        smallestGapMs: smallest,
        violations,
        spanMs: (times.at(-1) ?? 0) - (times[0] ?? 0),
      };
    });
  }
}
