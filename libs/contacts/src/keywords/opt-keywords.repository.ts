import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { KeywordMatcher, type KeywordMatch } from './keyword-match';
import type { NearMatch } from './near-match';
import { type KeywordSet, shippedKeywords } from './shipped-keywords';

/** The effective keywords of a language for a tenant. */
export interface LanguageKeywords extends KeywordSet {
  language: string;
  /** False: the shipped keywords. */
  isOwn: boolean;
}

const shipped = new KeywordMatcher();

/** Opt-out and opt-in keywords. */
@Injectable()
export class OptKeywords {
  constructor(private readonly db: Database) {}

  /** Returns all languages, shipped ones and those the tenant set. */
  list(tenantId: string): Promise<LanguageKeywords[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const own = await this.own(tx, [tenantId]);
      const sets = merge(own.get(tenantId));
      return Object.entries(sets)
        .map(([language, set]) => ({ language, ...set, isOwn: own.get(tenantId)?.has(language) ?? false }))
        .sort((a, b) => (a.language < b.language ? -1 : 1));
    });
  }

  /** Replaces the shipped keywords of a language; an empty set switches the language off. */
  async put(tenantId: string, language: string, set: KeywordSet): Promise<LanguageKeywords> {
    await this.db.forTenant(tenantId, (tx) =>
      tx.query(
        `INSERT INTO opt_keywords (tenant_id, language, opt_out, opt_in) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, language) DO UPDATE SET opt_out = excluded.opt_out, opt_in = excluded.opt_in`,
        [tenantId, language, set.optOut, set.optIn],
      ),
    );
    return { language, ...set, isOwn: true };
  }

  /** Resets a language to the shipped keywords. */
  async reset(tenantId: string, language: string): Promise<void> {
    await this.db.forTenant(tenantId, (tx) =>
      tx.query(`DELETE FROM opt_keywords WHERE tenant_id = $1 AND language = $2`, [tenantId, language]),
    );
  }

  /** Returns the keyword that a text is, or the one that it is near to. */
  async test(tenantId: string, text: string): Promise<{ match: KeywordMatch | null; near: NearMatch | null }> {
    const matcher = (await this.db.forTenant(tenantId, (tx) => this.matchers(tx, [tenantId])))(tenantId);
    return { match: matcher.match(text), near: matcher.near(text) };
  }

  /** Returns the keyword matchers of these tenants. */
  async matchers(sql: Sql, tenantIds: string[]): Promise<(tenantId: string) => KeywordMatcher> {
    const own = await this.own(sql, tenantIds);
    const matchers = new Map([...own].map(([tenantId, sets]) => [tenantId, new KeywordMatcher(merge(sets))]));
    return (tenantId) => matchers.get(tenantId) ?? shipped;
  }

  private async own(sql: Sql, tenantIds: string[]): Promise<Map<string, Map<string, KeywordSet>>> {
    const rows = await sql.prepared<{ tenant_id: string; language: string; opt_out: string[]; opt_in: string[] }>(
      'own_keywords',
      `SELECT tenant_id, language, opt_out, opt_in FROM opt_keywords WHERE tenant_id = ANY ($1::uuid[])`,
      [tenantIds],
    );
    const byTenant = Map.groupBy(rows, (row) => row.tenant_id);
    return new Map(
      [...byTenant].map(([tenantId, of]) => [
        tenantId,
        new Map(of.map((row) => [row.language, { optOut: row.opt_out, optIn: row.opt_in }])),
      ]),
    );
  }
}

const merge = (own: Map<string, KeywordSet> = new Map()): Record<string, KeywordSet> => ({
  ...shippedKeywords,
  ...Object.fromEntries(own),
});
