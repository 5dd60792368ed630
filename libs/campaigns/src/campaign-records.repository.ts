import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds(
  { kind: 'campaign', from: 'campaigns r', name: 'r.name' },
  { kind: 'template', from: 'message_templates r', name: 'r.name' },
);
