import {
  type ContactImport,
  contactImportStates,
  importColumn,
  importFormats,
  type ImportPreview,
  importReading,
  importSources,
  importSettings,
  importUndoHours,
  previewRows,
  type RefusedRow,
  refusalReasons,
} from '@heliograph/contacts';
import { actorSchema, pageQuery, searchText } from '@heliograph/kernel';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const time = z.iso.datetime();
const exampleReading = { charset: 'utf-8', separator: ';', header: true } as const;
const exampleActor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Maya Lindt' } as const;
const exampleSettings = {
  reading: exampleReading,
  columns: [
    { column: 'mobile', to: 'phone' },
    { column: 'full name', to: 'name' },
  ],
  default_country: 'GB',
  consent: { source: 'signup-form', given_at: null, text_version: null, text: null },
  known: 'update',
  blank: 'keep',
  date_order: 'dmy',
  tags: [],
  list_id: null,
  keep_rows: true,
} as const;
const exampleImport = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e4',
  state: 'checked',
  source: 'file',
  file_name: 'recall-november.csv',
  format: 'csv',
  bytes: 4_212_004,
  reading: exampleReading,
  columns: [
    { name: 'mobile', variable: 'mobile' },
    { name: 'full name', variable: 'full_name' },
  ],
  settings: exampleSettings,
  rows_total: 50_112,
  rows_done: 50_112,
  new: 41_870,
  changed: 6_904,
  unchanged: 1_126,
  refused: 212,
  opted_out: 604,
  consents: 41_900,
  reasons: { lost_digits: 96, not_a_phone: 116 },
  numbers: { known: 38_204, missing: 310, unknown: 11_386, to_check: 11_102 },
  is_audience: false,
  has_refused_rows: true,
  samples: [{ line: 2, name: 'Amara Hollis', address: '+447700900244', outcome: 'new', fields: 2, opted_out: false }],
  error: null,
  actor: exampleActor,
  created_at: '2026-11-24T12:00:00.000Z',
  started_at: '2026-11-24T12:01:00.000Z',
  run_at: null,
  run_actor: null,
  finished_at: null,
  undo_until: null,
  undo: null,
} as const;

const settingsView = z
  .object({ ...importSettings.shape, columns: z.array(z.object(importColumn.shape)) })
  .partial()
  .meta({ id: 'StoredImportSettings', example: exampleSettings });

/** An import as the API shows it. */
export const importSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(contactImportStates),
    source: z.enum(importSources).meta({ description: '`file`: an upload. `api`: chunks of recipients.' }),
    file_name: z.string().meta({ description: 'Name of the file; of an import by API, the name it was given.' }),
    format: z.enum(importFormats).nullable(),
    bytes: z.number(),
    reading: importReading.nullable(),
    columns: z.array(
      z.object({
        name: z.string(),
        variable: z.string().nullable().meta({ description: 'Name of the column in messages to the file; null: it is none.' }),
      }),
    ),
    settings: settingsView.nullable(),
    rows_total: z.int().nullable().meta({ description: 'Rows of the file, or of the chunks so far; null: not counted yet.' }),
    rows_done: z
      .int()
      .meta({ description: 'Rows that the check or the run went through: the sum of new, changed, unchanged and refused.' }),
    new: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    opted_out: z.int().meta({ description: 'People of the file who opted out before. They stay opted out.' }),
    consents: z.int().meta({ description: 'Consents that are recorded, or would be.' }),
    reasons: z.partialRecord(z.enum(refusalReasons), z.int()).meta({ description: 'Refused rows by reason.' }),
    numbers: z.object({ known: z.int(), missing: z.int(), unknown: z.int(), to_check: z.int() }).nullable().meta({
      description:
        'Addresses of the rows that the last check took: those known to be on WhatsApp, those known not to be, and those of which nothing is known. `to_check`: the unknown ones of people who did not opt out, which a campaign with `check_numbers` asks about. Null: no check counted them.',
    }),
    is_audience: z.boolean().meta({
      description: 'Whether the import can be a source of a campaign now: it is done, its rows are to be kept and are not too old.',
    }),
    has_refused_rows: z.boolean().meta({ description: 'False: the refused rows are deleted, since they are old.' }),
    samples: z.array(
      z.object({
        line: z.int(),
        name: z.string().nullable(),
        address: z.string().nullable(),
        outcome: z.enum(['new', 'changed', 'unchanged']),
        fields: z.int().meta({ description: 'Number of values that change.' }),
        opted_out: z.boolean(),
      }),
    ),
    error: z
      .object({ code: z.string(), detail: z.string(), line: z.int().optional() })
      .nullable()
      .meta({ description: 'Cause of the state `failed`.' }),
    actor: actorSchema,
    created_at: time,
    started_at: time.nullable().meta({ description: 'Begin of the check or the run.' }),
    run_at: time.nullable().meta({ description: 'Begin of the run; null: nothing was written to contacts.' }),
    run_actor: actorSchema.nullable(),
    finished_at: time.nullable(),
    undo_until: time.nullable().meta({ description: `${importUndoHours} hours after the end of the run.` }),
    undo: z
      .object({
        actor: actorSchema,
        at: time,
        finished_at: time.nullable(),
        removed: z.int().meta({ description: 'Contacts that the import had made and that are deleted.' }),
        restored: z.int().meta({ description: 'Contacts that are as they were.' }),
        kept: z.int().meta({ description: 'Contacts that stay, or keep a value: they changed later, or something refers to them.' }),
      })
      .nullable(),
  })
  .meta({ id: 'ContactImport', example: exampleImport });
