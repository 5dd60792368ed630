import { countriesByCode } from '@heliograph/contacts';
import { phoneZones } from './phone-zones';

/** Attribute of a contact that names its country by two letters. */
export const countryAttribute = 'country';

/** Countries of people. */
export interface Countries {
  /** Each country with its time zone; null: it has several. */
  zones: ReadonlyMap<string, string | null>;
  /** Countries of phone numbers by prefix, without `+`. North America's area codes of two countries have none. */
  byPrefix: ReadonlyMap<string, string>;
}

const zonesIn = (country: string): readonly string[] =>
  (new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones(): string[] | undefined }).getTimeZones() ?? [];

function read(): Countries {
  const zones = new Map<string, string | null>();
  const byPrefix = new Map<string, string>();
  const byZone = new Map<string, string>();
  for (const [code, countries] of countriesByCode) {
    for (const country of countries) {
      const own = zonesIn(country);
      for (const zone of own) byZone.set(`${code} ${zone}`, country);
      // A calling code has a zone when all zones of its countries keep the same time.
      zones.set(country, phoneZones.get(code) ?? (own.length === 1 ? (own[0] as string) : null));
    }
    // The other countries of a code have prefixes of their own below, but for North America, where nobody is the main one.
    if (code !== '1') byPrefix.set(code, countries[0] as string);
  }
  for (const [prefix, zone] of phoneZones) {
    const code = [3, 2, 1].map((length) => prefix.slice(0, length)).find((one) => countriesByCode.has(one)) ?? '';
    const country = byZone.get(`${code} ${zone}`);
    if (country !== undefined && prefix !== code) byPrefix.set(prefix, country);
  }
  return { zones, byPrefix };
}

let known: Countries | null = null;

/** Returns the countries, read once per process: it takes some 100 ms. */
export const countries = (): Countries => (known ??= read());
