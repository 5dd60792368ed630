import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds(
  { kind: 'session', from: 'sessions r', where: 'r.deleted_at IS NULL', name: 'r.name' },
  { kind: 'api_key', from: 'api_keys r', name: 'r.name' },
  { kind: 'provider_account', from: 'provider_accounts r', name: 'r.name' },
);
