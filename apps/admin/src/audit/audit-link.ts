/** Filters of the audit log, as the API names them. */
export interface AuditFilter {
  actor_id?: string;
  subject_kind?: string;
  subject_id?: string;
  request_id?: string;
}

/** Returns the address of the audit log with these filters set. */
export function auditLink(filter: AuditFilter): string {
  return `/audit?filter=${encodeURIComponent(JSON.stringify(filter))}`;
}
