import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bodyOf, draftOf, emptyDraft, type RuleDraft } from './rule-draft';

const words = fc.string({ minLength: 1 }).map((text) => `x${text.trim()}`);
const action = fc.oneof(
  fc.record({
    type: fc.constant('send_message' as const),
    message: fc.record({ type: fc.constant('text'), text: words, class: fc.constantFrom('reply', 'drip') }),
  }),
  fc.record({
    type: fc.constant('send_message' as const),
    message: fc.record(
      {
        type: fc.constant('template'),
        template_id: fc.uuid(),
        variables: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), words, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
        to: fc.constant('{{ payload.phone }}'),
        class: fc.constantFrom('reply', 'drip'),
      },
      { requiredKeys: ['type', 'template_id'] },
    ),
  }),
  fc.record({ type: fc.constant('send_message' as const), message: fc.record({ type: fc.constant('image'), url: words, caption: words }) }),
  fc.record({
    type: fc.constant('set_attributes' as const),
    attributes: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), words, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  }),
);
const rule = fc.record({
  name: words,
  event: fc.constantFrom('user_onboarded', 'cart_abandoned'),
  condition: fc.option(words),
  max_age_s: fc.option(fc.integer({ min: 1, max: 31_536_000 })),
  actions: fc.array(action, { minLength: 1, maxLength: 4 }),
});

describe('a rule in the editor', () => {
  it('is saved as it was read when nothing is changed', () => {
    fc.assert(
      fc.property(rule, (given) => {
        expect(bodyOf(draftOf(given as never))).toEqual({ body: given });
      }),
    );
  });

  it('is not sent while something is missing, and says where', () => {
    const draft: RuleDraft = {
      ...emptyDraft(''),
      actions: [
        { key: 0, kind: 'text', text: ' ', to: '', messageClass: '' },
        { key: 1, kind: 'json', json: '{\n"type"\n}' },
        { key: 2, kind: 'attributes', rows: [{ name: '', expression: '' }] },
        {
          key: 3,
          kind: 'attributes',
          rows: [
            { name: 'plan', expression: '1' },
            { name: ' plan', expression: '2' },
          ],
        },
        { key: 4, kind: 'template', templateId: null, variables: {}, to: '', messageClass: '' },
      ],
    };
    expect(bodyOf(draft)).toMatchObject({
      faults: [
        { path: 'actions.0.message.text', key: 'empty' },
        { path: 'actions.1.message', key: 'json' },
        { path: 'actions.2.attributes', key: 'no_attributes' },
        { path: 'actions.3.attributes', key: 'twice' },
        { path: 'actions.4.message.template_id', key: 'empty' },
        { path: 'name', key: 'empty' },
        { path: 'event', key: 'empty' },
      ],
    });
  });

  it('leaves out what was left empty', () => {
    const draft: RuleDraft = {
      ...emptyDraft('user_onboarded'),
      name: 'Welcome',
      actions: [{ key: 0, kind: 'text', text: 'Hello', to: '', messageClass: '' }],
    };
    expect(bodyOf(draft)).toEqual({
      body: {
        name: 'Welcome',
        event: 'user_onboarded',
        condition: null,
        max_age_s: null,
        actions: [{ type: 'send_message', message: { type: 'text', text: 'Hello' } }],
      },
    });
  });
});
