import { searchText } from '@heliograph/kernel';
import { z } from 'zod';
import type { ImportColumnName } from './contact-import';
import { columnsOnce, type ImportColumn, importColumn, importSettings, type ImportSettings, targetsOnce } from './import-body';
import type { FileRow } from './csv-rows';
import { columnVariable, composed, isSafeName } from '../variable-names';
import { importLimits } from './import-limits';

/** Recipients of one chunk. */
export const recipientsPerChunk = 10_000;
/** Variables of all recipients of one chunk. */
export const variablesPerChunk = 300_000;
/** Greatest number of a chunk. */
export const maxChunk = 100_000;

const members = ['phone', 'name', 'external_id'] as const;
/** Names of variables of one import. */
export const maxVariables = importLimits.maxColumns - members.length;
const ownColumns: ImportColumn[] = members.map((column) => ({ column, to: column }));
const text = z.string().max(importLimits.maxVariable);
const variable = z
  .string()
  .overwrite(composed)
  .regex(columnVariable, 'A name starts with a letter or underscore and has at most 64 letters, digits and underscores.')
  .refine((name) => isSafeName(name) && !(members as readonly string[]).includes(name), 'This name is not allowed.');

/** A recipient as the core application gives it. What is wrong with its values is found by the check, as for the row of a file. */
export const importRecipient = z
  .strictObject({
    phone: text.nullish(),
    name: text.nullish(),
    external_id: text.nullish().meta({ description: 'Your own id. A recipient needs a phone or an external id.' }),
    variables: z
      .record(variable, z.union([text, z.number(), z.boolean(), z.null()]))
      .optional()
      .meta({ description: 'Variables of messages to the import, by name.', maxProperties: maxVariables }),
  })
  .meta({
    id: 'ImportRecipient',
    example: { phone: '+447700900101', name: 'Priya Nair', external_id: 'user-4711', variables: { city: 'Leeds', order: 'A-1201' } },
  });
export type ImportRecipient = z.output<typeof importRecipient>;
type Value = string | number | boolean | null | undefined;

const { reading: _, columns: __, ...rules } = importSettings.shape;
const uses = z
  .array(importColumn)
  .max(maxVariables)
  .default([])
  .refine((columns) => columnsOnce([...ownColumns, ...columns]), 'A column is named twice.')
  .refine((columns) => targetsOnce([...ownColumns, ...columns]), 'Two columns have the same target.')
  .meta({ description: 'Further use of variables, by name: as an attribute, tags, or consent. Each stays a variable.' });

/** Body that opens an import whose people come by API. */
export const recipientImportBody = z
  .strictObject({
    name: searchText(255).min(1).meta({ description: 'Name of the import, as lists and audiences show it.' }),
    columns: uses,
    ...rules,
  })
  .meta({
    id: 'CreateRecipientImport',
    example: {
      name: 'Recall November',
      consent: { source: 'signup-form' },
      columns: [{ column: 'city', to: 'attribute', attribute: 'city' }],
    },
  });
export type RecipientImportBody = z.output<typeof recipientImportBody>;

/** Returns the settings of an import whose people come by API. */
export function settingsOf({ name: _name, columns, ...settings }: RecipientImportBody): ImportSettings {
  return { ...settings, columns: [...ownColumns, ...columns] };
}

/** Columns that every import by API has. */
export const firstColumns: ImportColumnName[] = members.map((name) => ({ name, variable: name }));

/** Returns the columns with those that recipients add: one for each new variable. */
export function columnsWith(columns: readonly ImportColumnName[], recipients: readonly ImportRecipient[]): ImportColumnName[] {
  const names = new Set(columns.map(({ name }) => name));
  for (const { variables } of recipients) for (const name of Object.keys(variables ?? {})) names.add(name);
  return [...names].map((name) => ({ name, variable: name }));
}

/** Line of the first recipient of a chunk: lines count from 1 and leave room for full chunks. */
export const firstLineOf = (chunk: number): number => (chunk - 1) * recipientsPerChunk + 1;

/** Yields recipients as rows of a file with these columns. */
export function* rowsOfRecipients(
  columns: readonly ImportColumnName[],
  chunk: number,
  recipients: readonly ImportRecipient[],
): Generator<FileRow> {
  const first = firstLineOf(chunk);
  const names = columns.map(({ name }) => name).slice(members.length);
  for (const [i, { variables, ...own }] of recipients.entries()) {
    const given: Record<string, Value> = { ...variables };
    const cells = [
      ...members.map((member) => own[member] ?? ''),
      ...names.map((name) => cellOf(Object.hasOwn(given, name) ? given[name] : null)),
    ];
    yield { line: first + i, cells: cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1) };
  }
}

const cellOf = (value: Value): string => (value === null || value === undefined ? '' : String(value));
