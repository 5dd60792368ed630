import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database } from '@heliograph/kernel';
import { readKnownTenant } from '../tenants/known-tenants.repository';
import { defaultTenantSettings, type RoutingRule } from '../tenants/tenant-settings';
import { type Candidate, candidatesOf, keepRoutes, routeOf } from './routes.repository';
import { weightedChoice } from './weighted-choice';

interface Pool {
  rule: RoutingRule;
  sessions: Candidate[];
}

/** Members of a message that decide its session. */
export interface RoutingWish {
  /** Canonical recipient. */
  to: string;
  sessionId?: string;
  tag?: string;
}

/** The picked session, and the reason in one sentence. */
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

/**
 * Picks the session of a message by the tenant's rule. Connected sessions come first. When none is connected, the message waits in the lane
 * that it would have had.
 */
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

  /** Picks a session for each wish, in order; null where no session of the tenant fits. Stores sticky routes in one statement. */
  async pickMany(tenantId: string, wishes: RoutingWish[]): Promise<(RoutingPick | null)[]> {
    const pool = await this.pools.get(tenantId);
    const picks = wishes.map((wish) => pickFrom(pool, wish));
    const sticky = wishes.flatMap((wish, i) => {
      const pick = picks[i];
      return pick && pool.rule.rule === 'sticky' && !wish.sessionId ? [{ i, to: wish.to, sessionId: pick.sessionId }] : [];
    });
    if (sticky.length > 0) {
      const kept = await keepRoutes(this.db, tenantId, sticky);
      for (const { i, to } of sticky) {
        const sessionId = kept.get(to);
        const allowed = sessionId && pool.sessions.find((s) => s.id === sessionId && fits(s, wishes[i] as RoutingWish, pool.rule));
        if (allowed && picks[i]?.sessionId !== sessionId)
          picks[i] = { sessionId: allowed.id, why: 'The recipient was first written to from this session.' };
      }
    }
    return picks;
  }

  /** Returns the session that would be picked, and the reasons for or against each session. Stores nothing. */
  async dryRun(tenantId: string, wish: RoutingWish): Promise<{ pick: RoutingPick | null; candidates: RoutingCandidate[] }> {
    const pool = await this.loadPool(tenantId);
    let pick = pickFrom(pool, wish);
    if (pool.rule.rule === 'sticky' && !wish.sessionId) {
      const known = await this.db.forTenant(tenantId, (tx) => routeOf(tx, tenantId, wish.to));
      const kept = known && pool.sessions.find((s) => s.id === known && fits(s, wish, pool.rule));
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

  private async loadPool(tenantId: string): Promise<Pool> {
    const tenant = await readKnownTenant(this.db, tenantId);
    return { rule: (tenant?.settings ?? defaultTenantSettings).routing, sessions: await candidatesOf(this.db, tenantId) };
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
