import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { twinOf, withTwins } from './phone-twins';
import { twinSql } from './phone-twins.repository';

/** Returns SQL for the spelling of a number that WhatsApp showed; the address itself where none is known. */
export function shownSpellingOf(tenantId: string, address: string): string {
  return `coalesce((SELECT n.shown FROM number_spellings n WHERE n.tenant_id = ${tenantId} AND n.address = ${address}), ${address})`;
}

/*
 * OFFSET 0 keeps the planner from repeating the look-up of a number for each rule of spelling.
 */

/**
 * Returns SQL for one address that stands for all addresses of a person: the number of a privacy id where it is known, in one of its
 * spellings; else the address itself.
 */
export function personOf(tenantId: string, address: string): string {
  return `(SELECT least(o.phone, ${twinSql('o.phone')})
    FROM (SELECT coalesce((SELECT p.phone FROM address_pairs p WHERE p.tenant_id = ${tenantId} AND p.lid = ${address}), ${address}) AS phone OFFSET 0) o)`;
}

/** Returns SQL for all addresses of the person with this address, as rows (address): the number in both spellings, and its privacy ids. */
export function addressesOf(tenantId: string, address: string): string {
  return `SELECT known.address
    FROM (SELECT coalesce((SELECT pair.phone FROM address_pairs pair WHERE pair.tenant_id = ${tenantId} AND pair.lid = ${address}), ${address}) AS phone OFFSET 0) self
    CROSS JOIN LATERAL (SELECT ${twinSql('self.phone')} AS phone OFFSET 0) twin
    CROSS JOIN LATERAL (
      SELECT self.phone AS address UNION ALL SELECT twin.phone WHERE twin.phone IS NOT NULL
      UNION ALL SELECT pair.lid FROM address_pairs pair WHERE pair.tenant_id = ${tenantId} AND pair.phone IN (self.phone, twin.phone)
    ) known`;
}

/** A number and its privacy id. */
export interface AddressPair {
  tenantId: string;
  /** `…@lid`. */
  lid: string;
  /** `+E.164`. */
  phone: string;
}

/** Phone numbers by privacy id, as hooks reported them; also for people who are not contacts. */
@Injectable()
export class AddressPairs {
  constructor(private readonly db: Database) {}

  async learn(sql: Sql, pairs: AddressPair[]): Promise<void> {
    const unique = [...new Map(pairs.map((p) => [`${p.tenantId}/${p.lid}`, p])).values()].sort((a, b) => (a.lid < b.lid ? -1 : 1));
    if (unique.length === 0) return;
    await sql.prepared(
      'learn_pairs',
      `INSERT INTO address_pairs AS p (tenant_id, lid, phone) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
       ON CONFLICT (tenant_id, lid) DO UPDATE SET phone = excluded.phone, learned_at = heliograph_now() WHERE p.phone <> excluded.phone`,
      [unique.map((p) => p.tenantId), unique.map((p) => p.lid), unique.map((p) => p.phone)],
    );
  }

  /** Stores the spelling of numbers that WhatsApp showed. Most numbers have one spelling and cost nothing here. */
  async show(sql: Sql, seen: { tenantId: string; phone: string }[]): Promise<void> {
    const shown = new Map(
      seen.flatMap(({ tenantId, phone }) => {
        const twin = twinOf(phone);
        return twin === null ? [] : [[[tenantId, phone, twin].sort().join(' '), { tenantId, phone, twin }] as const];
      }),
    );
    if (shown.size === 0) return;
    const rows = [...shown].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    await sql.prepared(
      'show_spellings',
      `WITH w AS MATERIALIZED (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w(tenant_id, shown, address)), old AS (
         DELETE FROM number_spellings n USING w WHERE n.tenant_id = w.tenant_id AND n.address = w.shown
       )
       INSERT INTO number_spellings AS n (tenant_id, address, shown) SELECT tenant_id, address, shown FROM w ON CONFLICT DO NOTHING`,
      [rows.map((r) => r.tenantId), rows.map((r) => r.phone), rows.map((r) => r.twin)],
    );
  }

  /** Returns the other addresses of the people with these addresses, by `tenant/address`. */
  others(of: { tenantId: string; address: string }[]): Promise<Map<string, string[]>> {
    return otherAddresses(this.db, of);
  }

  /** Returns the numbers of these privacy ids, by `tenant/lid`. */
  phones(of: { tenantId: string; lid: string }[], sql: Sql = this.db): Promise<Map<string, string>> {
    return phonesBehind(sql, of);
  }
}

/** Returns the numbers of these privacy ids, by `tenant/lid`. */
export async function phonesBehind(sql: Sql, of: { tenantId: string; lid: string }[]): Promise<Map<string, string>> {
  if (of.length === 0) return new Map();
  const rows = await sql.query<{ tenant_id: string; lid: string; phone: string }>(
    `SELECT p.tenant_id, p.lid, p.phone FROM unnest($1::uuid[], $2::text[]) AS w(tenant_id, lid) JOIN address_pairs p ON p.tenant_id = w.tenant_id AND p.lid = w.lid`,
    [of.map((l) => l.tenantId), of.map((l) => l.lid)],
  );
  return new Map(rows.map((row) => [`${row.tenant_id}/${row.lid}`, row.phone]));
}

/**
 * Returns the other addresses of the people with these addresses, by `tenant/address`: the number of a privacy id, the privacy ids seen
 * with a number, and numbers in both spellings.
 */
export async function otherAddresses(sql: Sql, of: { tenantId: string; address: string }[]): Promise<Map<string, string[]>> {
  if (of.length === 0) return new Map();
  const spelled = of.flatMap(({ tenantId, address }) => withTwins([address]).map((spelling) => ({ tenantId, address, spelling })));
  const rows = await sql.query<{ tenant_id: string; address: string; other: string }>(
    `WITH w AS MATERIALIZED (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS w(tenant_id, address, spelling))
     SELECT w.tenant_id, w.address, p.phone AS other FROM w JOIN address_pairs p ON p.tenant_id = w.tenant_id AND p.lid = w.spelling
     UNION ALL SELECT w.tenant_id, w.address, p.lid FROM w JOIN address_pairs p ON p.tenant_id = w.tenant_id AND p.phone = w.spelling`,
    [spelled.map((a) => a.tenantId), spelled.map((a) => a.address), spelled.map((a) => a.spelling)],
  );
  const found = Map.groupBy(rows, (row) => `${row.tenant_id}/${row.address}`);
  return new Map(
    of.flatMap(({ tenantId, address }) => {
      const key = `${tenantId}/${address}`;
      const all = withTwins([address, ...(found.get(key) ?? []).map((row) => row.other)]).filter((other) => other !== address);
      return all.length > 0 ? [[key, all] as const] : [];
    }),
  );
}
