import type { formatter } from '../i18n/format';
import { stateOf, type WhatsAppNumber } from '../numbers/number-state';
import type { components } from '../providers/api-types';
import { type Reason, unknownOutcome } from '../providers/reasons';

type Message = components['schemas']['Message'];
type Why = components['schemas']['MessageWhy'];
type Translate = (key: string, options?: Record<string, unknown>) => string;

/** States from which a message may still move without a person. */
export const movingStates = ['scheduled', 'queued', 'claimed', 'calling', 'uncertain', 'sent'];

/** Says in sentences what became of a message: its end first, then what it went through. `**words**` weigh more. */
export function verdictOf(
  message: Message,
  {
    why,
    reasons,
    translate,
    format,
  }: { why: Why | undefined; reasons: Map<string, Reason>; translate: Translate; format: ReturnType<typeof formatter> },
): string[] {
  const say = (key: string, options?: Record<string, unknown>): string => translate(`message_page.verdict.${key}`, options);
  const { state, timeline, created_at, cause } = message;
  const after = (at: string | null): string => format.duration(at ? Math.max(0, Date.parse(at) - Date.parse(created_at)) : 0);
  const reason = cause ? reasons.get(cause) : undefined;
  const meaning = reason ? [reason.text, reason.what_to_do] : [];
  const end = timeline.findLast(({ to }) => to === state);

  switch (state) {
    case 'scheduled':
      return [say('scheduled', { at: format.full(new Date(message.send_at ?? why?.earliest_slot_at ?? created_at)) }), ...waits()];
    case 'queued':
      return [say('queued', { since: format.when(new Date(created_at)) }), ...path(), ...waits()];
    case 'claimed':
    case 'calling':
      return [say('sending', { attempt: message.attempts }), ...path()];
    case 'uncertain':
      return cause === unknownOutcome ? [say('uncertain_parked'), ...meaning] : [say('uncertain'), ...(reason ? [reason.text] : [])];
    case 'sent':
      return [say('sent', { after: after(message.sent_at) }), ...path()];
    case 'delivered':
      return [say('delivered', { after: after(message.delivered_at) }), ...path()];
    case 'read':
      return [say('read', { after: after(message.read_at ?? end?.at ?? null) }), ...path()];
    case 'played':
      return [say('played', { after: after(message.played_at ?? end?.at ?? null) }), ...path()];
    case 'failed':
      return [say('failed', { after: after(end?.at ?? null) }), ...(meaning.length > 0 ? meaning : message.detail ? [message.detail] : [])];
    case 'cancelled': {
      const name = end?.actor && end.actor.kind !== 'system' ? end.actor.name : undefined;
      return [name ? say('cancelled', { name }) : say('cancelled_unknown')];
    }
    case 'expired': {
      // The window of a campaign may have ended it earlier.
      const at = Math.min(Date.parse(message.expires_at), Date.parse(end?.at ?? message.expires_at));
      return [say('expired', { at: format.full(new Date(at)) }), ...(cause === 'missed_window' ? meaning : [])];
    }
    case 'suppressed':
      return [say('suppressed'), ...meaning];
  }

  /** Attempts that did not arrive, and an answer that was lost and found. */
  function path(): string[] {
    const back = timeline.filter((step) => step.cause === 'not_sent' && step.to === 'queued').length;
    const lostAt = timeline.findIndex(({ to }) => to === 'uncertain');
    const found = lostAt < 0 ? undefined : timeline.slice(lostAt).find(({ from, to }) => from === 'uncertain' && to === 'sent');
    const lost = timeline[lostAt];
    return [
      ...(back > 0 ? [say('retried', { smart_count: back })] : []),
      ...(found && lost ? [say('proved', { after: format.duration(Math.max(0, Date.parse(found.at) - Date.parse(lost.at))) })] : []),
      ...(timeline.some((step) => step.cause === 'throttled') ? [say('throttled')] : []),
    ];
  }

  /** State of the message's number as it stands within a sentence. */
  function numberState({ session_status, held_reason }: Why): string {
    if (!session_status) return '';
    const chip = stateOf({ status: session_status, held_reason } as Pick<WhatsAppNumber, 'status' | 'held_reason'>);
    return translate(`state.number.${chip}`).toLocaleLowerCase();
  }

  function waits(): string[] {
    if (!why) return [];
    const what = why.waits_for
      .filter((name) => name !== 'lane' && !(state === 'scheduled' && name === 'send_at'))
      .map((name) => translate(`message_page.waits.${name}`, { status: numberState(why) }));
    const earliest = why.earliest_slot_at && Date.parse(why.earliest_slot_at) > Date.now() ? new Date(why.earliest_slot_at) : undefined;
    return [
      ...(what.length > 0 ? [say('waits', { what: what.join(translate('message_page.waits.and')) })] : []),
      ...(why.ahead ? [say('ahead', { smart_count: why.ahead })] : []),
      ...(state === 'queued' && earliest ? [say('earliest', { at: format.when(earliest) })] : []),
      ...(state === 'queued' && what.length === 0 && !why.ahead ? [say('queued_due')] : []),
      ...(why.may_duplicate ? [say('may_duplicate')] : []),
    ];
  }
}
