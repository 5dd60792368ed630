import { Injectable } from '@nestjs/common';
import { personOf } from '@heliograph/contacts';
import { Database, type Sql } from '@heliograph/kernel';

/** The result of a poll as a hook shows it: the voters of each option. */
export interface PollResult {
  sessionId: string;
  keyId: string;
  options: { name: string; voters: string[] }[];
  /** Time of the vote, by the provider; null: now. */
  at: Date | null;
}

/** The options that one person chose in a poll. */
export interface PollVote {
  /** The number where it is known, else the privacy id. */
  voter: string;
  options: string[];
  at: Date;
}

interface CastVote extends Omit<PollVote, 'at'> {
  sessionId: string;
  keyId: string;
  at: Date | null;
}

/** Votes in polls that we sent. The latest vote of each voter counts, in whichever order results arrive. */
@Injectable()
export class PollVotes {
  constructor(private readonly db: Database) {}

  /** Stores results. Returns, per result in order, whether its poll is known; the caller offers the others again. */
  async apply(results: PollResult[]): Promise<boolean[]> {
    if (results.length === 0) return [];
    const votes = results.flatMap(votesOf);
    const rows = await this.db.prepared<{ session_id: string; key_id: string }>(
      'store_votes',
      `WITH poll AS MATERIALIZED (
         SELECT DISTINCT g.session_id, g.key_id, k.tenant_id, k.message_id FROM unnest($1::uuid[], $2::text[]) AS g(session_id, key_id)
         JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id AND k.evidence <> 'echo'
       ), vote AS (
         SELECT DISTINCT ON (p.tenant_id, p.message_id, v.voter) p.tenant_id, p.message_id, v.voter, ARRAY(SELECT jsonb_array_elements_text(v.options)) AS options, coalesce(v.at, heliograph_now()) AS at
         FROM unnest($3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[]) AS v(session_id, key_id, voter, options, at) JOIN poll p USING (session_id, key_id)
         ORDER BY 1, 2, 3, 5 DESC, 4 DESC
       ), stored AS (
         INSERT INTO poll_votes AS x (tenant_id, message_id, voter, options, at) SELECT tenant_id, message_id, voter, options, at FROM vote ORDER BY 1, 2, 3
         ON CONFLICT (tenant_id, message_id, voter) DO UPDATE SET options = excluded.options, at = excluded.at WHERE (excluded.at, excluded.options) > (x.at, x.options)
       )
       SELECT session_id, key_id FROM poll`,
      [
        results.map((r) => r.sessionId),
        results.map((r) => r.keyId),
        votes.map((v) => v.sessionId),
        votes.map((v) => v.keyId),
        votes.map((v) => v.voter),
        votes.map((v) => JSON.stringify(v.options)),
        votes.map((v) => v.at),
      ],
    );
    const known = new Set(rows.map((row) => `${row.session_id}/${row.key_id}`));
    return results.map((r) => known.has(`${r.sessionId}/${r.keyId}`));
  }

  /** Returns the latest vote of each person. Votes under several addresses of one person are one. */
  of(sql: Sql, tenantId: string, messageId: string): Promise<PollVote[]> {
    return sql.query<PollVote>(
      `SELECT coalesce((array_agg(x.voter ORDER BY x.voter) FILTER (WHERE x.voter LIKE '+%'))[1], x.person) AS voter, max(x.at) AS at,
         (SELECT coalesce(array_agg(DISTINCT o ORDER BY o), '{}') FROM poll_votes l CROSS JOIN LATERAL unnest(l.options) AS o
          WHERE l.tenant_id = $1 AND l.message_id = $2 AND l.voter = ANY (array_agg(x.voter)) AND l.at = max(x.at)) AS options
       FROM (SELECT v.*, ${personOf('v.tenant_id', 'v.voter')} AS person FROM poll_votes v WHERE v.tenant_id = $1 AND v.message_id = $2) x GROUP BY x.person ORDER BY 1`,
      [tenantId, messageId],
    );
  }
}

function votesOf({ sessionId, keyId, options, at }: PollResult): CastVote[] {
  const byVoter = new Map<string, Set<string>>();
  for (const { name, voters } of options) for (const voter of voters) byVoter.set(voter, (byVoter.get(voter) ?? new Set()).add(name));
  return [...byVoter].map(([voter, names]) => ({ sessionId, keyId, voter, options: [...names].sort(), at }));
}
