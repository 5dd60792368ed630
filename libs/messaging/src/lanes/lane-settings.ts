import { Injectable } from '@nestjs/common';
import { AppError, Database, sqlState } from '@heliograph/kernel';
import { z } from 'zod';
import { messageClasses } from '../message';
import { dailyCapOf, leftOf } from './lane-rules';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
/** An IANA time zone that this runtime knows. */
export const timeZone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'an IANA time zone');

/** What may be set on a lane; members left out stay as they are, null takes a limit away. */
export const laneLimitsPatch = z
  .strictObject({
    window_ms: z.int().min(100).max(86_400_000).optional().meta({ description: 'Length of the pace window, in ms.' }),
    window_limit: z.int().min(0).max(1_000_000).optional().meta({ description: 'Messages per window; 0 switches the pace off.' }),
    jitter_ms: z.int().min(0).max(600_000).optional().meta({ description: 'Random extra gap, up to this many ms.' }),
    burst_size: z.int().min(0).max(10_000).optional().meta({ description: 'After this many messages the lane pauses; 0: never.' }),
    burst_pause_ms: z.int().min(0).max(86_400_000).optional(),
    typing_ms: z.int().min(0).max(5_000).optional().meta({ description: 'Shows "typing" this long before each message.' }),
    hourly_cap: z.int().min(1).nullable().optional(),
    daily_cap: z.int().min(1).nullable().optional(),
    cap_pool: z
      .string()
      .max(64)
      .nullable()
      .optional()
      .meta({ description: 'Name of a pool of caps to share, besides its own; null: none.' }),
    warm_up: z
      .array(z.int().min(1))
      .min(1)
      .max(90)
      .nullable()
      .optional()
      .meta({ description: 'Daily caps of the first days, one per day from today; after the last the daily cap alone counts.' }),
    send_window: z
      .strictObject({
        days: z.array(z.int().min(1).max(7)).min(1).max(7).meta({ description: '1 Monday to 7 Sunday.' }),
        from: clock,
        to: clock,
        exempt_classes: z.array(z.enum(messageClasses)).default(['transactional', 'reply']),
      })
      .refine((w) => w.from < w.to, { message: 'from must be before to', path: ['to'] })
      .nullable()
      .optional(),
    time_zone: timeZone.optional(),
    shares: z
      .strictObject({ reply: z.int().min(0).max(90), drip: z.int().min(0).max(90), broadcast: z.int().min(0).max(90) })
      .refine((s) => s.reply + s.drip + s.broadcast <= 90, 'at most 90 together')
      .optional()
      .meta({ description: 'Least share of the lane a class with work gets, in percent.' }),
  })
  .meta({ id: 'LaneLimits', example: { window_ms: 60_000, window_limit: 200, daily_cap: 5_000 } });
export type LaneLimitsPatch = z.output<typeof laneLimitsPatch>;

/** A lane's limits and where it stands. */
export interface LaneView {
  windowMs: number;
  windowLimit: number;
  jitterMs: number;
  burstSize: number;
  burstPauseMs: number;
  typingMs: number;
  hourlyCap: number | null;
  dailyCap: number | null;
  capPool: string | null;
  warmUp: number[] | null;
  sendWindow: unknown;
  timeZone: string;
  shares: { reply: number; drip: number; broadcast: number };
  closedUntil: Date | null;
  closedReason: string | null;
  nextSlotAt: Date | null;
  sentThisHour: number;
  sentToday: number;
  /** What its own caps, the warm-up and its pool leave, whichever leaves least; null: no cap. */
  leftThisHour: number | null;
  leftToday: number | null;
}

/** Reads and sets the limits of a lane. The caller has checked that the session is the tenant's. */
@Injectable()
export class LaneSettings {
  constructor(private readonly db: Database) {}

