import { keyActor } from '@heliograph/kernel/testing';
import { type MessageStep, withActor } from './step-actor';

const step = (from: string, to: string, cause: string | null = null, detail: string | null = null): MessageStep => ({
  at: new Date(0),
  attempt: 1,
  from,
  to,
  cause,
  detail,
  call: null,
  dueAt: null,
  actor: null,
});

describe('the actor of a change of a message’s state', () => {
  it('is the stored one', () => {
    const actor = keyActor('Core application');
    expect(withActor({ ...step('queued', 'cancelled', 'cancelled'), actor }).actor).toEqual(actor);
  });

  it.each([
    ['lanes', step('scheduled', 'queued')],
    ['lanes', step('queued', 'claimed')],
    ['lanes', step('claimed', 'suppressed', 'opted_out')],
    ['sender', step('claimed', 'calling')],
    ['sender', step('calling', 'sent')],
    ['sender', step('calling', 'failed', 'invalid_recipient')],
    ['sender', step('calling', 'queued', 'throttled')],
    ['sender', step('calling', 'uncertain', 'answer_lost')],
    ['sender', step('queued', 'queued', 'late_answer', 'sent')],
    ['receipts', step('sent', 'delivered')],
    ['receipts', step('sent', 'failed', 'provider_error')],
    ['receipts', step('failed', 'read')],
    ['recovery', step('claimed', 'queued', 'worker_died')],
    ['recovery', step('calling', 'uncertain', 'outcome_not_written')],
    ['evidence', step('uncertain', 'sent', 'evidence', 'hook_id')],
    ['evidence', step('uncertain', 'failed', 'provider_error')],
    ['expiry', step('queued', 'expired', 'expired')],
    ['tenant_policy', step('uncertain', 'queued', 'redriven', "by the tenant's policy")],
    ['command_line', step('queued', 'queued', 'may_duplicate', 'released by Ada')],
  ])('is derived from the step: %s', (id, one) => {
    expect(withActor(one).actor).toMatchObject({ kind: 'system', id });
  });

  it('is a name or unknown when a person made it before actors were stored', () => {
    expect(withActor(step('uncertain', 'queued', 'redriven', 'by Desk')).actor).toEqual({ kind: 'key', id: null, name: 'Desk' });
    expect(withActor(step('queued', 'cancelled', 'cancelled')).actor).toBeNull();
    expect(withActor(step('uncertain', 'failed', 'discarded')).actor).toBeNull();
  });
});
