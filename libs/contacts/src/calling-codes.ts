import { type CountryCode, getCountries, getCountryCallingCode, Metadata, type MetadataJson } from 'libphonenumber-js/core';
import json from 'libphonenumber-js/metadata.max.json';

const metadata = json as unknown as MetadataJson;

/** Part of a numbering plan that the library's types omit. */
interface Plan {
  possibleLengths(): number[];
  nationalPrefix(): string | undefined;
  type(name: 'MOBILE'): { possibleLengths(): number[] | undefined } | undefined;
}

/** Calling codes without a country: international networks and freephone. */
const nonGeographic = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];

/** Length of the calling code by its first three digits; 0: none. No calling code is a prefix of another. */
const lengths = new Uint8Array(1_000);
/** Lengths of mobile numbers by calling code: bit n is set when mobiles have n digits after the code. */
const mobileLengths = new Uint32Array(1_000);
/** Trunk prefix by calling code, where it is not 0. */
const trunks = new Map<number, string>();
/** Calling codes in which people dial a 0 before a number. */
const zeroTrunks = new Set<number>();

const known = new Set<string>();
/** Countries of each calling code; the first is the main one. */
export const countriesByCode: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(json.country_calling_codes));

for (const country of getCountries(metadata)) put(String(getCountryCallingCode(country, metadata)), country);
for (const code of nonGeographic) put(code, code as CountryCode);

/** Returns all calling codes. */
export const callingCodes = (): string[] => [...known].sort();

function put(code: string, of: CountryCode): void {
  known.add(code);
  const span = 10 ** (3 - code.length);
  lengths.fill(code.length, Number(code) * span, (Number(code) + 1) * span);
  const plans = new Metadata(metadata);
  plans.selectNumberingPlan(of);
  const plan = plans.numberingPlan as unknown as Plan;
  const mobile = plan.type('MOBILE')?.possibleLengths() ?? plan.possibleLengths();
  for (const length of mobile) mobileLengths[Number(code)] = (mobileLengths[Number(code)] as number) | (1 << length);
  const trunk = plan.nationalPrefix();
  if (trunk === '0') zeroTrunks.add(Number(code));
  else if (trunk && !trunks.has(Number(code))) trunks.set(Number(code), trunk);
}

/** Returns the length of the calling code at the start of `digits`, or 0 when no such code is in use. */
export function callingCodeLength(digits: string): number {
  const first = digits.charCodeAt(0) - 48;
  const second = digits.charCodeAt(1) - 48;
  const third = digits.charCodeAt(2) - 48;
  return lengths[first * 100 + second * 10 + third] ?? 0;
}

/** True when the digits after the calling code have the length of a mobile number. */
export function isMobileLength(digits: string, codeLength: number): boolean {
  return (((mobileLengths[codeOf(digits, codeLength)] as number) >> (digits.length - codeLength)) & 1) === 1;
}

/** Returns the maximum number of digits of a mobile number after the calling code. */
export function maxMobileDigits(digits: string, codeLength: number): number {
  return 31 - Math.clz32(mobileLengths[codeOf(digits, codeLength)] as number);
}

/** Returns the trunk prefix of a country when it is not 0; null when there is none or it is 0. */
export function trunkOf(digits: string, codeLength: number): string | null {
  return trunks.get(codeOf(digits, codeLength)) ?? null;
}

/** True when the trunk prefix of a country is 0. */
export function hasZeroTrunk(digits: string, codeLength: number): boolean {
  return zeroTrunks.has(codeOf(digits, codeLength));
}

function codeOf(digits: string, length: number): number {
  let code = 0;
  for (let i = 0; i < length; i++) code = code * 10 + digits.charCodeAt(i) - 48;
  return code;
}
