import { withTwins } from '@heliograph/contacts';
import { clampedWaitMs, type SendOutcome } from '@heliograph/providers';

/** Further facts of a call, as `messages.call_facts` and `message_events.call_facts` store them. Most calls have none. */
export interface CallFacts {
  /** Start of the body of an answer that did not accept the message, without secrets. */
  answer?: string;
  /** Time to wait that the provider asked for. */
  retry_after_ms?: number;
  /** Address in the request, of a recipient that has two spellings. */
  to?: string;
  /** Address of the file in the request, where it is not the one of the content. */
  file_url?: string;
  /** Provider's id of the quoted message in the request. */
  reply_to?: string;
}

/** Report on one call, which is stored with the step that the call leads to. */
export interface CallReport {
  ms: number;
  /** HTTP status of the answer; null: none was read. */
  status: number | null;
  facts: CallFacts | null;
}

/** Members of the request that the message itself does not show. */
export interface CallRequest {
  to: string;
  fileUrl?: string | undefined;
  quotedId?: string | null | undefined;
}

/** Returns the report on a call. Of a message that the provider accepts, and whose request shows in the message, it has no facts. */
export function reportOf(outcome: SendOutcome, durationMs: number, request: CallRequest): CallReport {
  const facts: CallFacts = {
    ...(outcome.answer !== undefined && { answer: outcome.answer }),
    ...(outcome.kind === 'throttled' && { retry_after_ms: clampedWaitMs(outcome.feedback.retryAfterMs) }),
    ...(withTwins([request.to]).length > 1 && { to: request.to }),
    ...(request.fileUrl !== undefined && { file_url: request.fileUrl }),
    ...(request.quotedId && { reply_to: request.quotedId }),
  };
  return {
    ms: Math.round(durationMs),
    status: 'httpStatus' in outcome ? outcome.httpStatus || null : null,
    facts: Object.keys(facts).length > 0 ? facts : null,
  };
}
