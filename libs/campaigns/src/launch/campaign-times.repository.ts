import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { type MessageWindow, MessageWindows } from '@heliograph/messaging';
import { defaultTenantSettings, KnownTenants, type TenantSettings } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { readCampaign } from '../campaigns.repository';
import { KnownZones } from '../time/known-zones.repository';
import { nextOpenTimes, zoneColumns, type ZoneInterval } from '../time/zone-list';

type Timed = Pick<Campaign, 'id' | 'schedule'>;

/** Ms for which a list of windows is used by further chunks. */
const keptMs = 30_000;
/** Time zones computed before other work of the process gets its turn. */
const zonesAtOnce = 10;

/** Windows in which messages of campaigns are sent, by the time zone of the person. */
@Injectable()
export class CampaignTimes {
  private readonly kept = new Map<string, { until: number; windows: ZoneInterval[] }>();

  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
    private readonly windows: MessageWindows,
    readonly zones: KnownZones,
  ) {}

  /** Returns the first window of each time zone; null: the campaign is sent at any time. @throws AppError not_found */
  async firstWindows({ tenantId, id }: { tenantId: string; id: string }): Promise<ZoneInterval[] | null> {
    const { schedule } = await readCampaign(this.db, tenantId, id);
    const quiet = quietOf(await this.settingsOf(tenantId));
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
  async move(tenantId: string, campaign: Timed): Promise<boolean> {
    const quiet = quietOf(await this.settingsOf(tenantId));
    return this.windows.move(tenantId, campaign.id, (zone, now): MessageWindow | null => {
      const [next] = nextOpenTimes(campaign.schedule, [zone ?? campaign.schedule.time_zone], now, quiet);
      return next ?? null;
    });
  }

  private async settingsOf(tenantId: string): Promise<TenantSettings> {
    return (await this.tenants.get(tenantId))?.settings ?? defaultTenantSettings;
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
