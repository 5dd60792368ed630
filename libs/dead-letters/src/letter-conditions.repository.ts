import type { LetterKind } from './letter-kinds';

/** SQL: whether a letter about this subject is open. The subject must be kept until a person has decided. */
export const openLetterOf = (kind: LetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind.name}' AND d.subject_id = ${subjectId} AND d.state = 'open')`;

/** SQL: whether there is a letter about this subject, open or settled. */
export const anyLetterOf = (kind: LetterKind, tenantId: string, subjectId: string): string =>
  `EXISTS (SELECT 1 FROM dead_letters d WHERE d.tenant_id = ${tenantId} AND d.kind = '${kind.name}' AND d.subject_id = ${subjectId})`;
