import { Injectable } from '@nestjs/common';
import { Database, isValueFault, notFound, type Tx } from '@heliograph/kernel';
import { frequencyCapsOf, isSessionOpen, isTenantOpen, minGapOf, sessionOf, tenantOf } from '@heliograph/tenants';
import { mayDuplicateOf, passesHold, readHold } from '../installation/ledger-state.repository';
import { capStandingOf, freeAtOf, hasCapsOf } from '../lanes/frequency-caps.repository';
import {
  groupLeftOf,
  isInWindow,
  isLimited,
  isOpen,
  keepsPlace,
  maxLeftOut,
  partingGroups,
  waitingRows,
} from '../lanes/group-claims.repository';
import {
  dailyCapOf,
  firstSlotOf,
  isInvalid,
  isSlotAhead,
  leftOf,
  nextDayOf,
  openClassesOf,
  sendWindowOf,
} from '../lanes/lane-rules.repository';
import type { MessageState } from '../message';
import { stateList, waitingStates } from '../message-states';

/**
 * Reasons why a message waits, the most decisive first. Each is a condition under which the claim passes the message by:
 *
 * - `ledger_held`: a person has to release a held ledger
 * - `tenant_suspended`: the tenant has to be resumed
 * - `group_paused`: its group or campaign has to be resumed
 * - `group_changing`: a cancellation, new windows or new limits of its group are being applied to all its messages
 * - `send_at`: its own time has not come
 * - `file`: the provider does not have its file yet
 * - `retry`: the time of its next attempt has not come
 * - `min_gap`: the minimum gap after another message to the same person is not over, or the outcome of a call that its caps depend on is not known
 * - `session`: the session is not connected, or it is held
 * - `lane_invalid`: the settings of its lane have to be corrected
 * - `provider`: a pause of the lane is not over, the provider's or ours after unanswered calls
 * - `in_flight`: calls of its lane are under way
 * - `source`: its body source is not available
 * - `send_window`: the send window of its lane is closed, or its own window is over
 * - `hourly_or_daily_cap`: a cap of its lane or of the lane's pool is reached
 * - `group_cap`, `group_rate`: the daily cap or the rate of its group is reached
 * - `pace`: the next slot of its lane has not come
 * - `lane`: messages of its lane go first
 */
export const waitReasons = [
  'ledger_held',
  'tenant_suspended',
  'group_paused',
  'group_changing',
  'send_at',
  'file',
  'retry',
  'min_gap',
  'session',
  'lane_invalid',
  'provider',
  'in_flight',
  'source',
  'send_window',
  'hourly_or_daily_cap',
  'group_cap',
  'group_rate',
  'pace',
  'lane',
] as const;
export type WaitReason = (typeof waitReasons)[number];

