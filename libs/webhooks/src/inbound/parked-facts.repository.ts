import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@heliograph/kernel';
import type { HookFact } from '@heliograph/providers';
import type { Reported } from './reported-fact';

/** A fact that waits for its message. */
export interface ParkedFact extends Reported<HookFact> {
  id: string;
  tries: number;
}

/** Seconds until the next try, by tries so far; then every 10 minutes. */
const retryAfterS = [1, 2, 4, 8, 15, 30, 60, 120, 300];
const lifetimeHours = 72;

function retryS(tries: number): number {
  return retryAfterS[tries] ?? 600;
}

/** Facts of unknown messages: a receipt may arrive before the response to our own call. */
@Injectable()
export class ParkedFacts {
  constructor(private readonly db: Database) {}

  async park(reported: Reported<HookFact>[]): Promise<void> {
    if (reported.length === 0) return;
    await this.db.prepared(
      'park_facts',
      `INSERT INTO parked_facts (tenant_id, session_id, key_id, fact, next_try_at, expires_at)
       SELECT f.tenant_id, f.session_id, f.key_id, f.fact, heliograph_now() + $5::float8 * interval '1 s', heliograph_now() + $6::float8 * interval '1 hour'
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[]) AS f(tenant_id, session_id, key_id, fact)`,
      [
        reported.map((t) => t.tenantId),
        reported.map((t) => t.sessionId),
        reported.map((t) => ('keyId' in t.fact ? t.fact.keyId : '')),
        reported.map((t) => JSON.stringify(t.fact)),
        retryS(0),
        lifetimeHours,
      ],
    );
  }

  /** Takes due facts under a lock; `work` returns which of them stay parked. */
  async retryDue(maxFacts: number, work: (facts: ParkedFact[]) => Promise<boolean[]>): Promise<number> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.prepared<{ id: string; tenant_id: string; session_id: string; fact: HookFact; tries: number }>(
        'due_parked_facts',
        `SELECT id, tenant_id, session_id, fact, tries FROM parked_facts WHERE next_try_at <= heliograph_now() ORDER BY next_try_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
        [maxFacts],
      );
      if (rows.length === 0) return 0;
      const facts = rows.map((row): ParkedFact => ({
        id: row.id,
        tries: row.tries,
        tenantId: row.tenant_id,
        sessionId: row.session_id,
        fact: revive(row.fact),
      }));
      const stays = await work(facts);
      await this.finish(tx, facts, stays);
      return rows.length;
    });
  }

  private async finish(tx: Tx, facts: ParkedFact[], stays: boolean[]): Promise<void> {
    const waiting = facts.filter((_, i) => stays[i]);
    const done = facts.filter((_, i) => !stays[i]);
    await tx.query(
      `DELETE FROM parked_facts p USING unnest($1::uuid[], $2::bigint[]) AS d(tenant_id, id) WHERE p.tenant_id = d.tenant_id AND p.id = d.id`,
      keysOf(done),
    );
    await tx.query(
      `DELETE FROM parked_facts p USING unnest($1::uuid[], $2::bigint[]) AS d(tenant_id, id)
       WHERE p.tenant_id = d.tenant_id AND p.id = d.id AND p.expires_at <= heliograph_now()`,
      keysOf(waiting),
    );
    await tx.query(
      `UPDATE parked_facts p SET tries = least(p.tries + 1, 1000), next_try_at = heliograph_now() + d.after_s * interval '1 s'
       FROM unnest($1::uuid[], $2::bigint[], $3::float8[]) AS d(tenant_id, id, after_s) WHERE p.tenant_id = d.tenant_id AND p.id = d.id`,
      [...keysOf(waiting), waiting.map((f) => retryS(f.tries + 1))],
    );
  }
}

/** Returns the primary keys of these facts, by column. */
function keysOf(facts: ParkedFact[]): [string[], string[]] {
  return [facts.map((f) => f.tenantId), facts.map((f) => f.id)];
}

/** Restores dates, which JSON stores as text. */
function revive(fact: HookFact): HookFact {
  return 'at' in fact && typeof fact.at === 'string' ? { ...fact, at: new Date(fact.at) } : fact;
}
