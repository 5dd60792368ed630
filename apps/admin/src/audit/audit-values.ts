import type { components } from '../providers/api-types';

export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditChange = AuditEntry['changes'][number];

/** A field of a changed record, before and after. */
export interface ChangedField {
  name: string;
  before: unknown;
  after: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Returns the fields that differ. Where both sides hold an object, each differing member of it has a line of its own, with a dotted path.
 * Empty fields of a new or deleted record are left out.
 */
export function changedFields({ before, after }: Pick<AuditChange, 'before' | 'after'>): ChangedField[] {
  return fieldsOf('', before ?? {}, after ?? {});
}

function fieldsOf(path: string, before: Record<string, unknown>, after: Record<string, unknown>): ChangedField[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((name) => {
    const [was, is] = [before[name] ?? null, after[name] ?? null];
    if (isRecord(was) && isRecord(is)) return fieldsOf(`${path}${name}.`, was, is);
    // A secret has the same words on both sides; the log says only that it changed.
    if (JSON.stringify(was) === JSON.stringify(is) && was !== secretMark) return [];
    return [{ name: path + name, before: was, after: is }];
  });
}

/** The mark that stands for a secret. */
export const secretMark = '(secret)';

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** True for a time as the API writes it. */
export const isTime = (value: unknown): value is string => typeof value === 'string' && time.test(value);

/** Writes any other value as text. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map((part) => (isRecord(part) ? JSON.stringify(part) : String(part))).join(', ');
  return isRecord(value) ? JSON.stringify(value) : String(value);
}
