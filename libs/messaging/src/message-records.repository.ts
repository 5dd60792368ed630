import { declareRecordKinds } from '@heliograph/kernel';
import { campaignKind } from './groups/group-facts.repository';

declareRecordKinds(
  { kind: 'message', from: 'messages r' },
  // The group of a campaign has its id.
  { kind: 'message_group', from: 'message_groups r', where: `r.kind <> '${campaignKind}'`, name: 'r.name' },
);
