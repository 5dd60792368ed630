import type { Sql } from '@heliograph/kernel';
import type { ImportNumbers } from './contact-import';
import type { TakenRow } from './import-write.repository';

interface RowNumber {
  address: string;
  contactId: string | null;
}
type KnownNumbers = (tx: Sql, tenantId: string, numbers: RowNumber[]) => Promise<ReadonlySet<string>>;

let knownNumbers: KnownNumbers | null = null;

/** Declares what returns those of the addresses that are known to be on WhatsApp. Called by the lib above that checks numbers. */
export function declareKnownNumbers(known: KnownNumbers): void {
  knownNumbers = known;
}

export const noNumbers: ImportNumbers = { known: 0, missing: 0, unknown: 0, to_check: 0 };

/** Adds the numbers of rows to those that were counted before. @returns null: nothing checks numbers */
export async function countNumbers(tx: Sql, tenantId: string, before: ImportNumbers, taken: TakenRow[]): Promise<ImportNumbers | null> {
  const rows = taken.flatMap(({ row: { address }, known, merge }) =>
    address === null ? [] : [{ address, contactId: known?.id ?? null, isOptedOut: merge.isOptedOut }],
  );
  if (knownNumbers === null) return null;
  if (rows.length === 0) return before;
  const known = await knownNumbers(tx, tenantId, rows);
  const missing = await missingAmong(tx, tenantId, rows);
  const unknown = rows.filter(({ address }) => !missing.has(address) && !known.has(address));
  return {
    known: before.known + rows.filter(({ address }) => !missing.has(address) && known.has(address)).length,
    missing: before.missing + rows.filter(({ address }) => missing.has(address)).length,
    unknown: before.unknown + unknown.length,
    to_check: before.to_check + unknown.filter(({ isOptedOut }) => !isOptedOut).length,
  };
}

/** Returns those of the addresses that are known not to be on WhatsApp. */
async function missingAmong(tx: Sql, tenantId: string, rows: RowNumber[]): Promise<Set<string>> {
  const found = await tx.query<{ address: string }>(
    `SELECT s.address FROM suppressions s WHERE s.tenant_id = $1 AND s.reason = 'bad_number' AND s.address = ANY ($2::text[]) AND (s.expires_at IS NULL OR s.expires_at > heliograph_now())`,
    [tenantId, rows.map(({ address }) => address)],
  );
  return new Set(found.map(({ address }) => address));
}
