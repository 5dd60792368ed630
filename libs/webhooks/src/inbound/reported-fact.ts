/** A fact with the session that reported it. */
export interface Reported<F> {
  tenantId: string;
  sessionId: string;
  fact: F;
}
