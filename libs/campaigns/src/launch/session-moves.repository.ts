import { Injectable } from '@nestjs/common';
import { AppError, Database } from '@heliograph/kernel';
import { MessageMoves } from '@heliograph/messaging';
import { type Candidate, candidatesOf } from '@heliograph/tenants';
import type { CampaignNumbers } from '../campaign-body';
import { launchedSql, logCampaign } from '../campaigns.repository';
import { campaignRunner } from './expansion.repository';
import { sharesOf } from './verdict.repository';

/** Seconds for which a session is down before its messages move: most come back sooner. */
const patienceS = 60;
/** Chunks of one turn. */
const chunksPerTurn = 20;

/** A running campaign. */
interface Running {
  tenantId: string;
  id: string;
  numbers: CampaignNumbers;
  joining: string[];
  /** Time of the change by which they join; null: of all of its messages. */
  joinedAt: Date | null;
}

/** Lets messages of running campaigns follow its sessions: away from those that left or are down, and to those that joined. */
@Injectable()
export class SessionMoves {
  constructor(
    private readonly db: Database,
    private readonly moves: MessageMoves,
  ) {}

  running(): Promise<Running[]> {
    return this.db.query<Running>(
      `SELECT c.tenant_id AS "tenantId", c.id, c.numbers, r.joining, r.joined_at AS "joinedAt" FROM ${launchedSql}
       WHERE c.state = 'processing' ORDER BY random() LIMIT 500`,
    );
  }

  /** Moves messages of one campaign. @returns whether more may be left. @throws AppError `no_sessions`: none of its sessions is left */
  async follow({ tenantId, id, numbers, joining, joinedAt }: Running): Promise<boolean> {
    const waiting = await this.moves.sessionsOf(tenantId, id);
    if (waiting.length === 0) return false;
    const { stay, take } = sidesOf(await candidatesOf(this.db, tenantId), numbers);
    if (take.length === 0) throw new AppError('conflict', 'no_sessions', 'None of the sessions of the campaign is left.');
    const left = waiting.filter((one) => !stay.includes(one));
    const away = await this.run(tenantId, id, { from: left, to: take });
    const joined = joining.filter((one) => take.some((session) => session.id === one));
    if (joined.length === 0) return away.isMore;
    const staying = waiting.filter((one) => stay.includes(one));
    const spread = await this.run(tenantId, id, { from: staying, to: take, only: joined, writtenBefore: joinedAt });
    if (!spread.isMore)
      await this.db.query(
        `UPDATE campaign_runs SET joining = '{}' WHERE tenant_id = $1 AND campaign_id = $2 AND joining = $3::uuid[] AND joined_at IS NOT DISTINCT FROM $4`,
        [tenantId, id, joining, joinedAt],
      );
    return away.isMore || spread.isMore;
  }

  private async run(tenantId: string, id: string, move: Parameters<MessageMoves['move']>[2]): Promise<{ isMore: boolean }> {
    let moved = 0;
    let last = 0;
    for (let i = 0; i < chunksPerTurn; i++) {
      last = await this.moves.move(tenantId, id, move);
      moved += last;
      if (last === 0) break;
    }
    if (moved > 0) {
      const detail = { messages: moved, from: move.from, to: move.only ?? move.to.map((one) => one.id) };
      await logCampaign(this.db, tenantId, id, 'moved', campaignRunner, detail);
    }
    return { isMore: last > 0 };
  }
}

/** Returns the sessions that keep their messages, and those that take messages of others. */
export function sidesOf(candidates: Candidate[], numbers: CampaignNumbers): { stay: string[]; take: { id: string; weight: number }[] } {
  const chosen = sharesOf(candidates, { ...numbers, when_down: 'hold' });
  if (numbers.when_down === 'hold') return { stay: chosen.map(({ id }) => id), take: chosen };
  const up = chosen.filter(({ usable }) => usable);
  const isDown = (id: string) => candidates.some((one) => one.id === id && one.downS >= patienceS);
  // Nobody can take them: they wait where they are.
  if (up.length === 0) return { stay: chosen.map(({ id }) => id), take: chosen };
  return { stay: chosen.filter(({ id }) => !isDown(id)).map(({ id }) => id), take: up };
}
