import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { contactOf } from '@heliograph/contacts';
import { Database, notFound } from '@heliograph/kernel';
import { isRefittingSql, type MessageWindow, MessageWindows, type NextWindow, type ZonesOf } from '@heliograph/messaging';
import { quietHoursOf, tenantOf, type TenantSettings } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { endOfRunSql, launchedSql } from '../campaigns.repository';
import { contactZoneSql } from '../time/contact-zone.repository';
import { KnownZones } from '../time/known-zones.repository';
import { type QuietHours, startOf } from '../time/open-intervals';
import { hasOwnHolidays, placesIn } from '../time/place';
import { readHolidays } from '../time/public-holidays';
import { nextOpenTimes, zoneColumns, type ZoneInterval } from '../time/zone-list';
import { flyingStates, listSql } from './campaign-moves';

/** A campaign in flight with its end as pauses moved it, and the quiet hours under which its messages got their windows. */
export interface TimedRun extends Pick<Campaign, 'id' | 'schedule'> {
  tenantId: string;
  quiet: QuietHours | null;
}

/** SQL: the quiet hours that hold for campaigns of the tenant in row `t`. */
export const campaignQuietOf = (t: string): string => quietHoursOf(t, 'broadcast');

/** Chunks of messages refitted in one turn. */
const refitsPerTurn = 20;
/** Campaigns whose windows are kept. */
const keptRuns = 50;

/** SQL: the schedule of a launched campaign `c` with the end that its pauses moved. */
export const scheduleOfRunSql = (c: string, r: string): string => `(${c}.schedule || jsonb_build_object('ends_at', ${endOfRunSql(r)}))`;

/** Windows in which messages of campaigns are sent, by the time zone of the person. */
@Injectable()
export class CampaignTimes {
  /** Windows of zones, by campaign; of the schedule and the quiet hours that they follow from. */
  private readonly kept = new Map<string, { rule: string; next: NextWindow }>();
  /** Last message that got its window under changed quiet hours, by campaign. */
  private readonly refitted = new Map<string, { quiet: string; last: string }>();

  constructor(
    private readonly db: Database,
    private readonly windows: MessageWindows,
    readonly zones: KnownZones,
  ) {}

  /** Returns the first window of each place; null: the campaign is sent at any time. @throws AppError not_found */
  async firstWindows({ tenantId, id }: { tenantId: string; id: string }): Promise<ZoneInterval[] | null> {
    const [run] = await this.db.query<TimedRun & { now: Date }>(
      `SELECT c.tenant_id AS "tenantId", c.id, ${scheduleOfRunSql('c', 'r')} AS schedule, r.quiet, heliograph_now() AS now
       FROM ${launchedSql} WHERE c.tenant_id = $1 AND c.id = $2`,
      [tenantId, id],
    );
    if (!run) throw notFound('campaign');
    const { schedule, quiet, now } = run;
    if (!hasWindows(schedule, quiet)) return null;
    const next = this.nextOf(run);
    const windows: ZoneInterval[] = [];
    for (const zone of placesIn(new Set([...(await this.zones.get()), schedule.time_zone]), schedule)) {
      const window = await next(zone, now);
      if (window?.closes) windows.push({ zone, opens: window.opens > now ? window.opens : now, closes: window.closes });
    }
    return windows;
  }

  /** Moves messages whose window is over to their next one, or ends them if the campaign skips what is late. @returns whether more may be left */
  move(run: TimedRun): Promise<boolean> {
    return this.windows.move(run.tenantId, run.id, this.zonesOf(run), this.nextOf(run), { skips: skipsLate(run) });
  }

  /**
   * Returns campaigns in flight whose messages have other windows than those of the tenant's quiet hours, with the hours that hold now. Hours
   * that were set back leave no difference, but perhaps a group that is closed, with some of its messages moved.
   */
  async outdated(): Promise<TimedRun[]> {
    const runs = await this.db.query<TimedRun>(
      `SELECT c.tenant_id AS "tenantId", c.id, ${scheduleOfRunSql('c', 'r')} AS schedule, q.quiet FROM ${launchedSql}
       JOIN ${tenantOf('t', 'c.tenant_id')} CROSS JOIN LATERAL (SELECT ${campaignQuietOf('t')} AS quiet) q
       WHERE c.state IN ${listSql(flyingStates)} AND r.started_at IS NOT NULL
         AND (r.quiet IS DISTINCT FROM q.quiet OR ${isRefittingSql('c.tenant_id', 'c.id')}) ORDER BY random() LIMIT 100`,
    );
    // Another process may have ended what this one began.
    for (const id of this.refitted.keys()) if (!runs.some((run) => run.id === id)) this.refitted.delete(id);
    return runs;
  }

