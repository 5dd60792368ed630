import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/examples.mobile.json';
import { campaignSchedule } from '../src/campaign-body';
import { contactZoneSql } from '../src/time/contact-zone.repository';
import { KnownZones } from '../src/time/known-zones.repository';
import { phoneZones } from '../src/time/phone-zones';
import { zoneClock } from '../src/time/zone-clock';
import { sendTimes } from '../src/time/open-intervals';
import { zoneColumns } from '../src/time/zone-list';

const zonesOfCountry = (country: string) =>
  (new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones(): string[] }).getTimeZones();
/** Offsets from 2025 to 2030 at noon of each week, as a text. Zones with the same text keep the same time. */
const timeOf = (zone: string) => {
  const clock = zoneClock(zone);
  return Array.from({ length: 300 }, (_, i) => clock.wall(Date.UTC(2025, 0, 1 + i * 7)) - Date.UTC(2025, 0, 1 + i * 7)).join();
};

describe('time zones in SQL', () => {
  let test: TestDatabase;
  let known: ReadonlySet<string>;
  beforeAll(async () => {
    test = await openTestDatabase();
    known = await new KnownZones(test.db).get();
  });
  afterAll(() => test.close());

  const zonesOf = async (
    people: { zone?: unknown; country?: unknown; address: string }[],
    fallback = 'Europe/Madrid',
    holidays?: string[],
  ) => {
    const values: unknown[] = [JSON.stringify(people)];
    const { joins, place } = contactZoneSql(
      known,
      { attributes: 'c.attributes', address: 'c.address', fallback, holidays },
      (value) => `$${values.push(value)}`,
    );
    const rows = await test.db.query<{ zone: string }>(
      `SELECT ${place} AS zone FROM (
         SELECT nr, p->>'address' AS address, jsonb_build_object('time_zone', p->'zone', 'country', p->'country') AS attributes FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS x(p, nr)
       ) c ${joins} ORDER BY c.nr`,
      values,
    );
    return rows.map((row) => row.zone);
  };

  /** Returns the zone of each phone number, or `none`. */
  const zonesOfPhones = (phones: readonly string[]) =>
    zonesOf(
      phones.map((address) => ({ address })),
      'none',
    );
  const examplesOf = () =>
    getCountries().flatMap((country) => {
      const phone = getExampleNumber(country, examples)?.number;
      return phone ? [{ country, phone }] : [];
    });

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

  it('takes the zone of the country that the contact names when its number has none, and the country has one', async () => {
    expect(
      await zonesOf([
        { country: 'DE', address: '123456@lid' },
        { country: 'jm', address: '@ann' },
        { country: 'KZ', address: '+79161234567' },
        { country: 'IN', address: '123456@lid' },
        { country: 'DE', zone: 'Asia/Tokyo', address: '123456@lid' },
        // The number goes before the country, which may be where somebody comes from.
        { country: 'DE', address: '+818012345678' },
        // Several zones, no country, and no text.
        { country: 'US', address: '123456@lid' },
        { country: 'Germany', address: '123456@lid' },
        { country: 7, address: '123456@lid' },
      ]),
    ).toEqual([
      ...['Europe/Berlin', 'America/Jamaica', 'Europe/Madrid', 'Asia/Kolkata', 'Asia/Tokyo', 'Asia/Tokyo'],
      ...['Europe/Madrid', 'Europe/Madrid', 'Europe/Madrid'],
    ]);
  });

  it('adds the country to the zone when its holidays matter: that of the contact, else that of the number', async () => {
    const people = [
      { address: '+491511234567' },
      { address: '+61412345678' },
      { address: '+79161234567' },
      { address: '+77011234567' },
      { address: '+14165550123' },
      { address: '+12085550123' },
      { address: '+262639123456' },
      { country: 'de', address: '+61412345678' },
      { country: 'Germany', address: '+491511234567' },
      { address: '123456@lid' },
    ];
    expect(await zonesOf(people, 'UTC', ['DE', 'CA', 'KZ'])).toEqual([
      ...['Europe/Berlin@DE', 'UTC@-', 'UTC@-', 'Asia/Almaty@KZ', 'America/Toronto@CA'],
      ...['UTC', 'Indian/Mayotte@-', 'Europe/Berlin@DE', 'Europe/Berlin@DE', 'UTC'],
    ]);
  });

  it('knows the country of every example number, but for those that share a code with a larger one', async () => {
    const all = examplesOf();
    const every = getCountries();
    const places = await zonesOf(
      all.map(({ phone }) => ({ address: phone })),
      'UTC',
      every,
    );
    const wrong = all.flatMap(({ country }, i) => {
      const of = (places[i] as string).split('@')[1];
      return of === country ? [] : [`${country}: ${of}`];
    });
    expect(wrong).toEqual([
      ...['AX: FI', 'BL: GP', 'BQ: CW', 'CC: AU', 'CX: AU', 'EH: MA', 'GG: GB', 'IM: GB', 'JE: GB', 'MF: GP', 'SJ: NO', 'TA: SH', 'VA: IT'],
    ]);
  });

  it('knows the zone of phone numbers by their prefix, and guesses none', async () => {
    const numbers = {
      '+491511234567': 'Europe/Berlin',
      '+5511987654321': 'America/Sao_Paulo',
      '+5592987654321': 'America/Manaus',
      '+12125550123': 'America/New_York',
      '+14165550123': 'America/Toronto',
      '+18095550123': 'America/Santo_Domingo',
      '+77011234567': 'Asia/Almaty',
      '+262639123456': 'Indian/Mayotte',
      '+262692123456': 'Indian/Reunion',
      '+38344123456': 'Europe/Belgrade',
      '+79161234567': 'none',
      '+34612345678': 'none',
      '+61412345678': 'none',
      '+12085550123': 'none',
      '+5597987654321': 'none',
      '491511234567': 'none',
      '12345@lid': 'none',
      '': 'none',
    };
    const phones = Object.keys(numbers);
    const zones = await zonesOfPhones(phones);
    expect(Object.fromEntries(phones.map((phone, i) => [phone, zones[i]]))).toEqual(numbers);
  });

  it('agrees with the zones of the country of every example number', async () => {
    const all = examplesOf();
    const zones = await zonesOfPhones(all.map(({ phone }) => phone));
    const wrong = all.flatMap(({ country, phone }, i) => {
      const [zone, of] = [zones[i] as string, zonesOfCountry(country)];
      return zone === 'none' || of.length === 0 || of.some((one) => timeOf(one) === timeOf(zone)) ? [] : [`${country} ${phone} ${zone}`];
    });
    expect(wrong).toEqual([]);
  });

  it('guesses a zone for every country that has only one, but for those that share a code with others', async () => {
    const all = examplesOf().filter(({ country }) => zonesOfCountry(country).length === 1);
    const zones = await zonesOfPhones(all.map(({ phone }) => phone));
    expect(all.filter((_, i) => zones[i] === 'none').map(({ country }) => country)).toEqual(['CC', 'CX']);
  });

  it('takes no area code of North America for one of another country', () => {
    const wrong = [...phoneZones].flatMap(([prefix, zone]) => {
      const country = prefix.startsWith('1') ? parsePhoneNumberFromString(`+${prefix}2345678`)?.country : undefined;
      return !country || zonesOfCountry(country).some((of) => timeOf(of) === timeOf(zone)) ? [] : [`${prefix} ${zone} ${country}`];
    });
    expect(wrong).toEqual([]);
  });

  it('is open at no time outside the windows, looked at once an hour for 30 days, in any zone, over the changes of clocks', async () => {
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
    const list = zones.flatMap((zone) =>
      sendTimes(schedule, zone, from.getTime(), to.getTime(), quiet).map(({ opens, closes }) => ({
        zone,
        opens: new Date(opens),
        closes: new Date(closes),
      })),
    );
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
      [...zoneColumns(list), from, to, zones],
    );
    expect(row?.ticks).toBeGreaterThan(300_000);
    expect(row?.sent).toBeGreaterThan(100_000);
    expect(row).toMatchObject({ outside: 0, missed: 0 });
  });
});
