import { type Actor, systemActor } from '@heliograph/kernel';

/** One change of a message's state as its history has it. Both states the same: a note. */
export interface MessageStep {
  at: Date;
  from: string;
  to: string;
  attempt: number;
  cause: string | null;
  detail: string | null;
  /** Null: it was stored before actors were, by a person. */
  actor: Actor | null;
}

const byPolicy = "by the tenant's policy";
const recoveryCauses: readonly (string | null)[] = ['worker_died', 'outcome_not_written', 'claim_lost'];
const receiptStates: readonly string[] = ['sent', 'delivered', 'read', 'played'];

/**
 * The actor of a step that names none. The system's own steps name none, so that sending writes no more for it: their states and
 * their cause tell which part of the system made them. Steps of people from before actors were stored name them in the detail, if at all.
 */
function unnamedActor({ from, to, cause, detail }: MessageStep): Actor | null {
  if (cause === 'cancelled' || cause === 'discarded') return null;
  if (cause === 'redriven') {
    if (detail === byPolicy) return systemActor('tenant_policy');
    return detail?.startsWith('by ') ? { kind: 'key', id: null, name: detail.slice('by '.length) } : null;
  }
  if (cause === 'may_duplicate') return systemActor('command_line');
  if (cause === 'expired') return systemActor('expiry');
  if (recoveryCauses.includes(cause)) return systemActor('recovery');
  if (cause === 'evidence' || from === 'uncertain') return systemActor('evidence');
  if (from !== to && (receiptStates.includes(from) || (to !== 'sent' && receiptStates.includes(to)))) return systemActor('receipts');
  if (to === 'claimed' || to === 'suppressed' || from === 'scheduled') return systemActor('lanes');
  return systemActor('sender');
}

/** The step with the actor that made it, named in it or not. */
export function withActor(step: MessageStep): MessageStep {
  return { ...step, actor: step.actor ?? unnamedActor(step) };
}
