import { changedFields, isTime, secretMark, valueText } from './audit-values';

describe('the fields of a change', () => {
  it('are those that differ', () => {
    expect(changedFields({ before: { name: 'A', tags: ['uk'], weight: 1 }, after: { name: 'B', tags: ['uk'], weight: 2 } })).toEqual([
      { name: 'name', before: 'A', after: 'B' },
      { name: 'weight', before: 1, after: 2 },
    ]);
  });

  it('are named by their path within a member that is an object on both sides', () => {
    expect(
      changedFields({
        before: { settings: { routing: { rule: 'sticky' }, opt_out: { confirm: null } } },
        after: { settings: { routing: { rule: 'weighted', tag: 'uk' }, opt_out: { confirm: null } } },
      }),
    ).toEqual([
      { name: 'settings.routing.rule', before: 'sticky', after: 'weighted' },
      { name: 'settings.routing.tag', before: null, after: 'uk' },
    ]);
  });

  it('are those that a new or deleted record had', () => {
    expect(changedFields({ before: null, after: { name: 'A', expires_at: null } })).toEqual([{ name: 'name', before: null, after: 'A' }]);
    expect(changedFields({ before: { name: 'A' }, after: null })).toEqual([{ name: 'name', before: 'A', after: null }]);
  });

  it('name a secret though it has the same words before and after', () => {
    expect(changedFields({ before: { api_key: secretMark }, after: { api_key: secretMark } })).toHaveLength(1);
  });
});

it('writes lists and objects as text, and knows a time', () => {
  expect([valueText(['a', 'b']), valueText({ a: 1 }), valueText([{ a: 1 }]), valueText(7)]).toEqual(['a, b', '{"a":1}', '{"a":1}', '7']);
  expect([isTime('2026-11-24T09:00:00+00:00'), isTime('2026-11-24T09:00:00.123Z'), isTime('2026'), isTime(5)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
