import { phonePrefixLengths, phoneZones } from './phone-zones';

/** Attribute of a contact that names its time zone. */
export const zoneAttribute = 'time_zone';

/** Parts of a statement that find the time zone of contacts. */
export interface ContactZoneSql {
  /** Joins that follow the row of the contact in FROM. Each row stays one row. */
  joins: string;
  /** Expression of the zone. Never null. */
  zone: string;
}

/**
 * SQL: the time zone of a contact: its attribute `time_zone` when it is a known zone, else the zone of its phone number when there is only
 * one, else the fallback. Joined by equality with short lists, so that a million contacts cost a few hash joins.
 * @param attributes expression of the attributes of the contact
 * @param address expression of the address that is written to
 * @param parameter adds a value to the statement and returns its placeholder
 */
export function contactZoneSql(
  known: ReadonlySet<string>,
  { attributes, address, fallback }: { attributes: string; address: string; fallback: string },
  parameter: (value: unknown) => string,
): ContactZoneSql {
  const byLength = phonePrefixLengths.flatMap((length) => {
    const rows = [...phoneZones].filter(([prefix, zone]) => prefix.length === length && known.has(zone));
    return rows.length === 0 ? [] : [{ alias: `phone_zone_${length}`, length, rows }];
  });
  const joins = [
    `LEFT JOIN unnest(${parameter([...known])}::text[]) AS own_zone(name) ON own_zone.name = ${attributes}->>'${zoneAttribute}'`,
    ...byLength.map(
      ({ alias, length, rows }) =>
        `LEFT JOIN unnest(${parameter(rows.map(([prefix]) => `+${prefix}`))}::text[], ${parameter(rows.map(([, zone]) => zone))}::text[]) AS ${alias}(prefix, zone) ON ${alias}.prefix = left(${address}, ${length + 1})`,
    ),
  ];
  return {
    joins: joins.join('\n'),
    zone: `coalesce(own_zone.name, ${byLength.map(({ alias }) => `${alias}.zone`).join(', ')}, ${parameter(fallback)}::text)`,
  };
}
