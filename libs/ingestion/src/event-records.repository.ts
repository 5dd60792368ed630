import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds(
  { kind: 'event', from: 'events r', name: 'r.name' },
  { kind: 'event_rule', from: 'event_rules r', where: 'r.deleted_at IS NULL', name: 'r.name' },
);
