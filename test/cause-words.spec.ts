import { allReasons } from '@heliograph/dead-letters';
import { outside } from '../apps/admin/src/i18n/en/outside';
import { reasons } from '../apps/admin/src/i18n/en/reasons';
import '../apps/api/src/api.module';
import '../apps/worker/src/worker.module';

// The panel's own tests hold each other language to the keys of English.
it('the panel has words for every cause that a lib declares, and for no other', () => {
  const codes = allReasons().map(({ code }) => code);
  expect(codes).toEqual(
    expect.arrayContaining(['opted_out', 'unreadable_hook', 'callback_undelivered', 'rule_failed', 'refused_broker_message']),
  );
  expect([...Object.keys(reasons), ...Object.keys(outside.events.reasons)].sort()).toEqual(codes.sort());
});
