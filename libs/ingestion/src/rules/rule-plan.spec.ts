import type { MessageReader } from '@heliograph/messaging';
import type { KnownTenant } from '@heliograph/tenants';
import type { RuleAction } from './rule-body';
import { RulePlanner, type RuleQuestion } from './rule-plan';

const question: RuleQuestion = {
  tenant: {} as KnownTenant,
  eventId: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0',
  scope: {
    event: { id: 'e-1', name: 'user_onboarded', occurred_at: '2026-11-24T12:00:00.000Z' },
    payload: { plan: 'pro', big: 'x'.repeat(1_025) },
    contact: { id: null, name: 'Priya', external_id: null, phone: '+447700900101', attributes: {}, tags: [] },
  },
  address: '+447700900101',
  ageS: 0,
  types: undefined,
};
const plan = (...actions: RuleAction[]) =>
  new RulePlanner({} as MessageReader).plan(
    { id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0', version: 1, name: 'Welcome', condition: null, maxAgeS: null, actions },
    question,
  );
const set = (plan: string): RuleAction => ({ type: 'set_attributes', attributes: { plan } });

describe('a rule', () => {
  it('sets the results of its expressions', () => {
    expect(plan(set('payload.plan'))).toEqual({
      outcome: 'matched',
      actions: [{ type: 'set_attributes', attributes: { plan: 'pro' }, refused: [] }],
    });
  });

  it('fails when a text is longer than an attribute', () => {
    expect(plan(set('payload.big'))).toEqual({ outcome: 'failed', detail: 'The value has more than 1024 characters.' });
  });

  it.each(['start_drip', 'stop_drip'] as const)('stored with %s fails as a whole', (type) => {
    const drip: RuleAction = { type, drip_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0' };
    expect(plan(set('payload.plan'), drip)).toEqual({ outcome: 'failed', detail: 'Drips are not supported yet.' });
  });
});
