import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { isRefittingSql, type MessageWindow, MessageWindows, type NextWindow, type ZonesOf } from '@heliograph/messaging';
import { quietHoursOf, type TenantSettings } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { readCampaign } from '../campaigns.repository';
import { contactZoneSql } from '../time/contact-zone.repository';
import { KnownZones } from '../time/known-zones.repository';
import { type QuietHours, startOf } from '../time/open-intervals';
import { nextOpenTimes, zoneColumns, type ZoneInterval } from '../time/zone-list';

/** A campaign in flight with the quiet hours under which its messages got their windows. */
export interface TimedRun extends Pick<Campaign, 'id' | 'schedule'> {
  tenantId: string;
  quiet: QuietHours | null;
}

/** SQL: the quiet hours that hold for campaigns of the tenant in row `t`. */
export const campaignQuietOf = (t: string): string => quietHoursOf(t, 'broadcast');

/** Ms for which a list of windows is used by further chunks. */
const keptMs = 30_000;
/** Chunks of messages refitted in one turn. */
const refitsPerTurn = 20;
/** Time zones computed before other work of the process gets its turn. */
const zonesAtOnce = 10;

/** Windows in which messages of campaigns are sent, by the time zone of the person. */
@Injectable()
export class CampaignTimes {
  private readonly kept = new Map<string, { until: number; windows: ZoneInterval[] }>();
  /** Last message that got its window under changed quiet hours, by campaign. */
  private readonly refitted = new Map<string, { quiet: string; last: string }>();

  constructor(
    private readonly db: Database,
    private readonly windows: MessageWindows,
    readonly zones: KnownZones,
  ) {}

  /** Returns the first window of each time zone; null: the campaign is sent at any time. @throws AppError not_found */
  async firstWindows({ tenantId, id }: { tenantId: string; id: string }): Promise<ZoneInterval[] | null> {
    const { schedule } = await readCampaign(this.db, tenantId, id);
    const [run] = await this.db.query<{ quiet: QuietHours | null }>(
      `SELECT quiet FROM campaign_runs WHERE tenant_id = $1 AND campaign_id = $2`,
      [tenantId, id],
    );
    const quiet = run?.quiet ?? null;
    if (!hasWindows(schedule, quiet)) return null;
    const now = await this.now();
    const kept = this.kept.get(id);
    if (kept && now.getTime() < kept.until && now.getTime() >= kept.until - keptMs) return kept.windows;
    const zones = [...(await this.zones.get())];
    const windows: ZoneInterval[] = [];
    for (let i = 0; i < zones.length; i += zonesAtOnce) {
      windows.push(...nextOpenTimes(schedule, zones.slice(i, i + zonesAtOnce), now, quiet));
      await setImmediate();
    }
    const until = Math.min(now.getTime() + keptMs, ...windows.map(({ closes }) => closes.getTime()));
    this.kept.set(id, { until, windows });
    // Campaigns are launched one after another: few lists are in use.
    if (this.kept.size > 50) this.kept.delete(this.kept.keys().next().value as string);
    return windows;
  }

  /** Moves messages whose window is over to their next one. @returns whether more may be left */
  move(run: TimedRun): Promise<boolean> {
    return this.windows.move(run.tenantId, run.id, nextWindowOf(run));
  }

  /**
   * Returns campaigns in flight whose messages have other windows than those of the tenant's quiet hours, with the hours that hold now. Hours
   * that were set back leave no difference, but perhaps a group that is closed, with some of its messages moved.
   */
  async outdated(): Promise<TimedRun[]> {
    const runs = await this.db.query<TimedRun>(
      `SELECT c.tenant_id AS "tenantId", c.id, c.schedule, q.quiet FROM campaigns c JOIN campaign_runs r ON r.tenant_id = c.tenant_id AND r.campaign_id = c.id
       JOIN tenants t ON t.id = c.tenant_id CROSS JOIN LATERAL (SELECT ${campaignQuietOf('t')} AS quiet) q
       WHERE c.state IN ('processing', 'paused') AND r.started_at IS NOT NULL
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
    const known = await this.zones.get();
    const zonesOf: ZonesOf = async (sql, messages) => {
      const values: unknown[] = [
        tenantId,
        messages.map((one) => one.id),
        messages.map((one) => one.contactId),
        messages.map((one) => one.recipient),
      ];
      const fallback = run.schedule.time_zone;
      const { joins, zone } = contactZoneSql(
        known,
        { attributes: 'c.attributes', address: 'm.address', fallback },
        (value) => `$${values.push(value)}`,
      );
      const rows = await sql.query<{ id: string; zone: string }>(
        `SELECT m.id, ${zone} AS zone FROM unnest($2::uuid[], $3::uuid[], $4::text[]) AS m(id, contact_id, address)
         LEFT JOIN contacts c ON c.tenant_id = $1 AND c.id = m.contact_id ${joins}`,
        values,
      );
      return new Map(rows.map((one) => [one.id, one.zone]));
    };
    const next = keptByZone(nextWindowOf(run));
    const begun = this.refitted.get(id);
    let last = begun?.quiet === JSON.stringify(quiet) ? begun.last : null;
    for (let i = 0; i < refitsPerTurn; i++) {
      last = await this.windows.refit(tenantId, id, last, zonesOf, next);
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

  private async now(): Promise<Date> {
    const [row] = await this.db.query<{ now: Date }>(`SELECT heliograph_now() AS now`);
    return row?.now ?? new Date();
  }
}

/** True for a campaign whose messages have windows. */
function hasWindows({ windows, holidays, start }: Campaign['schedule'], quiet: object | null): boolean {
  return windows.length > 0 || holidays.length > 0 || start === 'local' || quiet !== null;
}

/** Returns the function that finds the next window of a campaign in a zone. */
function nextWindowOf({ schedule, quiet }: TimedRun): NextWindow {
  return (zone, now): MessageWindow | null => {
    const of = zone ?? schedule.time_zone;
    if (!hasWindows(schedule, quiet)) return { opens: new Date(startOf(schedule, of, now.getTime())), closes: null };
    const [next] = nextOpenTimes(schedule, [of], now, quiet);
    return next ?? null;
  };
}

/** Computes the window of each zone once for all chunks, as long as it is not over. */
function keptByZone(nextWindow: NextWindow): NextWindow {
  const kept = new Map<string | null, MessageWindow | null>();
  return (zone, now) => {
    const known = kept.get(zone);
    if (known !== undefined && (known === null || known.closes === null || known.closes > now)) return known;
    const found = nextWindow(zone, now);
    kept.set(zone, found);
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
