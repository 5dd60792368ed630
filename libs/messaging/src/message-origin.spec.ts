import { messageOrigin, messageOriginView, originOf, originView } from './message-origin';

const id = '019ac2d4-7c1e-7b5a-9d2f-3b1a5c7e9f01';
const rule = { eventId: id, ruleId: id, ruleVersion: 2 };

describe('the origin of a message', () => {
  it('is read from rows written before origins had a kind, and from rows without one', () => {
    expect(originOf(rule)).toEqual({ kind: 'rule', ...rule });
    expect(originOf(null)).toEqual({ kind: 'api' });
    expect(originOf({ kind: 'campaign', campaignId: id })).toEqual({ kind: 'campaign', campaignId: id });
  });

  it.each([
    { kind: 'rule', ...rule },
    { kind: 'campaign', campaignId: id, contactId: id },
    { kind: 'drip', dripId: id, enrolmentId: id, step: 0 },
    { kind: 'reply', conversationId: null },
    { kind: 'api' },
  ] as const)('of kind $kind has the form that the API documents', (origin) => {
    const view = originView(messageOrigin.parse(origin));
    expect(messageOriginView.parse(view)).toEqual(view);
    expect(Object.keys(view)).toHaveLength(Object.keys(origin).length);
  });

  it.each([rule, { kind: 'campaign' }, { kind: 'rule', ...rule, more: 1 }, { kind: 'person' }])('is refused as %j', (origin) => {
    expect(messageOrigin.safeParse(origin).success).toBe(false);
  });
});
