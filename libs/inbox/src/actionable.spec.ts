import { defaultTenantSettings } from '@heliograph/tenants';
import { reasonsToAnswer } from './actionable';

describe('reasons to answer', () => {
  const settings = defaultTenantSettings.actionable;
  const written = { text: 'When?', choice: null, isReply: true, isNear: false };

  it('follow the tenant’s rules for people, and a rule of their own, off by default, for groups', () => {
    expect(reasonsToAnswer({ ...written, isGroup: false }, settings)).toEqual(['reply', 'question']);
    expect(reasonsToAnswer({ ...written, isGroup: true }, settings)).toEqual([]);
    expect(reasonsToAnswer({ ...written, isGroup: true }, { ...settings, group_reasons: ['question'] })).toEqual(['question']);
  });
});
