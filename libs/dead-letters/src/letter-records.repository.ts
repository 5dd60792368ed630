import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds({ kind: 'dead_letter', from: 'dead_letters r' });
