import type { Tx } from '@heliograph/kernel';

/** Starts and stops drips for rules. Whoever keeps drips provides it; without a provider rules cannot name drips. */
export interface DripControl {
  /** Whether the tenant has such a drip. */
  exists(tenantId: string, dripId: string): Promise<boolean>;
  /** Enrols a contact, once for each event. */
  start(tx: Tx, of: { tenantId: string; dripId: string; contactId: string; eventId: string }): Promise<void>;
  /** Ends a contact's enrolments. */
  stop(tx: Tx, of: { tenantId: string; dripId: string; contactId: string; eventId: string }): Promise<void>;
}

/** Injection token of the `DripControl`; optional. */
export const DRIP_CONTROL = Symbol('DripControl');
