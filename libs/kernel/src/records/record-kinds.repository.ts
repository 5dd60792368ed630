import type { Sql } from '../database/database';

/** A kind of records that are known by their id alone, as the owner of their table declares it. */
export interface RecordKind {
  kind: string;
  /** SQL: the table with its alias, `r` in what is not given below, after other tables where it needs them. */
  from: string;
  /** SQL condition on the rows that count. */
  where?: string;
  /** SQL of the id; default `r.id`. */
  id?: string;
  /** SQL of a name for people. */
  name?: string;
  /** SQL of the id of the record that it belongs to, where its own does not lead to it. */
  parent?: string;
}

/** A record that was found. */
export interface FoundRecord {
  kind: string;
  tenantId: string;
  name: string | null;
  parentId: string | null;
}

const kinds = new Map<string, RecordKind>();

/**
 * Declares kinds of records. Their owner calls this when it is loaded.
 * @throws Error when a kind is declared already
 */
export function declareRecordKinds(...declared: RecordKind[]): void {
  for (const one of declared) {
    if (kinds.has(one.kind)) throw new Error(`The kind of records ${one.kind} is declared twice.`);
    kinds.set(one.kind, one);
  }
}

/** Returns the names of the kinds of the libs that this process has loaded. */
export function recordKinds(): string[] {
  return [...kinds.keys()];
}

declareRecordKinds({ kind: 'job', from: 'bulk_jobs r' });

/** Rows of one kind with the same id: an id is unique within a tenant. */
const maxFound = 10;

/**
 * Finds the records with this id, of any kind. Each kind is one look at its primary key for each tenant.
 * @param tenantsOf returns the tenants in which records of a kind may be found; the same array for the same tenants
 */
export function findRecords(sql: Sql, id: string, tenantsOf: (kind: string) => readonly string[]): Promise<FoundRecord[]> {
  const values: unknown[] = [id];
  const places = new Map<readonly string[], number>();
  const placeOf = (tenants: readonly string[]): number => {
    const place = places.get(tenants) ?? values.push(tenants);
    places.set(tenants, place);
    return place;
  };
  const parts = [...kinds.values()].flatMap((kind) => {
    const tenants = tenantsOf(kind.kind);
    return tenants.length > 0 ? [`(${lookFor(kind, placeOf(tenants))})`] : [];
  });
  return parts.length === 0 ? Promise.resolve([]) : sql.query<FoundRecord>(parts.join(' UNION ALL '), values);
}

/** SQL: the records of a kind with the id $1. @param place of the tenants among the values */
function lookFor({ kind, from, where, id = 'r.id', name = 'NULL', parent = 'NULL' }: RecordKind, place: number): string {
  return `SELECT '${kind}' AS kind, t.id AS "tenantId", f.name, f.parent AS "parentId" FROM unnest($${place}::uuid[]) AS t(id)
    CROSS JOIN LATERAL (
      SELECT ${name}::text AS name, ${parent}::uuid AS parent FROM ${from} WHERE r.tenant_id = t.id AND ${id} = $1::uuid ${where ? `AND ${where}` : ''} LIMIT ${maxFound}) f`;
}
