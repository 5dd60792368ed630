import { Injectable, Logger } from '@nestjs/common';
import { Database, isValueFault } from '@heliograph/kernel';
import { byLikeness } from '../uncertain/message-binding.repository';
import { attemptStates, receiptRankOf, stateList, stateOfRank } from '../message-states';
import { type MemberReceipt, MessageMembers } from './message-members.repository';
import { asWhole, keyOf, raise, type Raised, type Receipt } from './receipt';

const applySql = `
WITH given AS MATERIALIZED (
  SELECT g.*, k.tenant_id, k.message_id, g.failed AND k.evidence IN ${byLikeness} AS doubtful FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bool[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[])
    WITH ORDINALITY AS g(session_id, key_id, rank, failed, sent_at, delivered_at, read_at, played_at, place)
  LEFT JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id AND k.evidence <> 'echo'
), raised AS MATERIALIZED (
  SELECT tenant_id, message_id, max(rank) AS rank, bool_or(failed AND NOT doubtful) AS failed, min(sent_at) AS sent_at, min(delivered_at) AS delivered_at, min(read_at) AS read_at, min(played_at) AS played_at
  FROM given WHERE message_id IS NOT NULL GROUP BY 1, 2
), target AS MATERIALIZED (
  SELECT m.tenant_id, m.id, m.state, r.rank, r.failed, r.sent_at, r.delivered_at, r.read_at, r.played_at,
    -- A receipt of the recipient outranks a failure reported after acceptance. Decisions of our own stay final.
    CASE WHEN m.state = 'failed' AND m.cause = 'provider_error' THEN 2 ELSE ${receiptRankOf('m.state')} END AS standing
  FROM messages m JOIN raised r ON r.tenant_id = m.tenant_id AND r.message_id = m.id
  ORDER BY m.id FOR UPDATE OF m
), moved AS (
  UPDATE messages m SET
    state = CASE
      WHEN t.rank > t.standing THEN ${stateOfRank('t.rank')}
      WHEN t.failed AND t.standing = 2 AND t.rank < 3 THEN 'failed'
      ELSE m.state END,
    cause = CASE WHEN t.failed AND t.standing = 2 AND t.rank < 3 THEN 'provider_error' WHEN t.state = 'failed' AND t.rank > t.standing THEN 'evidence' ELSE m.cause END,
    detail = CASE WHEN t.failed AND t.standing = 2 AND t.rank < 3 THEN 'The provider reported an error after accepting the message.'
      WHEN t.state = 'failed' AND t.rank > t.standing THEN 'receipt' ELSE m.detail END,
    sent_at = coalesce(m.sent_at, t.sent_at),
    delivered_at = coalesce(m.delivered_at, t.delivered_at, CASE WHEN t.rank >= 3 THEN coalesce(t.read_at, t.played_at, heliograph_now()) END),
    read_at = coalesce(m.read_at, t.read_at, CASE WHEN t.rank >= 4 THEN coalesce(t.played_at, heliograph_now()) END),
    played_at = coalesce(m.played_at, t.played_at)
  FROM target t
  WHERE m.tenant_id = t.tenant_id AND m.id = t.id AND t.standing IS NOT NULL
    AND (t.rank > t.standing OR t.state <> 'failed' AND t.failed AND t.standing = 2 AND t.rank < 3
      OR t.state <> 'failed' AND (m.delivered_at IS NULL AND t.delivered_at IS NOT NULL OR m.read_at IS NULL AND t.read_at IS NOT NULL))
)
SELECT g.place::int, g.message_id IS NULL OR t.state IN ${stateList(attemptStates)} OR g.doubtful AND g.rank < 3 AS early
FROM given g LEFT JOIN target t ON t.tenant_id = g.tenant_id AND t.id = g.message_id`;

/**
 * Raises the states of messages by their receipts: never down, in any order, any number of times. A group message as a whole is delivered
 * once one member received it. Only a receipt of the whole marks it read or played, and no member makes it fail.
 */
@Injectable()
export class Receipts {
  private readonly log = new Logger(Receipts.name);
  private readonly members = new MessageMembers();

  constructor(private readonly db: Database) {}

  /**
   * Applies a batch in one statement, and in one more when it contains receipts of group members. Returns, per receipt in order, whether
   * its message is known; the caller offers the others again.
   */
  async apply(receipts: Receipt[]): Promise<boolean[]> {
    if (receipts.length === 0) return [];
    const isGroup = new Map<string, boolean>();
    const ofMembers = receipts.flatMap((r): MemberReceipt[] => (r.member ? [{ ...r, member: r.member, at: r.at ?? new Date() }] : []));
    await this.inHalves(ofMembers, async (part) => {
      for (const [key, group] of await this.members.raise(this.db, part)) isGroup.set(key, group);
    });
    const byKey = new Map<string, Raised>();
    const parked = new Map<string, boolean>();
    for (const receipt of receipts) {
      const group = receipt.member ? isGroup.get(keyOf(receipt)) : false;
      if (group === undefined) parked.set(keyOf(receipt), true);
      else raise(byKey, group ? asWhole(receipt) : receipt);
    }
    await this.inHalves([...byKey.values()], (part) => this.raiseAtOnce(part, parked));
    return receipts.map((r) => !parked.get(keyOf(r)));
  }

  /**
   * Runs `work` on all receipts at once. When the database refuses a value, the batch is halved until the bad receipt is alone; that one is
   * dropped.
   */
  private async inHalves<T extends { sessionId: string }>(all: T[], work: (part: T[]) => Promise<void>): Promise<void> {
    try {
      await work(all);
    } catch (error) {
      if (!isValueFault(error)) throw error;
      if (all.length === 1) {
        this.log.error({ event: 'receipt.refused', session: all[0]?.sessionId, error: (error as Error).message });
        return;
      }
      const half = Math.ceil(all.length / 2);
      await this.inHalves(all.slice(0, half), work);
      await this.inHalves(all.slice(half), work);
    }
  }

  private async raiseAtOnce(all: Raised[], parked: Map<string, boolean>): Promise<void> {
    const rows = await this.db.plannedOnce<{ place: number; early: boolean }>('apply_receipts', applySql, [
      all.map((r) => r.sessionId),
      all.map((r) => r.keyId),
      all.map((r) => r.rank),
      all.map((r) => r.failed),
      all.map((r) => r.sentAt),
      all.map((r) => r.deliveredAt),
      all.map((r) => r.readAt),
      all.map((r) => r.playedAt),
    ]);
    // A failed or cancelled message is known too: its receipts change nothing.
    const early = new Set(rows.filter((row) => row.early).map((row) => row.place));
    all.forEach((r, i) => parked.set(keyOf(r), early.has(i + 1)));
  }
}
