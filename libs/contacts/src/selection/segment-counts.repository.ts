import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import type { Contact } from '../contact';
import { barredSql, contactColumns, lastConsentsSql } from '../contact-rows.repository';
import { sqlParameters } from '../sql-parameters';
import type { SelectionTree } from './selection-tree';
import { readSelection, selectionSql } from './selections.repository';

/** Reasons for which somebody cannot be reached, the first that applies. */
export const leftOutReasons = ['no_address', 'bad_number', 'opted_out', 'suppressed', 'no_consent'] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** Size of a selection. */
export interface SelectionCount {
  /** Contacts that match. */
  count: number;
  /** Those of them without a reason to leave them out. */
  reachable: number;
  /** Others by the first reason that applies; with `reachable` they add up to `count`. */
  leftOut: Record<LeftOutReason, number>;
  /** Some of the contacts, newest first. */
  samples: Contact[];
}

const samples = 10;

/**
 * Settings of a count, which goes through whole sets: sets of a million contacts are hashed, and never joined by a loop, which the planner
 * would choose where it expects few rows of a condition.
 */
const settings = `SELECT set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true)`;

/** Counts selections, and who of them cannot be reached. */
@Injectable()
export class SegmentCounts {
  constructor(private readonly db: Database) {}

  /** @throws AppError invalid_selection; busy */
  count(tenantId: string, tree: SelectionTree): Promise<SelectionCount> {
    return this.db.readInTurn(tenantId, () => this.counted(tenantId, tree));
  }

  private counted(tenantId: string, tree: SelectionTree): Promise<SelectionCount> {
    return this.db.forTenant(tenantId, async (tx) => {
      const selection = await readSelection(tx, tenantId, tree);
      const { values, add } = sqlParameters(tenantId);
      await tx.query(settings);
      const place = { tenant: '$1::uuid', add, isWhole: true };
      const [row] = await tx.query<{ count: number; ids: string[] } & Record<LeftOutReason, number>>(
        `WITH selected AS MATERIALIZED (${selectionSql(selection, place)}),
           barred AS MATERIALIZED (${barredSql(place.tenant)}),
           addressed AS (
             SELECT s.id, count(a.address) AS addresses, count(a.address) FILTER (WHERE b.is_bad) AS bad, bool_or(b.opted_out) AS opted_out, bool_or(b.is_suppressed) AS suppressed
             FROM selected s LEFT JOIN contact_addresses a ON a.tenant_id = $1 AND a.contact_id = s.id LEFT JOIN barred b ON b.address = a.address GROUP BY s.id
           ),
           judged AS (
             SELECT CASE WHEN x.addresses = 0 THEN 'no_address' WHEN x.bad = x.addresses THEN 'bad_number' WHEN x.opted_out THEN 'opted_out'
               WHEN x.suppressed THEN 'suppressed' WHEN k.action IS DISTINCT FROM 'opt_in' THEN 'no_consent' END AS reason
             FROM addressed x LEFT JOIN (${lastConsentsSql(place.tenant)}) k ON k.contact_id = x.id
           )
         SELECT count(*)::int AS count, ${leftOutReasons.map((reason) => `count(*) FILTER (WHERE reason = '${reason}')::int AS ${reason}`).join(', ')},
           ARRAY(SELECT id FROM selected ORDER BY id DESC LIMIT ${samples}) AS ids FROM judged`,
        values,
      );
      await tx.query(`SELECT set_config('enable_nestloop', 'on', true)`);
      const { count = 0, ids = [] } = row ?? {};
      const leftOut = Object.fromEntries(leftOutReasons.map((reason) => [reason, row?.[reason] ?? 0])) as Record<LeftOutReason, number>;
      const shown = await tx.query<Contact>(
        `SELECT ${contactColumns} FROM contacts c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[]) ORDER BY c.id DESC`,
        [tenantId, ids],
      );
      const reachable = count - Object.values(leftOut).reduce((sum, n) => sum + n, 0);
      return { count, reachable, leftOut, samples: shown };
    });
  }
}
