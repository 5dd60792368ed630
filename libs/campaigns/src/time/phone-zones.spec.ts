import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/examples.mobile.json';
import { phoneZones, zoneOfPhone } from './phone-zones';
import { zoneClock } from './zone-clock';

const zonesOf = (country: string) => (new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones(): string[] }).getTimeZones();
/** Offsets from 2025 to 2030 at noon of each day, as a text. Zones with the same text keep the same time. */
const timeOf = (zone: string) => {
  const clock = zoneClock(zone);
  return Array.from({ length: 300 }, (_, i) => clock.wall(Date.UTC(2025, 0, 1 + i * 7)) - Date.UTC(2025, 0, 1 + i * 7)).join();
};

describe('zoneOfPhone', () => {
  it.each([
    ['+491511234567', 'Europe/Berlin'],
    ['+5511987654321', 'America/Sao_Paulo'],
    ['+5592987654321', 'America/Manaus'],
    ['+12125550123', 'America/New_York'],
    ['+14165550123', 'America/Toronto'],
    ['+18095550123', 'America/Santo_Domingo'],
    ['+77011234567', 'Asia/Almaty'],
    ['+262639123456', 'Indian/Mayotte'],
    ['+262692123456', 'Indian/Reunion'],
    ['+38344123456', 'Europe/Belgrade'],
  ])('knows that %s is in %s', (phone, zone) => {
    expect(zoneOfPhone(phone)).toBe(zone);
  });

  it.each(['+79161234567', '+34612345678', '+61412345678', '+12085550123', '+5597987654321', '491511234567', '12345@lid', ''])(
    'guesses nothing for %s',
    (phone) => {
      expect(zoneOfPhone(phone)).toBeNull();
    },
  );

  it('agrees with the zones of the country of every example number', () => {
    const wrong = getCountries().flatMap((country) => {
      const phone = getExampleNumber(country, examples)?.number;
      const zone = phone ? zoneOfPhone(phone) : null;
      const zones = zonesOf(country);
      return !zone || zones.length === 0 || zones.some((of) => timeOf(of) === timeOf(zone)) ? [] : [`${country} ${phone} ${zone}`];
    });
    expect(wrong).toEqual([]);
  });

  it('guesses a zone for every country that has only one, but for those that share a code with others', () => {
    const unguessed = getCountries().filter((country) => {
      const phone = getExampleNumber(country, examples)?.number;
      return phone && zonesOf(country).length === 1 && !zoneOfPhone(phone);
    });
    expect(unguessed).toEqual(['CC', 'CX']);
  });

  it('takes no area code of North America for one of another country', () => {
    const wrong = [...phoneZones].flatMap(([prefix, zone]) => {
      const country = prefix.startsWith('1') ? parsePhoneNumberFromString(`+${prefix}2345678`)?.country : undefined;
      return !country || zonesOf(country).some((of) => timeOf(of) === timeOf(zone)) ? [] : [`${prefix} ${zone} ${country}`];
    });
    expect(wrong).toEqual([]);
  });
});