/** Explanation of the state of a message. */
export interface MessageWhy {
  state: MessageState;
  cause: string | null;
  detail: string | null;
  /** Reasons why it waits, the most decisive first; empty when it does not wait. */
  waitsFor: WaitReason[];
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

/** Causes of a message that returned to its lane and is due again at the time of its next attempt. */
const retriedCauses = `('not_sent', 'source_unavailable', 'file_unavailable')`;

/** A reason as SQL over the rows of `whySql`: the condition under which a message waits for it, and the time at which it ends, where that is known. */
interface WaitRule {
  when: string;
  until?: string;
}
type WaitRules = Record<Exclude<WaitReason, 'lane'>, WaitRule>;

const isEarly = 'm.due_at > n.now';
const isRetried = `m.cause IN ${retriedCauses}`;
const passedWindow = `NOT ${isInWindow('m', 'n.now')}`;
/** End of the wait for its person, when it is not sent before for that reason alone. */
const freeAt = freeAtOf('k', 'n.now');
const isGapped = `coalesce(${freeAt} >= greatest(m.due_at, n.now), false)`;
const isOutside = `NOT m.class = ANY (${openClassesOf('w')})`;
/** Messages of its group and class that the claim reads before it. Workers know in memory alone that a source failed, and leave this on the messages that met it. */
const metFailedSource = `EXISTS (SELECT 1 FROM (${waitingRows({
  columns: 'x.cause, x.origin',
  lane: 'm',
  class: 'm.class',
  group: 'm.lane_group',
  where: 'x.due_at <= n.now',
  limit: `${maxLeftOut}`,
})}) o WHERE o.cause = 'source_unavailable' AND o.origin->>'kind' = m.origin->>'kind')`;

/** Rules that need no computation with the settings of a lane, a group or a tenant. */
const plainRules = {
  ledger_held: { when: `h.hold_reason IS NOT NULL AND NOT (${passesHold('m', 'h.written_until')})` },
  tenant_suspended: { when: `NOT (${isTenantOpen('t')})` },
  group_paused: { when: `NOT (${isOpen('g')}) AND g.state = 'paused'` },
  group_changing: { when: `g.state IS DISTINCT FROM 'paused' AND NOT (${isOpen('g')} AND ${keepsPlace('m', 'parting')})` },
  session: { when: `(${isSessionOpen('s')}) IS NOT TRUE` },
  provider: { when: `l.closed_until > n.now AND (${isInvalid('l', 'n.now')}) IS NOT TRUE`, until: 'l.closed_until' },
  in_flight: { when: 'l.turn_worker IS NOT NULL' },
  source: { when: `m.body IS NULL AND (m.cause = 'source_unavailable' OR ${metFailedSource})` },
  file: { when: `m.cause = 'file_unavailable'` },
} satisfies Partial<WaitRules>;

const rules: WaitRules = {
  ...plainRules,
  send_at: { when: `${isEarly} AND NOT ${isGapped} AND ${isRetried} IS NOT TRUE` },
  retry: { when: `${isEarly} AND NOT ${isGapped} AND ${isRetried}` },
  min_gap: { when: isGapped, until: freeAt },
  lane_invalid: { when: isInvalid('l', 'n.now'), until: 'l.closed_until' },
  send_window: { when: `${isOutside} OR ${passedWindow}`, until: `CASE WHEN ${isOutside} THEN w.opens_at END` },
  hourly_or_daily_cap: {
    when: 'least(own.left_hour, own.left_day, shared.left_hour, shared.left_day) <= 0',
    until: `greatest(CASE WHEN least(own.left_hour, shared.left_hour) <= 0 THEN date_trunc('hour', n.now) + interval '1 hour' END,
      CASE WHEN own.left_day <= 0 THEN ${nextDayOf('l', 'n.now')} END, CASE WHEN shared.left_day <= 0 THEN ${nextDayOf('p', 'n.now')} END)`,
  },
  group_cap: { when: 'limited.left_day <= 0', until: nextDayOf('g', 'n.now') },
  group_rate: { when: isSlotAhead('limited.next_slot_at', 'f.first_slot'), until: 'limited.next_slot_at' },
  pace: { when: isSlotAhead('f.first_slot', 'n.now'), until: 'f.first_slot' },
};

/** The rules for a lane whose row holds a value that the database cannot compute with. */
const never = { when: 'false' };
const unreadableRules: WaitRules = {
  ...plainRules,
  send_at: { when: `${isEarly} AND ${isRetried} IS NOT TRUE` },
  retry: { when: `${isEarly} AND ${isRetried}` },
  min_gap: never,
  lane_invalid: { when: 'true', until: 'CASE WHEN l.closed_until > n.now THEN l.closed_until END' },
  provider: never,
  send_window: { when: passedWindow },
  hourly_or_daily_cap: never,
  group_cap: never,
  group_rate: never,
  pace: never,
};

const standing = capStandingOf({
  tenantId: 'm.tenant_id',
  recipient: 'm.recipient',
  caps: frequencyCapsOf('t'),
  gap: minGapOf('t'),
  now: 'n.now',
  except: 'm.id',
});

/** SQL: what `rules` compute with. */
const computed = `CROSS JOIN LATERAL (${sendWindowOf('l', 'n.now')}) w
  CROSS JOIN LATERAL (${leftOf('l', 'n.now', dailyCapOf('l', 'n.now'))}) own
  CROSS JOIN LATERAL (${leftOf('p', 'n.now')}) shared
  CROSS JOIN LATERAL (SELECT ${firstSlotOf('l', 'n.now')} AS first_slot) f
  LEFT JOIN LATERAL (SELECT g.next_slot_at, ${groupLeftOf('g', 'n.now')} AS left_day) limited ON ${isLimited('g')}
  LEFT JOIN LATERAL (${standing}) k ON m.due_at IS NOT NULL AND g.obeys_caps AND ${hasCapsOf('t')}`;

/** A message, and what holds it up. */
interface WhyRow extends Omit<MessageWhy, 'ahead'> {
  isWaiting: boolean;
}

/** The first message of a lane, and what holds it up. */
interface LaneHold {
  isEarly: boolean;
  waitsFor: WaitReason[];
  /** Ends of those reasons whose end is known, as texts. */
  ends: Partial<Record<WaitReason, string>>;
  zone: string | null;
}

/** Hold of a group by which none of its messages leaves now. */
export interface GroupHold {
  reason: WaitReason;
  /** Null: somebody has to do something, or the end is not known. */
  until: Date | null;
  /** Time zone of the window of the message that may leave first; null: that of the group's owner. */
  zone: string | null;
}

/** Reasons that hold all messages of a group in a lane. The others but those below are of one message, or of a lane at work. */
const holding: readonly WaitReason[] = [
  'ledger_held',
  'tenant_suspended',
  'group_paused',
  'group_changing',
  'session',
  'lane_invalid',
  'provider',
  'send_window',
  'hourly_or_daily_cap',
  'group_cap',
];
/** Reasons of one message that hold all others too while it is the one that is due first, and early. */
const holdingEarly: readonly WaitReason[] = ['send_at', 'retry', 'min_gap'];

/** Lanes of a group that are asked for what holds them. */
const maxLanes = 200;
/** Lanes that are asked first: mostly one of a few is at work. */
const firstLanes = 5;

const reasonsOf = (by: WaitRules) => waitReasons.flatMap((reason) => (reason === 'lane' ? [] : [{ reason, ...by[reason] }]));
const waitsForOf = (by: WaitRules): string =>
  `array_remove(ARRAY[${reasonsOf(by)
    .map(({ reason, when }) => `CASE WHEN ${when} THEN '${reason}' END`)
    .join(',\n    ')}], NULL)`;

/** SQL: the `WhyRow` of the message $2 of tenant $1. */
const whySqlOf = (by: WaitRules, joins: string): string => {
  const ends = reasonsOf(by).flatMap(({ when, until }) => (until ? [`CASE WHEN ${when} THEN ${until} END`] : []));
  const columns = `m.state, m.cause, m.detail, s.status AS "sessionStatus", s.held_reason AS "heldReason",
  m.due_at IS NOT NULL AND m.state IN ${stateList(waitingStates)} AS "isWaiting",
  coalesce(h.hold_reason IS NOT NULL AND ${mayDuplicateOf('m', 'h')}, false) AS "mayDuplicate",
  ${waitsForOf(by)} AS "waitsFor",
  greatest(n.now, m.due_at, ${ends.join(',\n    ')}) AS "earliestSlotAt"`;
  return judgedSql(columns, joins, 'm.id = $2');
};

/** SQL: the `LaneHold` of each of the messages $2 of tenant $1. */
const laneHoldsSqlOf = (by: WaitRules, joins: string): string => {
  const ends = reasonsOf(by).flatMap(({ reason, when, until }) => (until ? [`'${reason}', CASE WHEN ${when} THEN ${until} END`] : []));
  const columns = `${isEarly} AS "isEarly", m.window_zone AS zone, ${waitsForOf(by)} AS "waitsFor",
  jsonb_strip_nulls(jsonb_build_object(${ends.map((end) => `${end},\n    `).join('')}'send_at', m.due_at, 'retry', m.due_at)) AS ends`;
  return judgedSql(columns, joins, 'm.id = ANY ($2::uuid[])');
};

/** SQL: columns of messages of tenant $1 by the rules, under the hold $3 to $5. Reasons hold for a message that waits only. */
function judgedSql(columns: string, joins: string, which: string): string {
  return `WITH parting AS MATERIALIZED (${partingGroups})
SELECT ${columns}
FROM messages m
CROSS JOIN (SELECT heliograph_now() AS now) n
CROSS JOIN (SELECT $3::text AS hold_reason, $4::timestamptz AS written_until, $5::timestamptz AS held_at) h
JOIN ${tenantOf('t', 'm.tenant_id')}
LEFT JOIN ${sessionOf('s', 'm')}
LEFT JOIN lanes l ON l.session_id = m.session_id
LEFT JOIN message_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
LEFT JOIN cap_pools p ON p.tenant_id = l.tenant_id AND p.name = l.cap_pool
${joins}
WHERE m.tenant_id = $1 AND ${which}`;
}
const whySql = whySqlOf(rules, computed);
const unreadableSql = whySqlOf(unreadableRules, '');
const laneHoldsSql = laneHoldsSqlOf(rules, computed);
const unreadableHoldsSql = laneHoldsSqlOf(unreadableRules, '');

/** Explains why a message waits, always of one tenant. */
@Injectable()
export class MessageExplainer {
  constructor(private readonly db: Database) {}

