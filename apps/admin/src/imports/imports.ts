import { useQuery } from '@tanstack/react-query';
import { usePollMs } from '../live/live-store';
import { attributeForm } from '../parts/attribute-form';
import { useMay } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

export type ContactImport = components['schemas']['ContactImport'];
export type ImportSettings = components['schemas']['ImportSettings'];
export type ImportPreview = components['schemas']['ImportPreview'];
export type ImportColumn = ImportSettings['columns'][number];
export type ImportTarget = ImportColumn['to'];
export type ImportReading = ImportPreview['reading'];
export type RefusedRow = components['schemas']['RefusedRow'];
export type RefusalReason = RefusedRow['reason'];

/** Targets of columns, in the order in which they are offered. */
export const targets: ImportTarget[] = ['phone', 'name', 'external_id', 'tags', 'attribute', 'consent', 'consent_at'];
/** Targets that several columns may have. */
const shared: ImportTarget[] = ['attribute', 'tags'];

/** Charsets that are offered, each with its languages under `imports.charsets`. */
export const charsets: ImportReading['charset'][] = [
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
];
export const separators: { value: ImportReading['separator']; word: 'comma' | 'semicolon' | 'tab' | 'bar' }[] = [
  { value: ',', word: 'comma' },
  { value: ';', word: 'semicolon' },
  { value: '\t', word: 'tab' },
  { value: '|', word: 'bar' },
];

/** True while the server works on an import. */
export const isAtWork = ({ state }: Pick<ContactImport, 'state'>): boolean =>
  ['uploading', 'checking', 'running', 'undoing'].includes(state);

/** True when an import can still be undone. */
export const canUndo = ({ state, run_at, undo_until }: ContactImport, now = Date.now()): boolean =>
  ['done', 'cancelled', 'failed'].includes(state) && run_at !== null && undo_until !== null && Date.parse(undo_until) > now;

/** Time that the rest of a check or a run takes at the pace so far, in ms; undefined while that is not known. */
export function timeLeftOf({ rows_done, rows_total, started_at }: ContactImport, now = Date.now()): number | undefined {
  if (!started_at || rows_total === null || rows_done === 0 || rows_done >= rows_total) return undefined;
  const spent = now - Date.parse(started_at);
  return spent < 500 ? undefined : (spent / rows_done) * (rows_total - rows_done);
}

/** People that a run writes. */
export const peopleOf = (one: Pick<ContactImport, 'new' | 'changed'>): number => one.new + one.changed;

/**
 * Returns the use of columns after one of them got another target: a target that only one column may have leaves the column that had it.
 */
export function withTarget(used: ImportColumn[], column: string, to: ImportTarget | null, attribute?: string): ImportColumn[] {
  const others = used.filter((one) => one.column !== column && (to === null || shared.includes(to) || one.to !== to));
  if (to === null) return others;
  return [...others, { column, to, ...(to === 'attribute' && { attribute: attribute ?? attributeName(column) }) }];
}

/** Returns a name for the attribute that a column becomes: letters, digits and underscores. */
export function attributeName(column: string): string {
  const plain = column
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, '_')
    .replaceAll(/^[_.-]+|[_.-]+$/g, '')
    .slice(0, 64);
  return /^[a-z]/.test(plain) ? plain : `field_${plain}`.replace(/_$/, '').slice(0, 64);
}

/** Faults of a mapping, as keys under `imports.fault`. */
export function mappingFaults(used: ImportColumn[], consent: { isGiven: boolean; source: string }): string[] {
  const attributes = used.flatMap(({ attribute }) => attribute ?? []);
  return [
    ...(used.some(({ to }) => to === 'phone' || to === 'external_id') ? [] : ['no_person']),
    ...(attributes.every((name) => attributeForm.test(name)) ? [] : ['attribute_name']),
    ...(new Set(attributes).size === attributes.length ? [] : ['attribute_twice']),
    ...(consent.isGiven && consent.source.trim() === '' ? ['no_source'] : []),
  ];
}

/** An import, followed by the live stream while the server works on it. */
export function useImport(id: string) {
  const tenant = useTenant();
  const everyMs = usePollMs();
  return useQuery<ContactImport, ApiError>({
    queryKey: ['imports', 'one', tenant, id],
    queryFn: ({ signal }) => ok(api.GET('/v1/imports/{id}', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
    refetchInterval: ({ state }) => (state.data && isAtWork(state.data) ? everyMs : false),
  });
}

/** The first rows of the file, read as asked for. */
export function usePreview(id: string, asked: Partial<ImportReading>, isOn: boolean) {
  const tenant = useTenant();
  const { charset, separator, header } = asked;
  return useQuery<ImportPreview, ApiError>({
    queryKey: ['imports', 'preview', tenant, id, charset, separator, header],
    queryFn: ({ signal }) => {
      const query = {
        ...(charset && { charset }),
        ...(separator && { separator }),
        ...(header !== undefined && { header: String(header) as 'true' }),
      };
      return ok(api.GET('/v1/imports/{id}/preview', { params: { path: { id }, query }, signal }));
    },
    enabled: tenant !== null && isOn,
    placeholderData: (before) => before,
    staleTime: Infinity,
  });
}

/** Refused rows that a page shows. */
export const shownRefused = 50;

/** The first refused rows, of one reason or of all. */
export function useRefused({ id, refused, rows_done, has_refused_rows: isKept }: ContactImport, reason: RefusalReason | null) {
  const tenant = useTenant();
  return useQuery<RefusedRow[], ApiError>({
    queryKey: ['imports', 'refused', tenant, id, reason, refused, rows_done],
    queryFn: async ({ signal }) => {
      const query = { limit: shownRefused, ...(reason && { reason }) };
      return (await ok(api.GET('/v1/imports/{id}/refused', { params: { path: { id }, query }, signal }))).data;
    },
    enabled: tenant !== null && refused > 0 && isKept,
    placeholderData: (before) => before,
  });
}

/** Uploads a file. @throws ApiError */
export function uploadFile(file: File): Promise<ContactImport> {
  const body = new FormData();
  body.append('file', file, file.name);
  return ok(api.POST('/v1/imports', { body: body as never, bodySerializer: (form: unknown) => form as FormData }));
}

/** Saves the refused rows as a file: the browser asks for it with the client that is chosen. @throws ApiError */
export async function saveRefused({ id, file_name }: ContactImport): Promise<void> {
  const { data } = await api.GET('/v1/imports/{id}/refused.csv', { params: { path: { id } }, parseAs: 'blob' });
  save(data, `${file_name.replace(/\.\w+$/, '')}-refused.csv`);
}

/** Saves a file to begin with, which has the attributes and a phone of the client that is chosen. @throws ApiError */
export async function saveSample(): Promise<void> {
  const { data } = await api.GET('/v1/imports/sample.csv', { parseAs: 'blob' });
  save(data, 'contacts-sample.csv');
}

function save(file: unknown, download: string): void {
  const url = URL.createObjectURL(file as Blob);
  Object.assign(document.createElement('a'), { href: url, download }).click();
  URL.revokeObjectURL(url);
}

/** True when the person may import contacts of the client that is chosen. */
export const useMayImport = (): boolean | undefined => useMay('contacts:manage');
