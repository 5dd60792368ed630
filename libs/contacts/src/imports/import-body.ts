import { instant, searchText } from '@heliograph/kernel';
import { isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { attributeName } from '../attribute-names';
import { contactLimits } from '../contact';
import { composed } from '../variable-names';
import { importLimits } from './import-limits';

export const importCharsets = [
  'utf-8',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'iso-8859-15',
  'macintosh',
  'utf-16le',
  'utf-16be',
  'gb18030',
  'shift_jis',
] as const;
export type ImportCharset = (typeof importCharsets)[number];

export const importSeparators = [',', ';', '\t', '|'] as const;
export type ImportSeparator = (typeof importSeparators)[number];

/** Settings by which the text of a file becomes rows. */
export const importReading = z.strictObject({
  charset: z.enum(importCharsets).meta({ description: 'Ignored for XLSX.' }),
  separator: z.enum(importSeparators).meta({ description: 'Character between cells. Ignored for XLSX.' }),
  header: z.boolean().meta({ description: 'Whether the first row has the names of the columns.' }),
});
export type ImportReading = z.output<typeof importReading>;

export const importTargets = ['phone', 'name', 'external_id', 'tags', 'attribute', 'consent', 'consent_at'] as const;
export type ImportTarget = (typeof importTargets)[number];
/** Targets that several columns may have. */
const shared: readonly ImportTarget[] = ['attribute', 'tags'];

/** The use of one column. */
export const importColumn = z
  .strictObject({
    column: searchText(importLimits.maxColumnName).overwrite(composed).min(1).meta({ description: 'Name of the column.' }),
    to: z.enum(importTargets).meta({
      description:
        '`tags` splits its cell at commas. `consent` holds yes or no: no consent is recorded where it is not yes. `consent_at` holds the day of the consent.',
    }),
    attribute: attributeName.optional().meta({ description: 'Attribute that the cells go to, for `attribute`.' }),
  })
  .refine(({ to, attribute }) => (to === 'attribute') === (attribute !== undefined), {
    message: 'Name an attribute for the target attribute, and for no other.',
    path: ['attribute'],
  });
export type ImportColumn = z.output<typeof importColumn>;

const consent = z.strictObject({
  source: searchText(64).min(1).meta({ description: 'Where the consent was given, e.g. signup-form.' }),
  given_at: instant.nullable().default(null).meta({ description: 'Day of the consent where a row names none; null: the time of the run.' }),
  text_version: searchText(64).min(1).nullable().default(null),
  text: searchText(4_096).min(1).nullable().default(null).meta({ description: 'Text that the people agreed to.' }),
});

/** True when no column is named twice. */
export const columnsOnce = (columns: ImportColumn[]): boolean => new Set(columns.map(({ column }) => column)).size === columns.length;
/** True when no target that takes one column has two. */
export const targetsOnce = (columns: ImportColumn[]): boolean => {
  const single = columns.filter(({ to }) => !shared.includes(to)).map(({ to }) => to);
  const attributes = columns.flatMap(({ attribute }) => attribute ?? []);
  return new Set(single).size === single.length && new Set(attributes).size === attributes.length;
};

/** Settings of an import: what its columns mean and what becomes of known people. Stored as they are. */
export const importSettings = z
  .strictObject({
    reading: importReading.optional().meta({ description: 'How the file is read; default: as it was guessed.' }),
    columns: z
      .array(importColumn)
      .min(1)
      .max(importLimits.maxColumns)
      .refine(columnsOnce, 'A column is named twice.')
      .refine(targetsOnce, 'Two columns have the same target.')
      .refine(
        (columns) => columns.some(({ to }) => to === 'phone' || to === 'external_id'),
        'A column must be the phone or the external id.',
      )
      .meta({ description: 'Columns that are used. The others stay variables of the file.' }),
    default_country: z
      .string()
      .refine((code) => isSupportedCountry(code), 'Two letters of a country, e.g. GB.')
      .optional()
      .meta({ description: 'Country of numbers without a country code; default: the country of the tenant.' }),
    consent: consent.nullable().meta({
      description: 'Source of the consent to marketing that is recorded for the people of the file; null: none is recorded.',
    }),
    known: z.enum(['update', 'fill', 'keep']).default('update').meta({
      description: 'People who are contacts already: `update` replaces values, `fill` only adds missing ones, `keep` changes nothing.',
    }),
    blank: z
      .enum(['keep', 'clear'])
      .default('keep')
      .meta({ description: 'Blank cells: `keep` changes nothing, `clear` deletes the value.' }),
    date_order: z.enum(['dmy', 'mdy']).default('dmy').meta({ description: 'Order of day and month in dates such as 3/4/2026.' }),
    tags: z
      .array(z.string().min(1).max(importLimits.maxTag))
      .max(contactLimits.maxTags)
      .default([])
      .meta({ description: 'Tags that all people of the file get.' }),
    list_id: z.uuid().nullable().default(null).meta({ description: 'List that all people of the file are added to.' }),
    keep_rows: z
      .boolean()
      .default(true)
      .meta({ description: 'True: the file is also an audience, and its columns are variables of a message.' }),
  })
  .meta({
    id: 'ImportSettings',
    example: {
      reading: { charset: 'utf-8', separator: ';', header: true },
      columns: [
        { column: 'mobile', to: 'phone' },
        { column: 'full name', to: 'name' },
        { column: 'city', to: 'attribute', attribute: 'city' },
        { column: 'opted_in_at', to: 'consent_at' },
      ],
      default_country: 'GB',
      consent: { source: 'signup-form' },
    },
  });
export type ImportSettings = z.output<typeof importSettings>;
