import { Injectable } from '@nestjs/common';
import { Database, isValueFault, notFound, type Tx } from '@heliograph/kernel';
import { classRankOf, SessionEvents } from '@heliograph/tenants';
import { stepsOf } from '../history/message-events.repository';
import { type HoldingSpans, type PastWait, pastWaits, type Span } from './past-waits';

/** Messages of the tenant, accepted right before the message and right after it, among which those of its lane are counted. */
const maxRead = 5_000;
/** Days for which the hours of a send window are computed. */
const maxDays = 400;

interface WaitingRow {
  sessionId: string;
  groupId: string | null;
  class: number;
  createdAt: Date;
  sendAt: Date | null;
}

/** Explains why a message waited, from the histories of what it depends on. Nothing is written for it while messages are sent. */
@Injectable()
export class MessageWaits {
  constructor(
    private readonly db: Database,
    private readonly sessions: SessionEvents,
  ) {}

  /** Returns the waits that are over, the first one first. @throws AppError not_found */
  async of(tenantId: string, id: string): Promise<PastWait[]> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [message] = await tx.query<WaitingRow>(
        `SELECT session_id AS "sessionId", group_id AS "groupId", class, created_at AS "createdAt", send_at AS "sendAt"
         FROM messages WHERE tenant_id = $1 AND id = $2`,
        [tenantId, id],
      );
      if (!message) throw notFound('message');
      const steps = await stepsOf(tx, tenantId, id);
      const end = steps.findLast(({ from, to }) => from !== to)?.at;
      if (!end) return [];
      const span = { from: message.createdAt, until: end };
      const held: HoldingSpans = {
        session: await this.sessions.closedBetween(tx, tenantId, message.sessionId, span),
        provider: await pausesOfLane(tx, tenantId, message.sessionId, span),
        group_paused: message.groupId ? await pausesOfGroup(tx, tenantId, message.groupId, span) : [],
        send_window: await closedHours(tx, tenantId, message, span),
      };
      return pastWaits({ ...message, steps, held, sentInLane: await sentInLane(tx, tenantId, message.sessionId, id, span) });
    });
  }
}

function pausesOfLane(tx: Tx, tenantId: string, sessionId: string, { from, until }: Span): Promise<Span[]> {
  return tx.query<Span>(
    `SELECT at AS "from", until_at AS "until" FROM lane_pauses WHERE tenant_id = $1 AND session_id = $2 AND at < $4 AND until_at > $3 ORDER BY at`,
    [tenantId, sessionId, from, until],
  );
}

function pausesOfGroup(tx: Tx, tenantId: string, groupId: string, { from, until }: Span): Promise<Span[]> {
  return tx.query<Span>(
    `SELECT lower(p) AS "from", upper(p) AS "until" FROM message_groups g
     CROSS JOIN LATERAL unnest(g.pauses + CASE WHEN g.paused_at IS NULL THEN '{}' ELSE tstzmultirange(tstzrange(g.paused_at, greatest(g.paused_at, $4))) END) p
     WHERE g.tenant_id = $1 AND g.id = $2 AND p && tstzrange($3, greatest($3, $4)) ORDER BY 1`,
    [tenantId, groupId, from, until],
  );
}

/** Returns the hours outside the lane's present send window, for a class that keeps to it. */
async function closedHours(tx: Tx, tenantId: string, message: WaitingRow, { from, until }: Span): Promise<Span[]> {
  try {
    const open = await tx.attempt(() =>
      tx.query<{ from: Date | null; until: Date | null }>(
        `SELECT o.at AS "from", o.ends AS "until" FROM lanes l
       LEFT JOIN LATERAL (
         SELECT (d.day + (l.send_window->>'from')::time) AT TIME ZONE l.time_zone AS at, (d.day + (l.send_window->>'to')::time) AT TIME ZONE l.time_zone AS ends
         FROM (SELECT ($4::timestamptz AT TIME ZONE l.time_zone)::date + g AS day FROM generate_series(0, least(${maxDays}, ($5::timestamptz)::date - ($4::timestamptz)::date + 2)) g) d
         WHERE extract(isodow FROM d.day)::int = ANY (ARRAY(SELECT jsonb_array_elements_text(l.send_window->'days')::int))
       ) o ON true
       WHERE l.tenant_id = $1 AND l.session_id = $2 AND l.send_window IS NOT NULL
         AND NOT $3::smallint = ANY (ARRAY(SELECT ${classRankOf('x')}::smallint FROM jsonb_array_elements_text(coalesce(l.send_window->'exempt_classes', '[]'::jsonb)) x))
       ORDER BY o.at`,
        [tenantId, message.sessionId, message.class, from, until],
      ),
    );
    return between(
      open.flatMap((hours) => (hours.from && hours.until ? { from: hours.from, until: hours.until } : [])),
      open.length > 0 ? { from, until } : null,
    );
  } catch (error) {
    // The lane's row holds a value that the database cannot compute with.
    if (!isValueFault(error)) throw error;
    return [];
  }
}

/** Returns the parts of a span that lie between others, which are in order. */
function between(open: Span[], whole: Span | null): Span[] {
  if (!whole) return [];
  const closed: Span[] = [];
  let from = whole.from;
  for (const hours of open) {
    if (hours.from > from) closed.push({ from, until: hours.from < whole.until ? hours.from : whole.until });
    if (hours.until > from) from = hours.until;
    if (from >= whole.until) return closed;
  }
  return [...closed, { from, until: whole.until }];
}

async function sentInLane(tx: Tx, tenantId: string, sessionId: string, id: string, { from, until }: Span): Promise<Date[]> {
  const some = (which: string) => `(SELECT session_id, sent_at FROM messages WHERE tenant_id = $1 AND ${which} LIMIT ${maxRead})`;
  const rows = await tx.query<{ at: Date }>(
    `SELECT x.sent_at AS at FROM (${some('id < $3 ORDER BY id DESC')} UNION ALL ${some('id > $3 ORDER BY id')}) x
     WHERE x.session_id = $2 AND x.sent_at > $4 AND x.sent_at <= $5`,
    [tenantId, sessionId, id, from, until],
  );
  return rows.map(({ at }) => at);
}
