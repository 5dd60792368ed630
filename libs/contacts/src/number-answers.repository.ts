import { Injectable } from '@nestjs/common';
import { type Sql, systemActor } from '@heliograph/kernel';
import { Suppressions } from './suppressions.repository';

/** Author of the suppressions that checks of numbers add. */
const byChecks = systemActor('number_checks');

/**
 * SQL: true when it is known that an address is on WhatsApp: a check found it within that many days, or it is a privacy id, which WhatsApp itself
 * gave. That an address is not on WhatsApp is a suppression (`bad_number`).
 */
export const foundOnWhatsAppSql = (tenantId: string, address: string, days: string): string =>
  `(${address} LIKE '%@lid' OR EXISTS (SELECT 1 FROM contact_addresses fa
    WHERE fa.tenant_id = ${tenantId} AND fa.address = ${address} AND fa.found_at > heliograph_now() - ${days} * interval '1 day'))`;

/** Answers of checks whether numbers are on WhatsApp. */
@Injectable()
export class NumberAnswers {
  constructor(private readonly suppressions: Suppressions) {}

  /** Stores a clear answer, in the caller's transaction: it holds for that many days. */
  async store(tx: Sql, tenantId: string, address: string, isOnWhatsApp: boolean, days: number): Promise<void> {
    await tx.query(
      `UPDATE contact_addresses SET found_at = CASE WHEN $3 THEN heliograph_now() END WHERE tenant_id = $1 AND address = $2 AND ($3 OR found_at IS NOT NULL)`,
      [tenantId, address, isOnWhatsApp],
    );
    if (isOnWhatsApp) return;
    await this.suppressions.addWithin(tx, tenantId, [address], { reason: 'bad_number', note: 'Not on WhatsApp.', actor: byChecks, days });
  }
}
