import { setImmediate } from 'node:timers/promises';
import Holidays from 'date-holidays';
import { dayMs } from './zone-clock';

const days = new Map<string, ReadonlySet<number>>();
const nationals = new Map<string, Holidays>();

/** Returns the public holidays of a country in a year, as days since 1970. Empty for a country that is not known. Computed once. */
export function publicHolidays(country: string, year: number): ReadonlySet<number> {
  const key = `${country} ${year}`;
  let known = days.get(key);
  if (!known) {
    let national = nationals.get(country);
    if (!national) {
      national = new Holidays();
      // `init` of an unknown country leaves the former one in place, so each has an instance of its own.
      if (hasHolidays(country)) national.init(country);
      nationals.set(country, national);
    }
    const found = new Set<number>();
    for (const { date, start, end, type } of hasHolidays(country) ? national.getHolidays(year) : []) {
      if (type !== 'public') continue;
      const first = Date.parse(date.slice(0, 10)) / dayMs;
      const count = Math.max(1, Math.round((end.getTime() - start.getTime()) / dayMs));
      for (let day = first; day < first + count; day++) found.add(day);
    }
    known = found;
    days.set(key, known);
  }
  return known;
}

/** Computes the public holidays of a year and the next one, and lets other work of the process go on: each takes tens of ms. */
export async function readHolidays(of: readonly string[], year: number): Promise<void> {
  for (const country of of)
    for (const one of [year, year + 1]) {
      publicHolidays(country, one);
      await setImmediate();
    }
}

let countries: Set<string> | null = null;

/** True when the public holidays of the country are known. */
export function hasHolidays(country: string): boolean {
  countries ??= new Set(Object.keys(new Holidays().getCountries()));
  return countries.has(country);
}
