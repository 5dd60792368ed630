import { type CountryCode, getCountries, Metadata, type MetadataJson } from 'libphonenumber-js/core';
import json from 'libphonenumber-js/metadata.max.json';

const metadata = json as unknown as MetadataJson;

/** Part of a numbering plan that the library's types omit. */
interface Plan {
  type(name: 'MOBILE' | 'FIXED_LINE'): { pattern(): string | undefined } | undefined;
}

/** Numbers of a country, by their calling code with its + and by the digits after it where countries share the code. */
export interface PhoneCountry {
  prefix: string;
  /** Pattern of the digits, for the smaller countries of a shared code. */
  national: string | null;
  /** Patterns of the smaller countries; every other number of the code is of the main country. */
  others: string | null;
}

const byCountry = new Map<string, PhoneCountry>(
  Object.entries(metadata.country_calling_codes).flatMap(([code, [main, ...smaller]]) => [
    [main as string, { prefix: `+${code}`, national: null, others: smaller.length > 0 ? smaller.map(patternOf).join('|') : null }] as const,
    ...smaller.map((country) => [country as string, { prefix: `+${code}`, national: patternOf(country), others: null }] as const),
  ]),
);

/** Countries (ISO 3166-1 alpha-2) whose numbers are known. */
export const phoneCountries: readonly string[] = getCountries(metadata).sort();

/** Returns how numbers of a country begin; undefined: unknown country. */
export const phoneCountry = (country: string): PhoneCountry | undefined => byCountry.get(country);

function patternOf(country: CountryCode): string {
  const plans = new Metadata(metadata);
  plans.selectNumberingPlan(country);
  const plan = plans.numberingPlan as unknown as Plan;
  const patterns = (['MOBILE', 'FIXED_LINE'] as const).map((type) => plan.type(type)?.pattern()).filter(Boolean);
  return patterns.map((pattern) => `(?:${pattern})`).join('|');
}
