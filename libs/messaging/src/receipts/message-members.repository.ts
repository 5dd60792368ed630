import { personOf } from '@heliograph/contacts';
import type { Sql } from '@heliograph/kernel';
import { receiptRanks, type ReceiptStatus } from '@heliograph/providers';

/** A receipt of one member of a group. */
export interface MemberReceipt {
  sessionId: string;
  keyId: string;
  member: string;
  status: ReceiptStatus;
  at: Date;
}

export const memberStates = ['failed', 'pending', 'sent', 'delivered', 'read', 'played'] as const;

/** State of a group message for one member. */
export interface MessageMember {
  /** The number where it is known, else the privacy id. */
  address: string;
  state: (typeof memberStates)[number];
  deliveredAt: Date | null;
  readAt: Date | null;
  playedAt: Date | null;
}

/** Stores receipts of group members; a state is only raised. A receipt in a private chat has no member: the chat is with one person. */
export class MessageMembers {
  /** @returns the known messages, as `session/key`, and for each whether it went to a group */
  async raise(sql: Sql, receipts: MemberReceipt[]): Promise<Map<string, boolean>> {
    if (receipts.length === 0) return new Map();
    const timesOf = (status: ReceiptStatus) => receipts.map((r) => (r.status === status ? r.at : null));
    const rows = await sql.prepared<{ session_id: string; key_id: string; is_group: boolean }>(
      'raise_members',
      `WITH given AS MATERIALIZED (
         SELECT g.*, m.tenant_id, m.id, m.recipient LIKE '%@g.us' AS is_group FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
           AS g(session_id, key_id, member, rank, delivered_at, read_at, played_at)
         JOIN message_keys k ON k.session_id = g.session_id AND k.key_id = g.key_id AND k.evidence <> 'echo'
         JOIN messages m ON m.tenant_id = k.tenant_id AND m.id = k.message_id
       ), raised AS (
         INSERT INTO message_members AS x (tenant_id, message_id, member, rank, delivered_at, read_at, played_at)
         SELECT tenant_id, id, member, max(rank), min(delivered_at), min(read_at), min(played_at) FROM given WHERE is_group GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
         ON CONFLICT (tenant_id, message_id, member) DO UPDATE SET rank = greatest(x.rank, excluded.rank), delivered_at = least(x.delivered_at, excluded.delivered_at),
           read_at = least(x.read_at, excluded.read_at), played_at = least(x.played_at, excluded.played_at)
         WHERE excluded.rank > x.rank OR (least(x.delivered_at, excluded.delivered_at), least(x.read_at, excluded.read_at), least(x.played_at, excluded.played_at))
           IS DISTINCT FROM (x.delivered_at, x.read_at, x.played_at)
       )
       SELECT DISTINCT session_id, key_id, is_group FROM given`,
      [
        receipts.map((r) => r.sessionId),
        receipts.map((r) => r.keyId),
        receipts.map((r) => r.member),
        receipts.map((r) => receiptRanks[r.status]),
        timesOf('delivered'),
        timesOf('read'),
        timesOf('played'),
      ],
    );
    return new Map(rows.map((row) => [`${row.session_id}/${row.key_id}`, row.is_group]));
  }

  /** Returns the members of a group message that sent a receipt. The number and the privacy id of one person are one member. */
  async of(sql: Sql, tenantId: string, messageId: string): Promise<MessageMember[]> {
    const rows = await sql.query<Omit<MessageMember, 'state'> & { rank: number }>(
      `SELECT coalesce(min(x.member) FILTER (WHERE x.member LIKE '+%'), x.person) AS address, max(x.rank)::int AS rank, min(x.delivered_at) AS "deliveredAt", min(x.read_at) AS "readAt",
         min(x.played_at) AS "playedAt"
       FROM (SELECT r.*, ${personOf('r.tenant_id', 'r.member')} AS person FROM message_members r WHERE r.tenant_id = $1 AND r.message_id = $2) x GROUP BY x.person ORDER BY 1`,
      [tenantId, messageId],
    );
    return rows.map(({ rank, ...member }) => ({ ...member, state: memberStates[rank] as MessageMember['state'] }));
  }
}
