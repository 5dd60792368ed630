import { Injectable } from '@nestjs/common';
import { Database, isValueFault, notFound, type Tx } from '@heliograph/kernel';
import { mayDuplicateOf, passesHold, readHold } from '../installation/ledger-state.repository';
import { isInWindow, isOpen, waitingRows } from '../lanes/group-claims.repository';
import { dailyCapOf, invalidLane, leftOf, nextDayOf, sendWindowOf } from '../lanes/lane-rules.repository';
import type { MessageState } from '../message';

/**
 * Reasons why a message waits: for a person to release a held ledger; for a person to resume its group; for its own time; for its session
 * to be connected and not held; for the end of a pause (the provider's, or ours after unanswered calls); for its body source; for a
 * correction of its lane's invalid settings; for its send window; for a cap; for the lane's next slot; for messages of its lane that go
 * first.
 */
export const waitReasons = [
  'ledger_held',
  'group_paused',
  'send_at',
  'session',
  'provider',
  'source',
  'lane_invalid',
  'send_window',
  'hourly_or_daily_cap',
  'pace',
  'lane',
] as const;

/** Explanation of the state of a message. */
export interface MessageWhy {
  state: MessageState;
  cause: string | null;
  detail: string | null;
  /** Reasons why it waits, the most decisive first; empty when it does not wait. */
  waitsFor: (typeof waitReasons)[number][];
  sessionStatus: string | null;
  heldReason: string | null;
  /** True when it waits under the hold of the ledger and may have been sent before, unknown to this ledger. */
  mayDuplicate: boolean;
  /** Number of messages of its lane that go first; counted up to 10,000. */
  ahead: number | null;
  earliestSlotAt: Date | null;
}

/** Maximum of `ahead`. */
const maxAhead = 10_000;

/** Explains why a message waits, always of one tenant. */
@Injectable()
export class MessageExplainer {
  constructor(private readonly db: Database) {}

  /** @throws AppError not_found */
  async why(tenantId: string, id: string): Promise<MessageWhy> {
    try {
      return await this.whyBy(tenantId, id, true);
    } catch (error) {
      // The lane's row holds a value that the database cannot compute with. The answer says so, with all that needs no computation.
      if (!isValueFault(error)) throw error;
      return this.whyBy(tenantId, id, false);
    }
  }