  /**
   * Gives the waiting messages of a campaign the windows under changed quiet hours. None is sent until all have theirs. Work that a crash
   * interrupts is repeated.
   * @returns whether more is left
   */
  async refit(run: TimedRun): Promise<boolean> {
    const { tenantId, id, quiet } = run;
    await this.windows.close(tenantId, id);
    // The windows of all its chunks are those of the begin.
    const [row] = await this.db.query<{ isWritten: boolean }>(
      `SELECT expanded_at IS NOT NULL AS "isWritten" FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2`,
      [tenantId, id],
    );
    // A message that is being called may return to its lane, and then takes part.
    if (!row?.isWritten || (await this.windows.isInFlight(tenantId, id))) return false;
    const zonesOf = this.zonesOf(run);
    const next = this.nextOf(run);
    const begun = this.refitted.get(id);
    let last = begun?.quiet === JSON.stringify(quiet) ? begun.last : null;
    for (let i = 0; i < refitsPerTurn; i++) {
      last = await this.windows.refit(tenantId, id, last, zonesOf, next, { skips: skipsLate(run) });
      if (last === null) break;
      this.refitted.set(id, { quiet: JSON.stringify(quiet), last });
    }
    if (last !== null) return true;
    this.refitted.delete(id);
    await this.windows.reopen(tenantId, id, async (sql) => {
      await sql.query(`UPDATE campaign_runs SET quiet = $3 WHERE tenant_id = $1 AND campaign_id = $2`, [
        tenantId,
        id,
        quiet && JSON.stringify(quiet),
      ]);
    });
    return false;
  }

  /** Returns the function that finds the places of the people whom messages of a campaign are for. */
  private zonesOf({ tenantId, schedule }: TimedRun): ZonesOf {
    return async (sql, messages) => {
      const values: unknown[] = [
        tenantId,
        messages.map((one) => one.id),
        messages.map((one) => one.contactId),
        messages.map((one) => one.recipient),
      ];
      const { joins, place } = contactZoneSql(
        await this.zones.get(),
        {
          ...{ attributes: 'c.attributes', address: 'm.address', fallback: schedule.time_zone },
          holidays: hasOwnHolidays(schedule) ? schedule.holidays : undefined,
        },
        (value) => `$${values.push(value)}`,
      );
      const rows = await sql.query<{ id: string; zone: string }>(
        `SELECT m.id, ${place} AS zone FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS m(id, contact_id, address)
         LEFT JOIN ${contactOf('c', '$1', 'm.contact_id')} ${joins}`,
        values,
      );
      return new Map(rows.map((one) => [one.id, one.zone]));
    };
  }

  /** Returns the function that finds the next window of a campaign in a zone, each window once for all chunks. */
  private nextOf(run: TimedRun): NextWindow {
    const rule = JSON.stringify([run.schedule, run.quiet]);
    const known = this.kept.get(run.id);
    if (known?.rule === rule) return known.next;
    const next = keptByZone(nextWindowOf(run), run.schedule.holidays);
    this.kept.delete(run.id);
    this.kept.set(run.id, { rule, next });
    if (this.kept.size > keptRuns) this.kept.delete(this.kept.keys().next().value as string);
    return next;
  }
}

/** True for a campaign whose messages have one window each. */
const skipsLate = ({ schedule }: Pick<TimedRun, 'schedule'>): boolean => schedule.when_closed === 'skip';

/** True for a campaign whose messages have windows. */
function hasWindows({ windows, holidays, start }: Campaign['schedule'], quiet: object | null): boolean {
  return windows.length > 0 || holidays.length > 0 || start === 'local' || quiet !== null;
}

/** Returns the function that finds the next window of a campaign in a zone. */
function nextWindowOf({ schedule, quiet }: TimedRun): (zone: string | null, now: Date) => MessageWindow | null {
  return (zone, now) => {
    const of = zone ?? schedule.time_zone;
    if (!hasWindows(schedule, quiet)) return { opens: new Date(startOf(schedule, of, now.getTime())), closes: null };
    const [next] = nextOpenTimes(schedule, [of], now, quiet);
    return next ?? null;
  };
}

/** Computes the window of each zone once, as long as it is not over. Other work of the process gets its turn after each zone. */
function keptByZone(nextWindow: ReturnType<typeof nextWindowOf>, holidays: readonly string[]): NextWindow {
  const kept = new Map<string | null, MessageWindow | null>();
  return async (zone, now) => {
    if (kept.size === 0) await readHolidays(holidays, now.getUTCFullYear());
    const known = kept.get(zone);
    if (known !== undefined && (known === null || known.closes === null || known.closes > now)) return known;
    const found = nextWindow(zone, now);
    kept.set(zone, found);
    await setImmediate();
    return found;
  };
}

/** Returns the quiet hours of the tenant that hold for campaigns; null: none. */
export function quietOf({ quiet_hours: quiet }: TenantSettings): { from: string; to: string } | null {
  return quiet?.classes.includes('broadcast') ? quiet : null;
}

/** SQL: joins the first window of the zone of a verdict `v`, as `w`. People in a zone that is never open again get a window that is over. */
export function windowsSql(windows: ZoneInterval[], add: (value: unknown, type: string) => string): string {
  const [zones, opens, closes] = zoneColumns(windows);
  return `LEFT JOIN unnest(${add(zones, 'text[]')}, ${add(opens, 'timestamptz[]')}, ${add(closes, 'timestamptz[]')}) AS x(zone, opens, closes) ON x.zone = v.zone
    CROSS JOIN LATERAL (SELECT x.opens, coalesce(x.closes, heliograph_now()) AS closes) w`;
}