  /** @throws AppError not_found */
  async why(tenantId: string, id: string): Promise<MessageWhy> {
    try {
      return await this.whyBy(tenantId, id, whySql);
    } catch (error) {
      // A row of the lane holds a value that the database cannot compute with. The answer says so, with all that needs no computation.
      if (!isValueFault(error)) throw error;
      return this.whyBy(tenantId, id, unreadableSql);
    }
  }

  /**
   * Returns why none of the waiting messages of a group that stands apart leaves now: the hold that ends first. Null: a lane of it is at work, nothing waits, or
   * it waits in more lanes than are asked.
   */
  async holdOfGroup(tenantId: string, groupId: string): Promise<GroupHold | null> {
    const firsts = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ id: string }>(
        `SELECT x.id FROM lane_groups lg CROSS JOIN LATERAL (
           SELECT m.id, m.due_at FROM messages m
           WHERE m.session_id = lg.session_id AND m.class = lg.class AND m.lane_group = lg.group_id AND m.due_at IS NOT NULL AND m.state IN ${stateList(waitingStates)}
           ORDER BY m.due_at LIMIT 1) x
         WHERE lg.tenant_id = $1 AND lg.group_id = $2 ORDER BY x.due_at LIMIT ${maxLanes + 1}`,
        [tenantId, groupId],
      ),
    );
    if (firsts.length > maxLanes) return null;
    const ids = firsts.map(({ id }) => id);
    const holds: GroupHold[] = [];
    for (const some of [ids.slice(0, firstLanes), ids.slice(firstLanes)])
      for (const lane of some.length > 0 ? await this.laneHolds(tenantId, some) : []) {
        const hold = decisiveOf(lane);
        if (hold === null) return null;
        holds.push(hold);
      }
    return holds.sort(byEnd)[0] ?? null;
  }

  private async laneHolds(tenantId: string, ids: string[]): Promise<LaneHold[]> {
    const hold = await readHold(this.db);
    const read = (of: string[], sql = laneHoldsSql) =>
      this.db.forTenant(tenantId, (tx) => tx.query<LaneHold>(sql, [tenantId, of, hold.reason, hold.writtenUntil, hold.heldAt]));
    const unlessFault = (error: unknown, instead: () => Promise<LaneHold[]>) => {
      if (!isValueFault(error)) throw error;
      return instead();
    };
    return read(ids).catch((error: unknown) =>
      unlessFault(error, async () =>
        (
          await Promise.all(ids.map((id) => read([id]).catch((fault: unknown) => unlessFault(fault, () => read([id], unreadableHoldsSql)))))
        ).flat(),
      ),
    );
  }

  private async whyBy(tenantId: string, id: string, sql: string): Promise<MessageWhy> {
    const hold = await readHold(this.db);
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<WhyRow>(sql, [tenantId, id, hold.reason, hold.writtenUntil, hold.heldAt]);
      if (!row) throw notFound('message');
      const { isWaiting, waitsFor, earliestSlotAt, ...rest } = row;
      if (!isWaiting) return { ...rest, waitsFor: [], ahead: null, earliestSlotAt: null };
      const ahead = await this.ahead(tx, tenantId, id);
      return { ...rest, waitsFor: ahead > 0 ? [...waitsFor, 'lane'] : waitsFor, ahead, earliestSlotAt };
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

/** Returns the reason that holds a lane longest; null: none does, the lane is at work. */
function decisiveOf({ isEarly, waitsFor, ends, zone }: LaneHold): GroupHold | null {
  const reasons = waitsFor.filter((reason) => holding.includes(reason) || (isEarly && holdingEarly.includes(reason)));
  const holds = reasons.map((reason) => ({ reason, until: ends[reason] === undefined ? null : new Date(ends[reason]), zone }));
  return holds.sort((a, b) => byEnd(b, a))[0] ?? null;
}

/** Orders holds by their end; one without is last. Of equal ones the order stays. */
function byEnd(a: GroupHold, b: GroupHold): number {
  if (a.until === null || b.until === null) return Number(a.until === null) - Number(b.until === null);
  return a.until.getTime() - b.until.getTime();
}
