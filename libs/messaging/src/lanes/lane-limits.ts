import { clockTime } from '@heliograph/kernel';
import { z } from 'zod';
import { messageClasses } from '../message';

/** Maximum that the columns of caps, and the cast of a warm-up's days, can hold. */
export const maxCap = 2_147_483_647;
/** A cap on a number of messages, as it is stored. */
export const cap = z.int().min(1).max(maxCap);
/**
 * An IANA time zone that this runtime knows, as Region/City or UTC. Abbreviations and offsets are refused: the database interprets some of
 * them differently, or does not know them. `assertTimeZone` checks the database too.
 */
export const timeZone = z.string().refine((name) => {
  if (!/^(UTC|[A-Z]\w*(\/[A-Z][\w+-]*)+)$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'an IANA time zone as Region/City, or UTC');

/** Limits of a lane that a patch may change. Members left out stay as they are; null removes a limit. */
export const laneLimitsPatch = z
  .strictObject({
    window_ms: z.int().min(100).max(86_400_000).optional().meta({ description: 'Length of the pace window, in ms.' }),
    window_limit: z.int().min(0).max(1_000_000).optional().meta({ description: 'Messages per window; 0 switches the pace off.' }),
    jitter_ms: z.int().min(0).max(600_000).optional().meta({ description: 'Random extra gap, up to this many ms.' }),
    burst_size: z.int().min(0).max(10_000).optional().meta({ description: 'After this many messages the lane pauses; 0: never.' }),
    burst_pause_ms: z.int().min(0).max(86_400_000).optional(),
    typing_ms: z.int().min(0).max(5_000).optional().meta({ description: 'Shows "typing" for this many ms before each message.' }),
    hourly_cap: cap.nullable().optional(),
    daily_cap: cap.nullable().optional(),
    cap_pool: z
      .string()
      .max(64)
      .nullable()
      .optional()
      .meta({ description: 'Name of a pool of caps that applies besides its own caps; null: none.' }),
    warm_up: z
      .array(cap)
      .min(1)
      .max(90)
      .nullable()
      .optional()
      .meta({ description: 'Daily caps of the first days, one per day from today. After the last, only the daily cap applies.' }),
    send_window: z
      .strictObject({
        days: z.array(z.int().min(1).max(7)).min(1).max(7).meta({ description: '1 Monday to 7 Sunday.' }),
        from: clockTime,
        to: clockTime,
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
      .meta({ description: 'Minimum share of the lane that a class with work gets, in percent.' }),
  })
  .meta({ id: 'LaneLimits', example: { window_ms: 60_000, window_limit: 200, daily_cap: 5_000 } });
export type LaneLimitsPatch = z.output<typeof laneLimitsPatch>;
