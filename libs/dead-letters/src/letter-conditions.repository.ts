import type { LetterKind } from './letter-kinds';

/** SQL: true when a letter about this subject is open. The subject must then be kept until a person has decided. */
export const openLetterOf = (kind: LetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind.name}' AND d.subject_id = ${subjectId} AND d.state = 'open')`;

/** SQL: true when a letter about this subject exists, open or settled. */
export const anyLetterOf = (kind: LetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind.name}' AND d.subject_id = ${subjectId})`;