export type ImportView = z.input<typeof importSchema>;
export const importPage = pageSchema(importSchema, { id: 'ContactImportPage', example: { data: [exampleImport], next_cursor: null } });

export const importQuery = z.strictObject({
  state: z
    .union([z.enum(contactImportStates), z.array(z.enum(contactImportStates)).max(contactImportStates.length)])
    .transform((states) => [states].flat())
    .optional()
    .meta({ description: 'A state, or several: repeat the parameter.' }),
  name: searchText(200).optional().meta({ description: 'Part of the name of the file.' }),
  ...pageQuery,
});

export const previewQuery = z.strictObject({
  charset: importReading.shape.charset.optional(),
  separator: importReading.shape.separator.optional(),
  header: z
    .enum(['true', 'false'])
    .transform((v) => v === 'true')
    .optional()
    .meta({ description: 'Whether the first row has the names of the columns.' }),
});

export const previewSchema = z
  .object({
    reading: importReading,
    columns: importSchema.shape.columns,
    rows: z.array(z.object({ line: z.int(), cells: z.array(z.string()) })).meta({ description: `The first ${previewRows} rows.` }),
    suggested: z.array(z.object(importColumn.shape)).meta({ description: 'Likely use of the columns.' }),
  })
  .meta({
    id: 'ImportPreview',
    example: {
      reading: exampleReading,
      columns: exampleImport.columns,
      rows: [{ line: 2, cells: ['+447700900244', 'Amara Hollis'] }],
      suggested: exampleSettings.columns,
    },
  });

const exampleRefused = {
  line: 118,
  column: 'mobile',
  value: '4.47701E+11',
  reason: 'lost_digits',
  detail: null,
  cells: ['4.47701E+11', 'Ben Okafor-Reid'],
} as const;
const refusedSchema = z
  .object({
    line: z.int(),
    column: z.string().nullable().meta({ description: 'Column at fault; null: the row as a whole.' }),
    value: z.string().nullable(),
    reason: z.enum(refusalReasons),
    detail: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .nullable()
      .meta({ description: '`line` of the row that names the same person first, `country` of a number, `limit`.' }),
    cells: z.array(z.string()),
  })
  .meta({ id: 'RefusedRow', example: exampleRefused });
export const refusedPage = pageSchema(refusedSchema, { id: 'RefusedRowPage', example: { data: [exampleRefused], next_cursor: null } });
export const refusedQuery = z.strictObject({ reason: z.enum(refusalReasons).optional(), ...pageQuery });

/** Returns an import as clients see it. */
export function importView(one: ContactImport): ImportView {
  const { created, changed, unchanged, refused, optedOut, consents } = one.counts;
  return {
    id: one.id,
    state: one.state,
    source: one.source,
    file_name: one.fileName,
    format: one.format,
    bytes: one.bytes,
    reading: one.reading,
    columns: one.columns,
    settings: one.settings,
    rows_total: one.rowsTotal,
    rows_done: one.rowsDone,
    new: created,
    changed,
    unchanged,
    refused,
    opted_out: optedOut,
    consents,
    reasons: one.reasons,
    numbers: one.numbers,
    is_audience: one.isAudience,
    has_refused_rows: one.hasRefusals,
    samples: one.samples,
    error: one.error,
    actor: one.actor,
    created_at: one.createdAt.toISOString(),
    started_at: one.startedAt?.toISOString() ?? null,
    run_at: one.runAt?.toISOString() ?? null,
    run_actor: one.runActor,
    finished_at: one.finishedAt?.toISOString() ?? null,
    undo_until: one.undoUntil?.toISOString() ?? null,
    undo: one.undo && {
      actor: one.undo.actor,
      at: one.undo.at.toISOString(),
      finished_at: one.undo.finishedAt?.toISOString() ?? null,
      removed: one.undo.removed,
      restored: one.undo.restored,
      kept: one.undo.kept,
    },
  };
}

export const previewView = (preview: ImportPreview): z.input<typeof previewSchema> => preview;
export const refusedView = (row: RefusedRow): z.input<typeof refusedSchema> => row;
