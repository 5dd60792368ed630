import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { type MessageWindow, MessageWindows } from '@heliograph/messaging';
import { defaultTenantSettings, KnownTenants, type TenantSettings } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { KnownZones } from '../time/known-zones.repository';
import { nextOpenTimes, zoneColumns, type ZoneInterval } from '../time/zone-list';

type Timed = Pick<Campaign, 'id' | 'schedule'>;

/** Ms for which a list of windows is used by further chunks. */
const keptMs = 30_000;

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

  /** Returns the first window of each time zone; null: the campaign is sent at any time. */
  async firstWindows(campaign: Timed, settings: TenantSettings): Promise<ZoneInterval[] | null> {
    if (!hasWindows(campaign, settings)) return null;
    const now = await this.now();
    const kept = this.kept.get(campaign.id);
    if (kept && now.getTime() < kept.until && now.getTime() >= kept.until - keptMs) return kept.windows;
    const windows = nextOpenTimes(campaign.schedule, [...(await this.zones.get())], now, quietOf(settings));
    const until = Math.min(now.getTime() + keptMs, ...windows.map(({ closes }) => closes.getTime()));
    this.kept.set(campaign.id, { until, windows });
    // Campaigns are launched one after another: few lists are in use.
    if (this.kept.size > 50) this.kept.delete(this.kept.keys().next().value as string);
    return windows;
  }

  /** Moves messages whose window is over to their next one. @returns whether more may be left */
  async move(tenantId: string, campaign: Timed): Promise<boolean> {
    const settings = (await this.tenants.get(tenantId))?.settings ?? defaultTenantSettings;
    return this.windows.move(tenantId, campaign.id, (zone, now): MessageWindow | null => {
      const [next] = nextOpenTimes(campaign.schedule, [zone ?? campaign.schedule.time_zone], now, quietOf(settings));
      return next ?? null;
    });
  }

  private async now(): Promise<Date> {
    const [row] = await this.db.query<{ now: Date }>(`SELECT heliograph_now() AS now`);
    return row?.now ?? new Date();
  }
}

/** True for a campaign whose messages have windows. */
function hasWindows({ schedule }: Pick<Timed, 'schedule'>, settings: TenantSettings): boolean {
  return schedule.windows.length > 0 || schedule.holidays.length > 0 || schedule.start === 'local' || quietOf(settings) !== null;
}

/** Returns the quiet hours of the tenant that hold for campaigns; null: none. */
function quietOf({ quiet_hours: quiet }: TenantSettings): { from: string; to: string } | null {
  return quiet?.classes.includes('broadcast') ? quiet : null;
}

/** SQL: joins the first window of the zone of a verdict `v`, as `w`. People in a zone that is never open again get a window that is over. */
export function windowsSql(windows: ZoneInterval[], add: (value: unknown, type: string) => string): string {
  const [zones, opens, closes] = zoneColumns(windows);
  return `LEFT JOIN unnest(${add(zones, 'text[]')}, ${add(opens, 'timestamptz[]')}, ${add(closes, 'timestamptz[]')}) AS x(zone, opens, closes) ON x.zone = v.zone
    CROSS JOIN LATERAL (SELECT x.opens, coalesce(x.closes, heliograph_now()) AS closes) w`;
}
