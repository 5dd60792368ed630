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

  it('sends what a template makes in the language of the contact, and fails when it makes nothing', () => {
    const id = '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0';
    const text = (value: string) => ({ type: 'text' as const, text: value, variants: [] });
    const template = {
      language: 'en',
      content: text('Hi'),
      languages: [
        { language: 'es', content: text('Hola {{ contact.name }}: {{ plan }}, {{ payload.plan }}, {{ code }} {{ event.name }}') },
      ],
      defaults: {},
    };
    const readOrThrow = jest.fn((_tenant: unknown, body: unknown) => ({ body }));
    const planned = (templates: RuleQuestion['templates'], variables = {}) =>
      new RulePlanner({ readOrThrow } as unknown as MessageReader).plan(
        {
          ...{ id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0', version: 1, name: 'Welcome', condition: null, maxAgeS: null },
          actions: [{ type: 'send_message', message: { type: 'template', template_id: id, class: 'drip', variables } }],
        },
        {
          ...question,
          scope: { ...question.scope, contact: { ...question.scope.contact, attributes: { language: 'es' } } },
          ...(templates && { templates }),
        },
      );
    const known = new Map([[id, template]]);
    expect(planned(known, { code: '{{ payload.plan | upcase }}' })).toMatchObject({
      outcome: 'matched',
      actions: [
        {
          type: 'send_message',
          draft: { body: { type: 'text', text: 'Hola Priya: pro, pro, PRO user_onboarded', class: 'drip', to: '+447700900101' } },
        },
      ],
    });
    expect(planned(known)).toEqual({ outcome: 'failed', detail: expect.stringContaining('undefined variable: code') as string });
    expect(planned(new Map())).toEqual({ outcome: 'failed', detail: 'The template of the message does not exist.' });
  });
});