  async get(tenantId: string, sessionId: string): Promise<LaneView> {
    await this.open(tenantId, sessionId);
    const [lane] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<LaneView>(
        `SELECT window_ms AS "windowMs", window_limit AS "windowLimit", jitter_ms AS "jitterMs", burst_size AS "burstSize", burst_pause_ms AS "burstPauseMs", typing_ms AS "typingMs",
           l.hourly_cap AS "hourlyCap", l.daily_cap AS "dailyCap", cap_pool AS "capPool", warm_up AS "warmUp", send_window AS "sendWindow", l.time_zone AS "timeZone",
           json_build_object('reply', share_reply, 'drip', share_drip, 'broadcast', share_broadcast) AS shares,
           CASE WHEN closed_until > heliograph_now() THEN closed_until END AS "closedUntil", CASE WHEN closed_until > heliograph_now() THEN closed_reason END AS "closedReason",
           nullif(next_slot_at, '-infinity') AS "nextSlotAt",
           CASE WHEN l.hour_at = date_trunc('hour', heliograph_now()) THEN l.hour_used ELSE 0 END AS "sentThisHour",
           CASE WHEN l.day_at = date_trunc('day', heliograph_now(), l.time_zone) THEN l.day_used ELSE 0 END AS "sentToday",
           least(own.left_hour, shared.left_hour) AS "leftThisHour", least(own.left_day, shared.left_day) AS "leftToday"
         FROM lanes l LEFT JOIN cap_pools p ON p.tenant_id = l.tenant_id AND p.name = l.cap_pool
         CROSS JOIN LATERAL (${leftOf('l', 'heliograph_now()', dailyCapOf('l', 'heliograph_now()'))}) own
         CROSS JOIN LATERAL (${leftOf('p', 'heliograph_now()')}) shared
         WHERE l.tenant_id = $1 AND l.session_id = $2`,
        [tenantId, sessionId],
      ),
    );
    return lane as LaneView;
  }

  /** @throws AppError unknown_cap_pool */
  async set(tenantId: string, sessionId: string, patch: LaneLimitsPatch): Promise<LaneView> {
    await this.open(tenantId, sessionId);
    const sets: string[] = [];
    const params: unknown[] = [tenantId, sessionId];
    const put = (column: string, value: unknown) => {
      if (value === undefined) return;
      params.push(value !== null && typeof value === 'object' ? JSON.stringify(value) : value);
      sets.push(`${column} = $${params.length}`);
    };
    for (const column of [
      'window_ms',
      'window_limit',
      'jitter_ms',
      'burst_size',
      'burst_pause_ms',
      'typing_ms',
      'hourly_cap',
      'daily_cap',
      'cap_pool',
      'time_zone',
      'send_window',
      'warm_up',
    ] as const)
      put(column, patch[column]);
    if (patch.warm_up) sets.push(`warm_up_from = (heliograph_now() AT TIME ZONE time_zone)::date`);
    put('share_reply', patch.shares?.reply);
    put('share_drip', patch.shares?.drip);
    put('share_broadcast', patch.shares?.broadcast);
    if (sets.length > 0) {
      // What was closed for the day or the window may be open now: the next claim looks again.
      const sql = `UPDATE lanes SET ${sets.join(', ')}, next_due_at = least(next_due_at, CASE WHEN next_due_at IS NOT NULL THEN heliograph_now() END), revision = revision + 1 WHERE tenant_id = $1 AND session_id = $2`;
      try {
        await this.db.forTenant(tenantId, (tx) => tx.query(sql, params));
      } catch (error) {
        if (sqlState(error) === '23503')
          throw new AppError('unprocessable', 'unknown_cap_pool', 'There is no pool of this name.', { path: 'cap_pool' });
        throw error;
      }
    }
    return this.get(tenantId, sessionId);
  }

  /** A lane is made with its first message or its first setting. */
  private async open(tenantId: string, sessionId: string): Promise<void> {
    await this.db.query(
      `INSERT INTO lanes (session_id, tenant_id) SELECT id, tenant_id FROM sessions WHERE tenant_id = $1 AND id = $2 ON CONFLICT DO NOTHING`,
      [tenantId, sessionId],
    );
  }
}
