import { defaultTenantSettings } from '@heliograph/tenants';
import { reasonsToAnswer } from './actionable';

describe('reasons to answer', () => {
  const settings = defaultTenantSettings.actionable;
  const written = { text: 'When?', choice: null, isReply: true, isNear: false };

  it('are for people as the tenant set them, and for groups by a rule of their own that is off at first', () => {
    expect(reasonsToAnswer({ ...written, isGroup: false }, settings)).toEqual(['reply', 'question']);
    expect(reasonsToAnswer({ ...written, isGroup: true }, settings)).toEqual([]);
    expect(reasonsToAnswer({ ...written, isGroup: true }, { ...settings, group_reasons: ['question'] })).toEqual(['question']);
  });
});