  private async whyBy(tenantId: string, id: string, isReadable: boolean): Promise<MessageWhy> {
    const rules = isReadable
      ? `CROSS JOIN LATERAL (${sendWindowOf('l', 'heliograph_now()')}) w
         CROSS JOIN LATERAL (${leftOf('l', 'heliograph_now()', dailyCapOf('l', 'heliograph_now()'))}) own
         CROSS JOIN LATERAL (${leftOf('p', 'heliograph_now()')}) shared`
      : '';
    const ruled = isReadable
      ? `CASE WHEN w.outside AND NOT m.class = ANY (w.exempt) THEN w.opens_at END AS opens_at,
         greatest(CASE WHEN least(own.left_hour, shared.left_hour) <= 0 THEN date_trunc('hour', heliograph_now()) + interval '1 hour' END,
           CASE WHEN own.left_day <= 0 THEN ${nextDayOf('l', 'heliograph_now()')} END,
           CASE WHEN shared.left_day <= 0 THEN ${nextDayOf('p', 'heliograph_now()')} END) AS capped_until`
      : `NULL::timestamptz AS opens_at, NULL::timestamptz AS capped_until`;
    const hold = await readHold(this.db);
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<{
        state: MessageState;
        cause: string | null;
        detail: string | null;
        due_at: Date | null;
        is_early: boolean;
        status: string | null;
        held_reason: string | null;
        closed_until: Date | null;
        closed_reason: string | null;
        next_slot_at: Date | null;
        opens_at: Date | null;
        is_window_over: boolean;
        capped_until: Date | null;
        paced: boolean | null;
        slot_ahead: boolean | null;
        is_group_paused: boolean;
        is_ledger_held: boolean | null;
        may_duplicate: boolean | null;
      }>(
        `SELECT m.state, m.cause, m.detail, m.due_at, m.due_at > heliograph_now() AS is_early, s.status, s.held_reason,
           CASE WHEN l.closed_until > heliograph_now() THEN l.closed_until END AS closed_until, l.closed_reason, greatest(nullif(l.next_slot_at, '-infinity'), heliograph_now()) AS next_slot_at,
           ${ruled},
           NOT (${isOpen('mg')}) AS is_group_paused, NOT ${isInWindow('m', 'heliograph_now()')} AS is_window_over, l.window_limit > 0 AS paced, l.next_slot_at > heliograph_now() AS slot_ahead,
           g.hold_reason IS NOT NULL AND NOT (${passesHold('m', 'g.written_until')}) AS is_ledger_held,
           g.hold_reason IS NOT NULL AND ${mayDuplicateOf('m', 'g')} AS may_duplicate
         FROM messages m CROSS JOIN (SELECT $3::text AS hold_reason, $4::timestamptz AS written_until, $5::timestamptz AS held_at) g LEFT JOIN sessions s ON s.id = m.session_id LEFT JOIN lanes l ON l.session_id = m.session_id
         LEFT JOIN message_groups mg ON mg.tenant_id = m.tenant_id AND mg.id = m.group_id
         LEFT JOIN cap_pools p ON p.tenant_id = l.tenant_id AND p.name = l.cap_pool
         ${rules}
         WHERE m.tenant_id = $1 AND m.id = $2`,
        [tenantId, id, hold.reason, hold.writtenUntil, hold.heldAt],
      );
      if (!row) throw notFound('message');
      const waiting = row.due_at !== null && (row.state === 'queued' || row.state === 'scheduled');
      const ahead = waiting ? await this.ahead(tx, tenantId, id) : null;
      const waitsFor: MessageWhy['waitsFor'] = [];
      if (waiting) {
        if (row.is_ledger_held) waitsFor.push('ledger_held');
        if (row.is_group_paused) waitsFor.push('group_paused');
        if (row.is_early) waitsFor.push('send_at');
        if (row.status !== 'connected' || row.held_reason) waitsFor.push('session');
        const isInvalid = !isReadable || (row.closed_until !== null && row.closed_reason === invalidLane);
        if (isInvalid) waitsFor.push('lane_invalid');
        else if (row.closed_until) waitsFor.push('provider');
        if (row.cause === 'source_unavailable') waitsFor.push('source');
        if (row.opens_at || row.is_window_over) waitsFor.push('send_window');
        if (row.capped_until) waitsFor.push('hourly_or_daily_cap');
        if (row.slot_ahead) waitsFor.push('pace');
        if ((ahead ?? 0) > 0) waitsFor.push('lane');
      }
      return {
        state: row.state,
        cause: row.cause,
        detail: row.detail,
        waitsFor,
        sessionStatus: row.status,
        heldReason: row.held_reason,
        mayDuplicate: row.may_duplicate ?? false,
        ahead,
        earliestSlotAt: waiting
          ? ([row.next_slot_at, row.closed_until, row.opens_at, row.capped_until, row.due_at]
              .filter((d): d is Date => d !== null)
              .sort((a, b) => b.getTime() - a.getTime())[0] ?? null)
          : null,
      };
    });
  }

  private async ahead(tx: Tx, tenantId: string, id: string): Promise<number> {
    const [row] = await tx.query<{ ahead: number }>(
      `SELECT count(*)::int AS ahead FROM messages m
       CROSS JOIN LATERAL (
         SELECT 1 FROM (
           SELECT k.class, NULL::uuid AS group_id FROM generate_series(0, m.class::int) k(class)
           UNION ALL
           SELECT lg.class, lg.group_id FROM lane_groups lg LEFT JOIN message_groups g ON g.tenant_id = lg.tenant_id AND g.id = lg.group_id
           WHERE lg.session_id = m.session_id AND lg.class <= m.class AND ${isOpen('g')}
         ) v CROSS JOIN LATERAL (${waitingRows({
           columns: 'x.state',
           lane: 'm',
           class: 'v.class',
           group: 'v.group_id',
           where: `x.due_at <= CASE WHEN v.class < m.class THEN 'infinity' ELSE m.due_at END AND (x.class < m.class OR (x.due_at, x.id) < (m.due_at, m.id))`,
           limit: `${maxAhead}`,
         })}) o WHERE o.state = 'queued' LIMIT ${maxAhead}
       ) a WHERE m.tenant_id = $1 AND m.id = $2`,
      [tenantId, id],
    );
    return row?.ahead ?? 0;
  }
}
