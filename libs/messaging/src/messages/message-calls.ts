import type { MessageStep } from '../history/step-actor';

/** One call of the provider for a message. */
export interface MessageCall {
  attempt: number;
  at: Date;
  /** Time at which its outcome was stored; null: it is being made. */
  endedAt: Date | null;
  /** State that it led to. */
  to: string | null;
  cause: string | null;
  detail: string | null;
  /** Null: no answer was awaited to its end, or the call was made before durations were stored. */
  durationMs: number | null;
  httpStatus: number | null;
  /** Start of the body of an answer that did not accept the message, without secrets. */
  answer: string | null;
  retryAfterMs: number | null;
  /** Members of its request that the content does not show. */
  request: { to: string; fileUrl: string | null; quotedId: string | null };
}

/** Returns the calls that the history of a message tells of, the first one first. A late answer is that of its own attempt. */
export function callsOf(recipient: string, timeline: readonly MessageStep[]): MessageCall[] {
  return timeline.flatMap((begin, i): MessageCall[] => {
    if (begin.from === begin.to || begin.to !== 'calling') return [];
    const later = timeline.slice(i + 1).filter(({ attempt }) => attempt === begin.attempt);
    const end = later.find(({ from, to }) => from === 'calling' && to !== 'calling');
    const call = later.findLast((step) => step.call !== null)?.call;
    const facts = call?.facts ?? {};
    return [
      {
        attempt: begin.attempt,
        at: begin.at,
        endedAt: end?.at ?? null,
        to: end?.to ?? null,
        cause: end?.cause ?? null,
        detail: end?.detail ?? null,
        durationMs: call?.ms ?? null,
        httpStatus: call?.status ?? null,
        answer: facts.answer ?? null,
        retryAfterMs: facts.retry_after_ms ?? null,
        request: { to: facts.to ?? recipient, fileUrl: facts.file_url ?? null, quotedId: facts.reply_to ?? null },
      },
    ];
  });
}
