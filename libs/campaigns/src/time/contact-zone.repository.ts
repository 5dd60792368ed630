import { countries, countryAttribute } from './country-zones';
import { otherCountry, placeMark } from './place';
import { phoneZones } from './phone-zones';

/** Attribute of a contact that names its time zone. */
export const zoneAttribute = 'time_zone';

/** Parts of a statement that find the time zone of contacts. */
export interface ContactZoneSql {
  /** Joins that follow the row of the contact in FROM. Each row stays one row. */
  joins: string;
  /** Expression of the zone. Never null. */
  zone: string;
  /** Expression of the place: the zone, with the country when its holidays matter. */
  place: string;
}

/**
 * SQL: the time zone of a contact: its attribute `time_zone` when it is a known zone, else the zone of its phone number when there is only
 * one, else that of its attribute `country` when the country has only one, else the fallback. Joined by equality with short lists, so that a
 * million contacts cost a few hash joins.
 * @param attributes expression of the attributes of the contact
 * @param address expression of the address that is written to
 * @param holidays countries of whose holidays those of the person's own country count; absent: the country does not matter
 * @param parameter adds a value to the statement and returns its placeholder
 */
export function contactZoneSql(
  known: ReadonlySet<string>,
  {
    attributes,
    address,
    fallback,
    holidays,
  }: { attributes: string; address: string; fallback: string; holidays?: readonly string[] | undefined },
  parameter: (value: unknown) => string,
): ContactZoneSql {
  const texts = (values: readonly (string | null)[]) => `${parameter(values)}::text[]`;
  const { zones, byPrefix } = countries();
  const zoneOf = (zone: string | null | undefined): string | null => (zone && known.has(zone) ? zone : null);
  const prefixes = new Set([...phoneZones.keys(), ...(holidays ? byPrefix.keys() : [])]);
  const byLength = [...Map.groupBy(prefixes, ({ length }) => length)]
    .toSorted(([a], [b]) => b - a)
    .map(([length, of]) => ({ alias: `phone_zone_${length}`, length, of }));
  const joins = [
    `LEFT JOIN unnest(${texts([...known])}) AS own_zone(name) ON own_zone.name = ${attributes}->>'${zoneAttribute}'`,
    ...byLength.map(
      ({ alias, length, of }) =>
        `LEFT JOIN unnest(${texts(of.map((prefix) => `+${prefix}`))}, ${texts(of.map((prefix) => zoneOf(phoneZones.get(prefix))))}, ${texts(of.map((prefix) => byPrefix.get(prefix) ?? null))}) AS ${alias}(prefix, zone, country) ON ${alias}.prefix = left(${address}, ${length + 1})`,
    ),
    `LEFT JOIN unnest(${texts([...zones.keys()])}, ${texts([...zones.values()].map(zoneOf))}) AS own_country(name, zone) ON own_country.name = upper(${attributes}->>'${countryAttribute}')`,
  ];
  const ofPhone = (column: string) => byLength.map(({ alias }) => `${alias}.${column}`).join(', ');
  const zone = `coalesce(own_zone.name, ${ofPhone('zone')}, own_country.zone, ${parameter(fallback)}::text)`;
  if (!holidays) return { joins: joins.join('\n'), zone, place: zone };
  const country = `coalesce(own_country.name, ${ofPhone('country')})`;
  const mark = `CASE WHEN ${country} = ANY (${texts(holidays)}) THEN '${placeMark}' || ${country} WHEN ${country} IS NULL THEN '' ELSE '${placeMark}${otherCountry}' END`;
  return { joins: joins.join('\n'), zone, place: `${zone} || ${mark}` };
}
