import { Injectable } from '@nestjs/common';
import { AppError, type ChangeGuard, Database, notFound, type Sql, sqlState } from '@heliograph/kernel';
import { z } from 'zod';
import { cap, timeZone } from './lane-limits';
import { invalidLane, leftOf } from './lane-rules.repository';
import { assertTimeZone } from './lane-settings.repository';
import { wakesIfWaiting } from './lane-waking.repository';

/** Settings of a pool. A cap that is left out or null is no cap. */
export const capPoolBody = z
  .strictObject({
    hourly_cap: cap.nullable().default(null).meta({ description: 'Messages an hour over all its sessions.' }),
    daily_cap: cap.nullable().default(null).meta({ description: 'Messages a day over all its sessions.' }),
    time_zone: timeZone.default('UTC').meta({ description: 'Time zone in which the day begins at midnight.' }),
  })
  .meta({ id: 'CapPoolSettings', example: { daily_cap: 20_000, time_zone: 'Europe/London' } });
export type CapPoolBody = z.output<typeof capPoolBody>;

/** A pool of caps that several sessions share, and the messages that it still allows. */
export interface CapPool {
  name: string;
  hourlyCap: number | null;
  dailyCap: number | null;
  timeZone: string;
  /** Null: no cap. */
  leftThisHour: number | null;
  leftToday: number | null;
  /** Ids of the sessions in the pool. */
  sessionIds: string[];
}

const select = `
  SELECT p.name, p.hourly_cap AS "hourlyCap", p.daily_cap AS "dailyCap", p.time_zone AS "timeZone",
    c.left_hour AS "leftThisHour", c.left_day AS "leftToday",
    ARRAY(SELECT l.session_id FROM lanes l WHERE l.tenant_id = p.tenant_id AND l.cap_pool = p.name ORDER BY l.session_id) AS "sessionIds"
  FROM cap_pools p CROSS JOIN LATERAL (${leftOf('p', 'heliograph_now()')}) c`;

/** The tenant's pools of shared caps. A session joins a pool through its limits (`cap_pool`). */
@Injectable()
export class CapPools {
  constructor(private readonly db: Database) {}

  list(tenantId: string): Promise<CapPool[]> {
    return this.db.forTenant(tenantId, (tx) => tx.query<CapPool>(`${select} WHERE p.tenant_id = $1 ORDER BY p.name`, [tenantId]));
  }

  /** @throws AppError not_found */
  async get(tenantId: string, name: string): Promise<CapPool> {
    const pool = await this.db.forTenant(tenantId, (tx) => find(tx, tenantId, name));
    if (!pool) throw notFound('cap pool');
    return pool;
  }

  /** Creates or changes the pool. Messages sent this hour and today stay counted. @throws AppError invalid_time_zone */
  async put(tenantId: string, name: string, body: CapPoolBody, guard?: ChangeGuard<CapPool>): Promise<CapPool> {
    await assertTimeZone(this.db, body.time_zone);
    const pool = await this.db.forTenant(tenantId, async (tx) => {
      if (guard) {
        await tx.query(`SELECT 1 FROM cap_pools WHERE tenant_id = $1 AND name = $2 FOR UPDATE`, [tenantId, name]);
        guard(await find(tx, tenantId, name));
      }
      await tx.query(
        `INSERT INTO cap_pools (tenant_id, name, hourly_cap, daily_cap, time_zone) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, name) DO UPDATE SET hourly_cap = excluded.hourly_cap, daily_cap = excluded.daily_cap, time_zone = excluded.time_zone`,
        [tenantId, name, body.hourly_cap, body.daily_cap, body.time_zone],
      );
      return (await find(tx, tenantId, name)) as CapPool;
    });
    // In another transaction, since claims lock lanes before pools. Lanes that the old caps closed are claimed again.
    await this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `UPDATE lanes SET ${wakesIfWaiting('lanes')},
           closed_until = CASE WHEN closed_reason = '${invalidLane}' THEN NULL ELSE closed_until END, closed_reason = nullif(closed_reason, '${invalidLane}')
         WHERE session_id IN (SELECT session_id FROM lanes WHERE tenant_id = $1 AND cap_pool = $2 AND next_due_at IS NOT NULL ORDER BY session_id FOR UPDATE)`,
        [tenantId, name],
      ),
    );
    return pool;
  }

  /** @throws AppError not_found, cap_pool_in_use */
  async delete(tenantId: string, name: string): Promise<void> {
    try {
      const gone = await this.db.forTenant(tenantId, (tx) =>
        tx.query(`DELETE FROM cap_pools WHERE tenant_id = $1 AND name = $2 RETURNING 1`, [tenantId, name]),
      );
      if (gone.length === 0) throw notFound('cap pool');
    } catch (error) {
      if (sqlState(error) === '23503') throw new AppError('conflict', 'cap_pool_in_use', 'Sessions still use this pool.');
      throw error;
    }
  }
}

async function find(sql: Sql, tenantId: string, name: string): Promise<CapPool | null> {
  return (await sql.query<CapPool>(`${select} WHERE p.tenant_id = $1 AND p.name = $2`, [tenantId, name]))[0] ?? null;
}
