import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds(
  { kind: 'callback_endpoint', from: 'callback_endpoints r', where: `r.state <> 'deleted'`, name: 'r.name' },
  {
    kind: 'callback',
    from: 'callback_endpoints e JOIN callbacks r ON r.tenant_id = e.tenant_id AND r.endpoint_id = e.id',
    where: `e.state <> 'deleted'`,
    id: 'r.event_id',
    name: 'e.name',
    parent: 'e.id',
  },
);
