import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { campaignSchedule } from '../src/campaign-body';
import { contactZoneSql } from '../src/time/contact-zone.repository';
import { KnownZones } from '../src/time/known-zones.repository';
import { phoneZones } from '../src/time/phone-zones';
import { zoneClock } from '../src/time/zone-clock';
import { zoneColumns, zoneList } from '../src/time/zone-list';

describe('time zones in SQL', () => {
  let test: TestDatabase;
  let known: ReadonlySet<string>;
  beforeAll(async () => {
    test = await openTestDatabase();
    known = await new KnownZones(test.db).get();
  });
  afterAll(() => test.close());

  const zonesOf = async (people: { zone?: unknown; address: string }[], fallback = 'Europe/Madrid') => {
    const values: unknown[] = [JSON.stringify(people)];
    const { joins, zone } = contactZoneSql(
      known,
      { attributes: 'c.attributes', address: 'c.address', fallback },
      (value) => `$${values.push(value)}`,
    );
    const rows = await test.db.query<{ zone: string }>(
      `SELECT ${zone} AS zone FROM (
         SELECT nr, p->>'address' AS address, jsonb_build_object('time_zone', p->'zone') AS attributes FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS x(p, nr)
       ) c ${joins} ORDER BY c.nr`,
      values,
    );
    return rows.map((row) => row.zone);
  };

  it('knows the zones that the runtime and the database know, under old and new names', () => {
    expect(known.size).toBeGreaterThan(400);
    for (const name of ['UTC', 'Asia/Kolkata', 'Asia/Calcutta', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires'])
      expect(known).toContain(name);
    for (const name of ['EST5EDT', 'GMT', 'Etc/GMT+5', 'Mars/Base']) expect(known).not.toContain(name);
  });

  it('knows every zone of a phone prefix', () => {
    expect([...new Set(phoneZones.values())].filter((zone) => !known.has(zone))).toEqual([]);
  });

  it('takes the zone of a contact from its attribute, else from its number, else the fallback', async () => {
    expect(
      await zonesOf([
        { zone: 'Asia/Tokyo', address: '+491511234567' },
        { zone: 'Nowhere/Land', address: '+491511234567' },
        { zone: 7, address: '+5592987654321' },
        { address: '+262639123456' },
        { address: '+79161234567' },
        { address: '123456@lid' },
      ]),
    ).toEqual(['Asia/Tokyo', 'Europe/Berlin', 'America/Manaus', 'Indian/Mayotte', 'Europe/Madrid', 'Europe/Madrid']);
  });

  it('lets through no minute of 30 days outside the windows, in any zone, over the changes of clocks', async () => {
    const quiet = { from: '19:30', to: '09:15' };
    const schedule = campaignSchedule.parse({ windows: [{ days: [1, 2, 3, 4, 5, 6], from: '08:00', to: '20:00' }], recipient_zone: true });
    const from = new Date('2027-03-10T00:00Z');
    const to = new Date('2027-04-09T00:00Z');
    // The database decides here whether a minute is inside, by its own data of zones. That may be older or newer than that of the runtime.
    const read = await test.db.query<{ zone: string; at: Date; wall: string }>(
      `SELECT z.zone, t.at, (extract(epoch FROM t.at AT TIME ZONE z.zone) * 1000)::text AS wall
       FROM unnest($1::text[]) AS z(zone) CROSS JOIN generate_series($2::timestamptz, $3::timestamptz, interval '1 day') AS t(at)`,
      [[...known], from, to],
    );
    const differing = new Set(
      read.filter(({ zone, at, wall }) => zoneClock(zone).wall(at.getTime()) !== Number(wall)).map(({ zone }) => zone),
    );
    expect(differing.size).toBeLessThan(10);
    const zones = [...known].filter((zone) => !differing.has(zone));
    const [row] = await test.db.query<{ ticks: number; sent: number; outside: number; missed: number }>(
      `WITH open AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS o(zone, opens, closes)),
       tick AS MATERIALIZED (SELECT generate_series($4::timestamptz + interval '7 minutes', $5::timestamptz - interval '1 second', interval '1 hour') AS at),
       seen AS MATERIALIZED (
         SELECT z.zone, t.at, o.opens IS NOT NULL AS sent, t.at AT TIME ZONE z.zone AS wall
         FROM unnest($6::text[]) AS z(zone) CROSS JOIN tick t LEFT JOIN open o ON o.zone = z.zone AND t.at >= o.opens AND t.at < o.closes
       ), read AS (
         SELECT sent, extract(isodow FROM wall) <= 6 AND wall::time >= '09:15' AND wall::time < '19:30' AS inside FROM seen
       )
       SELECT count(*)::int AS ticks, count(*) FILTER (WHERE sent)::int AS sent, count(*) FILTER (WHERE sent AND NOT inside)::int AS outside,
         count(*) FILTER (WHERE inside AND NOT sent)::int AS missed FROM read`,
      [...zoneColumns(zoneList(schedule, zones, from, to, quiet)), from, to, zones],
    );
    expect(row?.ticks).toBeGreaterThan(300_000);
    expect(row?.sent).toBeGreaterThan(100_000);
    expect(row).toMatchObject({ outside: 0, missed: 0 });
  });
});
