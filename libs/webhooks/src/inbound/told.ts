/** A fact and the session it was told of. */
export interface Told<F> {
  tenantId: string;
  sessionId: string;
  fact: F;
}
