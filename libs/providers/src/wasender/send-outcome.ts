import { keptText } from '@heliograph/kernel';
import { twinOf } from '../number-spellings';
import type { RefusalCause, SendOutcome } from '../whatsapp-provider';
import { chatOf } from './addresses';
import { isObject, numericId, parseObject, rateFeedback, textOf, type WireResult } from './answer';

const notConnected = /not connected|session is (disconnected|logged out)|connect (it|your session) first/i;
const limited = /rate limit|too many requests|account protection|daily limit|per (minute|day|\d+ seconds)/i;
const badRecipient =
  /not on whatsapp|not registered|invalid (jid|number|phone|recipient)|(jid|number|phone|recipient)\b.{0,20}not valid|does not exist on whatsapp/i;

/** Maximum characters of an answer that the outcome keeps. */
const maxAnswerChars = 500;

/**
 * Maps the result of a call to its outcome (outcome table of the contract); the only place that does. Order: status class, `success`,
 * key words. Only a message that was provably not accepted becomes `refused`, `throttled`, `session_down`, `unauthorised` or `not_sent`.
 * @param secrets values that the kept answer must not repeat
 */
export function sendOutcome(to: string, wire: WireResult, secrets: readonly string[] = []): SendOutcome {
  const outcome = outcomeOf(to, wire);
  const isAccepted = outcome.kind === 'accepted' && outcome.providerMessageId !== null;
  if (isAccepted || wire.kind === 'broken' || wire.text === '') return outcome;
  return { ...outcome, answer: keptText(wire.text, secrets, maxAnswerChars) };
}

function outcomeOf(to: string, wire: WireResult): SendOutcome {
  if (wire.kind === 'broken') {
    return wire.written ? { kind: 'unknown', detail: wire.detail, httpStatus: null } : { kind: 'not_sent', detail: wire.detail };
  }
  const { status, headers, text } = wire;
  const body = parseObject(text);
  const says = textOf(body);

  if (status >= 200 && status < 300) {
    if (body?.success === true) {
      if (namesAnother(to, body))
        return { kind: 'unknown', detail: 'The provider’s answer names another recipient.', httpStatus: status, isMismatched: true };
      return {
        kind: 'accepted',
        providerMessageId: messageId(body),
        feedback: rateFeedback(status, headers, body),
        httpStatus: status,
      };
    }
    if (body?.success === false) return refusal(status, headers, body, says);
    return { kind: 'unknown', detail: `The provider answered ${status} with a body that cannot be read.`, httpStatus: status };
  }
  if (status === 429)
    return { kind: 'throttled', feedback: rateFeedback(status, headers, body), detail: says || 'Too many requests.', httpStatus: status };
  if (status === 408 || status >= 500 || status < 400) {
    // A proxy may have followed a redirect on a write: the outcome is as unknown as after a gateway error.
    return { kind: 'unknown', detail: says || `The provider answered ${status}.`, httpStatus: status };
  }
  if (notConnected.test(says)) return { kind: 'session_down', detail: says, httpStatus: status };
  if (status === 401 || status === 403)
    return { kind: 'unauthorised', detail: says || `The provider answered ${status}.`, httpStatus: status };
  return refusal(status, headers, body, says);
}

/** True when the answer names a recipient that cannot be `to`. A privacy id in place of a number, or an unreadable value, proves nothing. */
function namesAnother(to: string, body: Record<string, unknown>): boolean {
  const named = chatOf(isObject(body.data) ? body.data.jid : undefined);
  const asked = chatOf(to);
  if (named === null || asked === null) return false;
  const isLid = (chat: string) => chat.endsWith('@lid');
  const isPerson = (chat: string) => chat.startsWith('+') || isLid(chat);
  if (isPerson(named) && isPerson(asked) && isLid(named) !== isLid(asked)) return false;
  return named !== asked && twinOf(named) !== asked;
}

/** Kind of a refusal by its words and members: hardly any code of the provider is documented. */
export function refusalKind(body: Record<string, unknown> | null): 'session_down' | 'throttled' | 'refused' {
  const says = textOf(body);
  if (notConnected.test(says)) return 'session_down';
  return body?.retry_after !== undefined || limited.test(says) ? 'throttled' : 'refused';
}

function refusal(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: Record<string, unknown> | null,
  says: string,
): SendOutcome {
  const kind = refusalKind(body);
  if (kind === 'session_down') return { kind, detail: says, httpStatus: status };
  if (kind === 'throttled') return { kind, feedback: rateFeedback(429, headers, body), detail: says, httpStatus: status };
  return { kind, cause: causeOf(status, body, says), detail: says || `The provider answered ${status}.`, httpStatus: status };
}

function causeOf(status: number, body: Record<string, unknown> | null, says: string): RefusalCause {
  const fields = isObject(body?.errors) ? Object.keys(body.errors) : [];
  if (badRecipient.test(says) || (fields.includes('to') && fields.length === 1)) return 'invalid_recipient';
  if (status === 404) return 'not_found';
  if (status === 413 || status === 422 || fields.length > 0) return 'invalid_content';
  return 'refused';
}

function messageId(body: Record<string, unknown>): string | null {
  const data = isObject(body.data) ? body.data : {};
  return numericId(data.msgId, data.id, body.msgId, data.messageId);
}
