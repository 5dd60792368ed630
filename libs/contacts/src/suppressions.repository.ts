import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  Database,
  List,
  listKeys,
  noteAudit,
  notFound,
  type Page,
  type PageRequest,
  readPage,
  sqlConditions,
  type Sql,
  storedActor,
} from '@heliograph/kernel';
import { withTwins } from './phone-twins';
import { twinSql } from './phone-twins.repository';

export const suppressionReasons = ['opt_out', 'bad_number', 'manual'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

/** Cause of a message that is not sent because of a suppression. */
export type SuppressionCause = 'opted_out' | 'bad_number' | 'suppressed' | 'agency_suppressed';

/** A suppressed address. */
export interface Suppression {
  /** Canonical, or `sha256:<hex>` of the canonical form. */
  address: string;
  reason: SuppressionReason;
  note: string | null;
  actor: Actor;
  createdAt: Date;
  expiresAt: Date | null;
}

/** Returns the hashed form of an address, for lists that are shared without the numbers. */
export function hashedAddress(address: string): string {
  return `sha256:${createHash('sha256').update(address).digest('hex')}`;
}

const suppressionList = new List('suppressions', listKeys.text, listKeys.text);
const hashOf = (address: string) => `'sha256:' || encode(sha256(convert_to(${address}, 'UTF8')), 'hex')`;

/**
 * Returns SQL for the reason why a recipient is suppressed: one row, with `cause` null when sending is allowed.
 * The other spelling of a number counts too, but `bad_number` covers only the spelling that it names.
 * @param recipient SQL of the address
 * @param isExempt SQL that is true when opt-outs do not apply to the message
 */
export function suppressionOf(tenantId: string, recipient: string, isExempt: string, now: string): string {
  const listed = `(${recipient}, ${hashOf(recipient)}, twin.address, ${hashOf('twin.address')})`;
  return `SELECT coalesce(
    (SELECT CASE s.reason WHEN 'opt_out' THEN 'opted_out' WHEN 'bad_number' THEN 'bad_number' ELSE 'suppressed' END FROM suppressions s
     WHERE s.tenant_id = ${tenantId} AND s.address IN ${listed} AND (s.expires_at IS NULL OR s.expires_at > ${now}) AND NOT (s.reason = 'opt_out' AND ${isExempt})
       AND (s.reason <> 'bad_number' OR s.address IN (${recipient}, ${hashOf(recipient)}))
     ORDER BY s.reason DESC LIMIT 1),
    (SELECT 'agency_suppressed' FROM agency_suppressions g WHERE g.address IN ${listed} AND (g.expires_at IS NULL OR g.expires_at > ${now}) LIMIT 1)) AS cause FROM (SELECT ${twinSql(recipient)} AS address) twin`;
}

/** True when any address is suppressed for the tenant, as SQL: without one, `suppressionOf` finds nothing. */
export const hasSuppressionsOf = (tenantId: string): string =>
  `(EXISTS (SELECT 1 FROM suppressions s WHERE s.tenant_id = ${tenantId}) OR EXISTS (SELECT 1 FROM agency_suppressions))`;

/** Suppressed addresses. The list at the time of the claim counts, so it also covers messages that were queued before. */
@Injectable()
export class Suppressions {
  constructor(private readonly db: Database) {}

  /** Returns suppressions by address and reason. */
  list(
    tenantId: string,
    filter: { reason?: SuppressionReason | undefined; addresses?: string[] | undefined },
    page: PageRequest,
  ): Promise<Page<Suppression>> {
    const [address, reason] = suppressionList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, ...(address ? [address, reason] : []));
    const range = [
      's.tenant_id = $1',
      ...(address ? ['(s.address, s.reason) > ($2, $3)'] : []),
      ...given(filter.addresses && listedAs(filter.addresses), (p) => `s.address = ANY (${p}::text[])`),
    ];
    const checked = ['(s.expires_at IS NULL OR s.expires_at > heliograph_now())', ...given(filter.reason, (p) => `s.reason = ${p}`)];
    return this.db.forTenant(tenantId, (tx) =>
      readPage<Suppression>(tx, suppressionList, page, {
        columns: `s.address, s.reason, s.note, ${actorColumn('s.actor')} AS actor, s.created_at AS "createdAt", s.expires_at AS "expiresAt"`,
        from: 'suppressions s',
        range,
        checked,
        order: 's.address, s.reason',
        key: ['s.address', 's.reason'],
        values,
      }),
    );
  }

  /** Adds addresses, canonical or hashed; existing ones get the new note and expiry. @returns the number of new ones */
  async add(
    tenantId: string,
    addresses: string[],
    of: { reason: SuppressionReason; note: string | null; actor: Actor; expiresAt: Date | null },
  ): Promise<number> {
    return this.db.forTenant(tenantId, async (tx) => {
      const count = (await put(tx, tenantId, addresses, of)).filter((row) => row.added).length;
      noteAudit({ details: { count } });
      return count;
    });
  }

  /** Adds addresses for a number of days, in the caller's transaction. */
  async addWithin(
    tx: Sql,
    tenantId: string,
    addresses: string[],
    of: { reason: SuppressionReason; note: string; actor: Actor; days: number },
  ): Promise<void> {
    const [end] = await tx.query<{ at: Date }>(`SELECT heliograph_now() + $1 * interval '1 day' AS at`, [of.days]);
    await put(tx, tenantId, addresses, { ...of, expiresAt: end?.at ?? null });
  }

  /** Removes `bad_number` suppressions of people who wrote, in the caller's transaction: their addresses work. */
  async reached(tx: Sql, people: { tenantId: string; address: string }[]): Promise<void> {
    if (people.length === 0) return;
    const spelled = people.flatMap(({ tenantId, address }) => withTwins([address]).map((of) => ({ tenantId, address: of })));
    await tx.query(
      `DELETE FROM suppressions s USING unnest($1::uuid[], $2::text[]) AS p(tenant_id, address) WHERE s.tenant_id = p.tenant_id AND s.address = p.address AND s.reason = 'bad_number'`,
      [spelled.map((p) => p.tenantId), spelled.map((p) => p.address)],
    );
  }

  /** Returns the cause for which nothing is sent to an address; null: it may be sent to. @param isExempt true when opt-outs do not apply */
  async causeOf(tenantId: string, address: string, isExempt: boolean): Promise<SuppressionCause | null> {
    // As the installation, like the claim: the list for all tenants is not readable for one.
    const [row] = await this.db.query<{ cause: SuppressionCause | null }>(
      suppressionOf('$1::uuid', '$2::text', '$3::boolean', 'heliograph_now()'),
      [tenantId, address, isExempt],
    );
    return row?.cause ?? null;
  }

  /** Removes the suppressions of an address. @throws AppError not_found */
  async lift(tenantId: string, address: string, reason: SuppressionReason | undefined): Promise<void> {
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `DELETE FROM suppressions WHERE tenant_id = $1 AND address = ANY ($2) AND ($3::text IS NULL OR reason = $3) RETURNING address`,
        [tenantId, listedAs([address]), reason ?? null],
      ),
    );
    if (rows.length === 0) throw notFound('suppression');
  }

  /** Adds addresses for all tenants, as the operator. @returns the number of new ones */
  async addForAll(addresses: string[], note: string | null, expiresAt: Date | null): Promise<number> {
    const rows = await this.db.query<{ added: boolean }>(
      `INSERT INTO agency_suppressions AS g (address, note, expires_at) SELECT DISTINCT a, $2, $3::timestamptz FROM unnest($1::text[]) a ORDER BY 1
       ON CONFLICT (address) DO UPDATE SET note = excluded.note, expires_at = excluded.expires_at RETURNING xmax = 0 AS added`,
      [addresses, note, expiresAt],
    );
    return rows.filter((row) => row.added).length;
  }

  /** Removes addresses for all tenants, as the operator. @returns the number of removed ones */
  async liftForAll(addresses: string[]): Promise<number> {
    return (await this.db.query(`DELETE FROM agency_suppressions WHERE address = ANY ($1) RETURNING address`, [listedAs(addresses)]))
      .length;
  }
}

/** Returns all forms in which addresses may be listed: both spellings, in clear and hashed. */
function listedAs(addresses: string[]): string[] {
  return withTwins(addresses).flatMap((address) => [address, hashedAddress(address)]);
}

/** Adds addresses in the caller's transaction. */
function put(
  tx: Sql,
  tenantId: string,
  addresses: string[],
  of: { reason: SuppressionReason; note: string | null; actor: Actor; expiresAt: Date | null },
): Promise<{ added: boolean }[]> {
  return tx.query<{ added: boolean }>(
    `INSERT INTO suppressions AS s (tenant_id, address, reason, note, actor, actor_ref, expires_at) SELECT DISTINCT $1::uuid, a, $3, $4, $5, $6, $7::timestamptz FROM unnest($2::text[]) a ORDER BY 2
     ON CONFLICT (tenant_id, address, reason) DO UPDATE SET note = excluded.note, actor = excluded.actor, actor_ref = excluded.actor_ref, expires_at = excluded.expires_at RETURNING xmax = 0 AS added`,
    [tenantId, addresses, of.reason, of.note, ...storedActor(of.actor), of.expiresAt],
  );
}
