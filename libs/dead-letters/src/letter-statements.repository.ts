import type { LetterKind } from './letter-kinds';

/** SQL: whether a letter about this subject is open. The subject must be kept until a person has decided. */
export const openLetterOf = (kind: LetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind.name}' AND d.subject_id = ${subjectId} AND d.state = 'open')`;

/** SQL: whether there is a letter about this subject, open or settled. */
export const anyLetterOf = (kind: LetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind.name}' AND d.subject_id = ${subjectId})`;

/**
 * SQL: opens letters inside a statement that changes their subjects. One that is open already stays as it is.
 * @param rows `SELECT tenant_id, subject_id, session_id, group_id, cause, detail …`, in this order
 */
export const openLetters = (kind: LetterKind, rows: string): string =>
  `INSERT INTO dead_letters (kind, tenant_id, subject_id, session_id, group_id, cause, detail)
   SELECT '${kind.name}', r.* FROM (${rows}) r ON CONFLICT (tenant_id, kind, subject_id) WHERE state = 'open' DO NOTHING`;

/**
 * SQL: resolves open letters inside a statement, where evidence has settled their subjects.
 * @param resolution a constant sentence
 * @param from the rows that name the subjects, such as `moved m`
 * @param where of letter `d` and these rows
 */
export const resolveLetters = (kind: LetterKind, resolution: string, from: string, where: string): string =>
  `UPDATE dead_letters d SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = 'evidence', resolution = '${resolution.replaceAll("'", "''")}'
   FROM ${from} WHERE d.kind = '${kind.name}' AND d.state = 'open' AND ${where}`;
