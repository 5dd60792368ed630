import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, Database, type Sql, storedActor } from '@heliograph/kernel';

/** Number of new letters of a cause from which on there is an alert. */
export interface LetterAlert {
  kind: string;
  cause: string;
  /** Open letters from the last 24 hours. */
  alertFrom: number;
  at: Date;
  actor: Actor;
}

const columns = `l.kind, l.cause, l.alert_from AS "alertFrom", l.at, ${actorColumn('l.actor')} AS actor`;

/** Thresholds of alerts by cause. A cause without one alerts from the first letter on. */
@Injectable()
export class LetterAlerts {
  constructor(private readonly db: Database) {}

  /** Returns all thresholds of a tenant. */
  list(tenantId: string): Promise<LetterAlert[]> {
    return this.db.forTenant(tenantId, (tx) =>
      tx.query<LetterAlert>(`SELECT ${columns} FROM letter_alerts l WHERE l.tenant_id = $1 ORDER BY l.kind, l.cause`, [tenantId]),
    );
  }

  /** Sets the threshold of a cause. @returns null for 1, which is what a cause without a threshold has */
  set(
    tenantId: string,
    { kind, cause, alertFrom }: Pick<LetterAlert, 'kind' | 'cause' | 'alertFrom'>,
    actor: Actor,
  ): Promise<LetterAlert | null> {
    return this.db.forTenant(tenantId, async (tx) => {
      if (alertFrom === 1) {
        await tx.query(`DELETE FROM letter_alerts WHERE tenant_id = $1 AND kind = $2 AND cause = $3`, [tenantId, kind, cause]);
        return null;
      }
      const [set] = await tx.query<LetterAlert>(
        `INSERT INTO letter_alerts AS l (tenant_id, kind, cause, alert_from, actor, actor_ref) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, kind, cause) DO UPDATE SET alert_from = excluded.alert_from, actor = excluded.actor, actor_ref = excluded.actor_ref,
           at = heliograph_now() RETURNING ${columns}`,
        [tenantId, kind, cause, alertFrom, ...storedActor(actor)],
      );
      return set ?? null;
    });
  }
}

/** Returns the thresholds of these tenants as a function of tenant, kind and cause. @param tenantIds null: all tenants */
export async function letterAlertsOf(
  sql: Sql,
  tenantIds: string[] | null,
): Promise<(tenantId: string, kind: string, cause: string) => number> {
  const rows = await sql.query<{ tenantId: string; kind: string; cause: string; alertFrom: number }>(
    `SELECT tenant_id AS "tenantId", kind, cause, alert_from AS "alertFrom" FROM letter_alerts WHERE $1::uuid[] IS NULL OR tenant_id = ANY ($1)`,
    [tenantIds],
  );
  const from = new Map(rows.map(({ tenantId, kind, cause, alertFrom }) => [`${tenantId}/${kind}/${cause}`, alertFrom]));
  return (tenantId, kind, cause) => from.get(`${tenantId}/${kind}/${cause}`) ?? 1;
}
