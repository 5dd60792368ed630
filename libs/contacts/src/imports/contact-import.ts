import type { Actor } from '@heliograph/kernel';
import type { ImportReading, ImportSettings } from './import-body';

export const contactImportStates = [
  'uploading',
  'uploaded',
  'mapped',
  'checking',
  'checked',
  'running',
  'done',
  'cancelled',
  'failed',
  'undoing',
  'undone',
] as const;
export type ContactImportState = (typeof contactImportStates)[number];

export const importSources = ['file', 'api'] as const;
/** Origin of the rows: an upload, or chunks of the core application. */
export type ImportSource = (typeof importSources)[number];

export const importFormats = ['csv', 'xlsx'] as const;
export type ImportFormat = (typeof importFormats)[number];

export const refusalReasons = [
  'lost_digits',
  'two_numbers',
  'letters_in_number',
  'number_too_short',
  'number_too_long',
  'ambiguous_number',
  'not_a_phone',
  'not_a_person',
  'no_address',
  'formula_error',
  'not_a_number',
  'not_a_boolean',
  'not_a_date',
  'no_such_day',
  'date_in_future',
  'no_consent_date',
  'text_too_long',
  'too_many_cells',
  'too_many_tags',
  'too_many_attributes',
  'too_many_addresses',
  'duplicate',
  'two_contacts',
  'other_external_id',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** A row that an import does not take, with its first fault. */
export interface Refusal {
  line: number;
  column: string | null;
  value: string | null;
  reason: RefusalReason;
  /** Further data of the reason: `line` of the first row of a duplicate, `country` of a number, `limit`. */
  detail: Record<string, string | number> | null;
}

/** Rows by outcome. The first four add up to the rows that were gone through. */
export interface ImportCounts {
  created: number;
  changed: number;
  unchanged: number;
  refused: number;
  /** People of the file who opted out before, and stay so. */
  optedOut: number;
  /** Consents that were recorded, or would be. */
  consents: number;
}

/** Addresses of the rows that a check took, by what is known of them. */
export interface ImportNumbers {
  /** On WhatsApp. */
  known: number;
  /** Not on WhatsApp. */
  missing: number;
  /** Nothing is known of them. */
  unknown: number;
  /** Those of the unknown ones whose people did not opt out. */
  to_check: number;
}

/** One of the first rows, as it will be. */
export interface ImportSample {
  line: number;
  name: string | null;
  address: string | null;
  outcome: 'new' | 'changed' | 'unchanged';
  fields: number;
  opted_out: boolean;
}

/** Fault of a whole file. */
export interface ImportError {
  code: string;
  detail: string;
  line?: number;
}

/** A column of a file. */
export interface ImportColumnName {
  name: string;
  /** Name of the variable that its cells are, in messages to the file; null: none. */
  variable: string | null;
}

/** An import of contacts. */
export interface ContactImport {
  id: string;
  state: ContactImportState;
  source: ImportSource;
  /** Name of the file; of an import by API, the name it was given. */
  fileName: string;
  format: ImportFormat | null;
  bytes: number;
  reading: ImportReading | null;
  columns: ImportColumnName[];
  settings: ImportSettings | null;
  /** Rows of the file; null: not counted yet. */
  rowsTotal: number | null;
  /** Rows that the check or the run went through. */
  rowsDone: number;
  counts: ImportCounts;
  reasons: Partial<Record<RefusalReason, number>>;
  /** Null: no check counted them. */
  numbers: ImportNumbers | null;
  samples: ImportSample[];
  error: ImportError | null;
  /** True when campaigns can have the import as a source now. */
  isAudience: boolean;
  /** False: the refused rows are deleted, since they are old. */
  hasRefusals: boolean;
  actor: Actor;
  createdAt: Date;
  startedAt: Date | null;
  runAt: Date | null;
  runActor: Actor | null;
  finishedAt: Date | null;
  /** Time until which the import can be undone; null: it cannot. */
  undoUntil: Date | null;
  undo: { actor: Actor; at: Date; finishedAt: Date | null; removed: number; restored: number; kept: number } | null;
}

/** A file that cannot be read. */
export class ImportFault extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly line?: number,
  ) {
    super(message);
    this.name = 'ImportFault';
  }
}
