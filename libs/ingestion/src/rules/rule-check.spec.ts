import { AppError } from '@heliograph/kernel';
import type { RuleAction } from './rule-body';
import { checkRule } from './rule-check';

/** Returns reason and path of the fault; null: none. */
function faultOf(...actions: RuleAction[]): { reason: string; path: string | undefined } | null {
  try {
    checkRule({ condition: null, actions });
    return null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { reason: error.reason, path: error.details.path ?? error.details.errors?.[0]?.path };
  }
}
const set: RuleAction = { type: 'set_attributes', attributes: { plan: 'payload.plan' } };

describe('a rule to be stored', () => {
  it.each(['start_drip', 'stop_drip'] as const)('is refused with %s, which is not supported', (type) => {
    const drip: RuleAction = { type, drip_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0' };
    expect(faultOf(set, drip)).toEqual({ reason: 'no_drips', path: 'actions/1/drip_id' });
  });

  it('is refused with the path of an invalid part, and stored when all parts are valid', () => {
    expect(faultOf(set, { type: 'set_attributes', attributes: { plan: '1 +' } })).toEqual({ reason: 'invalid_rule', path: 'actions/1' });
    expect(faultOf(set, { type: 'send_message', message: { type: 'text', text: '{{ x }' } })).toMatchObject({ reason: 'invalid_rule' });
    expect(faultOf(set, { type: 'send_message', message: { type: 'text', text: 'Hi {{ contact.name | default: "you" }}' } })).toBeNull();
  });
});
