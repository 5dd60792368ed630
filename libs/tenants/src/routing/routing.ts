import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database } from '@heliograph/kernel';
import { defaultTenantSettings, mergeSettings, type RoutingRule, type TenantSettingsPatch } from '../tenants/tenant-settings';
import { weightedChoice } from './weighted-choice';

/** A session that could take a message. */
interface Candidate {
  id: string;
  name: string;
  weight: number;
  tags: string[];
  usable: boolean;
}

interface Pool {
  rule: RoutingRule;
  sessions: Candidate[];
}

/** What a message says of where it wants to go. */
export interface RoutingWish {
  /** Canonical recipient. */
  to: string;
  sessionId?: string;
  tag?: string;
}

/** The session picked, and why in one sentence. */
export interface RoutingPick {
  sessionId: string;
  why: string;
}

/** One session of a dry run. */
export interface RoutingCandidate {
  sessionId: string;
  name: string;
  picked: boolean;
  why: string;
}

/** Picks the session of a message by the tenant's rule. Sessions that are connected come first; with none connected the message waits in the lane it would have had. */
@Injectable()
export class Routing {
  private readonly pools: CachedLookup<Pool>;

  constructor(
    private readonly db: Database,
    feed: ChangeFeed,
  ) {
    this.pools = new CachedLookup(feed, { load: (tenantId) => this.loadPool(tenantId) });
    feed.onChange('sessions', () => this.pools.clear());
    feed.onChange('tenants', (id) => this.pools.forget(id));
  }

  /** One pick per wish, in order; null where no session of the tenant fits. Sticky recipients are remembered, set-wise. */
  async pickMany(tenantId: string, wishes: RoutingWish[]): Promise<(RoutingPick | null)[]> {
    const pool = await this.pools.get(tenantId);
    const picks = wishes.map((wish) => pickFrom(pool, wish));
    const sticky = wishes.flatMap((wish, i) => {
      const pick = picks[i];
      return pick && pool.rule.rule === 'sticky' && !wish.sessionId ? [{ i, to: wish.to, sessionId: pick.sessionId }] : [];
    });
    if (sticky.length > 0) {
      const kept = await this.keep(tenantId, sticky);
      for (const { i, to } of sticky) {
        const sessionId = kept.get(to);
        const allowed = sessionId && pool.sessions.find((s) => s.id === sessionId && fits(s, wishes[i] as RoutingWish, pool.rule));
        if (allowed && picks[i]?.sessionId !== sessionId)
          picks[i] = { sessionId: allowed.id, why: 'The recipient was first written to from this session.' };
      }
    }
    return picks;
  }

  /** What would be picked, and what speaks for or against each session. Remembers nothing. */
  async dryRun(tenantId: string, wish: RoutingWish): Promise<{ pick: RoutingPick | null; candidates: RoutingCandidate[] }> {
    const pool = await this.loadPool(tenantId);
    let pick = pickFrom(pool, wish);
    if (pool.rule.rule === 'sticky' && !wish.sessionId) {
      const [known] = await this.db.forTenant(tenantId, (tx) =>
        tx.query<{ session_id: string }>('SELECT session_id FROM contact_routes WHERE tenant_id = $1 AND recipient = $2', [
          tenantId,
          wish.to,
        ]),
      );
      const kept = known && pool.sessions.find((s) => s.id === known.session_id && fits(s, wish, pool.rule));
      if (kept) pick = { sessionId: kept.id, why: 'The recipient was first written to from this session.' };
    }
    const candidates = pool.sessions.map((s) => ({
      sessionId: s.id,
      name: s.name,
      picked: s.id === pick?.sessionId,
      why:
        s.id === pick?.sessionId
          ? pick.why
          : !fits(s, wish, pool.rule)
            ? 'It does not fit the rule or the tag.'
            : !s.usable
              ? 'It is not connected, or held.'
              : s.weight === 0
                ? 'Its weight is 0.'
                : 'Another session was chosen for this recipient.',
    }));
    return { pick, candidates };
  }

  /** First writer wins, so two processes agree on a recipient's session. A route to a session that is gone is replaced. */
  private async keep(tenantId: string, routes: { to: string; sessionId: string }[]): Promise<Map<string, string>> {
    const rows = await this.db.query<{ recipient: string; session_id: string }>(
      `WITH want AS MATERIALIZED (SELECT DISTINCT ON (recipient) * FROM unnest($2::text[], $3::uuid[]) AS w(recipient, session_id) ORDER BY recipient),
       known AS (SELECT r.recipient, r.session_id, r.used_at FROM want w JOIN contact_routes r ON r.tenant_id = $1 AND r.recipient = w.recipient JOIN sessions s ON s.id = r.session_id AND s.deleted_at IS NULL),
       -- Once a day, so that a route is kept for as long as it is used. One that another process has in hand is being used.
       stale AS MATERIALIZED (SELECT r.recipient FROM known k JOIN contact_routes r ON r.tenant_id = $1 AND r.recipient = k.recipient WHERE k.used_at < heliograph_now() - interval '1 day' FOR UPDATE OF r SKIP LOCKED),
       used AS (UPDATE contact_routes r SET used_at = heliograph_now() FROM stale WHERE r.tenant_id = $1 AND r.recipient = stale.recipient),
       made AS (
         INSERT INTO contact_routes AS c (tenant_id, recipient, session_id) SELECT $1, recipient, session_id FROM want WHERE recipient NOT IN (SELECT recipient FROM known) ORDER BY recipient
         ON CONFLICT (tenant_id, recipient) DO UPDATE SET used_at = heliograph_now(), session_id =
           CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id AND s.deleted_at IS NULL) THEN c.session_id ELSE excluded.session_id END
         RETURNING recipient, session_id
       )
       SELECT recipient, session_id FROM known UNION ALL SELECT recipient, session_id FROM made`,
      [tenantId, routes.map((r) => r.to), routes.map((r) => r.sessionId)],
    );
    return new Map(rows.map((row) => [row.recipient, row.session_id]));
  }

  private async loadPool(tenantId: string): Promise<Pool> {
    const [tenant] = await this.db.query<{ settings: TenantSettingsPatch }>('SELECT settings FROM tenants WHERE id = $1', [tenantId]);
    const sessions = await this.db.query<Candidate>(
      `SELECT id, name, weight, tags, status = 'connected' AND held_reason IS NULL AS usable FROM sessions WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id`,
      [tenantId],
    );
    return { rule: mergeSettings(defaultTenantSettings, tenant?.settings ?? {}).routing, sessions };
  }
}

function fits(session: Candidate, wish: RoutingWish, rule: RoutingRule): boolean {
  if (wish.sessionId) return session.id === wish.sessionId;
  const tag = wish.tag ?? ('tag' in rule ? rule.tag : undefined);
  if (tag !== undefined && !session.tags.includes(tag)) return false;
  return rule.rule !== 'fixed' || wish.tag !== undefined || session.id === rule.session_id;
}

function pickFrom(pool: Pool, wish: RoutingWish): RoutingPick | null {
  const fitting = pool.sessions.filter((session) => fits(session, wish, pool.rule));
  const named = wish.sessionId ? fitting[0] : undefined;
  if (named) return { sessionId: named.id, why: 'The message names this session.' };
  const usable = fitting.filter((session) => session.usable);
  const chosen = weightedChoice(wish.to, usable) ?? weightedChoice(wish.to, fitting);
  if (!chosen) return null;
  return {
    sessionId: chosen.id,
    why:
      usable.length > 0
        ? 'Picked by weight among the connected sessions that fit.'
        : 'Picked by weight; none that fits is connected, so the message waits.',
  };
}
