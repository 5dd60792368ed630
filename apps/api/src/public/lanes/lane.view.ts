import { type LaneView, maxWaiting } from '@heliograph/messaging';
import { z } from 'zod';

/** The limits of a lane and what is left of them. */
export const laneSchema = z
  .object({
    window_ms: z.int(),
    window_limit: z.int(),
    jitter_ms: z.int(),
    burst_size: z.int(),
    burst_pause_ms: z.int(),
    typing_ms: z.int(),
    hourly_cap: z.int().nullable(),
    daily_cap: z.int().nullable(),
    cap_pool: z.string().nullable(),
    warm_up: z.array(z.int()).nullable(),
    warm_up_day: z.int().nullable().meta({ description: 'Day of the warm-up today, from 1; null: none, or it is over.' }),
    send_window: z.unknown(),
    time_zone: z.string(),
    shares: z.object({ reply: z.int(), drip: z.int(), broadcast: z.int() }),
    closed_until: z.iso.datetime().nullable(),
    closed_reason: z.string().nullable(),
    next_slot_at: z.iso.datetime().nullable(),
    waiting: z
      .int()
      .meta({ description: `Messages that wait in the lane, scheduled ones included; ${maxWaiting} means that many or more.` }),
    sent_this_hour: z.int(),
    sent_today: z.int(),
    left_this_hour: z.int().nullable().meta({ description: 'Remaining messages under the hourly cap and that of the pool; null: no cap.' }),
    left_today: z
      .int()
      .nullable()
      .meta({ description: 'Remaining messages for today under the daily cap, the warm-up and the pool; null: no cap.' }),
  })
  .meta({
    id: 'Lane',
    example: {
      window_ms: 60000,
      window_limit: 256,
      jitter_ms: 0,
      burst_size: 0,
      burst_pause_ms: 0,
      typing_ms: 0,
      hourly_cap: null,
      daily_cap: 5000,
      cap_pool: 'uk',
      warm_up: null,
      warm_up_day: null,
      send_window: { days: [1, 2, 3, 4, 5], from: '09:00', to: '20:00', exempt_classes: ['transactional', 'reply'] },
      time_zone: 'Europe/London',
      shares: { reply: 4, drip: 2, broadcast: 1 },
      closed_until: null,
      closed_reason: null,
      next_slot_at: null,
      waiting: 318,
      sent_this_hour: 840,
      left_this_hour: null,
      sent_today: 3120,
      left_today: 1880,
    },
  });

export function laneView(lane: LaneView): z.input<typeof laneSchema> {
  return {
    window_ms: lane.windowMs,
    window_limit: lane.windowLimit,
    jitter_ms: lane.jitterMs,
    burst_size: lane.burstSize,
    burst_pause_ms: lane.burstPauseMs,
    typing_ms: lane.typingMs,
    hourly_cap: lane.hourlyCap,
    daily_cap: lane.dailyCap,
    cap_pool: lane.capPool,
    warm_up: lane.warmUp,
    warm_up_day: lane.warmUpDay,
    send_window: lane.sendWindow,
    time_zone: lane.timeZone,
    shares: lane.shares,
    closed_until: lane.closedUntil?.toISOString() ?? null,
    closed_reason: lane.closedReason,
    next_slot_at: lane.nextSlotAt?.toISOString() ?? null,
    waiting: lane.waiting,
    sent_this_hour: lane.sentThisHour,
    sent_today: lane.sentToday,
    left_this_hour: lane.leftThisHour,
    left_today: lane.leftToday,
  };
}
