import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, Database, notFound, type Sql, storedActor } from '@heliograph/kernel';

/** A cause of open letters that somebody takes care of. */
export interface LetterCare {
  kind: string;
  cause: string;
  /** Name of the person who takes care. */
  assignee: string;
  note: string | null;
  /** Time of the acknowledgement. */
  at: Date;
  actor: Actor;
  /** Open letters from after the acknowledgement. */
  since: number;
}

const columns = `k.kind, k.cause, k.assignee, k.note, k.at, ${actorColumn('k.actor')} AS actor,
  (SELECT count(*)::int FROM dead_letters d WHERE d.tenant_id = k.tenant_id AND d.kind = k.kind AND d.cause = k.cause AND d.state = 'open' AND d.created_at > k.at) AS since`;

/** Cares for causes. A care ends no letter and stops no alert: it tells the others that somebody is at work. */
@Injectable()
export class LetterCares {
  constructor(private readonly db: Database) {}

  /** Returns all cares of a tenant. */
  list(tenantId: string): Promise<LetterCare[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query<LetterCare>(`SELECT ${columns} FROM letter_cares k WHERE k.tenant_id = $1 ORDER BY k.kind, k.cause`, [tenantId]),
    );
  }

  /** Acknowledges the letters of a cause up to now and assigns them. */
  take(
    tenantId: string,
    { kind, cause, assignee, note }: Pick<LetterCare, 'kind' | 'cause' | 'assignee' | 'note'>,
    actor: Actor,
  ): Promise<LetterCare> {
    return this.db.forTenant(tenantId, async (tx) => {
      await tx.query(
        `INSERT INTO letter_cares (tenant_id, kind, cause, assignee, note, actor, actor_ref) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant_id, kind, cause) DO UPDATE SET assignee = excluded.assignee, note = excluded.note, actor = excluded.actor,
           actor_ref = excluded.actor_ref, at = heliograph_now()`,
        [tenantId, kind, cause, assignee, note, ...storedActor(actor)],
      );
      return (await read(tx, tenantId, kind, cause)) as LetterCare;
    });
  }

  /** Ends a care. @throws AppError not_found */
  release(tenantId: string, kind: string, cause: string): Promise<void> {
    return this.db.forTenant(tenantId, async (tx) => {
      const gone = await tx.query(`DELETE FROM letter_cares WHERE tenant_id = $1 AND kind = $2 AND cause = $3 RETURNING 1`, [
        tenantId,
        kind,
        cause,
      ]);
      if (gone.length === 0) throw notFound('care');
    });
  }
}

async function read(sql: Sql, tenantId: string, kind: string, cause: string): Promise<LetterCare | undefined> {
  const [row] = await sql.query<LetterCare>(
    `SELECT ${columns} FROM letter_cares k WHERE k.tenant_id = $1 AND k.kind = $2 AND k.cause = $3`,
    [tenantId, kind, cause],
  );
  return row;
}
