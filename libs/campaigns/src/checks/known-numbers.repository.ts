import { declareKnownNumbers, foundOnWhatsAppSql } from '@heliograph/contacts';
import { wroteSinceSql } from '@heliograph/inbox';
import { deliveredSinceSql } from '@heliograph/messaging';
import { numberAnswerDaysOf, tenantOf } from '@heliograph/tenants';

/**
 * SQL: true when it is known that a person is on WhatsApp with the address: a check found it, a message was delivered to it, or the person wrote
 * from it, within that many days. `$1` is the tenant. @param v alias of a verdict
 */
export const isKnownSql = (v: string, days: string): string => {
  const since = `(heliograph_now() - ${days} * interval '1 day')`;
  return `(${foundOnWhatsAppSql('$1', `${v}.address`, days)} OR ${deliveredSinceSql('$1', `${v}.address`, since)} OR ${wroteSinceSql('$1', `${v}.contact_id`, `${v}.address`, since)})`;
};

declareKnownNumbers(async (tx, tenantId, numbers) => {
  const rows = await tx.query<{ address: string }>(
    `SELECT v.address FROM unnest($2::text[], $3::uuid[]) AS v(address, contact_id) JOIN ${tenantOf('t', '$1')}
     WHERE ${isKnownSql('v', numberAnswerDaysOf('t'))}`,
    [tenantId, numbers.map(({ address }) => address), numbers.map(({ contactId }) => contactId)],
  );
  return new Set(rows.map(({ address }) => address));
});
