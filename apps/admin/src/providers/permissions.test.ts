import { describe, expect, it } from 'vitest';
import { groupOf } from './permissions';

describe('the kind of a right', () => {
  it.each([
    ['messages:write', 'send'],
    ['conversations:write', 'send'],
    ['events:write', 'send'],
    ['messages:read', 'read'],
    ['callbacks:bodies', 'read'],
    ['sessions:manage', 'edit'],
    ['keys:manage', 'edit'],
  ] as const)('%s is to %s', (permission, group) => {
    expect(groupOf(permission)).toBe(group);
  });
});
