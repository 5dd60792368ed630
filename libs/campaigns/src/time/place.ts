import type { CampaignSchedule } from '../campaign-body';

type Holidays = Pick<CampaignSchedule, 'holidays' | 'recipient_holidays'>;

/** Character between the time zone and the country of a place. */
export const placeMark = '@';
/** Country of people who have the holidays of none of the countries of a schedule. */
export const otherCountry = '-';

/** A place: the time zone of people, with their country where its holidays matter, such as `Europe/Berlin@DE`. */
export interface Place {
  zone: string;
  /** Undefined: it is not known, or does not matter. */
  country: string | undefined;
}

export function placeOf(place: string): Place {
  const [zone, country] = place.split(placeMark) as [string, string?];
  return { zone, country };
}

/** True for a schedule whose holidays depend on the country of the person. */
export const hasOwnHolidays = ({ holidays, recipient_holidays }: Holidays): boolean => recipient_holidays === true && holidays.length > 0;

/** Returns the places in time zones that people of a schedule may be in. */
export function* placesIn(zones: Iterable<string>, schedule: Holidays): Iterable<string> {
  const countries = hasOwnHolidays(schedule) ? [...schedule.holidays, otherCountry] : [];
  for (const zone of zones) {
    yield zone;
    for (const country of countries) yield `${zone}${placeMark}${country}`;
  }
}
