import { type Actor, systemActor } from '@heliograph/kernel';
import type { CallReport } from '../send/call-report';

/** One change of a message's state, as the history shows it. A step with the same state twice is a note. */
export interface MessageStep {
  at: Date;
  from: string;
  to: string;
  attempt: number;
  cause: string | null;
  detail: string | null;
  /** Report on the call that led to the step; null: none did, or it was made before calls were stored. */
  call: CallReport | null;
  /** Time of the next attempt, of a message that returned to its lane. */
  dueAt: Date | null;
  /** Null when a person made the step before actors were stored. */
  actor: Actor | null;
}

/**
 * Detail of a redrive by the policy of the tenant, before actors were stored. Nothing writes it any more: it can go when no message of that time
 * is kept (`MESSAGE_RETENTION_DAYS`).
 */
const byPolicy = "by the tenant's policy";
const recoveryCauses: readonly (string | null)[] = ['worker_died', 'outcome_not_written', 'claim_lost'];
const receiptStates: readonly string[] = ['sent', 'delivered', 'read', 'played'];

/**
 * Returns the actor of a step that stores none. Steps of the system store no actor, so that sending writes less; their states and their
 * cause show which part of the system made them. Steps that people made before actors were stored may have a name in the detail.
 */
function unnamedActor({ from, to, cause, detail }: MessageStep): Actor | null {
  if (cause === 'cancelled' || cause === 'discarded') return null;
  if (cause === 'redriven') {
    if (detail === byPolicy) return systemActor('tenant_policy');
    return detail?.startsWith('by ') ? { kind: 'key', id: null, name: detail.slice('by '.length) } : null;
  }
  if (cause === 'may_duplicate') return systemActor('command_line');
  if (to === 'expired') return systemActor('expiry');
  if (recoveryCauses.includes(cause)) return systemActor('recovery');
  if (cause === 'evidence' || from === 'uncertain') return systemActor('evidence');
  if (from !== to && (receiptStates.includes(from) || (to !== 'sent' && receiptStates.includes(to)))) return systemActor('receipts');
  if (to === 'claimed' || to === 'suppressed' || from === 'scheduled') return systemActor('lanes');
  return systemActor('sender');
}

/** Returns the step with its actor, stored or derived. */
export function withActor(step: MessageStep): MessageStep {
  return { ...step, actor: step.actor ?? unnamedActor(step) };
}
