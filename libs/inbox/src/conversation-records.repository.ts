import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds({ kind: 'conversation', from: 'conversations r' });
