import { declareRecordKinds } from '@heliograph/kernel';

declareRecordKinds(
  { kind: 'contact', from: 'contacts r', name: 'r.name' },
  { kind: 'segment', from: 'segments r', name: 'r.name' },
  { kind: 'contact_list', from: 'contact_lists r', name: 'r.name' },
  { kind: 'contact_import', from: 'contact_imports r' },
  { kind: 'contact_edit', from: 'contact_edits r' },
  { kind: 'opt_out_review', from: 'opt_out_reviews r' },
);
